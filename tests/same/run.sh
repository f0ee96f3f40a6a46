#!/bin/bash
# The same numbers through every front end: R on a data frame, a CSV file, an SPSS file and a tally; the program on the three
# files; the page in a browser on the SPSS file; CSTABULATE in PSPP; and package survey beside them. The table at the end says
# for each analysis and front end how many numbers were compared with those of R on the data frame, and their largest relative
# difference (PSPP, which prints rounded numbers: in units of the last printed place). Needs the R package, by default in
# .deps/weeg-lib (tools/install.sh).
. "$(dirname "$0")/../start.sh" same-numbers

make -s build/plain/weeg || ends "the program does not build"
weeg=$root/build/plain/weeg
Rscript --no-init-file tests/same/cases.R make "$dir" || ends "the cases cannot be made"

# the program: each analysis on each file; a tally has its design already
for folder in "$dir"/*/; do
  mapfile -t design <"$folder/options"
  for file in "$folder"*.args; do
    mapfile -t words <"$file"
    for kind in csv sav weeg; do
      [ -e "${folder}data.$kind" ] || continue
      arguments=("${words[@]/#FILE/"${folder}data.$kind"}")
      [ $kind = weeg ] || arguments+=("${design[@]}")
      "$weeg" "${arguments[@]}" --format csv >"${file%.args}.$kind.out" || fail "weeg ${arguments[*]}"
      "$weeg" "${arguments[@]}" >"${file%.args}.$kind.txt"
    done
    "$weeg" "${arguments[@]}" --format json >"${file%.args}.json.out"
  done
done

# the page, which is the program in WebAssembly
if make -q build/web/weeg.wasm 2>/dev/null; then
  count_lines node tests/same/page.mjs build/web/weeg.wasm "$dir"
else
  skip "the page: it is not built of these sources (make web)"
fi

# PSPP
mkdir "$dir/home" "$dir/tmp"
export HOME=$dir/home TMPDIR=$dir/tmp
check "weeg pspp install" "$weeg" pspp install
cd "$dir" || ends "no folder"
for syntax in *.sps; do
  pspp -O format=csv -o "${syntax%.sps}/pspp.csv" "$syntax" >pspp.out 2>&1 || fail "PSPP: $(tail -n 3 pspp.out)"
done
cd "$root" || ends "no folder"

count_lines Rscript --no-init-file tests/same/cases.R check "$dir"
ends
