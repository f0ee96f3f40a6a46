# What the shell tests count with: sourced by tests/cli/run.sh and tests/pspp/run.sh.

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
