#!/bin/bash
# The pages that the program and PSPP write, in a real browser: tests/browser/check.mjs says what is looked at. Their tables must
# show R's numbers, and a page that is bad in every way must be found out. Pictures of all pages are left in build/screenshots.
# Needs the R package, by default in .deps/weeg-lib (tools/install.sh), and what tools/install-deps.sh browser installs.
. "$(dirname "$0")/../start.sh" browser

make -s build/plain/weeg || ends "the program does not build"
weeg=$root/build/plain/weeg shots=$root/build/screenshots
Rscript --no-init-file tests/browser/tables.R make "$dir" || ends "the cases cannot be made"
cd "$dir" || ends "no folder"

# ---- pages of the program ---------------------------------------------------------------------------------------------

design=(-w gewicht -s ronde -c gemeente)
page() { check "weeg $2 as HTML" "$weeg" "$2" ovw.csv "${@:3}" --output "weeg-$1.html"; }
page crosstab crosstab 'strengths ~ provider' "${design[@]}"
page proportion proportion 'strengths + relapse ~ provider + ronde' "${design[@]}" --interval wilson
page compare compare 'strengths ~ ronde' "${design[@]}"
page test test 'strengths + relapse ~ ronde' "${design[@]}"
page describe describe

# ---- a page of PSPP ---------------------------------------------------------------------------------------------------

mkdir home tmp
check "weeg pspp install" env HOME="$dir/home" "$weeg" pspp install
cat >pspp.sps <<'END'
GET FILE='ovw.sav'.
INSERT FILE='cstabulate.sps'.
CSTABULATE /TABLES VARIABLES=provider BY strengths /WEIGHT=gewicht /STRATA=ronde /CLUSTER=gemeente
  /CELLS POPSIZE ROWPCT /STATISTICS SE CIN(95) DEFF COUNT /TEST INDEPENDENCE.
END
check "PSPP's HTML" env HOME="$dir/home" TMPDIR="$dir/tmp" pspp -O format=html -o pspp.html pspp.sps

# look ARGUMENT...: check.mjs, whose counts become ours
look() {
  local count
  # a browser that never starts would hold up all: it is ended, and tried once more
  timeout -k 5 180 node "$root/tests/browser/check.mjs" "$@" >looked || [ $? -lt 124 ] ||
    timeout -k 5 180 node "$root/tests/browser/check.mjs" "$@" >looked
  grep -v '^browser: ' looked
  count=$(sed -n 's/^browser: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' looked)
  [ -n "$count" ] || count="0 1"
  passed=$((passed + ${count% *})) failed=$((failed + ${count#* }))
}
look --to "$shots" weeg-*.html

# ---- results ------------------------------------------------------------------------------------------------------------

check "results of R as HTML" Rscript --no-init-file "$root/tests/browser/tables.R" save "$dir"
look --to "$shots" results.html

# ---- reports -----------------------------------------------------------------------------------------------------------

check "reports" Rscript --no-init-file "$root/tests/browser/reports.R" "$dir"
look --to "$shots" report-*.html

# PSPP writes no headings and landmarks, wide margins, the name of the locale as the language, and empty corners of tables
look --to "$shots" --not headings,width,page-has-heading-one,region,landmark-one-main,html-lang-valid,empty-table-header pspp.html

# ---- a page that is bad in every way ------------------------------------------------------------------------------------

cat >bad.html <<'END'
<!DOCTYPE html><html><head><meta charset="utf-8"/></head><body><h2>Two</h2><h4></h4><h1>One</h1><h1>Again</h1>
<img src="none.png"/><svg width="0" height="0"></svg><figure style="visibility: hidden">x</figure>
<table><tr><td>1</td></tr></table><table></table><p style="color: #ccc">faint</p>
<p style="overflow: hidden; width: 5em; white-space: nowrap">a text that is cut off</p><div style="width: 3000px">wide</div>
<script>console.error("oops"); undefined_function()</script></body></html>
END
node "$root/tests/browser/check.mjs" --to "$dir" bad.html none.html >bad.out
check "a bad page fails" [ $? = 1 ]
while IFS= read -r regex; do
  check "found in a bad page: $regex" grep -Eq -- "^failed: bad: $regex" bad.out
done <<'END'
title: the page has none
headings: the first one is no h1
headings: there are several h1
headings: h4 "" skips a level
headings: an h4 is empty
figures: img 1 has no picture
figures: svg 2 cannot be seen
figures: figure 3 cannot be seen
tables: table 1 .* has no headers
tables: table 2 is empty
text cut off: a text that is cut off
width: the page is [0-9]+ pixels wider
console: oops
console: .*undefined_function
requests: file:.*none.png
axe: color-contrast .*p:nth-child
axe: image-alt
axe: document-title
END
check "a file that is not there" grep -q '^failed: none: file: there is no ' bad.out
check "the count of a bad page" grep -q '^browser: [0-9]* passed, [1-9][0-9]* failed$' bad.out

count_lines Rscript --no-init-file "$root/tests/browser/tables.R" check "$dir" "$shots"
ends
