#!/bin/bash
# Tallies made inside databases: every tests/engines/test-*.R on each engine, with servers of its own that end with it. Says what
# each engine took. Needs the R package, by default in .deps/weeg-lib (tools/install.sh), and what tools/install-deps.sh engines
# installs. Arguments are the engines; where there is none, all but those of JDBC (tools/install-deps.sh
# jdbc), which WEEG_LONG=1 adds. Then the SQL for engines that cannot run here goes through their grammars too. WEEG_FILES: a
# regular expression, of the test files to run.
. "$(dirname "$0")/../start.sh" engines

engines=("$@")
[ $# != 0 ] || engines=(sqlite duckdb postgresql clickhouse mariadb ${WEEG_LONG:+h2 hsqldb derby})
servers=()
for engine in "${engines[@]}"; do
  case $engine in postgresql | clickhouse | mariadb) servers+=("$engine") ;; esac
done

tests/engines/servers.sh sweep
home=$(mktemp -d "${TMPDIR:-/tmp}/weeg-engines.XXXXXX") || ends "no folder for the servers"
echo $$ >"$home/owner"
trap 'tests/engines/servers.sh stop "$home"; rm -rf "$home" "$dir"' EXIT
tests/engines/servers.sh start "$home" "${servers[@]}" || ends "the servers did not start"
set -a
. "$home/environment"
WEEG_DUCKDB_LIBRARY=$(compgen -G "$root/.deps/engines/node_modules/@duckdb/*/libduckdb.*")
LD_LIBRARY_PATH=$(dirname "$WEEG_DUCKDB_LIBRARY")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} # where connections of weeg's own look
set +a

[ $# != 0 ] || count_lines node tests/dialects/check.mjs

# on every core
printf '%s\n' "${engines[@]}" | xargs -P "$(nproc 2>/dev/null || echo 2)" -I{} \
  sh -c 'Rscript --no-init-file tests/engines/run.R {} ${WEEG_FILES:-} >"$1/{}.out" 2>&1 </dev/null' - "$dir"
for engine in "${engines[@]}"; do
  grep -v '^counted ' "$dir/$engine.out"
  read -r _ p f s < <(grep '^counted ' "$dir/$engine.out") || { fail "$engine did not run to its end"; continue; }
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
Rscript --no-init-file tests/engines/table.R "${engines[@]}"
times >"$dir/times" # of this shell, and of what it started
own=$(awk 'NR == 2 { gsub(/[ms]/, " "); printf "%.0f", $1 * 60 + $2 + $3 * 60 + $4 }' "$dir/times")
echo "seconds of processor: $own of the tests$(tests/engines/servers.sh used "$home")"
ends
