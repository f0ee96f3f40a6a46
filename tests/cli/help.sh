#!/bin/bash
# tests/cli/help.sh WEEG ROOT CSV: help of each command says what the program does: its options are those that it takes, its
# columns those that it gives, its examples run (on CSV, which has the columns of openvoorwerk), its headings are the manual's.
set -u
weeg=$1 root=$2 csv=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$csv" "$dir/clients.csv" && cd "$dir" || exit 1
export COLUMNS=80 HOME=$dir
good() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "ok $name"; else echo "not ok $name"; fi
}
sample=(-w gewicht -s ronde -c gemeente)
awk 'NR == 1 || NR <= 700' clients.csv >north.csv
awk 'NR == 1 || NR > 700' clients.csv >south.csv
for part in north south; do "$weeg" tally $part.csv 'provider + strengths' "${sample[@]}" --nest -o $part.weeg || exit 1; done

mapfile -t commands < <("$weeg" --help | sed -n 's/^  weeg \([a-z-]*\) .*/\1/p' | grep -vx help)
good "all commands are listed" [ ${#commands[@]} = 22 ]
"$weeg" --help >all
for form in help -h; do good "weeg $form is the help of the program" cmp all <("$weeg" "$form"); done
good "so is weeg help help" cmp all <("$weeg" help help)
for odd in "help nonsense" "nonsense --help" "help test total"; do
  # shellcheck disable=SC2086
  "$weeg" $odd >out 2>err
  good "weeg $odd is refused, with status 2" [ $? = 2 ]
  good "with a message" grep -q '^weeg: ' err
done

# headings: those of the manual, with the same options
tr -d '\\' <"$root/inst/cli/weeg.1" | awk '/^[.]SH/ {on = /OPTIONS/} on && /^[.]SS/ {sub(/^[.]SS /, ""); section = $0}
  on && was_tp {n = split($0, word, /[^a-z-]+/); for (i = 1; i <= n; i++) if (word[i] ~ /^--[a-z]/) print section ": " word[i]}
  {was_tp = /^[.]TP/}' | LC_ALL=C sort -u >manual
awk '/^[A-Z][A-Za-z -]*$/ {section = $0} /^  (-[a-z], )?--[a-z]/ {match($0, /--[a-z-]+/)
  print section ": " substr($0, RSTART, RLENGTH)}' all | LC_ALL=C sort -u >help
diff manual help
good "the manual has the options of the help under the same headings" cmp manual help
good "more than sixty options" [ "$(wc -l <help)" -gt 60 ]

# --help and --version are taken by all; --margins of a tally leads to an error that says more
mapfile -t options < <(cut -d: -f2 help | tr -d ' ' | sort -u)
for command in "${commands[@]}"; do
  "$weeg" help "$command" >about || echo "not ok weeg help $command"
  for form in "$command --help" "--help $command" "$command x y -h"; do
    # shellcheck disable=SC2086
    good "weeg $form is weeg help $command" cmp about <("$weeg" $form)
  done
  good "weeg help $command names it" grep -q "^weeg $command: " about
  good "its lines fit" [ "$(grep -v '^  weeg ' about | awk 'length > 80' | wc -l)" = 0 ]
  sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p' about | sort -u >shown
  for option in "${options[@]}"; do
    said=$("$weeg" "$command" "$option=" 2>&1)
    [[ $said != *'takes no value'* ]] || said=$("$weeg" "$command" "$option" 2>&1)
    [[ $said == *'is not an option of'* ]] || echo "$option"
  done | grep -vx -- "$([ "$command" = tally ] && echo --margins)" >taken
  diff taken shown
  good "the options of weeg help $command are those that it takes" cmp taken shown
done
good "weeg tally has no --margins" [ "$("$weeg" help tally | grep -c -- --margins)" = 0 ]

# examples: the tally first, which others read
printf '%s\n' tally "${commands[@]}" | awk '!seen[$0]++' >order
while read -r command; do
  "$weeg" help "$command" >about
  sed -n '/^Examples$/,/^$/s/^  weeg/weeg/p' about >examples
  good "two examples of $command" [ "$(wc -l <examples)" = 2 ]
  : >columns
  while IFS= read -r example; do
    good "$example" bash -c 'weeg() { "'"$weeg"'" "$@"; }; '"$example"
    case $command in tally | merge | pspp) continue ;; esac
    example=${example% -f *}
    bash -c 'weeg() { "'"$weeg"'" "$@"; }; '"${example% --output *} -f csv" 2>/dev/null | head -n 1 | tr , '\n' >>columns
  done <examples
  # each column is explained, and what is explained is there: groups and variables by their own names
  sed -n '/^Columns of csv/,/^$/s/^  \([A-Za-z]\([a-zA-Z0-9., ]*[a-zA-Z0-9]\)*\)   *.*/\1/p' about | sed 's/, /\n/g' |
    sort -u >explained
  own=$([ "$command" = total ] && echo VARIABLE || echo GROUP)
  sort -u columns | sed "s/^\(provider\|ronde\|strengths\)$/$own/" | sort -u >given
  diff explained given
  good "the columns of $command" cmp explained given
done <order
