#!/bin/bash
# Tests of the program `weeg`: the numbers and the print of R on the same tallies, errors and exit statuses, formats, and
# all of it once more under sanitizers. Needs the R package, by default in .deps/weeg-lib (tools/install.sh).
. "$(dirname "$0")/../start.sh" cli

make -s build/plain/weeg build/san/weeg || ends "the program does not build"
weeg=$root/build/plain/weeg san=$root/build/san/weeg
Rscript --no-init-file tests/cli/cases.R make "$dir" || ends "the cases cannot be made"
cd "$dir" || ends "no folder"

# ---- tallies that the program writes --------------------------------------------------------------------------------

check "merge" "$weeg" merge one.weeg two.weeg --output both.weeg
check "merge of numbers" "$weeg" merge low.weeg high.weeg -o numbers.weeg
check "merge of sums of numbers" "$weeg" merge amounts-1.weeg amounts-2.weeg -o amounts.weeg
check "a tally of numbers has the bytes that R writes" \
  cmp <("$weeg" tally amounts.csv 'hours + `net income` ~ g + h' -w w -s s -o -) amounts-r.weeg
check "of some of them too" cmp <("$weeg" tally amounts-r.weeg 'hours ~ g' -o -) \
  <("$weeg" tally amounts.csv 'hours ~ g' -w w -s s -o -)
check "tally" "$weeg" tally ovw.weeg 'ronde + strengths' --output folded.weeg
check "a tally is private" [ "$(ls -l both.weeg | cut -c1-10)" = -rw------- ]
check "a tally on standard input" cmp <("$weeg" tally - '~ ronde + strengths' -o - <ovw.weeg) folded.weeg
check "merge of one" "$weeg" merge ovw.weeg -o same.weeg
check "merge of one is that one" cmp ovw.weeg same.weeg

check "weights that follow from fpc are those of all tallies together" \
  cmp <("$weeg" merge half1.weeg half2.weeg -o - | "$weeg" proportion - 'meals3 ~ ell2' -f csv) \
  <("$weeg" proportion whole.weeg 'meals3 ~ ell2' -f csv)
check "JSON says which weights were used" grep -q '"weights": "from fpc"' \
  <("$weeg" proportion api.csv '~ ell2' -s stype --fpc fpc -f json)
check "or none" grep -q '"weights": null' <("$weeg" proportion api.csv '~ ell2' -s stype --fpc fpc -w 1 -f json)
check "HTML too" grep -q 'weights from fpc' <("$weeg" proportion api.csv '~ ell2' -s stype --fpc fpc -f html)
check "Markdown too" grep -q 'unweighted' <("$weeg" proportion api.csv '~ ell2' -s stype -f markdown)

element=(-w pw -s stype --fpc fpc --na-weights omit)
for file in lost.csv lost.sav; do
  check "rows without a weight are left out of a tally ($file)" \
    cmp <("$weeg" tally "$file" 'place + tens' "${element[@]}" -o -) "known-$file.weeg"
done
check "numbers of many values are told of" grep -q 'leeftijd has [0-9]* values, each a row' \
  <("$weeg" proportion ovw.csv '~ leeftijd' 2>&1 >/dev/null)
check "as columns of a book too" grep -q 'leeftijd has [0-9]* values, each a column' \
  <("$weeg" book ovw.csv --rows strengths --columns leeftijd 2>&1 >/dev/null)
check "not where their ranks are tested" \
  cmp <("$weeg" test ovw.csv 'leeftijd ~ ronde' --method wilcoxon 2>&1 >/dev/null) /dev/null
# few sums, which two samples can have in common
for file in csv sav; do "$weeg" tally "known-lost.$file.weeg" 'place' -o "places-$file.weeg"; done
check "a merged tally says how many rows were left out" grep -q '"omitted": 6' \
  <("$weeg" merge places-csv.weeg places-sav.weeg -o - | "$weeg" proportion - '~ place' -f json)

printf '%s\n' g,h,y '"a, b",c,1' 'a,"b, c",0' 'z,c,1' 'z,c,0' >pasted.csv
check "groups that would have one label have their levels in quotes" grep -q '"""a"", ""b, c""","""a, b"", ""c"""' \
  <("$weeg" compare pasted.csv 'y ~ g + h' --measures difference -f csv)

design=(--weights gewicht --strata ronde --cluster gemeente)
check "a tally of a CSV file" "$weeg" tally ovw.csv 'provider + strengths' "${design[@]}" -o by-weeg.weeg
check "its bytes are those that R writes" cmp by-weeg.weeg by-r.weeg
check "a CSV file on standard input" cmp <("$weeg" test - 'strengths ~ provider' "${design[@]}" -f csv <ovw.csv) \
  <("$weeg" test by-r.weeg 'strengths ~ provider' -f csv)
check "a CSV file from a pipe" cmp <("$weeg" test <(cat ovw.csv) 'strengths ~ provider' "${design[@]}" -f csv) \
  <("$weeg" test <(cat by-r.weeg) 'strengths ~ provider' -f csv)
if command -v gzip >/dev/null && pkg-config --exists zlib; then
  check "a packed CSV file" cmp <(gzip -c ovw.csv | "$weeg" test - 'strengths ~ provider' "${design[@]}" -f csv) \
    <("$weeg" test by-r.weeg 'strengths ~ provider' -f csv)
else
  skip "a packed CSV file: there is no gzip or no zlib"
fi
check "the same bytes for any number of threads" cmp by-weeg.weeg \
  <("$weeg" tally ovw.csv 'provider + strengths' "${design[@]}" --threads 3 -o - | cat)

# Ctrl-C while it reads for ever: ended by the signal, as shells show by 130, and no file or part of one
interrupted() {
  mkdir interrupted && cd interrupted || return 1
  timeout --preserve-status -s INT 1 "$weeg" tally - 'a' -o out.weeg < <(echo a; yes b)
  [ $? = 130 ] && [ -z "$(ls -A)" ]
}
check "Ctrl-C ends it, with status 130, and leaves nothing behind" eval '(interrupted)'

# more rows than one window
large=(many.csv 'answer + size' --weights w)
check "tallies of windows add up" cmp large-psu.weeg <("$weeg" tally "${large[@]}" -s stratum -c psu --output - | cat)
check "so do squares of weights" cmp large-rows.weeg <("$weeg" tally "${large[@]}" -s region --output - | cat)
eight_times() {
  head -n 1 many.csv
  for i in 1 2 3 4 5 6 7 8; do tail -n +2 many.csv; done
}
# peak FILE ARGUMENT...: the megabytes that weeg needed at most, with the file as standard input; its output goes to peak.csv
peak() {
  python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=open("peak.csv", "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$weeg" "$@"
}
if command -v python3 >/dev/null; then
  question=(proportion - 'answer ~ size' -w w -s stratum -c psu -f csv --threads 1)
  once=$(peak "${question[@]}" <many.csv)
  cp peak.csv once.csv
  often=$(eight_times | peak "${question[@]}")
  check "memory does not grow with the rows ($once MB, $often MB of eight times as many)" [ "$often" -le $((once + 2)) ]
  check "nor is it much" [ "$often" -lt 60 ]
  check "eight times the rows have the same shares" cmp <(cut -d, -f1-4 once.csv) <(cut -d, -f1-4 peak.csv)
else
  skip "memory is not measured: there is no python3"
fi

# a column with more texts than the parts of a window keep
many_texts() {
  echo a,b
  for i in 1 2 3 4 5 6; do seq 200000 | sed 's/$/,x/'; done
}
check "very many texts are the same ones in every window" \
  [ "$(many_texts | "$weeg" describe - -f csv | sed -n 2p | cut -d, -f1-5)" = a,numbers,200000,1200000,0 ]

# of 50 columns, 10000 values each are told apart: of more it is said, and what they are
awk 'BEGIN { for (k = 0; k <= 10001; k++) {
  printf k ? "R%d,%d,%d,%d" : "id,number,fits,few", k, k, k % 10000, k % 3
  for (c = 0; c < 46; c++) printf k ? ",x" : ",v" c
  print ""
} }' >tall.csv
check "a column with more values than are listed has its kind, and its rows" \
  cmp <("$weeg" describe tall.csv -f csv | sed -n 2,5p) <(printf '%s\n' 'id,text,NA,10001,0,more than 10 000 different values' \
    'number,numbers,NA,10001,0,more than 10 000 different values' 'fits,numbers,10000,10001,0,"0, 1, 2, 3, 4, 5, 6, 7, ..."' \
    'few,numbers,3,10001,0,"0, 1, 2"')
check "and in Dutch" grep -q '^id,tekst,NA,10001,0,meer dan 10 000 verschillende waarden$' \
  <("$weeg" describe tall.csv -f csv --language nl)

# columns by the ten thousand: memory that grew with their square was 19 GB of these
(seq -s, 20000 && seq -s, 20000 && seq -s, 20000) >wide.csv
check "very many columns" \
  [ "$( (ulimit -v 3000000 && "$weeg" describe wide.csv -f csv) | tail -n 1)" = 20000,numbers,1,2,0,20000 ]
# values with labels by the ten thousand: a walk along all labels for each value took minutes
for asked in 'label 2:q == "label 2":1' 'a label of all:s == "same":30000' 'another value:q != 77:29999'; do
  IFS=: read -r what condition rows <<<"$asked"
  check "very many labels: $what" \
    grep -q "\"n\": $rows," <(ulimit -t 10; "$weeg" proportion labels.sav 'g ~ 1' --domain "$condition" -f json 2>&1)
done
check "an error lists the first of very many columns" \
  grep -qE 'there are 1, 2, .*, 12, \.\.\. \(19 988 more\)$' <("$weeg" proportion wide.csv '~ zebra' 2>&1)
endless=$(printf '%060000d' 0 | tr 0 a)
check "messages are not as long as the input" \
  [ "$("$weeg" proportion ovw.csv '~ strengths' --domain "be${endless}gin == 1" 2>&1 | tr -s a | sed 's/;.*//')" = \
  'weeg: there is no variable bea ... agin (in --domain)' ]
check "one of very many columns" grep -q '"20000"' <("$weeg" proportion wide.csv '~ `20000`' -f json)

# records that cannot be read: those that R lists too
skipping=(proportion ovw-ragged.csv '~ strengths' -w gewicht --on-error skip -f csv)
"$weeg" "${skipping[@]}" >ragged.out 2>ragged.err
check "what is left out is listed" cmp ragged.err skipped.txt
check "the rest is as in R" cmp ragged.out skipped.csv
check "the same under sanitizers" cmp ragged.err <("$san" "${skipping[@]}" 2>&1 >/dev/null)
(echo a,b && for i in {1..250}; do printf 'x,1\ny\n'; done) >many-bad.csv
"$weeg" proportion many-bad.csv '~ a' --on-error skip >/dev/null 2>many-bad.err
check "of many that are left out the first are listed" [ "$(wc -l <many-bad.err)" = 102 ]
check "and all are counted" grep -q '250 records were left out' many-bad.err
check "with how many there are besides" [ "$(tail -n 1 many-bad.err)" = "  and 150 more" ]
check "nothing is said where nothing is left out" [ -z "$("$weeg" describe ovw.csv --on-error skip 2>&1 >/dev/null)" ]

# an SPSS file of the same rows as a CSV file, in more chunks than one, and one of four times as many
if [ -f ovw.sav ]; then
  for question in "proportion FILE answer~size -w w -s stratum -c psu" "test FILE answer~size -w w -s region --domain age>=79.5" \
    "crosstab FILE answer~size -w w --domain age<30|mixed==5" "describe FILE" "proportion FILE mixed~answer -s stratum"; do
    read -ra words <<<"$question"
    check "$question: the same of an SPSS file" \
      cmp <("$weeg" "${words[@]/FILE/many.csv}" -f csv) <("$weeg" "${words[@]/FILE/many.sav}" -f csv)
  done
  if command -v python3 >/dev/null; then
    question=(answer~size -w w -s stratum -c psu -f csv --threads 1)
    once=$(peak proportion many.sav "${question[@]}")
    cp peak.csv once.csv
    often=$(peak proportion often.sav "${question[@]}")
    check "SPSS: memory does not grow with the rows ($once MB, $often MB of four times as many)" [ "$often" -le $((once + 2)) ]
    check "SPSS: nor is it much" [ "$often" -lt 60 ]
    check "SPSS: four times the rows have the same shares" cmp <(cut -d, -f1-4 once.csv) <(cut -d, -f1-4 peak.csv)
  else
    skip "SPSS: memory is not measured: there is no python3"
  fi
else
  skip "SPSS files: haven, or ReadStat when the R package was built, is not there"
fi

# ---- labels, dates and times in --domain ------------------------------------------------------------------------------

# rows FILE CONDITION: how many there are in the domain; the counts by hand follow from tests/reference/make_sav.sps
rows() {
  "$weeg" tally "$1" month --domain "$2" -o domain.weeg && "$weeg" proportion domain.weeg '~ month' -f csv |
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "n") n = i; next } { sum += $n } END { print sum }'
}
if [ -f ovw.sav ]; then
  cp "$root/tests/reference/sav/pspp.sav" .
  cp pspp.sav PSPP.SAV
  check "endings in capitals" cmp <("$weeg" describe pspp.sav -f csv) <("$weeg" describe PSPP.SAV -f csv)
  while IFS='|' read -r count condition; do
    check "$condition" [ "$(rows pspp.sav "$condition")" = "$count" ]
  done <<'END'
1|date > 2020-12-31
1|date > "2020-12-31"
1|date == 2020-01-01
0|date == 2019-01-01
3|datetime <= 2020-12-31
2|datetime <= "2020-01-01 12:30:00.25"
1|datetime > 2020-12-31T23:59
2|time > 09:00
1|time == "08:30"
2|t3 == "no"
2|t3 == "No way"
3|t3 != "Do not know"
1|t7 != "no" & t7 == "refuse"
2|t12 == "dk"
2|age > 20
3|age != "refused"
2|scale > 6
1|scale == "completely"
2|kind == "red"
1|!(kind == 1 | kind == "green")
1|round == "Round 8"
2|round > 2
END
  "$weeg" tally pspp.sav 'month + date + scale' -o kept.weeg
  check "dates of a tally are compared" [ "$(rows kept.weeg 'date >= 2020-12-31')" = 2 ]
  check "and its labelled numbers" [ "$(rows kept.weeg 'scale > 6 | scale == "not at all"')" = 3 ]
else
  skip "labels and dates: haven, or ReadStat when the R package was built, is not there"
fi
printf '%s\n' month,day 1,2020-12-30 1,2021-01-01 2,2020-12-31 2, >days.csv
check "dates of a CSV file are compared" [ "$(rows days.csv 'day > 2020-12-30')" = 2 ]
check "also in quotes" [ "$(rows days.csv 'day <= "2020-12-31"')" = 2 ]

# ---- the numbers and the print of R ---------------------------------------------------------------------------------

for file in *.args; do
  name=${file%.args}
  mapfile -t arguments <"$file"
  if [ -f "$name.csv" ]; then
    "$weeg" "${arguments[@]}" --format csv >"$name.out.csv" 2>&1
    check "$name: the same under sanitizers" cmp "$name.out.csv" <("$san" "${arguments[@]}" --format csv 2>&1)
  fi
  [ -f "$name.txt" ] || continue
  "$weeg" "${arguments[@]}" >"$name.out.txt" 2>&1
  if cmp -s "$name.out.txt" "$name.txt"; then pass; else
    fail "$name is not printed as in R"
    diff "$name.txt" "$name.out.txt" | head -n 6
  fi
  check "$name: the same print under sanitizers" cmp "$name.out.txt" <("$san" "${arguments[@]}" 2>&1)
done
count_lines Rscript --no-init-file "$root/tests/cli/cases.R" check "$dir"

# ---- errors: the exit status, what standard error matches, then the arguments ----------------------------------------

# Words of English that Dutch does not have and options and data of these tests neither: a message that has one is not all Dutch.
english='the|are|and|or|not|with|without|its|has|have|must|cannot|there|which|each|of the|by|give|use|does|did|for|from|than|only'
english+='|level|levels|weights?|row|rows|file|files|line|between|missing'
# names of files, what is quoted, options
not_said="s/[A-Za-z0-9_-]+[.][a-z]+|\"[^\"]*\"|'[^']*'|--?[a-z-]+( [a-z]+)?//g; s/weeg help [a-z-]+//"

# speaks_dutch STATUS ARGUMENT...: the same words are refused in Dutch. What is quoted is of the data or typed. The words of all
# are looked at once, by all_dutch.
speaks_dutch() {
  local want=$1 message
  shift
  message=$("$weeg" --language nl "$@" 2>&1 >/dev/null </dev/null)
  if [ $? = "$want" ] && [[ $message == "weeg: "* ]]; then
    printf '%s\n' "${message//$'\n'/ }" >>"$dir/dutch.said"
  else
    fail "in Dutch: weeg $*: $message"
  fi
}
all_dutch() {
  local all mixed
  cd "$dir" || return
  sed -E "$not_said" dutch.said >dutch.words
  all=$(wc -l <dutch.words)
  grep -Ewin "$english" dutch.words | cut -d: -f1 >dutch.mixed
  mixed=$(wc -l <dutch.mixed)
  passed=$((passed + all - mixed)) failed=$((failed + mixed))
  [ "$mixed" = 0 ] || awk 'NR == FNR { mixed[$1]; next } FNR in mixed { print "failed: in Dutch: " $0 }' dutch.mixed dutch.said
}

# refuses STATUS REGEX ARGUMENT...
refuses() {
  local want=$1 regex=$2 program status message
  shift 2
  speaks_dutch "$want" "$@"
  for program in "$weeg" "$san"; do
    message=$("$program" "$@" 2>&1 >/dev/null </dev/null)
    status=$?
    if [ $status = "$want" ] && [[ $message == "weeg: "* ]] && [[ $message =~ $regex ]] && [[ $message != *$'\n'* ]]; then
      pass
    else
      fail "weeg $*: status $status, $message"
    fi
  done
}

cp ovw.weeg damaged.weeg
printf 'x' | dd of=damaged.weeg bs=1 seek=200 conv=notrunc 2>/dev/null
head -c 300 ovw.weeg >short.weeg
printf '%s\n' y,n no,one yes,one yes,none yes,none >none.csv
printf 'nothing,a\n,1\n" ",2\n' >nothing.csv
refuses 2 'say what to do'
refuses 2 'cannot be "proportoin"; did you mean "proportion"' proportoin ovw.weeg '~ strengths'
refuses 2 'no option --lveel; did you mean --level' proportion ovw.weeg '~ strengths' --lveel 0.9
refuses 2 'no option -x' proportion -x
refuses 1 'line 5: the weight in row 4 is missing.*--na-weights omit' proportion lost.csv '~ place' -w pw
# rows and lines are those of the file, also where rows before them are left out
printf 'q,w,s,c,f,r1,r2\na,,1,1,9,1,1\nb,1,1,1,9,1,2\na,,1,2,9,1,1\nb,1,1,2,9,2,1\na,1,2,1,8,2,1\na,1,2,4,9,2,\n' >gaps.csv
known=(proportion gaps.csv '~ q' -w w --na-weights omit)
refuses 1 'in stratum 2 \(row 5\)' "${known[@]}" -s s -c c
refuses 1 'line 7: the fpc in row 6 differs' "${known[@]}" -s s -c c --nest --fpc f
refuses 1 'line 7: replicate weight r2 in row 6 is missing' "${known[@]}" --repweights '^r' --type brr
refuses 2 'missing weights, but --weights names none' proportion lost.csv '~ place' --na-weights omit
refuses 2 'choose one of fail, omit' proportion lost.csv '~ place' -w pw --na-weights drop
refuses 2 '--na-weights is for files of rows' proportion ovw.weeg '~ strengths' --na-weights omit
printf '%s\n' g,x,y,w a,1,5,1 b,many,1e999,1 b,3,5,0 >no-numbers.csv
refuses 1 'line 3, column 2 \(x\): "many" is not a number' mean no-numbers.csv 'x ~ g' -w w
refuses 1 'line 3: y is infinite in row 2, and there is no mean of that' mean no-numbers.csv 'y ~ g' -w w
refuses 1 'line 3: y is infinite in row 2' ratio no-numbers.csv 'w / y ~ g' -w w
check "nor is it where the row is outside" "$weeg" mean no-numbers.csv 'y ~ g' -w w --domain 'g == "a"'
refuses 1 'y cannot be read as numbers and as categories at once' mean no-numbers.csv 'y ~ g' -w w --domain 'y < 9'
refuses 1 'there is no variable z' mean no-numbers.csv 'z ~ g' -w w
refuses 2 'y is outcome and group at once' mean no-numbers.csv 'y ~ y' -w w
refuses 2 'y is outcome and group at once' ratio no-numbers.csv 'w / y ~ y' -w w
refuses 2 'y is not a ratio' ratio no-numbers.csv 'y ~ g' -w w
refuses 2 'y/w/y is not a ratio' ratio no-numbers.csv 'y/w/y ~ g' -w w
refuses 2 '"a / b ~ group", or "~ a / b"' ratio no-numbers.csv 'y ~ g' -w w
refuses 2 'not a formula; write "a / b ~ group", or "~ a / b"' ratio no-numbers.csv 'y/w' -w w
for asked in '~ y / (w + x)' '(w + x) / y ~ g'; do
  refuses 2 'a variable on each side of its /.*make a column of the expression' ratio no-numbers.csv "$asked" -w w
done
for asked in 'log(y) ~ g' 'y * 2 ~ g' 'y^2 ~ g' 'y ~ g * x' '~ y / (w)'; do
  refuses 1 'no variable .*names with \+ between them, and expressions are not read' mean no-numbers.csv "$asked"
done
refuses 1 'no variable .*names with \+ between them' proportion ovw.weeg 'log(strengths) ~ ronde'
refuses 2 'y occurs twice' ratio no-numbers.csv 'y / y ~ g' -w w
refuses 2 'w / y occurs twice' ratio no-numbers.csv 'w / y + w/y ~ g' -w w
refuses 2 '--interval of totals and ratios is wald or log, not beta' ratio no-numbers.csv 'w / y ~ g' -w w --interval beta
refuses 2 '--interval of totals and ratios is wald or log, not beta' total no-numbers.csv '~ g' -w w --interval beta
refuses 2 '--interval is not an option of weeg mean' mean no-numbers.csv 'y ~ g' -w w --interval log
for per in 0 -1 inf many; do
  refuses 2 '--per must be a positive number' ratio no-numbers.csv 'w / y ~ g' -w w --per=$per
done
refuses 2 'sums of numbers need weights that are a column' mean api.csv 'tens ~ ell2' -s stype --fpc fpc
refuses 1 'the tally has sums of hours, which is a number, and no levels of it' proportion amounts-1.weeg '~ hours'
refuses 1 'the tally has levels of g, and no sums of its values' mean amounts-1.weeg '~ g'
refuses 1 'a tally has sums of hours, not its values' mean amounts-1.weeg '~ hours' --domain 'hours > 1'
refuses 1 'the levels of x are not numbers, and quantiles are of numbers' quantile no-numbers.csv 'x ~ g' -w w
refuses 1 'there is no variable z' quantile no-numbers.csv 'z ~ g' -w w
refuses 1 'the tally has sums of hours, which is a number, and no levels of it' quantile amounts-1.weeg '~ hours'
refuses 2 'numbers from 0 to 1, as in .25,.5,.75, not "1.5"' quantile hours.weeg '~ hours' --probs .5,1.5
refuses 2 'numbers from 0 to 1.*, not "half"' quantile hours.weeg '~ hours' --probs half
refuses 2 '--probs has 0.5 twice' quantile hours.weeg '~ hours' --probs .5,0.50
refuses 2 '--rule cannot be "hf3"' quantile hours.weeg '~ hours' --rule hf3
refuses 2 '--limits cannot be "woodruf"; did you mean "woodruff"' quantile hours.weeg '~ hours' --limits woodruf
refuses 2 '--probs is not an option of weeg mean' mean amounts.csv '~ hours' --probs .5
check "quantiles of a pipe" cmp <("$weeg" quantile <(cat amounts.csv) 'hours ~ g' -w w -s s -c psu -f csv) quantile.out.csv
check "numbers of many values are not told of" cmp <("$weeg" quantile amounts.csv '~ hours' 2>&1 >/dev/null) /dev/null
printf '%s\n' g,v,code,odd a,1,1,1 b,2,2,x a,2,1,2 b,4,1,1 >sums.csv
check "a number on the left of ~ is summed" \
  [ "$("$weeg" total sums.csv 'v ~ g' -f csv | cut -d, -f1-3 | paste -sd ' ')" = 'g,outcome,estimate a,v,3 b,v,6' ]
check "a number alone is too" grep -q '^v,9,' <("$weeg" total sums.csv 'v ~ 1' -f csv)
check "in a domain" grep -q '^b,v,4,' <("$weeg" total sums.csv 'v ~ g' --domain 'odd != "x"' -f csv)
refuses 1 'is not a number' total sums.csv 'g + v ~ odd'
check "sums of a pipe are refused" grep -q 'variable v is a number, whose sum takes a second reading.*~ group + v.*counted' \
  <("$weeg" total - 'v ~ g' <sums.csv 2>&1 >/dev/null)
refuses 2 '--net is for counts of answers' total sums.csv 'v ~ g' --net 'low=1,2'
refuses 1 'the tally has levels of g, and no sums of its values' total amounts-1.weeg 'hours + g ~ h'
refuses 1 'the tally has sums of hours, which is a number' total amounts-1.weeg '~ g + hours'
refuses 2 '--measures has those of means and of shares' compare sums.csv 'v ~ g' --measures mean-ratio --measures difference
refuses 2 'did you mean "mean-difference"' compare sums.csv 'v ~ g' --measures mean-diference
refuses 2 '--answers is for proportions' compare sums.csv 'v ~ g' --measures mean-ratio --answers 2
refuses 2 '--net is for proportions' compare sums.csv 'v ~ g' --measures mean-ratio --net low=1,2
refuses 2 '--adjust-for is for proportions' compare sums.csv 'v ~ g' --measures mean-ratio --adjust-for odd
refuses 2 '--against-n is for proportions' compare sums.csv 'v ~ g' --measures mean-ratio --against 2 --against-n 9
refuses 2 'or a mean, such as 41.5, not "much"' compare sums.csv 'v ~ g' --measures mean-ratio --against much
refuses 2 'one figure, and the formula has 2 outcomes' compare sums.csv 'v + code ~ g' --measures mean-ratio --against 2
refuses 2 '--measures can only be difference or mean-difference' compare sums.csv 'v ~ g' --measures mean-ratio --contrasts trend
refuses 1 '"x" is not a number' compare sums.csv 'odd ~ g' --measures mean-ratio
refuses 1 '"x" is not a number' test sums.csv 'odd ~ g' --method mean
refuses 2 '"mean" needs a group' test sums.csv '~ v' --method mean
refuses 2 '"mean" has no form conditional on --given; use --method trend' test sums.csv 'v ~ g' --method mean --given code
# on the right, where it has levels, where not all are numbers, and in a tally, which has levels, it is counted: as in R
check "values of a number are counted on the right of ~" \
  [ "$("$weeg" total sums.csv '~ g + v' -f csv | cut -d, -f1-3 | paste -sd ' ')" = \
  'g,v,estimate a,1,1 a,2,1 a,4,0 b,1,0 b,2,1 b,4,1' ]
check "from a pipe they are too" cmp <("$weeg" total sums.csv '~ g + v' -f csv) <("$weeg" total <(cat sums.csv) '~ g + v' -f csv)
for asked in 'code --text code' 'code --levels code=1,2' odd; do
  read -ra words <<<"$asked"
  check "$asked ~ g: answers are counted on the left" cmp <("$weeg" total sums.csv "~ g + ${words[0]}" "${words[@]:1}" -f csv) \
    <("$weeg" total sums.csv "${words[0]} ~ g" "${words[@]:1}" -f csv)
done
check "levels of a tally too" cmp <("$weeg" tally sums.csv 'g + v' -o - | "$weeg" total - 'v ~ g' -f csv) \
  <("$weeg" total sums.csv '~ g + v' -f csv)
refuses 1 'cannot be merged: one has variables' merge amounts-1.weeg one.weeg -o never.weeg
refuses 2 '--format cannot be "yaml"; choose one of text, csv, json, markdown, html' proportion ovw.weeg '~ strengths' -f yaml
refuses 2 'cannot be "tset"; did you mean "test"' tset ovw.weeg '~ strengths'
refuses 2 '--level needs a value' proportion ovw.weeg '~ strengths' --level
refuses 2 '--nest takes no value' proportion ovw.weeg '~ strengths' --nest=yes
refuses 2 '--level is a proportion: write 0.95 for 95%' proportion ovw.weeg '~ strengths' --level 95
refuses 2 '--level must be between 0 and 1' proportion ovw.weeg '~ strengths' --level high
refuses 2 '--level is given twice' proportion ovw.weeg '~ strengths' --level 0.9 --level 0.8
refuses 2 '--percent is not an option of weeg proportion' proportion ovw.weeg '~ strengths' --percent row
refuses 2 '--interval cannot be "wilsn"; did you mean "wilson"' proportion ovw.weeg '~ strengths' --interval wilsn
refuses 2 'choose one of text, csv' proportion ovw.weeg '~ strengths' --format excel
refuses 2 'needs FILE and' proportion ovw.weeg
refuses 2 'a formula goes in quotes' proportion ovw.weeg strengths '~' provider
refuses 2 'is not a formula' proportion ovw.weeg strengths
refuses 2 'has two ~' proportion ovw.weeg 'a ~ b ~ c'
refuses 2 'a variable is missing' proportion ovw.weeg 'strengths + ~ provider'
refuses 2 'occurs twice' proportion ovw.weeg 'strengths ~ provider + provider'
refuses 2 'outcome and group at once' proportion ovw.weeg 'strengths ~ strengths'
refuses 2 'needs one outcome and a group' crosstab ovw.weeg '~ strengths'
refuses 2 'needs --rows and --columns' book ovw.weeg --rows strengths
refuses 2 'takes FILE, --rows and --columns, but there is more' book ovw.weeg strengths --rows strengths --columns ronde
refuses 2 'ronde is in --rows and in --columns at once' book ovw.weeg --rows 'strengths + ronde' --columns ronde
refuses 2 'ronde occurs twice' book ovw.weeg --rows strengths --columns 'ronde + ronde'
refuses 1 'no variable rond .*did you mean ronde' book ovw.weeg --rows strengths --columns rond
refuses 2 '--filters has strength, which is not in --rows; did you mean strengths' book ovw.weeg --rows strengths \
  --columns ronde --filters "strength=provider == 'werkplein'"
refuses 2 '--filters is to be like .* not "strengths"' book ovw.weeg --rows strengths --columns ronde --filters strengths
refuses 2 'two conditions for strengths' book ovw.weeg --rows strengths --columns ronde --filters "strengths=ronde == 'a'" \
  --filters "strengths=ronde == 'b'"
refuses 1 'no variable leeftijd' book ovw.weeg --rows strengths --columns ronde --filters 'strengths=leeftijd < 40'
refuses 1 'no question has all answers of the net "top" .in --net., and none has "nooit"; answers are .*grotendeels' \
  book ovw.weeg --rows strengths --columns ronde --net top=niet,nooit
refuses 1 'none has "helemal"; did you mean helemaal?' book ovw.weeg --rows strengths --columns ronde --net top=niet,helemal
refuses 1 'its answers are of different questions' book ovw.csv --rows 'strengths + relapse' --columns ronde \
  --net top=helemaal,voldoende
refuses 2 "book takes no formula: the questions are --rows 'q1 . q2'" \
  book ovw.weeg 'strengths ~ ronde' --rows strengths --columns ronde
refuses 1 'the net "niet" .* has the name of an answer' book ovw.weeg --rows strengths --columns ronde --net niet=helemaal
refuses 2 'two nets are named "top"' book ovw.weeg --rows strengths --columns ronde --net top=niet --net top=helemaal
refuses 2 '--sets has media, which is neither in --rows nor in --columns' book ovw.csv --rows strengths --columns ronde \
  --sets 'media=knelpunt_banen + knelpunt_schulden'
refuses 2 '--sets is to be like .* not "media"' book ovw.csv --rows strengths --columns media --sets media
refuses 2 '--sets has media twice' book ovw.csv --rows strengths --columns media --sets media=knelpunt_banen --sets media=geslacht
refuses 1 '--sets has strengths, which is a variable of the file, too' book ovw.csv --rows strengths --columns ronde \
  --sets 'strengths=knelpunt_banen + knelpunt_schulden'
refuses 1 'relapse is not an item' book ovw.csv --rows media --columns ronde --sets 'media=knelpunt_banen + relapse'
refuses 1 'b has the level "always", which n1 does not have' battery battery.csv '~ n1 + b'
refuses 1 'b has the levels of a in another order' battery battery.csv '~ a + b' \
  --levels 'a=no\, never,rarely,neither,often,always' --levels 'b=always,often,neither,rarely,no\, never'
refuses 1 '"never" \(in --positive\) is not an answer' battery battery.csv '~ a + b' --positive never
refuses 1 'are not next to each other on the scale' battery battery.csv '~ n1 + n2' --positive 2
refuses 2 '"2" is in --positive and in --neutral' battery battery.csv '~ n1 + n2' --positive 2,3,4 --neutral 2
refuses 1 '--means has no number for "4"' battery battery.csv '~ n1 + n2' --means 1=1,2=2,3=3
refuses 2 '--means is yes, or a number for each answer' battery battery.csv '~ n1 + n2' --means no
refuses 2 '--sort cannot be "mean"' battery battery.csv '~ n1 + n2' --sort mean
refuses 2 '--missing cannot be "level"' battery battery.csv '~ n1 + n2' --missing level
refuses 2 '--net is given twice' proportion ovw.weeg '~ strengths' --net top=niet --net low=helemaal
refuses 1 'has sums of leeftijd, which is a number' book sums.weeg --rows strengths --columns leeftijd
refuses 2 '--format xlsx is of tables' describe ovw.csv --format xlsx
printf '%s\n' 'w,=1+1,a question: with [odd] / characters and a long name,A QUESTION- WITH -ODD- - CHARACTERS,g' \
  "1,=cmd|' /C calc'!A0,x <b>,y,\"g & \"\"h\"\"\"" '2,+2,_x0041_,z,k' "1,=cmd|' /C calc'!A0,x <b>,z,k" \
  '2,+2,_x0041_,y,"g & ""h"""' '1,+2,x <b>,y,k' >formulas.csv
names='`=1+1` + `a question: with [odd] / characters and a long name` + `A QUESTION- WITH -ODD- - CHARACTERS`'
for format in csv xlsx; do
  check "a book with odd names, $format" "$weeg" book formulas.csv --rows "$names" --columns g -w w -o "formulas-book.$format"
  check "a book, $format" "$weeg" book ovw.csv --rows 'strengths + relapse' --columns 'provider + ronde + gemeente' -w gewicht \
    -s ronde -c gemeente -o "plain-book.$format"
  check "a book of means and nets, $format" "$weeg" book ovw.csv --rows 'strengths + leeftijd' --columns 'provider + ronde' \
    -w gewicht -s ronde -c gemeente --net 'few=niet,een beetje' -o "means-book.$format"
  check "a book without rows, $format" "$weeg" book ovw.csv --rows strengths --columns provider --domain 'leeftijd < 0' \
    -o "empty-book.$format"
done
if Rscript --no-init-file -e 'quit(status = !requireNamespace("openxlsx", quietly = TRUE))'; then
  for book in formulas plain means empty; do
    count_lines Rscript --no-init-file "$root/tests/cli/workbook.R" $book-book.csv $book-book.xlsx
  done
  "$weeg" --language nl book ovw.csv --rows 'strengths + media' --columns provider \
    --sets 'media=knelpunt_banen + knelpunt_schulden' --filters 'media=leeftijd < 40' -w gewicht -o shown.xlsx
  check "of which rows a question is, in the contents" grep -qx 'meerdere antwoorden mogelijk; alleen leeftijd &lt; 40' \
    <(Rscript --no-init-file -e 'writeLines(openxlsx::read.xlsx("shown.xlsx", 1, colNames = FALSE, skipEmptyCols = FALSE)[[3]])')
  for table in "crosstab;strengths ~ organisatie" "proportion;~ strengths" "mean;leeftijd ~ ronde" "compare;strengths ~ ronde" \
    "crosstab;strengths ~ arbeidssituatie"; do
    for format in csv xlsx; do
      check "$table, $format" "$weeg" "${table%;*}" ovw.csv "${table#*;}" -w gewicht -c gemeente --threshold 10 -o "table.$format"
    done
    count_lines Rscript --no-init-file "$root/tests/cli/sheets.R" table.csv table.xlsx
  done
else
  skip "workbooks as they are read: there is no package openxlsx"
fi
# all respondents as one more group: the rows of the same command without groups
without_names() { tail -n +2 "$1" | sed -E 's/^("[^"]*"|[^,]*),//'; }
while IFS='|' read -r command of formula; do
  "$weeg" "$command" ovw.csv "$formula" -w gewicht -f csv >groups.csv
  "$weeg" "$of" ovw.csv "~ ${formula%% ~*}" -w gewicht -f csv | tail -n +2 >whole.csv
  "$weeg" "$command" ovw.csv "$formula" -w gewicht --total -f csv >both.csv
  check "--total of $command: the groups" cmp groups.csv <(head -n "$(wc -l <groups.csv)" both.csv)
  check "--total of $command: all" test "$(tail -n "$(wc -l <whole.csv)" both.csv | sed 's/^Total,//' | cut -d, -f 1-9)" = \
    "$(cut -d, -f 1-9 whole.csv)"
done <<'END'
crosstab|proportion|strengths ~ provider
proportion|proportion|strengths ~ provider
mean|mean|leeftijd ~ provider
quantile|quantile|leeftijd ~ provider
multiple|multiple|knelpunt_banen + knelpunt_leeftijd ~ provider
END
"$weeg" multiple ovw.csv 'knelpunt_banen + knelpunt_leeftijd ~ provider' -w gewicht --total -f json |
  grep -o '"n.base.weighted": [0-9.]*' | tail -1 | cut -d' ' -f 2 >weight.txt
check "and what they weigh who answered" Rscript --no-init-file -e 'd <- read.csv("ovw.csv")
  known <- !is.na(d$knelpunt_banen) & !is.na(d$knelpunt_leeftijd)
  stopifnot(all.equal(scan("weight.txt"), sum(d$gewicht[known]), tolerance = 1e-12))'
# each row of A counts 1.5 and each of B 2.7, so that n and weighted n of both together would tell what is hidden of each
{ echo q,g,w,items; for row in x,A,1.5,4 y,A,1.5,40 z,A,1.5,30 x,B,2.7,9 y,B,2.7,20 z,B,2.7,37; do
  yes "${row%,*},$([ "${row%%,*}" = x ] && echo 1 || echo 0)" | head -n "${row##*,}"
done; } >told.csv
for command in crosstab proportion; do
  "$weeg" "$command" told.csv 'q ~ g' -w w --threshold 10 --total -f csv | grep ^Total | cut -d, -f 3,8,9,10 >shown.csv
  check "--total of $command does not tell what is hidden of groups" cmp shown.csv - \
    <<<$'x,NA,140,NA\ny,NA,140,NA\nz,67,140,144.90000000000001'
done
"$weeg" multiple told.csv 'items ~ g' --yes 1 -w w --threshold 10 --total -f csv | grep ^Total >shown.csv
check "nor of an item" test "$(cut -d, -f 3,4,8,10 shown.csv)" = items,NA,NA,NA
"$weeg" proportion told.csv 'q + items ~ g' -w w --threshold 10 --total -f csv | grep ^Total | cut -d, -f 2,3,8 >shown.csv
check "nor of several outcomes" cmp shown.csv - <<<$'q,x,NA\nq,y,NA\nq,z,67\nitems,0,NA\nitems,1,NA'
refuses 2 'which percentages by --percent column have no room for' \
  crosstab ovw.csv 'strengths ~ provider' --percent column --total
refuses 2 '--total reads the data twice' crosstab - 'strengths ~ provider' --total <ovw.csv
check "HTML says its language" grep -q '<html lang="nl">' <("$weeg" proportion ovw.csv '~ strengths' -f html --language nl)
check "or that it is English" grep -q '<html lang="en">' <("$weeg" proportion ovw.csv '~ strengths' -f html)
"$weeg" book ovw.csv --rows 'strengths + vertrouwen' --columns provider -f html --language nl >dutch.html
check "a Dutch book has Dutch around it" grep -q 'Zoek in vragen en antwoorden.*\|aria-label="Inhoud"' dutch.html
check "and nothing English" test "$(grep -c 'Search questions\|Contents\| questions\b' dutch.html)" = 0
rm dutch.html # the checks of formats read English
check "without groups there is no more" cmp <("$weeg" proportion ovw.csv '~ strengths' -f csv) \
  <("$weeg" proportion ovw.csv '~ strengths' --total -f csv)
check "a workbook has the same bytes each time" cmp plain-book.xlsx \
  <("$weeg" book ovw.csv --rows 'strengths + relapse' --columns 'provider + ronde + gemeente' -w gewicht -s ronde -c gemeente \
    -f xlsx | cat)
Rscript --no-init-file -e 'library(weeg)
  weeg_save(weeg_book(weeg_design(openvoorwerk), ~strengths, ~ronde), "searched.html")'
searches() { sed -n '/^(function () {/,/^})();/p; /class="search"/p' "$1"; }
"$weeg" book ovw.csv --rows strengths --columns ronde -o searching.html
check "a page of a book has the search of R" cmp <(searches searching.html) <(searches searched.html)
check "which looks in each of its sections" [ "$(grep -c '<section class="question"' searching.html)" = 1 ]
rm searched.html # of R: the checks of formats are of what the program wrote
refuses 2 'the ending .docx is not one of' book ovw.weeg --rows strengths --columns ronde -o book.docx
refuses 2 '--method is not an option of weeg book' book ovw.weeg --rows strengths --columns ronde --method wald
refuses 2 '--adjust cannot be "hom"; did you mean "holm"' book ovw.weeg --rows strengths --columns ronde --adjust hom
refuses 2 'needs a group' compare ovw.weeg '~ strengths'
refuses 2 'needs a group' test ovw.weeg '~ strengths' --method trend
refuses 2 'ronde is in --given and in the formula' test ovw.weeg 'strengths ~ ronde' --given ronde
refuses 2 'has no form conditional on --given' test ovw.weeg 'strengths ~ ronde' --given provider --method rao-scott-lr
refuses 2 'conditional on --given needs a group' test ovw.weeg '~ strengths' --given provider
refuses 1 'no variable rond .*did you mean ronde' test ovw.weeg 'strengths ~ provider' --given rond
refuses 2 'strengths is outcome and group at once' total ovw.weeg 'strengths ~ strengths'
refuses 2 '--method is not an option of weeg total' total ovw.weeg '~ strengths' --method wald
refuses 2 'tests of items need a group' item-tests several.csv '~ zero + one'
refuses 2 '--base is not an option of weeg item-tests' item-tests several.csv 'zero ~ provider' --base any
refuses 2 'an association needs one group' association ovw.weeg '~ strengths'
refuses 2 'an association needs one group' association ovw.weeg 'strengths ~ ronde + provider'
refuses 2 '--measures cannot be "gama"; did you mean "gamma"' association ovw.weeg 'strengths ~ ronde' --measures gama
refuses 2 '--measures cannot be "gamma"' compare ovw.weeg 'strengths ~ ronde' --measures gamma
refuses 1 "Somers' D needs levels in order, but provider" association ovw.weeg 'strengths ~ provider' --measures somers-d
refuses 1 'kappa needs .* the same order, but ronde has ronde 1, ronde 2 and strengths has niet' \
  association ovw.weeg 'strengths ~ ronde' --measures kappa
refuses 2 'only one of --against and --contrasts' compare ovw.weeg 'strengths ~ ronde' --against total --contrasts trend
refuses 2 'only one of --pairs and --contrasts' compare ovw.weeg 'strengths ~ ronde' --pairs 'ronde 1,ronde 2' --contrasts trend
refuses 2 '--measures can only be difference' compare ovw.weeg 'strengths ~ ronde' --measures odds-ratio --contrasts trend
refuses 2 '--contrasts must be trend, or coefficients.*not "linear"' compare ovw.weeg 'strengths ~ ronde' --contrasts linear
refuses 1 'coefficients for 2 groups: ronde 1; ronde 2' compare ovw.weeg 'strengths ~ ronde' --contrasts x=1,0,-1
refuses 1 'coefficient for "ronde 3", which is not a group' compare ovw.weeg 'strengths ~ ronde' --contrasts 'x=ronde 3=1'
refuses 2 'two coefficients for "ronde 1"' compare ovw.weeg 'strengths ~ ronde' --contrasts 'x=ronde 1=1,ronde 1=-1'
refuses 2 'must name all of its groups' compare ovw.weeg 'strengths ~ ronde' --contrasts 'x=ronde 1=1,-1'
refuses 2 'contrast "x" .* must be numbers, not "a"' compare ovw.weeg 'strengths ~ ronde' --contrasts x=a,1
refuses 2 'contrast "y" .* sum to 3, not to 0' compare ovw.weeg 'strengths ~ ronde' --contrasts x=-1,1 --contrasts y=1,2
refuses 2 'contrast "x" .* are all 0' compare ovw.weeg 'strengths ~ ronde' --contrasts x=0,0
refuses 2 'two contrasts with the name "x"' compare ovw.weeg 'strengths ~ ronde' --contrasts x=-1,1 --contrasts x=1,-1
refuses 2 'a trend is over one group' compare ovw.weeg 'strengths ~ ronde + provider' --contrasts trend
refuses 2 'a comparison needs a group' compare ovw.weeg '~ strengths' --contrasts trend
refuses 1 'a trend needs levels in order, but provider' compare ovw.weeg 'strengths ~ provider' --contrasts trend
refuses 1 'fewer than two groups with data: no trend' compare ovw.weeg 'strengths ~ ronde' --contrasts trend \
  --domain "ronde == 'ronde 1'"
refuses 2 '--p is for goodness of fit' test ovw.weeg 'strengths ~ ronde' --p .5,.5
refuses 1 '--p has 3 proportions, but ronde has 2 levels: ronde 1, ronde 2' test ovw.weeg '~ ronde' --p .5,.3,.2
refuses 2 '--p must be proportions above 0.*, not "0"' test ovw.weeg '~ ronde' --p 0,1
refuses 2 '--p must be proportions above 0.*, not "x"' test ovw.weeg '~ ronde' --p 'ronde 1=x,ronde 2=.5'
refuses 2 '--p must be proportions above 0.*, not ""' test ovw.weeg '~ ronde' --p '.5,'
refuses 2 '--p must name all of its proportions' test ovw.weeg '~ ronde' --p 'ronde 1=.5,.5'
refuses 2 '--p must name all of its proportions' test ovw.weeg '~ ronde' --p '.5,ronde 1=.5'
refuses 1 '--p has a proportion for "ronde 3", which is not a level of ronde' test ovw.weeg '~ ronde' --p 'ronde 3=1'
refuses 2 '--p has two proportions for "ronde 1"' test ovw.weeg '~ ronde' --p 'ronde 1=.5,ronde 1=.5'
refuses 2 '--p: the proportions add up to 0.9, not 1' test ovw.weeg '~ ronde' --p .5,.4
refuses 1 '--p has no proportion for "ronde 2", which is among the answers to ronde' test ovw.weeg '~ ronde' --p 'ronde 1=1'
refuses 2 '--p: the proportion of "ronde 1" is 1e-300, less than 1e-100' test ovw.weeg '~ ronde' --p 1e-300,1
refuses 1 '--p has 1 proportion, but ronde has 2 levels' test ovw.weeg '~ ronde' --p 1
refuses 1 'has 1 coefficient for 2 groups' compare ovw.weeg 'strengths ~ ronde' --contrasts x=1
for wave in previous first; do
  check "a wave with the $wave one" cmp <("$weeg" compare ovw.weeg 'strengths ~ ronde' --against "$wave" -f csv) \
    <("$weeg" compare ovw.weeg 'strengths ~ ronde' --pairs 'ronde 2,ronde 1' -f csv)
done
refuses 2 'only one of --pairs and --against' compare ovw.weeg 'strengths ~ ronde' --against rest --pairs a,b
refuses 2 '0.62 for 62 %, not "62"' compare ovw.weeg 'strengths ~ ronde' --against 62 --answers niet
refuses 1 'does not say which answer' compare ovw.weeg 'strengths ~ ronde' --against 0.62
refuses 1 '"never" in --against is not one of the answers' compare ovw.weeg 'strengths ~ ronde' --against never=0.62
refuses 2 '--against-n needs a figure' compare ovw.weeg 'strengths ~ ronde' --against rest --against-n 9
refuses 2 'two figures for "niet"' compare ovw.weeg 'strengths ~ ronde' --against niet=0.2 --against niet=0.3
refuses 1 'jobs, age, debts have no answer but "Y" and blanks.*--unnamed blank' multiple several.csv '~jobs+age+debts' --yes Y
refuses 1 'jobs has no answer but "Y" and blanks' multiple several-blank.weeg '~ jobs' --yes Y
if [ -f several.sav ]; then refuses 1 'age has no answer but "Y" and blanks' multiple several.sav '~ age' --yes Y; fi
if [ -f mrsets.sav ]; then
  refuses 1 'there is no set \$x; there are \$media, \$colours, \$Reading' multiple mrsets.sav '~ $x'
  refuses 1 'the set \$media has items of its own' multiple mrsets.sav '~ media + radio'
  refuses 2 'the set \$media itself defines what names an item' multiple mrsets.sav '~ media' --yes x
  check "sets are described" grep -qx 'Colours, in order ($colours): set of categories: first_colour, second_colour,' \
    <("$san" describe mrsets.sav)
  check "in JSON too" grep -q '"set": "$Reading", "label": null, "kind": "dichotomies", "counted": "yes", "variables": "paper' \
    <("$san" describe mrsets.sav -f json)
fi
refuses 1 'first is not an item: its levels are .*--coding categories.*--separator' multiple several.csv '~ first + second'
refuses 1 'own text or nothing, use --unnamed blank' multiple several.csv '~ jobs'
refuses 1 'no answer in nothing' multiple nothing.csv '~ nothing' --separator ';'
refuses 2 'says how the sample was drawn' multiple several.csv '~ jobs' --unnamed blank -s jobs
refuses 1 'has a text for "TV", which nobody answers, and none for "age"' multiple several.csv '~ text' --separator '|' \
  --labels TV=x
refuses 2 'text for job, which is not an item' multiple several.csv '~ jobs' --yes Y --unnamed blank --labels job=x
refuses 2 "as in 'tv=Television'" multiple several.csv '~ jobs' --labels x
refuses 2 'is given twice for jobs' multiple several.csv '~ jobs' --labels jobs=x --labels jobs=y
refuses 2 'gives two items the text "x"' multiple several.csv '~ jobs + age' --labels jobs=x --labels age=x
refuses 2 '--yes is for data with a column per item' multiple several.csv '~ text' --yes Y --separator ';'
refuses 2 '--separator goes with --coding categories' multiple several.csv '~ text' --coding items --separator ';'
refuses 2 '--separator must be the text' multiple several.csv '~ text' --separator ''
refuses 2 '--unnamed cannot be "no"; choose one of blank' multiple several.csv '~ jobs' --unnamed no
refuses 2 '--base cannot be "everybody"; choose one of respondents, any, responses' multiple several.csv '~ jobs' --base everybody
refuses 2 '--missing cannot be "level"; choose one of domain, omit' multiple several.csv '~ jobs' --missing level
refuses 2 '--yes is not an option of weeg proportion' proportion several.csv '~ jobs' --yes Y
check "JSON has the tests of the items" grep -q '"item": "all items"' <("$san" \
  multiple several.csv 'zero + one ~ provider' -f json)
refuses 2 'a model needs an outcome and covariates' logistic ovw.weeg '~ strengths'
refuses 2 'a model needs covariates' logistic ovw.weeg 'strengths ~ 1'
refuses 2 'a model has one outcome' logistic ovw.weeg 'strengths + ronde ~ provider'
refuses 2 'strengths is outcome and covariate' logistic ovw.weeg 'strengths ~ ronde + strengths'
refuses 2 'ronde is in an interaction, but not by itself' logistic ovw.weeg 'strengths ~ provider + provider:ronde'
refuses 2 'variables on the right only' loglinear ovw.weeg 'strengths ~ ronde'
refuses 2 'variables on the right only' loglinear ovw.weeg 'strengths'
refuses 2 'ronde is in an interaction, but not by itself' loglinear ovw.weeg '~ provider + provider:ronde'
refuses 2 'provider:ronde:strengths is in the model, but not ronde:strengths' loglinear ovw.weeg \
  '~ provider * ronde + provider * strengths + provider:ronde:strengths'
refuses 1 'provider has one level with data, "werkplein": it cannot be in the model' loglinear ovw.weeg '~ provider + ronde' \
  --domain "provider == 'werkplein'"
refuses 1 'gewicht is a number with [0-9]* values, but covariates' loglinear ovw.csv '~ ronde + gewicht'
(echo a,b; for i in {1..600}; do printf '%s\n' "x,g$i" "y,g$i"; done) >many-cells.csv
refuses 1 'the model has 1200 cells, more than 1024; combine' loglinear many-cells.csv '~ a + b'
refuses 1 'the model has 599 coefficients, more than 200' loglinear many-cells.csv '~ b'
refuses 2 'loglinear takes FILE and' loglinear ovw.weeg '~ ronde' '~ ronde'
refuses 2 'the models are the same: ronde \* strengths' loglinear-tests ovw.weeg '~ ronde * strengths' \
  '~ strengths + ronde + ronde:strengths'
refuses 2 'neither model contains the other' loglinear-tests ovw.weeg '~ ronde * strengths + provider' \
  '~ ronde * provider + strengths'
refuses 2 'different tables, of ronde, strengths and of ronde;' loglinear-tests ovw.weeg '~ ronde * strengths' '~ ronde'
refuses 2 '--method cannot be "wilcoxon"' loglinear-tests ovw.weeg '~ ronde + strengths' --method wilcoxon
refuses 2 '--method is not an option of weeg loglinear' loglinear ovw.weeg '~ ronde + strengths' --method lincom
refuses 2 'a \) is missing' logistic ovw.weeg 'strengths ~ (provider + ronde'
refuses 2 '\^ is followed by a whole number' logistic ovw.weeg 'strengths ~ (provider + ronde)^x'
refuses 2 'a variable is missing' logistic ovw.weeg 'strengths ~ provider * '
refuses 1 'provider has 5 levels without an order; .*--answers "' logistic ovw.weeg 'provider ~ ronde'
refuses 1 '"never" \(in --answers\) is not a level of strengths' logistic ovw.weeg 'strengths ~ ronde' --answers never
refuses 1 'leaves one side of ronde without data' logistic ovw.weeg 'ronde ~ provider' --answers 'ronde 1' --answers 'ronde 2'
refuses 1 'ronde has one level with data, "ronde 1": it cannot be a covariate' \
  logistic ovw.weeg 'strengths ~ ronde + provider' --answers niet --domain "ronde == 'ronde 1'"
refuses 1 'gewicht is a number with [0-9]* values, but covariates' logistic ovw.csv 'ronde ~ gewicht'
refuses 1 'all [0-9]* rows with n "none" have the same answer; combine levels' logistic none.csv 'y ~ n'
refuses 2 "adjustment needs groups" proportion ovw.weeg '~ strengths' --adjust-for ronde
refuses 2 'ronde is in the formula and in --adjust-for' compare ovw.weeg 'strengths ~ ronde' --adjust-for ronde
refuses 2 'for pairs of groups, not for --against' compare ovw.weeg 'strengths ~ ronde' --adjust-for provider --against rest
refuses 1 'ronde has one level with data, "ronde 1": it cannot be a covariate' \
  proportion ovw.weeg 'strengths ~ provider' --adjust-for ronde --domain "ronde == 'ronde 1'"
refuses 1 'no variable rond .*did you mean ronde' proportion ovw.weeg 'strengths ~ provider' --adjust-for rond
composition=(standardise ovw.weeg 'strengths ~ ronde' --by provider --population werkplein=1)
refuses 2 'needs the variables of the composition, such as --by' decompose ovw.weeg 'strengths ~ ronde'
refuses 2 'the formula needs a group' decompose ovw.weeg '~ strengths' --by provider
refuses 2 'ronde is in --by and in the formula' decompose ovw.weeg 'strengths ~ ronde' --by 'provider + ronde'
refuses 1 'no variable providr .*did you mean provider' decompose ovw.weeg 'strengths ~ ronde' --by providr
refuses 1 '"x" \(in --pairs\) is not two groups' decompose ovw.weeg 'strengths ~ ronde' --by provider --pairs x
refuses 2 'needs a number for each category: --population "werkplein=100"' \
  standardise ovw.weeg 'strengths ~ ronde' --by provider
refuses 1 '--population has no number for "sociale dienst"' "${composition[@]}"
refuses 1 '"nowhere" in --population is not a category; they are werkplein; ' "${composition[@]}" --population nowhere=1
refuses 2 'two numbers for "werkplein"' "${composition[@]}" --population werkplein=2
for number in x -1 inf nan '' 1x; do
  refuses 2 '--population is a category and its number' "${composition[@]}" --population "sociale dienst=$number"
done
refuses 2 'are all 0' standardise none.csv '~ y' --by n --population one=0 --population none=0
refuses 2 'needs --output' tally ovw.weeg ronde
refuses 2 'needs --output' merge one.weeg two.weeg
for name in p.docx p.pdf p.csv.gz p.weeg dir.csv/p.tsv p.CSVX; do
  refuses 2 "--output $name: the ending .${name##*.} is not one of .txt, .csv, .json, .md, .html, .xlsx" \
    proportion ovw.weeg '~ strengths' --output "$name"
done
refuses 2 '--output t.csv: the ending .csv is not one of .weeg' tally ovw.weeg ronde --output t.csv
refuses 2 '--output t.txt: the ending .txt is not one of .weeg' merge one.weeg two.weeg -o t.txt
refuses 2 '--output c.txt: the ending .txt is not one of .sps' pspp install --output c.txt
check "nothing was written" [ -z "$(find . -name 'p.*' -o -name t.csv -o -name t.txt -o -name c.txt)" ]
if [ -f pspp.sav ]; then # a build with ReadStat; 9 is a user-missing value of x, 97 and more of r
  small=$root/tests/reference/sav/small.sav
  refuses 1 'the weight in row 3 is missing' proportion "$small" '~ t' --weights x
  refuses 1 'the weight in row 2 is missing' proportion "$small" '~ t' --weights r
  refuses 1 'the stratum in row 3 is missing' proportion "$small" '~ t' --strata x
  refuses 1 'the PSU in row 3 is missing' proportion "$small" '~ t' --cluster x
  refuses 1 'the PSU in row 3 is missing' tally "$small" t --cluster x --output x.weeg
fi
refuses 2 'a tally has its design already' proportion ovw.weeg '~ strengths' --weights gewicht
refuses 2 'goes with --lonely adjust' proportion ovw.weeg '~ strengths' --lonely-domain
refuses 2 '--threads must be a whole number' proportion ovw.weeg '~ strengths' --threads 0
refuses 2 'equality is written ==' proportion ovw.weeg '~ strengths' --domain 'ronde = 1'
refuses 2 'a quote is not closed' proportion ovw.weeg '~ strengths' --domain 'ronde == "ronde 1'
refuses 2 'text goes in quotes' proportion ovw.weeg '~ strengths' --domain 'ronde == one'
refuses 2 'a \) is missing at the end' proportion ovw.weeg '~ strengths' --domain '(ronde == "ronde 1"'
refuses 2 '& or \| is missing before' proportion ovw.weeg '~ strengths' --domain 'ronde == "ronde 1" ronde'
refuses 1 'no variable strenghts .*did you mean strengths' proportion ovw.weeg '~ strenghts'
refuses 1 'no variable x .*there are provider, strengths' proportion ovw.weeg '~ x'
refuses 1 'no variable rond .*did you mean ronde' proportion ovw.weeg '~ strengths' --domain 'rond == "ronde 1"'
refuses 1 'ronde has no level "ronde 3"; did you mean "ronde 1"' proportion ovw.weeg '~ strengths' --domain 'ronde == "ronde 3"'
refuses 1 'have no order' proportion ovw.weeg '~ strengths' --domain 'provider < "werkplein"'
refuses 1 'compare it with a number' proportion api.weeg '~ ell2' --domain 'tens < "600"'
refuses 1 'day is a date: compare it with one, such as "2020-12-31"' proportion days.csv '~ month' --domain 'day > 5'
refuses 1 'the levels of organisatie have no order' proportion ovw.csv '~ strengths' --domain 'organisatie > 2020-12-31'
if [ -f pspp.sav ]; then
  refuses 1 'date is a date: compare it with one' proportion pspp.sav '~ month' --domain 'date > 13797216000'
  refuses 1 'time is a time: compare it with one, such as "08:30:00"' proportion pspp.sav '~ month' --domain 'time > 5'
  refuses 1 'no level "purple"; its levels are 1 = red, 2 = green, 3 = blue' \
    proportion pspp.sav '~ month' --domain 'kind == "purple"'
  refuses 1 '"refused" is a user-missing value of age' proportion pspp.sav '~ month' --domain 'age == "refused"'
  refuses 1 '99 is a user-missing value of age' proportion pspp.sav '~ month' --domain 'age == 99'
  refuses 1 'kind has no value 4; its levels are 1 = red, 2 = green, 3 = blue' proportion pspp.sav '~ month' --domain 'kind == 4'
  refuses 1 'compare it with one, without quotes \("green" is 2\)' proportion pspp.sav '~ month' --domain 'kind > "green"'
fi
refuses 1 'cannot open none.weeg: No such file' proportion none.weeg '~ strengths'
refuses 1 'damaged.weeg: .*checksum' proportion damaged.weeg '~ strengths'
refuses 1 'short.weeg: .*truncated' describe short.weeg
printf 'PAR1\025\004\025\000L\025,"a\n' >rows.parquet
refuses 1 'rows.parquet: the file is no CSV file, but a Parquet file: .*duckdb -csv' describe rows.parquet
refuses 1 'variables provider, strengths, ronde' merge ovw.weeg one.weeg -o x.weeg
refuses 1 'only one has a finite population|variables' merge api.weeg low.weeg -o x.weeg
refuses 1 'stratum H has only one PSU; .*--lonely adjust' proportion lonely.weeg '~ ell2'
refuses 1 'is not a level of strengths' compare ovw.weeg 'strengths ~ ronde' --answers never
refuses 1 'not a level of strengths; did you mean niet' proportion ovw.weeg '~ strengths' --net 'low=nit,een beetje'
refuses 1 'its levels are niet' proportion ovw.weeg '~ strengths' --net 'low=something else'
refuses 1 'has the name of an answer' test ovw.weeg 'strengths ~ ronde' --net 'niet=niet,een beetje'
for net in low low= =niet; do refuses 2 'a name and its answers' proportion ovw.weeg '~ strengths' --net "$net"; done
refuses 1 'is not two groups' compare ovw.weeg 'strengths ~ provider' --pairs werkplein,nowhere
refuses 1 '"wilcoxon" compares two groups, but there are 5' test ovw.weeg 'strengths ~ provider' --method wilcoxon
refuses 1 'needs levels in order' test ovw.weeg 'provider ~ ronde' --method trend
refuses 1 'cannot write none/x.weeg: No such file' tally ovw.weeg ronde --output none/x.weeg
refuses 1 'cannot write none/x.csv: No such file' proportion ovw.weeg '~ strengths' --output none/x.csv
printf 'a,w,s,c,f\nx,1,p,1,1.5\ny,2,p,2,1.5\nx,1,q,1,9\ny,1,q,3,9\n' >small.csv
printf 'a,b\n=1+1,1\n"@x, ""y""",1\n-3,1\n-a,1\n+2+3,2\n<b>&|*,2\n' >risky.csv
printf 'a,w,s,c,f\nx,-1,p,1,1\ny,2,,2,1\nx,1,q,,1\n' >bad.csv
printf 'a,b\n1,2\n3\n' >ragged.csv
printf 'a,b,a\n1,2,3\n' >twice.csv
printf 'a,b\n' >none.csv
: >empty.csv
refuses 1 'no variable b .*there are a, w, s, c, f' proportion small.csv '~ b'
refuses 1 'no variable W \(in --weights\); did you mean w|there are a, w' proportion small.csv '~ a' -w W
refuses 1 'no variable ages \(in --domain\)' proportion small.csv '~ a' --domain 'ages < 3'
refuses 1 'small.csv: line 4: cluster 1 occurs in stratum p and in stratum q \(row 3\); .*--nest' \
  proportion small.csv '~ a' -s s -c c
refuses 1 'cannot be read as numbers and as categories' proportion small.csv '~ w' -w w
refuses 1 'stratum p has 2 PSUs in the sample but 1.5 in' proportion small.csv '~ a' -s s --fpc f
refuses 1 'small.csv: line 3: the fpc in row 2 differs' proportion small.csv '~ a' -s s --fpc w
refuses 1 'line 2, column 2 .w.*"x" is not a number|is not a number' proportion small.csv '~ w' -w a
refuses 1 'line 2: the inclusion probability in row 1 is not above 0 and at most 1; with --pps' \
  proportion small.csv '~ a' -w w -c c --nest -s s --fpc f --pps brewer
printf 'a,c,p\nx,1,0.5\ny,1,0.25\nx,2,0.5\n' >differs.csv
refuses 1 'line 3: the inclusion probability in row 2 differs from earlier rows of the same PSU' \
  proportion differs.csv '~ a' -c c --fpc p --pps brewer
refuses 2 '--pps needs --cluster' proportion small.csv '~ a' --fpc f --pps brewer
refuses 2 '--pps needs --fpc' proportion small.csv '~ a' -c c --pps brewer
printf 'a,c,p\nx,1,0.5\ny,2,0.25\nx,3,0.5\n' >drawn.csv
drawn=(drawn.csv -c c --fpc p --pps)
"$weeg" tally "${drawn[0]}" a "${drawn[@]:1}" brewer --output drawn.weeg
refuses 1 'PSUs drawn with unequal probabilities \(--pps\)' proportion drawn.weeg '~ a' --make-replicates jkn
refuses 2 '--lonely-domain does not go with --pps' proportion drawn.weeg '~ a' --lonely adjust --lonely-domain
"$weeg" tally "${drawn[0]}" a "${drawn[@]:1}" poisson --output other.weeg
refuses 1 'PSUs were drawn in different ways' merge drawn.weeg other.weeg --output sum.weeg
# by hand: 2^2 / 2 and 2^2 / 2 of x, 4^2 * 3 / 4 of y
check "independent draws" \
  [ "$("$weeg" total other.weeg '~ a' -f csv | cut -d, -f3 | paste -sd ' ')" = "std.error 2 3.4641016151377544" ]
# replicates that are made (jackknife and half-samples are compared with R's in cases.R): a bootstrap by its seed
printf 'a,w,s,c,f\n' >made.csv
for k in 1 2 3 4 5 6 7 8; do printf 'x,1,p,%d,30\ny,2,p,%d,30\n' $k $((k / 2)) >>made.csv; done
made=(proportion made.csv '~ a' -w w -c c --make-replicates)
check "one seed, one bootstrap" cmp <("$weeg" "${made[@]}" rao-wu --seed 7) <("$san" "${made[@]}" rao-wu --seed 7)
check "another seed, another bootstrap" \
  test "$("$weeg" "${made[@]}" preston -f csv)" != "$("$weeg" "${made[@]}" preston --seed 2 -f csv)"
# of 20 000 replicates; R's generator gives 0.1021 (set.seed(1)), and chance 1 %
check "a bootstrap estimates the variance" awk -F, 'NR == 2 { exit !($4 > 0.099 && $4 < 0.105) }' \
  <("$weeg" "${made[@]}" rao-wu --replicates 20000 -f csv)
check "which replicates they are is said" grep -q 'Preston bootstrap, 50 replicates' \
  <("$weeg" "${made[@]}" preston --replicates 50)
refuses 1 'stratum p has 9 PSUs|half-samples \(BRR\) need two PSUs in each stratum, but stratum p has 9' "${made[@]}" brr -s s
refuses 1 'cannot use a finite population correction \(--fpc\)' "${made[@]}" fay --fpc f
refuses 1 'name a variable that numbers them, --cluster' proportion made.csv '~ a' --make-replicates jkn
refuses 1 'jk1 is for designs without strata' proportion small.csv '~ a' -s s -c c --nest --make-replicates jk1
refuses 2 '--rho goes with --make-replicates fay' "${made[@]}" brr --rho 0.2
refuses 2 '--rho must be below 1' "${made[@]}" fay --rho 1
refuses 2 '--replicates and --seed go with the bootstraps' "${made[@]}" jkn --seed 3
refuses 2 '--replicates and --seed go with --make-replicates' proportion made.csv '~ a' --seed 3
refuses 2 '--type, --scale' "${made[@]}" jkn --type brr
refuses 2 'do not go together' proportion made.csv '~ a' -w w --repweights f --type brr --make-replicates jkn
# --margins: a weight of m counts 20 times and of f 30 times, so that 80 and 120 of 200 are a and b
printf '%s\n' g,y,w,h m,a,1,1 m,b,3,1 f,a,2,2 f,b,2,2 >people.csv
printf '%s\n' g,n m,80 f,120 x,0 >known.csv
people=(proportion people.csv '~ y' -w w --margins)
check "weights give the counts of a population" [ "$("$weeg" "${people[@]}" known.csv -f csv | cut -d, -f3,9 | paste -sd ' ')" = \
  'estimate,n.weighted 0.40000000000000002,80 0.59999999999999998,120' ]
check "which weights they are is said" grep -q 'weights w, post-stratified' <("$weeg" "${people[@]}" known.csv)
check "and in JSON" grep -q '"weights": "w, post-stratified"' <("$weeg" "${people[@]}" known.csv -f json)
printf '%s\n' g,y,w,h 'm,"a"b,1,1' m,a,1,1 m,b,3,1 f,a,2,2 f,b,2,2 >people-skip.csv
skipping=(proportion people-skip.csv '~ y' -w w --margins known.csv --on-error skip)
check "records that are left out are listed once" [ "$("$weeg" "${skipping[@]}" 2>&1 >/dev/null | grep -c 'was left out')" = 1 ]
margin() { printf '%s\n' "$@" >margin.csv; }
refuses 2 'tally file cannot hold calibrated weights; write the' tally people.csv y -w w --margins known.csv -o c.weeg
refuses 2 '--margins is for files of rows' proportion ovw.weeg '~ strengths' --margins known.csv
refuses 2 'reads the data twice' proportion <(cat people.csv) '~ y' --margins known.csv
refuses 2 'replicate weights cannot be calibrated' "${people[@]}" known.csv --repweights h --type brr
refuses 2 'cannot be repeated for every replicate' "${people[@]}" known.csv --make-replicates jkn
refuses 2 'not available for calibrated designs' "${people[@]}" known.csv --conventions sas
refuses 2 '--calibrate and --bounds go with --margins' proportion people.csv '~ y' --bounds 0.5,2
refuses 2 'logit needs --bounds' "${people[@]}" known.csv --calibrate logit
refuses 2 'raking takes no --bounds' "${people[@]}" known.csv --calibrate raking --bounds 0.5,2
for bounds in 0.5 1,2 0.5,1 0,2 a,2 0.5,inf 0.5,2,3; do
  refuses 2 'must be two factors' "${people[@]}" known.csv --bounds "$bounds"
done
refuses 1 '--margins absent.csv: .*cannot be opened' "${people[@]}" absent.csv
refuses 1 'two margins of g' "${people[@]}" known.csv --margins known.csv
margin g,n m,40
refuses 1 'no target for g = f .in --margins margin.csv., which 2 rows have' "${people[@]}" margin.csv
margin g,n m,40 f,60 x,1
refuses 1 'no row has g = x, for which the target is 1' "${people[@]}" margin.csv
margin g,n m,40 f,0
refuses 1 'the target for g = f is 0 .in --margins margin.csv., but 2 rows have it' "${people[@]}" margin.csv
margin g,n m,40 f,NA
refuses 1 'number for f is missing' "${people[@]}" margin.csv
margin g,n m,-1 f,60
refuses 1 'number for m is -1' "${people[@]}" margin.csv
margin g,n m,40 ,60
refuses 1 'g is missing in row 2' "${people[@]}" margin.csv
margin g,n m,40 m,60
refuses 1 'has m twice' "${people[@]}" margin.csv
margin g,n m,x
refuses 1 'margin.csv: line 2, column 2' "${people[@]}" margin.csv
margin g,a,b m,1,2
refuses 1 'which column of a margin has the numbers .g, a, b.' "${people[@]}" margin.csv
margin gg,n m,1
refuses 1 'no variable gg .in --margins.' "${people[@]}" margin.csv
margin g,n m,0.5 f,0.4
refuses 1 'shares sum to 0.9' "${people[@]}" margin.csv
margin g,n m,60 f,40
refuses 1 'as percentages do' "${people[@]}" margin.csv
margin h,n 1,130 2,80
refuses 1 'totals are 200 .g., 210 .h.' "${people[@]}" known.csv --margins margin.csv
margin h,n 1,130 2,70
refuses 1 'cannot be met .* has .* instead of' "${people[@]}" known.csv --margins margin.csv
refuses 1 'outside the bounds' "${people[@]}" known.csv --bounds 0.5,2
margin a,n x,9 y,9
refuses 2 'cannot be calibrated here; name the weights' proportion made.csv '~ a' -s s --fpc f --margins margin.csv
# several stages: what is wrong is named by stage and labels (the numbers are compared with R's in tests/same)
{ echo 's,c,u,n,m,h,v,a'; for row in n,1,1,4,9,.5,p n,1,2,4,9,.5,p n,2,1,4,9,.5,p n,2,2,4,9,.5,q z,1,1,4,1.5,.5,p \
  z,1,1,4,1.5,.5,q z,1,2,4,1.5,.5,p; do echo "$row,x"; echo "$row,y"; done; } >stages.csv
stages=(proportion stages.csv '~ a' -s s --nest --lonely certainty -c)
refuses 2 '--strata has 2 variables, one for each stage, but the design has 1 stage; the variables of --cluster' \
  proportion stages.csv '~ a' -s s,v -c c
refuses 2 '--fpc has 2 variables, one for each stage, but the design has 1 stage' proportion stages.csv '~ a' --fpc n,m
refuses 1 'at stage 2, stratum z/1 has 2 units in the sample but 1.5 in the population; --fpc of a later stage' \
  "${stages[@]}" c,u --fpc n,m
refuses 1 'fpc mixes population sizes \(n\) with sampling fractions \(h\)' "${stages[@]}" c,u --fpc n,h
refuses 1 'line 8: at stage 2, cluster 2 occurs in stratum p and in stratum q \(row 7\)' \
  proportion stages.csv '~ a' -s 1,v -c s,u --fpc n,n
refuses 1 'no variable x \(in --cluster\)' "${stages[@]}" c,x
refuses 1 'line 10: at stage 2, the fpc in row 9 differs' proportion stages.csv '~ a' -c c,u --fpc n,m
grep -v ^z stages.csv >north.csv
refuses 1 'at stage 2, 2/p has only one sampled unit; combine .*--lonely adjust' \
  proportion north.csv '~ a' -s 1,v -c c,u --fpc n,n
check "without --fpc the first stage alone counts" \
  cmp <("$weeg" "${stages[@]}" c,u -f csv) <("$weeg" "${stages[@]}" c -f csv)
check "1 stands for no strata" \
  cmp <("$weeg" proportion stages.csv '~ a' -s 1 -f csv) <("$weeg" proportion stages.csv '~ a' -f csv)
"$weeg" tally stages.csv a -s s,1 -c c,u --nest --fpc n,h --output x.weeg 2>/dev/null && fail "sizes and fractions are taken"
for part in z n; do
  { head -1 stages.csv; grep "^$part" stages.csv; } |
    "$weeg" tally - a -s s -c c,u --nest --fpc n,n --lonely certainty --output stages-$part.weeg
done
"$weeg" merge stages-n.weeg stages-z.weeg --output stages.weeg
check "tallies of stages are added" \
  cmp <("$weeg" proportion stages.weeg '~ a' -f csv) <("$weeg" "${stages[@]}" c,u --fpc n,n -f csv)
check "and described" grep -q 'unit of stage 2 by combination' <("$weeg" describe stages.weeg)
head -5 stages.csv | sed 's/,4,/,5,/' | "$weeg" tally - a -s s -c c,u --nest --fpc m,n --output stages-z.weeg
head -5 stages.csv | "$weeg" tally - a -s s -c c,u --nest --fpc m,n --output stages-n.weeg
refuses 1 'the population size of a stratum of stage 2 differs between the tallies' \
  merge stages-n.weeg stages-z.weeg --output x.weeg
refuses 1 'bad.csv: line 2: the weight in row 1 is negative' proportion bad.csv '~ a' -w w
refuses 1 'bad.csv: line 3: the stratum in row 2 is missing; every row needs' proportion bad.csv '~ a' -s s
refuses 1 'bad.csv: line 4: the PSU in row 3 is missing; every row needs' proportion bad.csv '~ a' -c c
# rows that come through a pipe can be read only once: lines are known from that reading
for program in "$weeg" "$san"; do
  while IFS='|' read -r file message asked; do
    # shellcheck disable=SC2086
    check "through a pipe: $message" \
      grep -Eq -- "^weeg: standard input: $message" <(cat "$file" | "$program" proportion - $asked 2>&1 >/dev/null)
  done <<'END'
bad.csv|line 2: the weight in row 1 is negative|~a -w w
bad.csv|line 3: the stratum in row 2 is missing|~a -s s
bad.csv|line 4: the PSU in row 3 is missing|~a -c c
small.csv|line 3: the fpc in row 2 differs|~a -s s --fpc w
stages.csv|line 10: at stage 2, the fpc in row 9 differs|~a -c c,u --fpc n,m
gaps.csv|line 7: the fpc in row 6 differs|~q -w w --na-weights omit -s s -c c --nest --fpc f
gaps.csv|line 7: replicate weight r2 in row 6 is missing|~q -w w --na-weights omit --repweights ^r --type brr
END
done
refuses 1 'ragged.csv: line 3: 1 field, but there are 2 columns' proportion ragged.csv '~ a'
refuses 1 'ragged.csv: line 3: .*--on-error skip$' proportion ragged.csv '~ a'
refuses 2 '--on-error cannot be "ignore"; choose one of fail, skip' proportion ragged.csv '~ a' --on-error ignore
refuses 2 '--on-error is for files of rows' proportion ovw.weeg '~ strengths' --on-error skip
refuses 1 'twice.csv has two columns a: variables need names of their own' proportion twice.csv '~ a'
refuses 1 'none.csv has no rows' proportion none.csv '~ a'
refuses 1 'empty.csv: the file is empty' proportion empty.csv '~ a'
refuses 1 'is not a tally file; make one with weeg tally' merge small.csv -o x.weeg
check "tally with weights" "$weeg" tally small.csv '~ a' -w w -o weighted.weeg
check "tally without" "$weeg" tally small.csv '~ a' -o plain.weeg
cp ovw.weeg copy.weeg
refuses 1 'are one file, whose rows would be counted twice' merge one.weeg two.weeg ./one.weeg -o x.weeg
refuses 1 'all rows of one seem to be in the other' merge ovw.weeg copy.weeg -o x.weeg
refuses 1 'all rows of one seem to be in the other' merge both.weeg one.weeg -o x.weeg
check "tallies of two senders" "$weeg" merge sent-a.weeg sent-b.weeg -o sent.weeg
refuses 1 'both have PSUs that a numbered' merge sent.weeg sent-a-too.weeg -o x.weeg
refuses 1 'only one has weights' merge weighted.weeg plain.weeg -o x.weeg
refuses 1 'a has no level "z"; its levels are x, y' proportion small.csv '~ a' --domain 'a == "z"'
refuses 2 '--delimiter must be one plain character' proportion small.csv '~ a' --delimiter ab
refuses 2 '--encoding cannot be "utf8"; did you mean "UTF-8"' proportion small.csv '~ a' --encoding utf8
check "what failed wrote nothing" [ ! -e x.weeg ]
# numbers have points in every locale
locales=$dir/locales
mkdir -p "$locales"
if localedef -c -i nl_NL -f UTF-8 "$locales/nl_NL.UTF-8" >/dev/null 2>&1; then
  dutch() { LOCPATH=$locales LC_ALL=nl_NL.UTF-8 "$@"; }
  check "the locale has commas" [ "$(dutch bash -c "printf '%.1f' 0,5" 2>&1)" = 0,5 ]
  printf 'a,x,w\ny,1.5,0.5\nn,2.25,1.5\ny,1.5,2.5\nn,1.5,0.25\n' >points.csv
  for format in json csv text html markdown; do
    asked=(proportion points.csv 'x ~ a' --weights w --level 0.995 --domain 'x < 2.5' -f "$format")
    dutch "$weeg" "${asked[@]}" >dutch.txt
    check "an answer in Dutch: $format" [ -s dutch.txt ]
    check "the same in Dutch: $format" cmp dutch.txt <("$weeg" "${asked[@]}")
  done
  dutch "$weeg" tally points.csv 'x + a' --weights w -o dutch.weeg
  "$weeg" tally points.csv 'x + a' --weights w -o english.weeg
  check "the same tally in Dutch" cmp dutch.weeg english.weeg
else
  skip "no localedef"
fi
long=$(printf 'a%.0s' {1..251}).csv
check "a name of 255 bytes" "$weeg" proportion ovw.weeg '~ strengths' -o "$long"
check "is a file" [ -s "$long" ]
rm -f "$long"
if [ -c /dev/full ]; then
  "$weeg" proportion ovw.weeg '~ strengths' >/dev/full 2>full.err
  check "a full disk is an error" grep -q 'cannot write to standard output' full.err
fi

# ---- files of other kinds: said by their first bytes, whatever their names, and to whom a pipe gives them ----------------

while IFS='|' read -r bytes said; do
  printf "$bytes" >kind.csv
  refuses 1 "kind.csv: the file is no CSV file, but $said" proportion kind.csv '~ a'
  check "the same by a pipe: $said" grep -q "standard input: the file is no CSV file, but $said" \
    <("$weeg" describe - <kind.csv 2>&1)
  cp kind.csv kind-margin.csv
  refuses 1 "kind-margin.csv: the file is no CSV file, but $said" proportion bad.csv '~ a' --margins kind-margin.csv
done <<'KINDS'
SQLite format 3\0\20\0\1|an SQLite database.*sqlite3 -csv -header
PAR1\25\0\25\24|a Parquet file.*duckdb -csv
ARROW1\0\0|an Arrow
\320\317\021\340\241\261\032\341\0|a workbook of an older Excel
\0\0\0\0\0\0\0\0\0\0\0\0\302\352\201\140\263\24|a file of SAS
HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!|a transport file of SAS
<stata_dta><header>|a file of Stata
s\1\1\0\2\0|a file of Stata
X\n\0\0\0\3|an object of R
RDX3\nX\n|objects of R
$FL2@(#)\0|an SPSS file: its name must end in
%%PDF-1.5|a PDF
KINDS
check "text that begins like one of them is text" grep -q '^PAR1 *numbers' <(printf 'PAR1,q\n1,2\n' | "$weeg" describe -)
printf 'PK\3\4' >book.csv
refuses 1 'book.csv: the file is compressed .zip; save the sheet of an Excel workbook as CSV' describe book.csv

# ---- exit status: 2 where no data could make the command line right, 1 where others could --------------------------------

printf '%s\n' y,g,c,p,m,q a,x,1,1,4,1 b,x,1,,4,2 a,z,2,2,4,3 b,z,2,3,4,4 >status.csv
printf '%s\n' g,n x,10 z,30 >status-margin.csv
while IFS='|' read -r status said arguments; do
  eval "refuses $status $(printf %q "$said") $arguments"
done <<'STATUS'
1|cannot open|proportion nowhere.csv '~ y'
1|no variable zzz|proportion status.csv '~ zzz'
1|no variable zzz|proportion status.csv '~ y' -w zzz
1|no variable zzz|proportion status.csv '~ y' --domain 'zzz == 1'
1|no level "q"|proportion status.csv '~ y' --domain 'y == "q"'
1|not a level of y|compare status.csv 'y ~ g' --answers q
1|not two groups|compare status.csv 'y ~ g' --pairs x,q
1|not one of the answers|compare status.csv 'y ~ g' --against q=0.3
1|does not say which answer|compare status.csv 'y ~ g' --against 0.3
1|which is not a group|compare status.csv 'y ~ g' --contrasts 'a=q=1,x=-1'
1|3 coefficients for 2 groups|compare status.csv 'y ~ g' --contrasts a=1,0,-1
1|not a level of y|test status.csv '~ y' --p q=1
1|no proportion for "b"|test status.csv '~ y' --p a=1
1|1 proportion, but y has 2 levels|test status.csv '~ y' --p 1
1|not a category|standardise status.csv 'y ~ g' --by c --population q=1
1|no number for "2"|standardise status.csv 'y ~ g' --by c --population 1=1
1|not among its --levels|proportion status.csv '~ y' --levels y=a
1|the cluster of stage 2 in row 2 is missing|proportion status.csv '~ y' -c c,p --fpc m,m
1|no variable matches|proportion status.csv '~ y' -w m --repweights '^zz' --type brr
1|not a tally|merge status.csv -o x.weeg
2|say what to do|
2|the command cannot be "proportio"; did you mean|proportio status.csv '~ y'
2|no option --wieghts; did you mean --weights|proportion status.csv '~ y' --wieghts m
2|not an option of weeg total|total status.csv '~ y' --method wald
2|needs a value|proportion status.csv '~ y' --weights
2|needs FILE and|proportion status.csv
2|but there is more|proportion status.csv y '~' g
2|is not a formula|proportion status.csv 'y'
2|has two ~|proportion status.csv 'y ~ g ~ c'
2|--interval cannot be|proportion status.csv '~ y' --interval exact
2|--level must be between 0 and 1|proportion status.csv '~ y' --level x
2|a quote is not closed|proportion status.csv '~ y' --domain 'y == "a'
2|such as --by|decompose status.csv 'y ~ g'
2|add up to 0.9|test status.csv '~ y' --p .5,.4
2|less than 1e-100|test status.csv '~ y' --p 1e-300,1
2|compares "x" with itself|compare status.csv 'y ~ g' --pairs x,x
2|goes with --type fay only|proportion status.csv '~ y' -w m --repweights '^[cq]$' --type brr --rho .5
2|is an item of the question and says how|multiple status.csv 'c ~ g' -c c
2|cannot be calibrated here|proportion status.csv '~ y' -c c --fpc m --margins status-margin.csv
2|not available for calibrated|proportion status.csv '~ y' -w m --margins status-margin.csv --missing omit
2|for files of rows|proportion ovw.weeg '~ strengths' --delimiter ';'
2|needs --output|tally status.csv 'y'
STATUS
for none in 0 1; do
  check "-w $none, -c $none and -s $none are none, as ~$none in R" cmp <("$weeg" proportion status.csv 'y ~ g') \
    <("$weeg" proportion status.csv 'y ~ g' -w $none -c $none -s $none)
done

# what a trend is per
check "a trend per unit of a number" grep -q 'percentage points, per 1 in c' \
  <("$weeg" compare status.csv 'y ~ c' --contrasts trend)
check "or per step" grep -q 'per step from one group to the next' \
  <("$weeg" compare status.csv 'y ~ g' --contrasts trend --levels g=x,z)

# one of them is said in the singular
one_row() { printf 'a\nx\n' | "$weeg" "$@"; }
check "one row, one column" grep -qx '1 row, 1 column' <(one_row describe -)
check "one entry" grep -q '^1 entry: ' <(one_row tally - a -o - | "$weeg" describe -)
check "one item" grep -q '^1 item, multiple response' <("$weeg" multiple several.csv '~ zero')
check "one column" grep -q 'line 2: 2 fields, but there is 1 column;' <(printf 'a\nx,y\n' | "$weeg" describe - --delimiter , 2>&1)
check "one PSU" grep -q '1 PSU; ' <(printf 'a,c\nx,1\ny,1\n' | "$weeg" proportion - '~ a' -c c --lonely remove)

# ---- killed at any moment: the old or the complete new file -------------------------------------------------------------

# survives TARGET OLD NEW COMMAND...: the command, which makes NEW of TARGET, is killed again and again
survives() {
  local target=$1 old=$2 new=$3 k process whole=0 not_begun=0
  shift 3
  for k in {1..50}; do
    cp "$old" "$target"
    "$@" &
    process=$!
    # every fifth at once: a fast machine has done the work before the shortest sleep ends
    [ $((k % 5)) = 0 ] || sleep "0.0$(printf %02d $((RANDOM % 25)))"
    kill -9 $process
    wait $process
    if cmp -s "$target" "$old"; then
      whole=$((whole + 1)) not_begun=$((not_begun + 1))
    elif cmp -s "$target" "$new"; then
      whole=$((whole + 1))
    fi
  done 2>/dev/null
  check "$target is whole after 50 kills" [ $whole = 50 ]
  check "$target: some were in time" [ $not_begun -gt 0 ]
  rm -f .weeg-*
  check "nothing else was left" [ -z "$(find . -name ".$target*")" ]
}
mkdir killed && cd killed || exit 1
survives t.weeg ../one.weeg ../folded.weeg "$weeg" tally ../ovw.weeg 'ronde + strengths' --output t.weeg
survives p.csv ../small.csv ../proportion.out.csv "$weeg" proportion ../ovw.weeg 'strengths ~ provider' --output p.csv
cd .. || exit 1

# ---- CSV files as people have them ------------------------------------------------------------------------------------

printf '%s\n' 'Report "of today' '' 'town,age,q,w' 'Town,Your age,"Do you' 'get help?",Weight' '{id1},{id2},{id3},{id4}' \
  '0363,34,no,"1,234.5"' '363,unknown,"yes, always",2' '0363,60,some,"1,000,000"' '014,9,no,NaN' >odd.csv
odd=(--skip-before 2 --skip-after 2 --thousands , --text town --levels 'q=no,some,yes\, always')
"$san" describe odd.csv "${odd[@]}" -f csv >odd.described
# describes NAME WHAT: what is said of a column
describes() { check "odd.csv has $1: $2" grep -qx -- "$1,$2" odd.described; }
describes town 'text,3,4,0,"014, 0363, 363"'
describes q 'text,3,4,0,"no, some, yes, always"'
describes w 'numbers,3,3,1,"2, 1234.5, 1000000"'
describes age 'text,4,4,0,"34, 60, 9, unknown"'
for domain in 'q >= "some"' 'w > 1000' 'town == "0363"' 'w == 2'; do
  Rscript --no-init-file -e 'd <- weeg::weeg_design("odd.csv", skip_before = 2, skip_after = 2, thousands = ",", text = "town",
    levels = list(q = c("no", "some", "yes, always")))' -e "d <- subset(d, $domain)" \
    -e 'print(weeg::weeg_proportion(d, ~ q))' >domain.txt 2>&1
  check "the print in R of $domain" cmp domain.txt <("$san" proportion odd.csv '~ q' "${odd[@]}" --domain "$domain")
done
refuses 1 'levels of age have no order' proportion odd.csv '~ q' "${odd[@]}" --domain 'age > 60'
refuses 1 'q has the value "some", which is not among its --levels' proportion odd.csv '~ q' --skip-before 2 --skip-after 2 \
  --levels 'q=no,yes\, always'
refuses 2 "as in 'help=no,some,yes'" proportion odd.csv '~ q' --levels q
refuses 2 '--levels of q has "no" twice' proportion odd.csv '~ q' --levels q=no,no
refuses 2 '--levels is given twice for q' proportion odd.csv '~ q' --levels q=no --levels q=yes
refuses 1 'no variable twon \(in --text\); did you mean town' proportion odd.csv '~ q' --skip-before 2 --text twon
refuses 2 '--thousands cannot be "x"' proportion odd.csv '~ q' --thousands x
refuses 2 '--thousands and --decimal are the same' proportion odd.csv '~ q' --thousands , --decimal ,
refuses 2 '--skip-before must be a whole number' proportion odd.csv '~ q' --skip-before two
refuses 2 'use --skip-before' proportion odd.csv '~ q' --skip-after 2 --no-header
refuses 1 'nothing after the 99 lines' proportion odd.csv '~ q' --skip-before 99
refuses 2 'a tally has its design already' proportion ovw.weeg '~ strengths' --text ronde
refuses 2 'a tally has its design already' proportion ovw.weeg '~ strengths' --levels ronde=1

# ---- replicate weights: the print of R, from CSV and SPSS files -----------------------------------------------------------

Rscript --no-init-file - <<'END' || fail "the files with replicate weights cannot be made"
set.seed(3)
d <- weeg::openvoorwerk[c("gewicht", "ronde", "strengths", "provider", "leeftijd")]
d[paste0("rw", 1:12)] <- round(d$gewicht * matrix(rexp(nrow(d) * 12), nrow(d)), 6)
d[paste0("m", 1:12)] <- round(matrix(runif(nrow(d) * 12, 0.6, 1.4), nrow(d)), 6)
d$large <- 40 * d$gewicht
d[paste0("large", 1:12)] <- d$large * d[paste0("m", 1:12)]
d$flag <- 1
d$rw_id <- 1e5 + seq_len(nrow(d))
d[c("item1", "item2")] <- lapply(1:2, function(i) sample(c("Y", "N", NA), nrow(d), TRUE))
d$rw0 <- d$gewicht / 8
write.csv(d, "replicates.csv", row.names = FALSE)
if (file.exists("ovw.sav")) haven::write_sav(d, "replicates.sav")
library(weeg)
for (file in c("replicates.csv", if (file.exists("replicates.sav")) "replicates.sav")) {
  type <- sub(".*[.]", "", file)
  made <- list(boot = weeg_replicate_design(file, ~gewicht, "^rw[1-9]", "bootstrap"),
               mult = weeg_replicate_design(file, ~gewicht, "^m[0-9]+$", "jkn", combined = FALSE, mse = TRUE),
               fay = weeg_replicate_design(file, ~gewicht, "^rw[1-9]", "fay", rho = 0.3, rscales = 1:12, df = 7))
  for (name in names(made)) {
    r <- made[[name]]
    said <- c(format(weeg_proportion(r, strengths ~ provider)), format(weeg_crosstab(r, strengths ~ ronde)),
              format(weeg_test(subset(r, leeftijd < 36), strengths ~ ronde)), format(weeg_compare(r, strengths ~ ronde)),
              format(weeg_proportion(subset(r, leeftijd < 36), strengths ~ ronde, missing = "omit")),
              format(weeg_proportion(r, strengths ~ ronde, missing = "level")),
              format(weeg_test(r, strengths ~ provider, method = "saddlepoint", given = ~ronde)),
              format(weeg_multiple(subset(r, leeftijd < 36), item1 + item2 ~ provider, yes = "Y", base = "any")),
              format(weeg_multiple(r, item1 + item2 ~ 1, yes = "Y")))
    writeLines(said, paste0("replicates-", name, ".", type, ".txt"))
  }
}
END
declare -A settings=([boot]='--repweights ^rw[1-9] --type bootstrap'
  [mult]='--repweights ^m[0-9]+$ --type JKN --no-combined --mse'
  [fay]='--repweights ^rw[1-9] --type fay --rho 0.3 --rscales 1,2,3,4,5,6,7,8,9,10,11,12 --df 7')
for file in replicates.csv replicates.sav; do
  [ -f $file ] || continue
  for name in boot mult fay; do
    # shellcheck disable=SC2086
    ask() { "$san" "$1" $file "$2" -w gewicht ${settings[$name]} "${@:3}" 2>&1; }
    {
      ask proportion 'strengths ~ provider'
      ask crosstab 'strengths ~ ronde'
      ask test 'strengths ~ ronde' --domain 'leeftijd < 36'
      ask compare 'strengths ~ ronde'
      ask proportion 'strengths ~ ronde' --missing omit --domain 'leeftijd < 36'
      ask proportion 'strengths ~ ronde' --missing level
      ask test 'strengths ~ provider' --method saddlepoint --given ronde
      ask multiple 'item1 + item2 ~ provider' --yes Y --base any --domain 'leeftijd < 36'
      ask multiple '~ item1 + item2' --yes Y
    } >replicates.out
    check "replicates in $file: $name" cmp replicates.out "replicates-$name.${file#*.}.txt"
  done
done
# two outcomes: the tally of all is folded
"$san" proportion replicates.csv 'strengths + provider ~ ronde' -w gewicht ${settings[boot]} -f csv >both.csv
check "two outcomes" cmp <(grep '^strengths' both.csv) \
  <("$san" proportion replicates.csv 'strengths ~ ronde' -w gewicht ${settings[boot]} -f csv | grep '^strengths')
replicated=(proportion replicates.csv '~ strengths' -w gewicht --repweights)
# warns REGEX ARGUMENT...: it is said on standard error, and all the same answered
warns() {
  local said
  said=$("$san" "${@:2}" 2>&1 >/dev/null) && grep -Eq -- "$1" <<<"$said"
}
large=(proportion replicates.csv '~ strengths' -w large --type bootstrap --repweights)
check "multipliers are told" warns 'look like multipliers.*use --no-combined' "${large[@]}" '^m[0-9]'
check "weights are told" warns 'look like weights.*leave out --no-combined' "${large[@]}" '^large[0-9]' --no-combined
check "and what is right is not" [ -z "$("$san" "${large[@]}" '^large[0-9]' 2>&1 >/dev/null)" ]
check "another kind of number is told" warns 'the total of rw_id .* times' "${replicated[@]}" '^rw' --type bootstrap
check "a share of the weights is told" warns 'rw0 .* is 0.125 times the weights in every row' "${replicated[@]}" '^rw[0-9]' \
  --type bootstrap
refuses 1 'flag \(in --repweights\) is 1 in every row, but' "${replicated[@]}" '^rw[1-9]|flag' --type bootstrap
refuses 1 'matches gewicht, which is the weights themselves' "${replicated[@]}" '^rw[1-9]|gewicht' --type bootstrap
refuses 1 'no variable matches "\^zz"' "${replicated[@]}" '^zz' --type bootstrap
refuses 1 'only flag matches' "${replicated[@]}" '^flag' --type bootstrap
refuses 2 'not a regular expression' "${replicated[@]}" '[' --type bootstrap
refuses 2 'needs --type' "${replicated[@]}" '^rw'
refuses 2 '--type cannot be "boot"' "${replicated[@]}" '^rw[1-9]' --type boot
refuses 2 'only one of --mse and --no-mse' "${replicated[@]}" '^rw[1-9]' --type brr --mse --no-mse
refuses 2 'needs --rho' "${replicated[@]}" '^rw[1-9]' --type fay
refuses 2 '--rho goes with' "${replicated[@]}" '^rw[1-9]' --type brr --rho 0.5
refuses 2 'needs --rscales' "${replicated[@]}" '^rw[1-9]' --type jkn
refuses 2 'needs --scale' "${replicated[@]}" '^rw[1-9]' --type other
refuses 1 '--rscales must be one number, or 12' "${replicated[@]}" '^rw[1-9]' --type jkn --rscales 1,2
refuses 2 '--scale must be a number' "${replicated[@]}" '^rw[1-9]' --type brr --scale x
refuses 2 'do not go together' "${replicated[@]}" '^rw[1-9]' --type brr --strata ronde
refuses 2 'needs --weights' proportion replicates.csv '~ strengths' --repweights '^rw[1-9]' --type brr
refuses 2 'go with --repweights' proportion replicates.csv '~ strengths' --type brr
refuses 2 'is not an option of weeg tally' tally replicates.csv strengths --repweights '^rw' -o x.weeg
refuses 2 'a tally has its design already' proportion ovw.weeg '~ strengths' --repweights '^rw' --type brr
for option in --type=brr --scale=1 --rscales=1 --mse --rho=0.5 --no-combined --no-header; do
  refuses 2 "${option%=*} is for files of rows: a tally has its design" proportion ovw.weeg '~ strengths' "$option"
done
printf 'w,y,r1,r2\n1,a,1,2\n2,b,,3\n' >holes.csv
refuses 1 'holes.csv: line 3: replicate weight r1 in row 2 is missing' proportion holes.csv '~ y' -w w --repweights '^r' \
  --type brr

# ---- options, help, formats -----------------------------------------------------------------------------------------

check "help" grep -q "weeg compare" <("$weeg" --help)
check "help of a command" grep -q "^weeg test: does" <("$weeg" test --help)
count_lines "$root/tests/cli/help.sh" "$weeg" "$root" ovw.csv
check "version" [ "$("$weeg" --version)" = "weeg $(sed -n 's/^Version: *//p' "$root/DESCRIPTION")" ]
same() { check "$1" cmp <("$weeg" "${@:2}" 2>&1) proportion.out.csv; }
same "options before arguments" --format=csv proportion ovw.weeg 'strengths ~ provider'
same "options between arguments" proportion -f csv ovw.weeg --threads 2 -- 'strengths ~ provider'
same "names in backticks" proportion ovw.weeg -fcsv '`strengths`~ `provider`'
check "the ending of --output is the format" "$weeg" proportion ovw.weeg 'strengths ~ provider' --output p.csv
check "--output holds what is printed" cmp p.csv proportion.out.csv
for name in p.CSV ./p.Csv; do
  check "so is that in capitals: $name" "$weeg" proportion ovw.weeg 'strengths ~ provider' --output "$name"
  check "it holds the same" cmp "$name" p.csv
done
mkdir dots.d
for name in p dots.d/p .p; do
  check "without an ending it is text: $name" "$weeg" proportion ovw.weeg 'strengths ~ provider' --output "$name"
  check "it is text" cmp "$name" proportion.out.txt
done
check "--format goes before the ending" "$weeg" proportion ovw.weeg 'strengths ~ provider' --format csv --output p.xlsx
check "it is CSV" cmp p.xlsx p.csv
check "a result may be read by others" [ "$(ls -l p.csv | cut -c1-10)" = -rw-r--r-- ]
LC_ALL=C "$weeg" crosstab ovw.weeg 'strengths ~ provider' >ascii.txt
check "without UTF-8 all is ASCII" [ "$(LC_ALL=C grep -c '[^ -~]' ascii.txt)" = 0 ]

check "install-cli" make -s -C "$root" install-cli DESTDIR="$dir/root" PREFIX=/usr
check "the program is installed" cmp root/usr/bin/weeg "$weeg"
check "its manual is installed" grep -q '^.TH WEEG 1' root/usr/share/man/man1/weeg.1
# completes WORD...: what bash offers for the last word
completes() {
  bash -c 'source root/usr/share/bash-completion/completions/weeg
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _weeg; echo "${COMPREPLY[@]}"' - "$@"
}
check "completion of commands" [ "$(completes weeg cr)" = crosstab ]
check "completion of options" [ "$(completes weeg test x --lonely-)" = --lonely-domain ]
check "completion of values" [ "$(completes weeg test x --lonely a)" = "adjust average" ]
check "completion of files" [ "$(completes weeg test by-w)" = by-weeg.weeg ]
# the words of options are those of R's arguments, but for what is none there: subset(), list(estimate, n), options(weeg.threads),
# weeg_replicates(), set.seed(), weeg_calibrate(), answers = list(name = ...); all respondents are the same call without groups
Rscript --no-init-file -e 'library(weeg)
  functions <- c(lapply(getNamespaceExports("weeg"), getExportedValue, ns = "weeg"), getS3method("weeg_design", "character"))
  writeLines(gsub("_", "-", unique(unlist(lapply(functions, function(f) names(formals(f)))))))' >arguments
printf '%s\n' against-n domain threads format help version make-replicates seed calibrate net total >>arguments
for option in $("$weeg" --help | grep -o -- '--[a-z-]*' | sort -u); do
  check "$option is in the manual" grep -q -- "$(sed 's/-/\\\\-/g' <<<"$option")" "$root/inst/cli/weeg.1"
  check "$option is completed" grep -q -- "$option" "$root/inst/cli/weeg.bash"
  name=${option#--}
  check "$option is an argument of R" grep -qx -- "${name#no-}" arguments
done
# and the words that they take are the core's: in completion all of them, and each in help and manual
tr -d '\\' <"$root/inst/cli/weeg.1" >manual
"$weeg" --help >help
check "help says how rows of a database come" grep -q "duckdb -csv -c 'select ...'" <("$weeg" help test | tr -s '\n ' ' ')
for client in 'psql --csv -c' 'duckdb -csv -c' 'sqlite3 -csv -header' 'clickhouse-client --format CSVWithNames --query'; do
  check "the manual has a pipe of $client" grep -q -- "^$client .* | weeg test - " manual
done
while read -r option words; do
  offered=$(completes weeg test x "$option" "" | tr ' ' '\n' | LC_ALL=C sort | paste -sd ' ')
  check "completion of $option" [ "$offered" = "$words" ]
  for word in $words; do
    check "help has $option $word" grep -qw -- "$word" help
    check "the manual has $option $word" grep -qw -- "$word" manual
  done
done < <(Rscript --no-init-file -e 'library(weeg)
  of <- list(interval = c("interval_methods", "limit_methods"), method = c("test_methods", "order_tests", "mean_tests"),
             proportions = "proportion_choices",
             percent = "percent_choices", rule = "quantile_rules", limits = "quantile_limits",
             measures = c("compare_measures", "mean_measures", "association_measures"),
             adjust = "adjustments", base = "base_choices",
             against = "against_choices", coding = "coding_choices", missing = "missing_choices", type = "replicate_types",
             lonely = "lonely_rules", pps = "pps_methods", encoding = "encodings", calibrate = "calibration_methods")
  of <- c(of, list("na-weights" = "weight_rules", "on-error" = "error_rules"))
  of <- c(lapply(of, function(names) unlist(mget(names, asNamespace("weeg")))), list(conventions = weeg_conventions()$profile))
  for (name in names(of)) cat(paste0("--", name), sort(unique(of[[name]]), method = "radix"),
                             "\n")')

# defaults, as R's table of conventions has them
read -r interval method < <(Rscript --no-init-file -e 'p <- weeg::weeg_conventions()[1L, ]; cat(p$interval, p$test)')
check "the program's default interval is R's" grep -q "interval 95% $interval;" \
  <("$weeg" proportion ovw.csv '~ strengths' -c gemeente | tr '\n' ' ')
check "and without clusters" grep -q "interval 95% beta-nchs;" <("$weeg" proportion ovw.csv '~ strengths' | tr '\n' ' ')
check "the program's default test is R's" grep -q "test $method" <("$weeg" test ovw.csv '~ strengths' -c gemeente | tr '\n' ' ')
check "without clusters it is what is done" grep -q "test rao-scott-f " <("$weeg" test ovw.csv '~ strengths' | tr '\n' ' ')
for measures in "difference|of Fisher's z" "odds-ratio|of the logarithm"; do
  check "the scale of limits: $measures" grep -q "interval 95% t, ${measures#*|}; adjustment" \
    <("$weeg" compare ovw.csv 'strengths ~ ronde' -c gemeente --measures "${measures%|*}" | tr '\n' ' ')
done
check "the scale of limits of both" grep -q "t, of Fisher's z (ratios: of the logarithm); adjustment" \
  <("$weeg" compare ovw.csv 'strengths ~ ronde' -c gemeente | tr -s '\n ' ' ')
check "without clusters it is none" grep -q "interval 95% t; adjustment" \
  <("$weeg" compare ovw.csv 'strengths ~ ronde' | tr '\n' ' ')
check "nor is there a law beside replicates" grep -q "test rao-scott-f " \
  <("$weeg" test ovw.csv 'strengths ~ ronde' --method rao-scott-exact -c gemeente --make-replicates jkn | tr '\n' ' ')
for word in "$interval" "$method"; do
  check "the manual's default: $word" grep -q "when not given: .B $word of weeg" \
    <(tr -d '\\' <"$root/inst/cli/weeg.1" | tr '\n' ' ')
  check "the vignette's default: $word" grep -q "\"$word\"\`[^.]* default" <(tr '\n' ' ' <"$root/vignettes/accuracy.Rmd")
done

"$weeg" describe ovw.csv -f json >described.json
"$weeg" proportion named.csv 'level ~ n + group.n' -w gewicht -f json >named.json
for format in json markdown html; do
  for command in "proportion ovw.weeg" "crosstab api.weeg" "test ovw.weeg" "compare ovw.weeg" "logistic api.weeg" \
    "loglinear ovw.weeg" "loglinear-tests ovw.weeg"; do
    formula='strengths ~ provider'
    [[ $command == *api* ]] && formula='meals3 ~ stype'
    [[ $command == logistic* ]] && formula='ell2 ~ stype'
    [[ $command == loglinear* ]] && formula='~ strengths * provider + ronde'
    read -r verb file <<<"$command"
    "$weeg" "$verb" "$file" "$formula" --format "$format" >"$verb.$format" || fail "$verb as $format"
    check "$verb as $format: the same under sanitizers" cmp "$verb.$format" \
      <("$san" "$verb" "$file" "$formula" --format "$format" 2>&1)
  done
  "$weeg" describe api.weeg -f "$format" >"describe.$format" || fail "describe as $format"
  book=(book ovw.csv --rows 'strengths + relapse' --columns 'provider + ronde' -w gewicht -s ronde -c gemeente -f "$format")
  "$weeg" "${book[@]}" >"book.$format" || fail "book as $format"
  check "book as $format: the same under sanitizers" cmp "book.$format" <("$san" "${book[@]}" 2>&1)
done
# why there is no number: codes in JSON, which the manual lists
codes() { grep -o '"reason.code": [^,}]*' <("$weeg" "$@" -f json) | cut -d' ' -f2 | tr -d '"' | LC_ALL=C sort -u | tr '\n' ' '; }
printf '%s\n' y,g,p,one,part no,a,1,x,k yes,a,1,x,k no,b,2,x,l yes,b,3,x,m no,c,4,x,l no,c,5,x,m >why.csv
awk 'BEGIN { for (i = 0; i < 42; i++) printf "i%d,", i; print "g"
  for (row = 0; row < 300; row++) {
    for (i = 0; i < 42; i++) printf "%d,", (row * (i + 3)) % 7 < 3
    print row % 100
  }
}' >many-items.csv
items=$(seq -s' + i' 0 41)
plainly="--conventions survey" # without the notes of few PSUs
check "no reason" test 'null ' = "$(codes proportion why.csv 'y ~ 1' -c p $plainly)"
check "5 PSUs" test 'few-effective-df ' = "$(codes proportion why.csv 'y ~ 1' -c p)"
check "all have one answer" test 'no-variation ' = "$(codes proportion why.csv 'one ~ 1' -c p $plainly)"
check "all have one answer, of 5 PSUs" test 'no-variation-kish ' = "$(codes proportion why.csv 'one ~ 1' -c p)"
apart=(proportion why.csv 'y ~ part' -c p --domain "part != 'm' & p != 4" --lonely remove)
check "no rows, and one PSU" test 'empty no-variance no-variation ' = "$(codes "${apart[@]}" $plainly)"
check "no rows, and one PSU, by default" test 'empty no-variance no-variation-kish ' = "$(codes "${apart[@]}")"
check "a group in one PSU, named" test 'no-variance ' = "$(codes test why.csv 'y ~ g' -c p)"
check "one level" test 'one-level ' = "$(codes test why.csv 'one ~ g' -c p)"
check "a model that fits every table" test 'saturated ' = "$(codes loglinear-tests why.csv '~ y' -c p)"
ratio=(compare why.csv 'y ~ g' -c p --measures risk-ratio --pairs b,c)
check "a ratio to 0" test 'null zero-base ' = "$(codes "${ratio[@]}" $plainly)"
check "a ratio to 0, by default" test 'few-effective-df zero-base ' = "$(codes "${ratio[@]}")"
(echo i,g; for group in {1..4100}; do printf '%s\n' "0,$group" "1,$group"; done) >many-groups.csv
check "too many groups for a test of an item" grep -q '"item": "i".*"n": null.*"reason.code": "many-groups"' \
  <("$weeg" item-tests many-groups.csv 'i ~ g' -f json)
check "tests of items beside the shares, and alone" cmp <("$weeg" multiple several.csv 'zero + one ~ provider' -f json | \
  sed -n '/"tests"/,/]/p' | grep '"item"') <("$weeg" item-tests several.csv 'zero + one ~ provider' -f json | grep '"item"')
check "tests of items to read" grep -q '^all items  *F(.*) = ' <("$weeg" item-tests several.csv 'zero + one ~ provider')
check "too many for a test" grep -q '"all items".*"reason.code": "too-large"' \
  <("$weeg" multiple many-items.csv "i$items ~ g" -f json)
sed -n 's/^ .*{"\([a-z-]*\)", ".*/\1/p' "$root"/src/core/{base/status,stats/reliability}.c | grep -vx unknown >codes
check "codes of the core" test "$(wc -l <codes)" -ge 23
while read -r code; do check "the manual has $code" grep -qw -- "$code" <(tr -d '\\' <"$root/inst/cli/weeg.1"); done <codes

# what a spreadsheet would take for formulas has an apostrophe before it; numbers with a sign have none
"$weeg" proportion risky.csv '~ a' -f csv | sed '1d; s/^a,//; s/,0[.]1666.*//' >risky.levels
check "texts are safe against formulas" cmp risky.levels - <<'LEVELS'
"'+2+3"
-3
"'-a"
<b>&|*
"'=1+1"
"'@x, ""y"""
LEVELS
for format in html json markdown; do "$weeg" crosstab risky.csv 'a ~ b' -f $format >risky.$format; done
check "HTML is escaped" grep -qF '&lt;b&gt;&amp;|*' risky.html
"$weeg" book risky.csv --rows a --columns b --title '<i>&' -f html >risky-book.html
for text in '&lt;b&gt;&amp;|*' '<h1>&lt;i&gt;&amp;</h1>'; do check "so is a book" grep -qF "$text" risky-book.html; done
# the items are numbers, 0 and 1
check "in a book with many tables one file is open" \
  cmp <(ulimit -n 20; "$weeg" book many-items.csv --rows "i$items" --columns g -f csv | wc -l) \
  <(echo $((42 * 101 + 1)))
check "a book of a number from a pipe is refused" grep -q 'reads rows twice, for means of numbers' \
  <("$weeg" book - --rows leeftijd --columns ronde -w gewicht <ovw.csv 2>&1)
check "a book of rows from a pipe" cmp <("$weeg" book - --rows meals3 --columns 'place + ell2' -w pw -s stype -f csv <api.csv) \
  <("$weeg" book api.csv --rows meals3 --columns 'place + ell2' -w pw -s stype -f csv)
check "not where they are read twice" grep -q 'reads rows twice.*give a file or a tally' \
  <("$weeg" book - --rows strengths --columns ronde -w gewicht -c gemeente <ovw.csv 2>&1)
check "records that are left out are listed once" [ "$(printf '%s\n' q,g,w,c a,1,1,1 b,2,1,2 a,2 b,1,1,2 a,2,1,1 >short.csv
  "$weeg" book short.csv --rows q --columns g -w w -c c --on-error skip 2>&1 >/dev/null | grep -c 'left out')" = 1 ]
check "Markdown is escaped" grep -qF '&lt;b&gt;&amp;\|\*' risky.markdown

check "no threshold is below 2" grep -q 'threshold must be a whole number from 2' \
  <("$weeg" crosstab ovw.csv 'strengths ~ ronde' --threshold 1 2>&1)
check "nor beside calibration, where weights depend on answers" grep -q 'not with --margins' \
  <("$weeg" proportion ovw.csv '~ strengths' --threshold 10 --margins ovw.csv 2>&1)
check "nor where how many name any item tells of each" grep -q 'base has to be all respondents: not with --base any' \
  <("$weeg" multiple ovw.csv 'knelpunt_banen + knelpunt_schulden ~ ronde' --base any --threshold 10 2>&1)
# a tally to be sent: PSUs lose their names, and small ones are refused; tests/testthat/test-protect-tally.R has the figures
sent=("$weeg" tally ovw.csv '~ provider + strengths' -w gewicht -s ronde -c gemeente)
check "a tally is prepared for sending" "${sent[@]}" --sender 'Organisatie 3' -o sent.weeg
check "no name of a PSU is in it" [ "$(grep -ac 'Almelo' sent.weeg)" = 0 ]
check "PSUs have numbers" grep -aq 'Organisatie 3: 50' sent.weeg
check "and figures stay" cmp <("$weeg" proportion sent.weeg 'strengths ~ provider' -f csv | cut -d, -f 1-4) \
  <("$weeg" proportion ovw.csv 'strengths ~ provider' -w gewicht -s ronde -c gemeente -f csv | cut -d, -f 1-4)
check "small PSUs are refused" grep -q 'PSU .* rows, fewer than 1000' <("${sent[@]}" --sender a --threshold 1000 -o no.weeg 2>&1)
check "so are small cells without clusters" grep -q 'without clusters each row is a PSU' \
  <("$weeg" tally ovw.csv '~ provider + strengths + gemeente' --sender a -o no.weeg 2>&1)
check "a threshold of a tally goes with a sender" grep -q 'goes with --sender' <("${sent[@]}" --threshold 10 -o no.weeg 2>&1)
if [ -f sent-r.weeg ]; then check "as R prepares it, byte by byte" cmp sent.weeg sent-r.weeg; fi
check "what is hidden has a reason" grep -q 'a  not shown, to protect small groups' \
  <("$weeg" mean ovw.csv 'leeftijd ~ gemeente' --threshold 40)

# three respondents of group c, who give no answer: neither degrees of freedom nor a line tell how many they are
{ echo g,y,x,m,k; printf '%s\n' c,,,, c,,,, c,,,,
  for i in {1..12}; do printf '%s\n' "a,u,$i,1,0" "a,v,$i,0,1" "b,u,$i,1,0" "b,v,3,0,1"; done; } >silent.csv
for words in 'proportion;y ~ g' 'crosstab;y ~ g' 'mean;x ~ g' 'quantile;x ~ g' 'multiple;m + k ~ g'; do
  IFS=';' read -ra words <<<"$words"
  check "${words[0]}: no degrees of freedom of a group without answers" grep -q '"g": "c".*"df": null' \
    <("$weeg" "${words[0]}" silent.csv "${words[@]:1}" --threshold 5 -f json)
  check "${words[0]}: which are shown without a threshold" grep -q '"g": "c".*"df": 2' \
    <("$weeg" "${words[0]}" silent.csv "${words[@]:1}" -f json)
done
# answer v, which nobody gave, is hidden with u: neither its column nor a line may tell that it is 0 and not 2
{ echo g,y; printf '%s\n' {a,b},u{,,,,,,,} {a,b},w{,,,,,,,,,,,}; } | sed 's/,*$//' >nobody.csv
sed -e '2s/u$/v/' -e '10s/u$/v/' nobody.csv >somebody.csv
for how in text html markdown csv json; do
  for percent in row column total; do
    asked=("y ~ g" --levels y=u,v,w --percent "$percent" --threshold 5 -f "$how")
    check "nobody gave a hidden answer, $percent, $how" cmp <("$weeg" crosstab - "${asked[@]}" <nobody.csv) \
      <("$weeg" crosstab - "${asked[@]}" <somebody.csv)
  done
done
# fewer respondents than the threshold in all: which groups are empty is not told, by any command
printf '%s\n' g,y,x,m,k a,u,1,1,0 a,v,2,0,1 b,u,3,1,0 b,v,4,0,1 >few.csv
printf '%s\n' g,y,x,m,k a,u,1,1,0 c,v,2,0,1 b,u,3,1,0 c,v,4,0,1 >fewer.csv
while IFS=';' read -ra words; do
  for how in text csv; do
    asked=("${words[@]:1}" --levels g=a,b,c --levels y=u,v --threshold 5 -f "$how")
    "$weeg" "${words[0]}" - "${asked[@]}" <few.csv >few.out
    check "few respondents: ${words[*]} has its groups, $how" grep -q 'c' few.out
    check "few respondents: ${words[*]}, $how" cmp few.out <("$weeg" "${words[0]}" - "${asked[@]}" <fewer.csv)
  done
done <<'END'
proportion;y ~ g
crosstab;y ~ g
compare;y ~ g
compare;y ~ g;--against;rest
compare;y ~ g;--against;previous
compare;x ~ g;--measures;mean-difference
mean;x ~ g
quantile;x ~ g
multiple;m + k ~ g
END
check "which is told without a threshold" grep -q 'No observations: c' <("$weeg" crosstab few.csv 'y ~ g' --levels g=a,b,c)
check "which is said without a threshold" grep -q 'No observations: v' \
  <("$weeg" crosstab nobody.csv 'y ~ g' --levels y=u,v,w --percent column)
check "rows left out are counted" grep -q '3 rows left out' <("$weeg" crosstab silent.csv 'y ~ g')
check "but not beside a threshold" [ "$("$weeg" crosstab silent.csv 'y ~ g' --threshold 5 | grep -c 'rows left out')" = 0 ]

# ---- waves in several files -----------------------------------------------------------------------------------------

two='wave=2013:split-2-1.csv,2014:split-2-2.csv'
head -n 1 split-2-2.csv >header.csv
cp split-2-1.csv 'a,b:c=d\e.csv'
ln -s split-2-1.csv linked.csv
check "a file that has such a name goes before" \
  cmp <(cp split-2-1.csv 'w=1:split-2-2.csv' && "$weeg" proportion 'w=1:split-2-2.csv' '~ strengths' -f csv) \
  <("$weeg" proportion split-2-1.csv '~ strengths' -f csv)
check "commas, colons, = and backslashes in names" cmp <("$weeg" crosstab "$two" 'strengths ~ wave' -f csv) \
  <("$san" crosstab 'wave=2013:a\,b\:c\=d\\e.csv,2014:split-2-2.csv' 'strengths ~ wave' -f csv)
check "a tally of waves" cmp <("$weeg" compare "$two" 'strengths ~ wave' -w gewicht -s ronde -c psu -f csv) \
  <("$weeg" tally "$two" 'strengths + wave' -w gewicht -s ronde -c psu -o - | "$weeg" compare - 'strengths ~ wave' -f csv)
printf '%s\n' wave,ronde,n '2013,ronde 1,300' '2013,ronde 2,500' '2014,ronde 1,400' '2014,ronde 2,600' >wave-margin.csv
check "waves are calibrated, each to its population" grep -q '"wave": "2013".*"ronde 1", "estimate": 0.375' \
  <("$san" proportion "$two" 'ronde ~ wave' -w gewicht -s ronde -c psu --margins wave-margin.csv -f json)
refuses 1 'there is no file nowhere.csv \(wave 2014\)' crosstab 'wave=2013:split-2-1.csv,2014:nowhere.csv' 'strengths ~ wave'
refuses 1 'waves 2013 and 2014 are the same file' crosstab 'wave=2013:split-2-1.csv,2014:linked.csv' 'strengths ~ wave'
refuses 2 'split-2-2.csv is a wave without a label' crosstab 'wave=2013:split-2-1.csv,:split-2-2.csv' 'strengths ~ wave'
refuses 2 'wave 2014 has no file' crosstab 'wave=2013:split-2-1.csv,2014:' 'strengths ~ wave'
refuses 1 'are both "2013"; waves need labels of their own' \
  crosstab 'wave=2013:split-2-1.csv,2013:split-2-2.csv' 'strengths ~ wave'
refuses 1 'split-2-1.csv has a variable strengths, which is the name of the wave' \
  crosstab 'strengths=2013:split-2-1.csv,2014:split-2-2.csv' 'strengths ~ ronde'
refuses 1 'ovw.weeg is a tally, and waves are files of rows; weeg merge adds tallies' \
  describe 'wave=2013:split-2-1.csv,2014:ovw.weeg'
refuses 1 'header.csv has no rows' crosstab 'wave=2013:split-2-1.csv,2014:header.csv' 'strengths ~ wave'
refuses 1 'there is no file - \(wave 2013\)' crosstab 'wave=2013:-,2014:split-2-1.csv' 'strengths ~ wave'
refuses 1 'is not a file, and waves are read from files' crosstab 'wave=2013:.,2014:split-2-1.csv' 'strengths ~ wave'
refuses 2 'each wave is a label and a file, as in .*, not "split-2-2.csv"' \
  crosstab 'wave=2013:split-2-1.csv,split-2-2.csv' 'strengths ~ wave'
refuses 1 'is not a tally file' merge "$two" ovw.weeg -o no.weeg
refuses 2 '--panel says that several files have the same PSUs, but there is one file' \
  proportion split-2-1.csv '~ strengths' --panel
refuses 2 '--panel is for files of rows' proportion ovw.weeg '~ strengths' --panel
refuses 2 'give --panel if these do' proportion "$two" '~ strengths' -w gewicht --repweights '^r' --type brr
refuses 1 'wave has no level "2015"' proportion "$two" '~ strengths' --domain 'wave == "2015"'
printf '%s\n' q,w,s,c 1,1,a,1 2,1,a,2 1,1,b,3 >odd-1.csv
printf '%s\n' q,w,s,c 1,1,a,1 2,-1,b,1 1,,b,3 >odd-2.csv
printf '%s\n' q,w,s,c x,1,a,1 2,1,b >odd-3.csv
printf '%s\n' q,w,s,c x,1,a,1 2,x,b,2 >odd-4.csv
printf '%s\n' q,w,s,c 1,1,a,1 2,1,b, >odd-5.csv
odd='wave=1:odd-1.csv,2:odd-2.csv'
refuses 1 'odd-2.csv: line 3: the weight in row 2 is negative' proportion "$odd" '~ q' -w w
refuses 1 'odd-2.csv: line 3: cluster 2/1 occurs in stratum 2/a and in stratum 2/b \(row 2\)' proportion "$odd" '~ q' -s s -c c
refuses 1 'odd-5.csv: line 3: the PSU in row 2 is missing' proportion 'wave=1:odd-1.csv,2:odd-5.csv' '~ q' -c c
refuses 1 'odd-3.csv: line 3: 3 fields, but there are 4 columns; correct the file' proportion 'wave=1:odd-1.csv,2:odd-3.csv' '~ q'
refuses 1 'odd-4.csv: line 3.*x' proportion 'wave=1:odd-1.csv,2:odd-4.csv' '~ s' -w w
refuses 1 'q is a number in odd-1.csv and text in odd-4.csv' proportion 'wave=1:odd-1.csv,2:odd-4.csv' '~ q'
check "unless all are texts" grep -q '"level": "x"' <("$san" proportion 'wave=1:odd-1.csv,2:odd-4.csv' '~ q' --text q -f json)
check "what differs is described" grep -q '"variable": "q", "kind": "differs".*q is a number in odd-1.csv and text in odd-4.csv' \
  <("$san" describe 'wave=1:odd-1.csv,2:odd-4.csv' -f json)
check "records that are left out are of their file" grep -q 'odd-3.csv: 1 record was left out' \
  <("$san" proportion 'wave=1:odd-1.csv,2:odd-3.csv' '~ s' --on-error skip 2>&1)
if [ -f mrsets.sav ]; then
  cp mrsets.sav again.sav
  sets='wave=1:mrsets.sav,2:again.sav'
  check "a set that all files have, and their weights" \
    cmp <("$san" multiple "$sets" '~ media' --domain 'wave == 2' -f csv | cut -d, -f 1-3) \
    <("$weeg" multiple mrsets.sav '~ media' -f csv | cut -d, -f 1-3)
  check "not weights that some files have, which is said" \
    grep -q 'weeg: mrsets.sav is weighted by w, and not all of the files are' \
    <("$san" proportion 'wave=1:mrsets.sav,2:odd-1.csv' '~ wave' 2>&1)
  refuses 1 'there is no variable \$media' multiple 'wave=1:mrsets.sav,2:pspp.sav' '~ $media' -w 1
  refuses 2 '--levels is for columns of CSV files, but town is a variable of an SPSS file' \
    proportion 'wave=1:mrsets.sav,2:odd-1.csv' '~ town' --levels town=b,a -w 1
  refuses 2 'are for CSV files' proportion "$sets" '~ town' --decimal ,
  refuses 1 '"yes" in swapped-1.sav and "no" in swapped-2.sav: make the labels the same in the files, or recode the value' \
    proportion 'wave=1:swapped-1.sav,2:swapped-2.sav' '~ trust'
fi
if command -v python3 >/dev/null; then count_lines python3 "$root/tests/cli/waves.py" "$weeg" "$san"; fi

count_lines "$root/tests/cli/hostile.sh" "$weeg" "$([ "${WEEG_HOSTILE:-}" = all ] && echo 1 || echo 31)"

if command -v python3 >/dev/null; then
  count_lines python3 "$root/tests/cli/formats.py"
  count_lines python3 "$root/tests/cli/words.py"
  count_lines python3 "$root/tests/cli/texts.py" "$weeg"
  check "what --threshold hides can be exchanged" python3 "$root/tests/cli/exchange.py" "$weeg" "$dir"
  files=(many.csv)
  [ ! -f ovw.sav ] || files+=(often.sav)
  count_lines python3 "$root/tests/cli/progress.py" "$weeg" "$san" "${files[@]}"
else
  skip "JSON, HTML and progress are not looked at: there is no python3"
fi

all_dutch
ends
