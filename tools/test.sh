#!/bin/bash
# Every test: the C core plain and under sanitizers, the R package built with strict flags, the program for the shell,
# the library for C, fuzzers, databases, and lint. Each stage prints what it counted; the last line is the sum. A stage
# that cannot run counts as a failure. `tools/test.sh quick`: those of a minute, while one works.
set -u -o pipefail
unset MAKEFLAGS MAKELEVEL
cd "$(dirname "$0")/.."

cores=$(nproc 2>/dev/null || echo 2)
passed=0 failed=0 skipped=0 worst=()
log_dir=build/log
mkdir -p "$log_dir"
rm -f "$log_dir"/*

# count LOG STATUS NAME: adds up the lines "NAME: N passed, N failed[, N skipped]" of a log. No such line, or a bad exit
# status without a failure that explains it, is a failure of its own.
count() {
  local p f s lines
  read -r lines p f s < <(awk '
    /^[A-Za-z0-9_. -]+: [0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
      sub(/^[^:]*: /, ""); n++; p += $1; f += $3; s += $5
    }
    END { print n + 0, p + 0, f + 0, s + 0 }' "$1")
  if [ "$lines" = 0 ] || { [ "$2" != 0 ] && [ "$f" = 0 ]; }; then
    echo "$3: did not run to its end (exit status $2)"
    f=$((f + 1))
  fi
  [ "$f" = 0 ] || worst+=("$3")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# stage NAME COMMAND...: runs it, shows and keeps its output, counts
stage() {
  local name=$1 log="$log_dir/$1.log" status=0 start=$SECONDS
  shift
  echo "== $name"
  "$@" </dev/null 2>&1 | tee "$log" || status=$?
  count "$log" "$status" "$name"
  echo "== $name: $((SECONDS - start)) s"
}

# lane NAME...: stages one after another; lanes run side by side. Each keeps its output and status.
lane() {
  local name start status
  for name in "$@"; do
    start=$SECONDS status=0
    "${commands[$name]}" </dev/null >"$log_dir/$name.log" 2>&1 || status=$?
    echo "$status $((SECONDS - start))" >"$log_dir/$name.status"
  done
}

# side_by_side "NAME..."...: a lane of each; then what they have kept is shown, and counted
side_by_side() {
  local names name status seconds
  printf '== side by side: %s\n' "$@"
  for names in "$@"; do
    # shellcheck disable=SC2086 # words
    lane $names &
  done
  wait
  # shellcheck disable=SC2068
  for name in $@; do
    status=1 seconds=0
    read -r status seconds <"$log_dir/$name.status"
    echo "== $name"
    cat "$log_dir/$name.log"
    count "$log_dir/$name.log" "$status" "$name"
    echo "== $name: $seconds s"
  done
}

# core VARIANT: builds build/VARIANT/tests/* and runs them, as many at a time as there are cores
core() {
  make -s -j"$cores" "$1" || return
  for program in tests/core/test_*.c; do echo "build/$1/tests/$(basename "$program" .c)"; done |
    xargs -P "$cores" -I{} bash -c 'run_program {}'
}

# A program that dies before its own count counts as one failure.
run_program() {
  local output status=0
  output=$(UBSAN_OPTIONS=print_stacktrace=1 timeout 900 "$1" 2>&1) || status=$?
  if ! grep -Eq '^[A-Za-z0-9_. -]+: [0-9]+ passed, [0-9]+ failed' <<<"$output" ||
    { [ $status != 0 ] && ! grep -Eq ' passed, [1-9][0-9]* failed' <<<"$output"; }; then
    output+=$'\n'"$1 ended with exit status $status"$'\n'"$(basename "$1"): 0 passed, 1 failed"
  fi
  printf '%s\n' "$output"
  return $status
}
export -f run_program

# r_package [FILTER]
r_package() {
  tools/install.sh .deps/weeg-lib strict || return
  R_LIBS=$PWD/.deps/weeg-lib:$PWD/.deps/R${R_LIBS:+:$R_LIBS} Rscript --no-init-file tools/test-r.R "$@"
}

# Fuzzers take what the others leave, each until it has tried as many inputs as in 45 s without them. `make fuzz` gives them a
# minute of their own.
fuzz() { FUZZ_RUNS=yes nice tests/fuzz/run.sh; }

core_plain() { core plain; }
lint() { make -s -j"$cores" objects && tools/lint.sh; }
# files of R's tests that take a second or two, from designs to what is printed
r_smoke() { r_package '^(design|proportion|crosstab|compare|tally|csv|sav|published|tidy|print|arguments)$'; }
# one design of tests/same by R, the program and PSPP
same_smoke() { WEEG_SAME=clusters tests/same/run.sh; }

declare -A commands=(
  [cli]=tests/cli/run.sh [library]=tests/lib/run.sh [site]=tests/site/run.sh
  [pspp]=tests/pspp/run.sh [pspp-users]=tests/pspp/users.sh
  [same-numbers]=tests/same/run.sh [readme]=tests/readme/run.sh [render]=tests/render/run.sh [browser]=tests/browser/run.sh
  [fuzz]=fuzz [web]=tests/web/run.sh [engines]=tests/engines/run.sh [lint]=lint
  [core-plain]=core_plain [r-smoke]=r_smoke [same-smoke]=same_smoke
)

if [ "${1:-}" = quick ]; then
  make -s -j"$cores" build/plain/weeg
  side_by_side "core-plain lint" "r-smoke same-smoke"
else
  stage core-plain core plain
  stage core-san core san
  stage r-package r_package

  # what lanes use; each says if it is not there
  make -s -j"$cores" cli lib build/san/weeg fuzzers
  tools/web-sources.sh >/dev/null 2>&1 && make -s -j"$cores" build/web/weeg.html
  # More lanes than cores: databases wait for their servers, and browsers for their pages.
  side_by_side "cli library site pspp pspp-users" "browser same-numbers readme render" "engines" "web" "fuzz"
  stage lint lint
fi

# once more at the end, where they are looked for
telling='failed: |failed after|does not hold|FAILED|: [1-9][0-9]* found|^.. (Failure|Error|Warning) \('
for name in "${worst[@]}"; do
  echo
  echo "== failed in $name"
  grep -nE -A 12 "$telling|[1-9][0-9]* failed|did not run|ended with" "$log_dir/$name.log" | head -n 60
done
echo
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")" | tee "$log_dir/total"
[ $failed = 0 ] && [ $passed != 0 ]
