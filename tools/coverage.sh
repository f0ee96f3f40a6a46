#!/bin/bash
# coverage.sh TEST DATA: runs build/cov/tests/TEST and writes to DATA which lines and branches of src/core it runs, as
# "FILE LINE COUNT" and "FILE LINE bNUMBER COUNT" (tools/coverage.awk adds such files up). Processes that are killed do not count.
set -eu -o pipefail
test=$1 data=$2 folder=build/cov/data/$1

rm -rf "$folder"
mkdir -p "$folder" "$(dirname "$data")"
# the counts of this run alone, without folders before their names
TIMEFORMAT=%U # of this processor: tools/mutants.sh can leave out tests that take long
export GCOV_PREFIX=$PWD/$folder GCOV_PREFIX_STRIP=99
if ! { time timeout 900 "build/cov/tests/$test" >"$folder/log" 2>&1; } 2>"$folder/seconds"; then
  tail -n 5 "$folder/log"
  exit 1
fi
# Notes of the files that there are: an earlier build may have left some of the same name. A test may bring a part of the core.
for source in src/core/*/*.c; do cp "build/cov/${source:4:-2}.gcno" "$folder"; done
cp "build/cov/tests/$test-$test.gcno" "$folder"
shopt -s nullglob
counts=()
trap 'status=$?; [ $status = 0 ] || cat "$folder/gcov.log"; exit $status' EXIT
for file in "$folder"/*.gcda; do [ -f "${file%.gcda}.gcno" ] && counts+=("$file"); done
gcov --branch-probabilities --branch-counts --stdout --object-directory "$folder" "${counts[@]}" 2>"$folder/gcov.log" |
  awk '
    function number(text) { sub(/[*]$/, "", text); return text ~ /^[0-9]+$/ ? text : 0 }
    /^ *[^ ]+: *[0-9]+:/ {
      split($0, part, ":")
      count = part[1]
      gsub(/ /, "", count)
      line = part[2] + 0
      if (line == 0 && part[3] == "Source") file = part[4]
      seen = file ~ /^src\/core\/.*\.c$/ && line > 0 && count != "-"
      if (seen) print file, line, number(count)
      branch = 0
    }
    seen && /^branch / { print file, line, "b" branch++, $3 == "taken" ? $4 : 0 }' >"$data.part"
mv "$data.part" "$data"
