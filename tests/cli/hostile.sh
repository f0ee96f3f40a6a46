#!/bin/bash
# tests/cli/hostile.sh WEEG [EVERY]: each option of the program, its file and its formula, with values that nobody means. The
# program may do its work or refuse with status 1 or 2 and a message that starts with "weeg: ", has no bytes that command a
# terminal and names the option, its value, or the variable or line that it is about; it must not end by a signal or take 20
# seconds. EVERY: only each so many of all cases.
set -u
weeg=$1 every=${2:-1}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
{
  echo "y,g,s,c,w,r1,r2,m,n"
  for i in $(seq 0 39); do
    echo "$((i % 3)),$((i % 2)),$((i % 4)),$((i % 8)),$((i % 5 + 1)).5,$((i % 7 + 1)),$((i % 6 + 1)),$((i % 2)),$((i / 20))"
  done
} >data.csv
cp data.csv copy.csv
"$weeg" tally data.csv 'y + g' -w w -c c --nest -s s -o data.weeg || exit 1

long=$(printf '%0100000d' 0)
nested=$(printf '%02000d' 0 | tr 0 '(')
values=('' ' ' '-' '--' '-1' '0' '1e999' 'NaN' 'inf' '-0' '1e308' '5e-324' '99999999999999999999' '2147483648' '0x10' '1,5' '.5'
  "$long" "$nested" $'\033[31mred\007' $'a\nb' $'a\tb' $'\377\376' '%s%n%d' '/no/such/place' "$dir" /dev/null /dev/full '~' 'y'
  'y + g' 'y = 1' 'y=' '=' ',' 'y=a,a' '"' "'" '\' '*' '[' '../x' $'\303\251' 'y~y~y' 'I(y)' 'y == ' '1')
mapfile -t options < <("$weeg" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
commands=(
  "proportion data.csv y~g -w w" "crosstab data.csv y~g -w w -s s" "test data.csv y~g -c c" "compare data.csv y~g -w w"
  "multiple data.csv m+n~g -w w" "tally data.csv y+g -o out.weeg" "merge data.weeg -o both.weeg" "describe data.csv"
  "proportion data.weeg y~g" "pspp install" "total data.csv ~y+g -w w" "association data.csv y~g" "logistic data.csv n~g"
  "standardise data.csv y~g --by=m --population=0=1 --population=1=2" "decompose data.csv y~g --by=n" "item-tests data.csv m+n~g"
  "compare data.csv y~g --adjust-for=n" "compare data.csv y~g --contrasts=a=1,-1" "test data.csv ~y --p=.3,.3,.4"
  "crosstab wave=1:data.csv,2:copy.csv y~wave -w w -s s -c c"
  "proportion data.csv y~g -c c --nest -s s --make-replicates=jkn" "proportion data.csv y~g --strata=s,m --cluster=c,r1 --nest"
)

case=0
try() { # OPTION VALUE ARGUMENT...
  local named=$1 shown=$2 status text
  shift 2
  case=$((case + 1))
  [ $((case % every)) = 0 ] || return 0
  text=$(HOME=$dir timeout 20 "$weeg" "$@" 2>&1 >/dev/null </dev/null | tr -d '\0'; exit "${PIPESTATUS[0]}")
  status=$?
  if [ $status -gt 2 ]; then
    wrong "exit status $status" "$@"
  elif [ $status = 0 ]; then
    echo "ok $case"
  elif [[ $text != "weeg: "* ]]; then
    wrong "said ${text:0:200}" "$@"
  elif [[ ${text//$'\n'/ } == *[$'\001'-$'\037'$'\177']* ]]; then
    wrong "bytes that command a terminal" "$@"
  elif [[ $text != *"${named#--}"* && $text != *"${shown:0:60}"* && $text != *variable* &&
    $text != *": line "* && $text != *"groups with data"* && $text != *folder* &&
    $text != *" in --population is not a category"* && $text != *"has one level with data"* ]]; then # it was another before --na
    wrong "does not name $named: ${text:0:200}" "$@"
  else
    echo "ok $case"
  fi
}
wrong() {
  local what=$1 shown
  shift
  shown=$(printf ' %.60q' "$@")
  echo "not ok weeg$shown: $what"
}

for command in "${commands[@]}"; do
  read -ra words <<<"$command"
  for option in "${options[@]}"; do
    case $option in --help | --version) continue ;; esac
    for value in "${values[@]}"; do try "$option" "$value" "${words[@]}" "$option=$value"; done
    try "$option" "" "${words[@]}" "$option"
  done
  for value in "${values[@]}"; do
    try "" "" "${words[0]}" "$value" "${words[@]:2}"
    try "" "" "${words[@]:0:2}" "$value" "${words[@]:3}"
    try "" "" "$value" "${words[@]:1}"
  done
done
