# What the shell tests start with, sourced by tests/*/run.sh as `. "$(dirname "$0")/../start.sh" SUITE`: they run from the
# project's root, with the R package of .deps/weeg-lib (tools/install.sh), count, have a folder of their own in $dir, and
# close with `ends`.
set -u -o pipefail
suite=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
root=$PWD
export R_LIBS=$root/.deps/weeg-lib:$root/.deps/R${R_LIBS:+:$R_LIBS} LC_ALL=C.UTF-8 COLUMNS=80
unset R_PROFILE_USER
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  echo "failed: $*"
}
skip() {
  skipped=$((skipped + 1))
  echo "skipped: $*"
}
# check NAME COMMAND...: the command succeeds
check() {
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then pass; else fail "$name"; fi
}
# count_lines COMMAND...: counts the lines "ok ..." and "not ok ..." that it prints, and shows the others. A command that stops
# halfway, or finds nothing to check, is a failure.
count_lines() {
  local line before=$((passed + failed))
  while IFS= read -r line; do
    case $line in
      "ok "*) pass ;;
      "not ok "*) fail "${line#not ok }" ;;
      *) echo "$line" ;;
    esac
  done < <("$@" 2>&1 || echo "not ok exit status $? of $*")
  [ $((passed + failed)) -gt $before ] || fail "nothing was checked by $*"
}
# bounded SECONDS COMMAND...: ended after these, as a browser may hang, and then tried once more
bounded() {
  local status=0 said=$dir/bounded.said
  timeout -k 5 "$@" >"$said" 2>&1 || status=$?
  if [ $status = 124 ] || [ $status = 137 ]; then
    status=0
    timeout -k 5 "$@" >"$said" 2>&1 || status=$?
  fi
  cat "$said"
  return $status
}
# Says what was counted, and ends: ends [WHY], where WHY is what keeps the suite from running on.
ends() {
  [ $# = 0 ] || fail "$@"
  echo "$suite: $passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
  [ $failed = 0 ]
  exit
}
