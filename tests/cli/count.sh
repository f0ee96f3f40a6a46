# What the shell tests count with: sourced by run.sh of tests/cli, tests/pspp, tests/same, tests/browser.

passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  echo "failed: $*"
}
# check NAME COMMAND...: the command succeeds
check() {
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then pass; else fail "$name"; fi
}
# Counts the lines "ok ..." and "not ok ..." of standard input, and shows the others.
count_lines() {
  local line
  while IFS= read -r line; do
    case $line in
      "ok "*) pass ;;
      "not ok "*) fail "${line#not ok }" ;;
      *) echo "$line" ;;
    esac
  done
}
