#!/bin/bash
# Runs every fuzzer, side by side, for FUZZ_SECONDS, or with FUZZ_RUNS=yes until it has tried as many inputs as stand below,
# however busy the machine is; and says how many each tried. What they learn stays in build/fuzz/corpus for the next time; an
# input that breaks something is kept in build/fuzz, with what was said about it.
. "$(dirname "$0")/../start.sh" fuzz

seconds=${FUZZ_SECONDS:-60}
declare -A inputs=([fuzz_csv]=29000 [fuzz_sav]=145000 [fuzz_sets]=185000 [fuzz_tally]=610000)
[ "${FUZZ_RUNS:-}" != yes ] || seconds=1200 # at most
make -s -j"$(nproc 2>/dev/null || echo 2)" fuzzers || ends "the fuzzers do not build"
rm -rf build/fuzz/seeds.d
mkdir -p build/fuzz/seeds.d
build/fuzz/seeds build/fuzz/seeds.d || ends "the seeds cannot be made"

names=() processes=()
SECONDS=0
for source in tests/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  mkdir -p "build/fuzz/corpus/$name" "build/fuzz/seeds.d/${name#fuzz_}"
  runs=-1
  [ "${FUZZ_RUNS:-}" != yes ] || runs=${inputs[$name]:-100000}
  # 10 s for one input is a hang
  timeout $((seconds + 120)) "build/fuzz/$name" -runs="$runs" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" \
    "build/fuzz/seeds.d/${name#fuzz_}" >"build/fuzz/$name.log" 2>&1 &
  names+=("$name") processes+=($!)
done

for k in "${!names[@]}"; do
  name=${names[k]} log=build/fuzz/${names[k]}.log status=0
  wait "${processes[k]}" || status=$?
  runs=$(awk '/^stat::number_of_executed_units:/ { print $2 }' "$log")
  if [ $status = 0 ] && [ "${runs:-0}" -gt 0 ]; then
    passed=$((passed + 1))
    echo "$name: $runs executions in $SECONDS s, $(find "build/fuzz/corpus/$name" -type f | wc -l) inputs kept, nothing found"
  else
    failed=$((failed + 1))
    grep -v '^#' "$log" | tail -n 40
    echo "$name: failed after ${runs:-no} executions (exit status $status); see $log"
  fi
done
ends
