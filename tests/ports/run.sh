#!/bin/bash
# The core and the program on other systems, which emulators stand for: tests/ports/run.sh [PORT...], of windows (Wine), s390x and
# i386 (QEMU: a processor that stores the highest byte first; one of 32 bits) and musl (a C library that is not GNU's).
# `without` is R's package here, built without the libraries that it can do without. Of the others,
# each runs the C tests and the analyses of tests/same: tallies have the bytes of this system's, texts are the same, and numbers
# differ by what C libraries make of exp, log and pow. Needs tools/install-deps.sh ports, and the R package for the cases.
. "$(dirname "$0")/../start.sh" ports
[ $# -gt 0 ] || set -- windows s390x i386 musl without
export WINEDEBUG=-all WINEPREFIX=$dir/wine
trap 'wineserver -k 2>/dev/null; wineserver -w 2>/dev/null; rm -rf "$dir"' EXIT
tools/web-sources.sh >"$dir/log" 2>&1 || ends "sources: $(tail -n 1 "$dir/log")"
make -s build/plain/weeg || ends "the program does not build"
Rscript --no-init-file tests/same/cases.R make "$dir" || ends "the cases cannot be made"

# emulated PORT PROGRAM WORD...
emulated() {
  local port=$1 program=$2
  shift 2
  case $port in
    windows) wine "$program.exe" "$@" ;;
    s390x) qemu-s390x "$program" "$@" ;;
    i386) qemu-i386 "$program" "$@" ;;
    *) "$program" "$@" ;;
  esac
}

# c_tests PORT: one line of each check that failed, and counts
c_tests() {
  local program name last
  for program in build/"$1"/tests/test_*; do
    case $program in *.d | *.o) continue ;; esac
    program=${program%.exe} name=${program##*/test_}
    emulated "$1" "$program" >"$dir/log" 2>&1 </dev/null
    last=$(tail -n 1 "$dir/log" | tr -d '\r')
    if [[ $last =~ ^.*:\ ([0-9]+)\ passed,\ 0\ failed ]]; then
      passed=$((passed + BASH_REMATCH[1]))
    else
      grep 'failed' "$dir/log" | head -n 3
      fail "$1: C tests of $name"
    fi
  done
}

# analyses PORT: answers of the program there and here
analyses() {
  local folder file kind words arguments design turn=0
  for folder in "$dir"/*/; do
    [ -e "${folder}options" ] || continue
    mapfile -t design <"${folder}options"
    for kind in csv sav; do
      [ -e "${folder}data.$kind" ] || continue
      build/plain/weeg tally "${folder}data.$kind" 'chol + race + sex' "${design[@]}" --output "$dir/here.weeg" 2>"$dir/here" &&
        emulated "$1" build/"$1"/weeg tally "${folder}data.$kind" 'chol + race + sex' "${design[@]}" --output "$dir/there.weeg" \
          2>"$dir/there" </dev/null
      check "$1: the tally of ${folder#"$dir"/}data.$kind has the same bytes" cmp "$dir/here.weeg" "$dir/there.weeg"
    done
    for file in "$folder"*.args; do
      mapfile -t words <"$file"
      turn=$((turn + 1)) kind=csv
      [ $((turn % 2)) = 0 ] || [ ! -e "${folder}data.sav" ] || kind=sav
      arguments=("${words[@]/#FILE/"${folder}data.$kind"}" "${design[@]}" --format json)
      build/plain/weeg "${arguments[@]}" >"${file%.args}.here" 2>/dev/null
      emulated "$1" build/"$1"/weeg "${arguments[@]}" >"${file%.args}.there" 2>/dev/null </dev/null
    done
  done
  count_lines Rscript --no-init-file tests/ports/compare.R "$1" "$dir"
  find "$dir" -name '*.there' -delete
}

# without: files that cannot be read say what is lacking, and data frames are analysed
without() {
  mkdir -p "$dir/source" "$dir/library"
  git ls-files -co --exclude-standard | grep -v '^tests/\|^bench/' | tar cf - -T - | tar xf - -C "$dir/source"
  (cd "$dir/source" && WEEG_WITHOUT="csv readstat zlib zstd" R CMD INSTALL --no-docs -l "$dir/library" .) >"$dir/log" 2>&1 ||
    { fail "the package without libraries: $(tail -n 2 "$dir/log")"; return; }
  count_lines env R_LIBS="$dir/library:$R_LIBS" Rscript --no-init-file tests/ports/without.R
}

for port in "$@"; do
  if [ "$port" = without ]; then
    without
    continue
  fi
  if ! make -s -j2 "$port" >"$dir/log" 2>&1; then
    grep -E 'rror|not found' "$dir/log" | head -n 3
    fail "$port does not build"
    continue
  fi
  c_tests "$port"
  analyses "$port"
  echo "ports, $port: $passed passed, $failed failed so far"
done
ends
