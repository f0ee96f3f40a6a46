#!/bin/bash
# A document with one of each result, in HTML, PDF, Word and PowerPoint, by R Markdown and as Quarto has it: all figures
# of package survey are in it, with captions and notes, and nothing is broken or cut off. Pictures of the pages are left
# in build/render. Needs the R package, by default in .deps/weeg-lib (tools/install.sh); what tools/install-deps.sh
# render installs is skipped where it is not there.
. "$(dirname "$0")/../start.sh" render

pictures=$root/build/render
rm -rf "$pictures"
mkdir -p "$pictures"
cp tests/render/results.Rmd "$dir/"
Rscript --no-init-file tests/render/expected.R >"$dir/expected.txt" || ends "no expected figures"
cd "$dir" || ends "no folder"
there() { command -v "$1" >/dev/null; }
sed -n 's/^## //p' results.Rmd >headings.txt

render() {
  Rscript --no-init-file -e "rmarkdown::render('results.Rmd', '$1', quiet = TRUE)" >"$1.log" 2>&1 || { cat "$1.log"; return 1; }
}
# text FORMAT: the words of the document, one after the other
text() {
  case $1 in
    html | docx) pandoc "results.$1" -t plain --columns=10000 ;;
    pdf) pdftotext -layout results.pdf - ;;
    pptx) python3 - <<'END' ;;
import re, zipfile
with zipfile.ZipFile("results.pptx") as z:
    # notes of who speaks, too
    for name in sorted(n for n in z.namelist() if re.match(r"ppt/(slides|notesSlides)/[a-zA-Z]+[0-9]+[.]xml$", n)):
        for paragraph in re.findall(r"<a:p>.*?</a:p>", z.read(name).decode("utf-8"), re.S):
            print("".join(re.findall(r"<a:t>(.*?)</a:t>", paragraph, re.S)))
END
  esac | sed 's/\xc2\xa0/ /g; s/\xe2\x81\xa0//g; s/\xe2\x88\x92/-/g; s/&gt;/>/g; s/&lt;/</g; s/&quot;/"/g; s/&amp;/\&/g' >"$1.txt"
}
has() { grep -qF -- "$2" "$1.txt"; }
# flat FORMAT WORDS: they are in it, whatever the lines
flat() { tr -s '\n ' '  ' <"$1.txt" | grep -qF -- "$2"; }

look() {
  local format=$1 line
  text "$format" || fail "$format cannot be read"
  while IFS= read -r line; do check "$format: section $line" has "$format" "$line"; done <headings.txt
  while IFS= read -r line; do check "$format: the figure $line of survey" has "$format" "$line"; done <expected.txt
  # captions and notes
  while IFS= read -r line; do check "$format: $line" flat "$format" "$line"; done <<'END'
Mean of Leeftijd in jaren (leeftijd) by Organisatie
Quantiles of Leeftijd in jaren (leeftijd)
Same mean: Leeftijd in jaren (leeftijd)
mostly or wholly: grotendeels + helemaal
50 PSUs in 2 strata; weights gewicht
22% printed, but 7 of 31 is 22.58%
A letter: the figure is higher
END
}

check "HTML" render html_document
look html
if there pdflatex && there pdftotext && kpsewhich lmodern.sty >/dev/null; then
  check "PDF" render pdf_document
  look pdf
  # a table that goes on beside itself has one number
  grep -o 'Table [0-9]*:' pdf.txt | grep -o '[0-9]*' >numbers.txt
  check "PDF: tables are numbered one after the other" diff numbers.txt <(seq "$(wc -l <numbers.txt)")
else
  skip "PDF: LaTeX or pdftotext is not there"
fi
check "Word" render word_document
look docx
check "PowerPoint" render powerpoint_presentation
look pptx
slides_fit() {
  python3 - <<'END'
import re, sys, zipfile
with zipfile.ZipFile("results.pptx") as z:
    slides = [z.read(n).decode("utf-8") for n in z.namelist() if re.match(r"ppt/slides/slide[0-9]+[.]xml$", n)]
rows = [t.count("<a:tr ") for s in slides for t in re.findall(r"<a:tbl>.*?</a:tbl>", s, re.S)]
sys.exit(not rows or max(rows) > 12 or max(s.count("<a:tbl>") for s in slides) > 1)
END
}
check "no slide has a table that is longer than it" slides_fit

# in the lines of a page, numbers are whole
if there soffice && there pdftotext; then
  for format in docx pptx; do
    check "$format by LibreOffice" soffice -env:UserInstallation="file://$dir/office" --headless --convert-to pdf \
      --outdir "office-$format" "results.$format"
    pdftotext -layout "office-$format/results.pdf" - | sed 's/\xc2\xa0/ /g' >"office-$format.txt"
    for line in 42.7–58.3 5.8–12.9 "37.19 to 41.23"; do
      check "$format: $line is on one line" has "office-$format" "$line"
    done
  done
else
  skip "pages of Word and PowerPoint: LibreOffice or pdftotext is not there"
fi
if there pdftoppm; then
  for file in results.pdf office-docx/results.pdf office-pptx/results.pdf; do
    [ ! -e "$file" ] || pdftoppm -r 60 -png "$file" "$pictures/$(dirname "$file" | sed 's/^[.]$/pdf/; s/office-//')"
  done
fi
# As Quarto has it. Its program is not there: what it tells knitr, and does with cells, is in quarto.R and quarto.lua.
cp "$root/tests/render/quarto.R" "$root/tests/render/quarto.lua" .
cp results.Rmd results.qmd
cat >>results.qmd <<'END'

## Caption of a cell

```{r}
#| label: tbl-means
#| tbl-cap: "Mean age, in a caption of Quarto"
weeg_mean(d, leeftijd ~ provider)
```
END
rm -f results.html results.pdf results.docx results.pptx
quarto() {
  Rscript --no-init-file quarto.R results.qmd "$1" >"quarto-$1.md" 2>"quarto-$1.log" || { cat "quarto-$1.log"; return 1; }
  pandoc -f markdown --lua-filter quarto.lua -s --metadata title=Results -t "$1" -o "$2" "quarto-$1.md"
}
captioned() {
  [ "$(grep -o '<caption' results.html | wc -l)" = "$(grep -o '<table' results.html | wc -l)" ] &&
    grep -q 'id="tbl-means"' results.html
}
check "HTML of Quarto" quarto html results.html
look html
check "HTML of Quarto: each table has one caption, and the cell its label" captioned
check "HTML of Quarto: below a caption of the cell, the title is in the note" flat html \
  "Mean of Leeftijd in jaren (leeftijd) by Organisatie die de respondent begeleidt (provider) Conventions: weeg"
if there pdflatex && there pdftotext && kpsewhich lmodern.sty >/dev/null; then
  check "PDF of Quarto" quarto latex results.pdf
  look pdf
else
  skip "PDF of Quarto: LaTeX or pdftotext is not there"
fi
check "Word of Quarto" quarto docx results.docx
look docx
check "PowerPoint of Quarto" quarto pptx results.pptx
look pptx
check "no slide of Quarto has a table that is longer than it" slides_fit
for format in html docx pptx pdf; do
  [ ! -e "results.$format" ] || check "$format of Quarto: a caption of the cell" flat "$format" "Mean age, in a caption of Quarto"
done
ends
