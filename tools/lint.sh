#!/bin/bash
# The rules of CONTRIBUTING.md that a program can check. Looks at the files that git knows or would add, and at the
# symbols of build/plain (make objects). Each check prints its count; the last line is their sum.
set -u -o pipefail
shopt -s lastpipe  # `... | report` counts in this shell
cd "$(dirname "$0")/.."

passed=0 failed=0

# Reads findings, one a line, from standard input; no finding is a pass.
report() {
  local name=$1 findings n
  findings=$(grep -v '^$')
  if [ -z "$findings" ]; then
    passed=$((passed + 1))
    echo "  $name: ok"
  else
    n=$(wc -l <<<"$findings")
    failed=$((failed + n))
    echo "  $name: $n found"
    sed 's/^/    /' <<<"$findings"
  fi
}

# ---- the files ------------------------------------------------------------------------------------------------------

mapfile -t files < <(git ls-files -co --exclude-standard | while read -r f; do [ -f "$f" ] && echo "$f"; done)

# select_files REGEX...: those that match any
select_files() { printf '%s\n' "${files[@]}" | grep -E "$@"; }

mapfile -t core < <(select_files '^src/core/.*\.[ch]$')
mapfile -t c_files < <(select_files '^(src|tests/core|inst/include)/.*\.[ch]$')
mapfile -t r_files < <(select_files '\.R$')
mapfile -t sources < <(select_files '\.([chR]|sh|awk)$|^(configure|cleanup|\.ci/run)$')
mapfile -t texts < <(select_files '\.([chR]|sh|awk|Rmd|md|in|csv|ya?ml|cff)$|^(DESCRIPTION|Make.*|configure|cleanup|\.ci/run)$')

if [ ${#core[@]} = 0 ]; then echo "lint: no files in src/core"; exit 1; fi

# code without comments and strings, as FILE:LINE:CODE
code_of() {
  local file
  for file in "$@"; do
    awk -f tools/strip-comments.awk "$file" | awk -v file="$file" '{ print file ":" NR ":" $0 }'
  done
}
core_code=$(code_of "${core[@]}")

# ---- the core's source ----------------------------------------------------------------------------------------------

words='R|Rinternals|Rdefines|Rmath|Rversion|Rconfig|R_ext/.*'
grep -En "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($words)(\.h)?[>\"]" "${core[@]}" |
  report "core includes no header of R"

words='printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|putc|fputc|perror|stdout|stderr|exit|_Exit|quick_exit|atexit'
words+='|abort|assert|setjmp|longjmp|signal|raise|rand|srand|strtok|setlocale|getenv|system'
grep -Ev ':[[:space:]]*#[[:space:]]*include' <<<"$core_code" |
  grep -E ":.*(^|[^A-Za-z0-9_.>])($words)([^A-Za-z0-9_]|\$)" | report "core neither prints nor exits"

grep -E '(^|[^A-Za-z0-9_])long[[:space:]]+double([^A-Za-z0-9_]|$)' <<<"$core_code" | report "core uses no long double"

grep -En -e '-(Ofast|ffast-math|funsafe-math-optimizations|fassociative-math|freciprocal-math)' \
  configure src/Makevars.in Makevars* Makefile | report "no flag that reorders floating point"

# ---- the core's symbols ---------------------------------------------------------------------------------------------

# every source must have been compiled, or the symbol checks would pass on nothing
objects=() absent=()
for file in "${core[@]}"; do
  [[ $file == *.c ]] || continue
  object=build/plain/${file#src/}
  object=${object%.c}.o
  if [ -f "$object" ]; then objects+=("$object"); else absent+=("$file has no object: make objects"); fi
done
printf '%s\n' "${absent[@]}" | report "every file of the core was compiled"

# symbols_of TYPES: "OBJECT SYMBOL" for symbols of these nm types
symbols_of() {
  [ ${#objects[@]} = 0 ] || nm -A "${objects[@]}" | awk -v types="$1" '
    { type = $(NF - 1); object = $1; sub(/:.*/, "", object) }
    index(types, type) { print object, $NF }'
}

words='R_|Rf_|Rprintf|REprintf|Rvprintf|SET|INTEGER|REAL|LOGICAL|STRING_|VECTOR_|unif_rand|norm_rand'
symbols_of U | grep -E " ($words)" | report "core calls no function of R"

words='v?f?printf|puts|putchar|fputs|fputc|putc|fwrite|perror|stdout|stderr|exit|_Exit|abort|longjmp|rand|srand'
symbols_of U | grep -E " _*($words)(_chk)?\$" | report "core links no function that prints or exits"

# its threads do not survive a fork, and where one is refused it ends the process
symbols_of U | grep -E " (GOMP_|omp_|__kmpc_)" | report "core uses no OpenMP"

# what weeg.h declares, and what the core has besides
declared=$(awk -f tools/strip-comments.awk inst/include/weeg.h | grep -oE '\bweeg_[a-z0-9_]+\(' | tr -d '(' | sort -u)
symbols_of TDBRCVW | awk -v declared="$declared" '
  BEGIN { n = split(declared, name, "\n"); for (k = 1; k <= n; k++) public[name[k]] = 1 }
  $2 !~ /^weeg_/ || ($2 in public) == ($2 ~ /^weeg_i_/)' |
  report "what weeg.h declares starts with weeg_, all else in the core with weeg_i_"
grep -E '^src/core/[^:]*[.]h:[0-9]*:[a-z][^(]*\bweeg_([^i]|i[^_])[a-z0-9_]*\(' <<<"$core_code" |
  report "functions of the core's own headers start with weeg_i_"

# ---- the headers: how many parameters, how many functions -----------------------------------------------------------

# parameters_of HEADER...: "FUNCTION PARAMETERS" of what it declares; a function that is a parameter is one
parameters_of() {
  local file
  for file in "$@"; do awk -f tools/strip-comments.awk "$file" | grep -v '^[[:space:]]*#'; done | tr -s '\n' ' ' | tr ';{}' '\n' |
    awk '!/typedef|return|else/ && match($0, /^[A-Za-z0-9_ *]*[ *]weeg_[a-z0-9_]+\(/) {
      name = substr($0, RSTART, RLENGTH - 1); sub(/.*[ *]/, "", name); depth = 0; count = 1
      for (k = RSTART + RLENGTH; k <= length($0); k++) {
        c = substr($0, k, 1)
        if (c == "(") depth++
        if (c == ")" && depth-- == 0) break
        if (c == "," && depth == 0) count++
      }
      print name, substr($0, RSTART + RLENGTH) ~ /^(void)?\)/ ? 0 : count }'
}
parameters=$(parameters_of inst/include/weeg.h)
if [ "$(wc -l <<<"$parameters")" -lt 100 ]; then echo "weeg.h: hardly any functions were found"; fi |
  report "functions of weeg.h were found"
p90=$(cut -d ' ' -f 2 <<<"$parameters" | sort -n | awk '{ n[NR] = $1 } END { print n[int(0.9 * NR + 0.999)] }')
if [ "$p90" -gt 5 ]; then
  echo "weeg.h: one in ten has more than 5; give what belongs together a struct:"
  awk '$2 > 5' <<<"$parameters"
fi | report "nine in ten functions of weeg.h have at most 5 parameters"
echo "  parameters of functions of weeg.h: $(cut -d ' ' -f 2 <<<"$parameters" | sort -n | uniq -c |
  awk '{ printf "%s%d have %d", NR == 1 ? "" : ", ", $1, $2 }')"
echo "  functions of headers: weeg.h $(wc -l <<<"$parameters")$(for file in "${core[@]}"; do
  [[ $file == *.h ]] && echo "$(parameters_of "$file" | wc -l) ${file##*/}"; done | sort -rn |
  awk '{ printf ", %s %d", $2, $1 }')"

# ---- floors: who uses whom -------------------------------------------------------------------------------------------

# the folders of src/core and src/cli, the lowest first (tools/floors.awk); what is in src/cli itself is "."
core_floors="base;math io disclosure;tally;variance;stats;frame"
cli_floors="base;ask;.;show;commands;pspp;main"

# calls_in FOLDER: "FILE FILE SYMBOL", by the symbols of objects
calls_in() {
  find "build/plain/$1" -name '*.o' | while read -r object; do
    [ -f "src/${object#build/plain/}" ] || [ -f "src/$(sed 's|^build/plain/||; s|o$|c|' <<<"$object")" ] && echo "$object"
  done | xargs -r nm -A | awk '
    { object = $1; sub(/:.*/, "", object); sub(/^build\/plain/, "src", object); sub(/o$/, "c", object); type = $(NF - 1) }
    type ~ /^[TDBRi]$/ { home[$NF] = object }
    type == "U" { from[++n] = object; what[n] = $NF }
    END { for (k = 1; k <= n; k++) if (what[k] in home && home[what[k]] != from[k]) print from[k], home[what[k]], what[k] }'
}
mapfile -t core_calls < <(calls_in core)
# main.c is above all of the program
mapfile -t cli_calls < <(calls_in cli | sed 's|src/cli/main[.]c|src/cli/main/main.c|g')
mapfile -t core_includes < <(grep -En '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "${core[@]}" |
  sed -E 's|^([^:]*):[^"]*"([^"]*)".*|\1 src/core/\2 \2|' | grep -v ' weeg[.]h$')

for line in "${core_includes[@]}"; do
  read -r from to name <<<"$line"
  [ -f "$to" ] || echo "$from includes $name"
done | report "headers of the core are included with their folder"
if [ ${#core_calls[@]} -lt 200 ]; then echo "only ${#core_calls[@]} calls were found: make objects"; fi |
  report "calls were found"
sed 's|.*/||' < <(printf '%s\n' "${core[@]}") | sort | uniq -d | report "no two files of the core have one name"
printf '%s\n' "${core_calls[@]}" | awk -v floors="$core_floors" -f tools/floors.awk | report "no call of the core points up"
printf '%s\n' "${core_includes[@]}" | awk -v floors="$core_floors" -f tools/floors.awk | report "no include of the core points up"
# tsort names the files of a circle
printf '%s\n' "${core_calls[@]}" | cut -d ' ' -f 1,2 | tsort 2>&1 >/dev/null | report "no circle of calls among the core's files"
printf '%s\n' "${core_includes[@]}" | cut -d ' ' -f 1,2 | tsort 2>&1 >/dev/null |
  report "no circle of includes among the core's files"
printf '%s\n' "${cli_calls[@]}" | awk -v floors="$cli_floors" -f tools/floors.awk | report "no call of the program points up"
printf '%s\n' "${cli_calls[@]}" | cut -d ' ' -f 1,2 | tsort 2>&1 >/dev/null |
  report "no circle of calls among the program's files"

floors_of() { printf '%s\n' "${@:2}" | awk -v floors="$1" -v show=1 -f tools/floors.awk; }
echo "  floors of the core by calls (${#core_calls[@]}):"
floors_of "$core_floors" "${core_calls[@]}"
echo "  floors of the program (${#cli_calls[@]} calls):"
floors_of "$cli_floors" "${cli_calls[@]}"

# ---- the core's data ------------------------------------------------------------------------------------------------

# .data and .bss hold what can change; constants with addresses in them are in .data.rel.ro
mutable() {
  [ ${#objects[@]} = 0 ] || objdump -t "${objects[@]}" | awk '
    /file format/ { object = $1; sub(/:$/, "", object) }
    / O / && /[ \t](\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\.[^r][^ \t]*)?[ \t]/ { print object, $NF }'
}
mutable | report "core keeps no mutable static"

# ---- size and looks -------------------------------------------------------------------------------------------------

long_functions() {
  local file
  for file in $(printf '%s\n' "${c_files[@]}" | grep '^src/'); do
    awk -f tools/strip-comments.awk "$file" | awk -v limit=60 -f tools/function-length.awk |
      while read -r line name length; do echo "$file:$line: $name has $length lines"; done
  done
}
long_functions | report "functions have at most 60 lines"

for file in $(printf '%s\n' "${files[@]}" | grep -E '^(src|R)/.*\.[chR]$'); do
  n=$(wc -l <"$file")
  [ "$n" -le 700 ] || echo "$file has $n lines"
done | report "files have at most 700 lines"

grep -EnI '[[:blank:]]+$' "${texts[@]}" | grep -Ev '^(LICENSE[.]md|tests/testthat/_snaps/.*[.]md):' |
  report "no trailing blanks"
grep -nI "$(printf '\t')" "${sources[@]}" | report "no tabs"
awk 'length($0) > 130 { print FILENAME ":" FNR ": " length($0) " characters" }' "${sources[@]}" |
  report "lines have at most 130 characters"

# the brackets keep this file from finding itself
words='cloud[.]r-project|cran[.]r-project|cran[.]rstudio|deb[.]debian[.]org|archive[.]ubuntu|registry[.]npmjs'
words+='|[/]work/|[/]var/tmp|[/]home/|[/]root/|[/]Users/'
grep -EniI "$words" "${files[@]}" | report "no path of a machine, no host of a package registry"

grep -onE '`(R|bench|inst|src|tests|tools|vignettes)/[A-Za-z0-9_./*-]+`' ARCHITECTURE.md CONTRIBUTING.md | tr -d '\140' |
  while IFS=: read -r file line path; do compgen -G "$path" >/dev/null || echo "$file:$line: no $path"; done |
  report "files that ARCHITECTURE.md and CONTRIBUTING.md name are there"

version=$(sed -n 's/^Version: *//p' DESCRIPTION)
{ grep -qx "#define WEEG_VERSION \"$version\"" inst/include/weeg.h || echo "weeg.h: WEEG_VERSION is not $version"; } |
  report "weeg.h has the version of DESCRIPTION"

# ---- words for people ------------------------------------------------------------------------------------------------

# weeg_reason has codes, and errors have facts; sentences may change
calls='(strstr|strcasestr|sscanf|strtok)\([^;]*(message|reason|_text\()'
calls+='|strn?(case)?cmp\([^;]*((message|reason)[^;]*"|"[^;]*(message|reason))|[>.]message *(\+|\[[^0])'
calls+='|strn?(case)?cmp\([^;]*[.>]message|str(chr|rchr|spn|cspn)\([^;]*([.>]message|block->text)'
mapfile -t c_sources < <(printf '%s\n' "${c_files[@]}" | grep '^src/')
grep -En "$calls" "${c_sources[@]}" | report "no code reads a message or a reason"

words=$(sed -n 's/^ .*{"[a-z-]*", \("..*"\)}.*/\1/p' src/core/base/status.c src/core/stats/reliability.c)
if [ -z "$words" ]; then echo "src/core: no reasons were found"; else
  grep -nF "$words" $(printf '%s\n' "${c_sources[@]}" | grep -Ev '/(base/status|stats/reliability|base/dutch_[a-z]*)[.]c$')
fi | report "the words of reasons stand once"

# a list of choices, or four of it after each other
lists=$(tr -s '\n ' ' ' <src/core/base/conventions.c | grep -oE '[[]WEEG_[A-Z_]*[]] = [{][^}]*' | sed 's/.*[{]//' |
  awk -F', ' '{ n = NF < 4 ? NF : 4
    for (i = 1; i + n - 1 <= NF; i++) { s = $i; for (k = 1; k < n; k++) s = s ", " $(i + k); print s } }')
if [ -z "$lists" ]; then echo "src/core/base/conventions.c: no words were found"; else
  for file in R/*.R $(printf '%s\n' "${c_sources[@]}" | grep -E '^src/' | grep -v '^src/core/base/conventions[.]c$'); do
    grep -v "^#'" "$file" | tr -s '\n ' ' ' | grep -oF "$lists" | sed "s|^|$file: |"
  done
fi | report "the words of choices stand once"

# ---- R --------------------------------------------------------------------------------------------------------------

{ Rscript --vanilla tools/lint.R "${r_files[@]}" 2>&1 || echo "tools/lint.R did not run"; } |
  report "R parses, is ASCII, says TRUE and FALSE, and does not read its own words"
# the generics of R/source.R ask what else depends on where rows are
words="[\"'.]weeg_(csv|sav|waves|database|source)\b|[\$](ahead|known_by)\b"
grep -En "$words" $(select_files '^R/.*[.]R$' | grep -Ev '^R/(source|csv|sav|waves|database|sql.*)[.]R$') |
  grep -Ev '^[^:]*:[0-9]*:#' |
  report "sources of rows are known in their own files"
# in a package, the last of two is both
grep -hoE '^[A-Za-z_.][A-Za-z0-9_.]* <- ' R/*.R | sort | uniq -d | report "no two objects of R/ have one name"
grep -hoE 'structure\(.*|^ *\), class = .*' R/*.R | grep -oE 'class = "weeg_[a-z_]+"' | sort | uniq -d |
  report "every class of R has one constructor"

echo "lint: $passed passed, $failed failed"
[ $failed = 0 ]
