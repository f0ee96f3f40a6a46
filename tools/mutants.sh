#!/bin/bash
# Do the C tests notice small faults? Makes random mutants (tools/mutants.awk) of files of src/core, one at a time, and runs on
# each the sanitized C tests that reach its line, until one fails. `make mutants` builds what this needs and sets:
#   FILES    the files; those that differ from branch main when it is empty
#   MUTANTS  how many (default 60), or all; SEED which; JOBS how many at a time
#   AGAIN    1: those that survived last time, rather than new ones
#   QUICK    leave out tests that take more seconds than this, for a first look
# Prints each survivor with its line and ends with a score by file; writes build/mutants/survivors. A survivor of which the
# compiler makes the same object is equivalent, and so is one that tools/mutants-equivalent.txt names, with the reason. What is
# left is a test that is missing, or code that is not needed. Fails below 95 %.
set -u -o pipefail
export LC_ALL=C
TIMEFORMAT=%U
folder=build/mutants reviewed=tools/mutants-equivalent.txt

# with one argument, a line of tools/mutants.awk: tries it
try() {
  local file line at size text old new work name object test status=survived note=
  IFS=$'\001' read -r file line at size text old new <<<"${1//$'\t'/$'\001'}"
  name=$(basename "$file" .c) work=$folder/at/$BASHPID
  mkdir -p "$work/tmp"
  awk -v line="$line" -v at="$at" -v size="$size" -v text="$text" '
    NR == line { $0 = substr($0, 1, at - 1) text substr($0, at + size) } { print }' "$file" >"$work/$name.c"
  object=build/san/${file#src/} object=${object%.c}.o
  if ! $MUTANT_CC $MUTANT_SAN -O0 -c "$work/$name.c" -o "$work/$name.o" 2>/dev/null; then
    status=invalid
  elif ! $MUTANT_CC $MUTANT_SAN -shared -Wl,-soname,core.so "$work/$name.o" \
    $(printf '%s\n' $MUTANT_OBJECTS | grep -vxF "$object") -o "$work/core.so" $MUTANT_LIBS 2>"$work/log"; then
    status=invalid
  else
    for test in $(tests_of "$file" "$line"); do
      run "$test" "$work" || { status=killed note=$test; break; }
    done
    if [ $status = survived ] && same_object "$file" "$work" "$name"; then status=same; fi
    if [ $status = survived ] && cut -f 1-3 $reviewed | grep -qxF "$file"$'\t'"$old"$'\t'"$new"; then status=reviewed; fi
  fi
  rm -rf "$work"
  printf '%s\t%s\t%s\n' "$status" "$note" "$1" >>$folder/results
  [ $status != survived ] || printf '%s:%s: survived\n  - %s\n  + %s\n' "$file" "$line" "$old" "$new"
}

# The programs that run this line, quick ones first. A line without code of its own (a comment is none): those of the file.
tests_of() {
  local found
  found=$(grep -lx "$1 $2 [1-9][0-9]*" build/cov/data/*.run)
  grep -q "^$1 $2 " build/cov/data/*.run || found=$(grep -l "^$1 [0-9]* [1-9]" build/cov/data/*.run)
  for program in $found; do basename "$program" .run; done |
    awk 'NR == FNR { time[$1] = $2; next } $1 in time { print time[$1], $1 }' $folder/times - | sort -n | cut -d ' ' -f 2
}

# run TEST FOLDER: with the mutant; a test that takes far more of the processor than it should has failed
run() {
  local limit
  limit=$(awk -v test="$1" '$1 == test { print int(4 * $2) + 5 }' $folder/times)
  (ulimit -t "$limit"; TMPDIR=$2/tmp LD_LIBRARY_PATH=$2 ASAN_OPTIONS=max_allocation_size_mb=2000 \
    timeout -k 1 600 "$folder/tests/$1" </dev/null) >/dev/null 2>&1
}

same_object() {
  $MUTANT_CC -O2 -g0 -c "$2/$3.c" -o "$2/a.o" 2>/dev/null || return
  cp "$1" "$2/$3.c"
  $MUTANT_CC -O2 -g0 -c "$2/$3.c" -o "$2/b.o" && cmp -s "$2/a.o" "$2/b.o"
}

if [ "${1:-}" = --try ]; then try "$2"; exit; fi

files=${FILES:-$(git diff --name-only --diff-filter=d main -- 'src/core/*.c')}
[ -n "$files" ] || { echo "no file of src/core differs from branch main: name some, as FILES=src/core/variance/stage.c"; exit 2; }

if [ "${AGAIN:-0}" = 1 ]; then
  cp $folder/survivors $folder/chosen
else
  for file in $files; do awk -f tools/mutants.awk "$file"; done |
    awk -v seed="${SEED:-1}" 'BEGIN { srand(seed) } { printf "%.9f\t%s\n", rand(), $0 }' | sort -n | cut -f 2- |
    { if [ "${MUTANTS:-60}" = all ]; then cat; else head -n "${MUTANTS:-60}"; fi } >$folder/chosen
fi

rm -rf $folder/at $folder/results
touch $folder/results
# the tests that will be used: how long each takes when nothing is wrong, which it must be
cut -f 1 $folder/chosen | sort -u | while read -r file; do grep -l "^$file [0-9]* [1-9]" build/cov/data/*.run; done | sort -u |
  while read -r data; do
    test=$(basename "$data" .run)
    [ -f "tests/core/$test.c" ] || continue # an earlier one
    awk -v quick="${QUICK:-600}" '{ exit $1 > quick }' "build/cov/data/$test/seconds" || continue
    { time LD_LIBRARY_PATH=$folder timeout 600 "$folder/tests/$test" >$folder/log 2>&1 </dev/null; } 2>$folder/time || {
      echo "$test fails without a mutant"; tail -n 5 $folder/log; exit 1; }
    echo "$test $(cat $folder/time)"
  done >$folder/times || { cat $folder/times; exit 1; }

tr '\n' '\0' <$folder/chosen | nice -n 19 xargs -0 -P "${JOBS:-2}" -n 1 "$0" --try

awk -F '\t' '$1 == "survived"' $folder/results | cut -f 3- >$folder/survivors
echo
awk -F '\t' '
  $1 != "invalid" {
    n[$3 " " $1]++; n["all " $1]++
    if (!($3 in known)) { known[$3] = 1; name[++files] = $3 }
  }
  function row(f,   all) {
    all = n[f " killed"] + n[f " survived"]
    return sprintf("%-36s %7d %8d %10d %8d %7s", f, n[f " killed"], n[f " survived"], n[f " same"], n[f " reviewed"],
                   all == 0 ? "-" : sprintf("%.1f %%", 100 * n[f " killed"] / all))
  }
  END {
    printf "%-36s %7s %8s %10s %8s %7s\n", "", "killed", "survived", "equivalent", "reviewed", "score"
    for (i = 1; i <= files; i++) print row(name[i]) | "sort"
    close("sort")
    print row("all")
    exit n["all killed"] < 0.95 * (n["all killed"] + n["all survived"])
  }' $folder/results
