#!/bin/bash
# Runs every fuzzer for FUZZ_SECONDS, side by side, and says how many inputs each tried. What they learn stays in
# build/fuzz/corpus for the next time; an input that breaks something is kept in build/fuzz, with what was said about it.
. "$(dirname "$0")/../start.sh" fuzz

seconds=${FUZZ_SECONDS:-60}
make -s -j"$(nproc 2>/dev/null || echo 2)" fuzzers || ends "the fuzzers do not build"
rm -rf build/fuzz/seeds.d
mkdir -p build/fuzz/seeds.d
build/fuzz/seeds build/fuzz/seeds.d || ends "the seeds cannot be made"

names=() processes=()
for source in tests/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  mkdir -p "build/fuzz/corpus/$name" "build/fuzz/seeds.d/${name#fuzz_}"
  # 10 s for one input is a hang
  timeout $((seconds + 120)) "build/fuzz/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" \
    "build/fuzz/seeds.d/${name#fuzz_}" >"build/fuzz/$name.log" 2>&1 &
  names+=("$name") processes+=($!)
done

for k in "${!names[@]}"; do
  name=${names[k]} log=build/fuzz/${names[k]}.log status=0
  wait "${processes[k]}" || status=$?
  runs=$(awk '/^stat::number_of_executed_units:/ { print $2 }' "$log")
  if [ $status = 0 ] && [ "${runs:-0}" -gt 0 ]; then
    passed=$((passed + 1))
    echo "$name: $runs executions in $seconds s, $(find "build/fuzz/corpus/$name" -type f | wc -l) inputs kept, nothing found"
  else
    failed=$((failed + 1))
    grep -v '^#' "$log" | tail -n 40
    echo "$name: failed after ${runs:-no} executions (exit status $status); see $log"
  fi
done
ends
