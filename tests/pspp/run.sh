#!/bin/bash
# CSTABULATE in real PSPP: its tables against package survey, the active data set, failures, and what is left behind. Needs
# the R package, by default in .deps/weeg-lib (tools/install.sh).
. "$(dirname "$0")/../start.sh" pspp

command -v pspp >/dev/null || ends "pspp is not installed"
make -s build/plain/weeg build/san/weeg || ends "the program does not build"
Rscript --no-init-file tests/pspp/cases.R make "$dir" || ends "the cases cannot be made"
cd "$dir" || ends "no folder"
mkdir home tmp
export HOME=$dir/home TMPDIR=$dir/tmp

# pspp_run NAME: runs NAME.sps, which is on standard input and follows the start of every session
pspp_run() {
  { echo "GET FILE='nhanes.sav'."; echo "INSERT FILE='cstabulate.sps'."; cat; } >"$1.sps"
  pspp -O format=csv -o "$1.csv" "$1.sps" >"$1.out" 2>&1
}
# answers NAME: the same, and each CSTABULATE of it is answered: its design is said below its tables
answers() {
  pspp_run "$1" && [ "$(grep -ci '^cstabulate' "$1.sps")" = "$(grep -c '^"\?Design\(:\| (\)' "$1.csv")" ] && answered "$1.csv"
}
# answered FILE: there are tables in it
answered() { grep -q '^"\?Table: ' "$1"; }
# unanswered NAME: the same, with exit status 1 and no table
unanswered() {
  pspp_run "$1"
  [ $? = 1 ] && ! answered "$1.csv"
}
design='/WEIGHT=w /STRATA=s /CLUSTER=psu'

# ---- installed where PSPP finds it ----------------------------------------------------------------------------------

check "install" "$root/build/plain/weeg" pspp install
check "install writes the user's folder of PSPP" grep -q "build/plain/weeg' pspp init" home/.pspp/cstabulate.sps
# the rest runs under sanitizers
check "install again" "$root/build/san/weeg" pspp install

# ---- figures --------------------------------------------------------------------------------------------------------

check "two variables" answers both <<END
SAVE OUTFILE='before.sav'.
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS POPSIZE ROWPCT COLPCT TABLEPCT
  /STATISTICS SE CV CIN(90) COUNT /TEST INDEPENDENCE.
SAVE OUTFILE='after.sav'.
END
check "the active data set is unchanged" Rscript --no-init-file "$root/tests/pspp/cases.R" same before.sav after.sav
# also names that a request has as words, or a result as columns
check "variables of any name" answers names <<END
RENAME VARIABLES (race chol w s psu sex = variables cells n estimate weight level).
CSTABULATE /TABLES VARIABLES=variables BY cells /WEIGHT=n /STRATA=estimate /CLUSTER=weight /CELLS ROWPCT /SUBPOP TABLE=level.
END
check "harmless names" answers harmless <<END
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS ROWPCT /SUBPOP TABLE=sex.
END
check "have the same tables" cmp harmless.csv <(sed 's/(variables)/(race)/g; s/(cells)/(chol)/g; s/(level)/(sex)/
  s/weight n; strata estimate; clusters weight/weight w; strata s; clusters psu/' names.csv)
# /WEIGHT=1 where weights would follow from /FPC, and cases without a weight
check "no weights, said so" answers unweighted <<END
COMPUTE big = 5000.
CSTABULATE /TABLES VARIABLES=race /WEIGHT=1 /STRATA=s /FPC=big /CELLS TABLEPCT.
END
check "the design says so" grep -q 'weight none (1); strata s' unweighted.csv
check "cases without a weight are left out" answers omitted <<END
IF (\$CASENUM <= 3) w = \$SYSMIS.
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS ROWPCT /MISSING WEIGHT=OMIT.
END
check "and counted" grep -q 'weight w (3 cases without one left out)' omitted.csv
check "the figures are those of the others" answers others <<END
COMPUTE number = \$CASENUM.
EXECUTE.
SELECT IF (number > 3).
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS ROWPCT.
END
check "to the last digit" cmp <(sed 's/ (3 cases without one left out)//' omitted.csv) others.csv
check "several variables in subpopulations" answers many <<END
cstabulate /tables variables = race age by chol $design /cells rowpct /statistics se
  /* a comment */ /subpop table=sex /missing scope=table.
END
check "one variable" answers one <<END
CSTABULATE /TABLES VARIABLES=race $design /CELLS TABLEPCT /STATISTICS SE CIN /TEST HOMOGENEITY.
END
check "listwise" answers listwise <<END
CSTABULATE /TABLES VARIABLES=race chol $design /CELLS TABLEPCT /STATISTICS SE /MISSING SCOPE=LISTWISE CLASSMISSING=EXCLUDE.
END
check "design effects" answers deff <<END
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS ROWPCT /STATISTICS DEFF DEFFSQRT.
END
check "the weight variable of the data set" answers unclustered <<END
WEIGHT BY w.
CSTABULATE /TABLES VARIABLES=RACE BY Chol /STRATA=s /CELLS ROWPCT /STATISTICS SE.
END
check "cumulative, user-missing values, crossed subpopulations" answers cumulative <<END
CSTABULATE /TABLES VARIABLES=race $design /CELLS TABLEPCT /STATISTICS SE CUMULATIVE
  /SUBPOP TABLE=sex BY chol DISPLAY=LAYERED /MISSING CLASSMISSING=INCLUDE.
END
tables='/TABLES VARIABLES=meals BY met /CELLS ROWPCT /STATISTICS SE CIN'
check "finite populations: numbers of schools" answers fpc <<END
GET FILE='schools.sav'.
CSTABULATE $tables /WEIGHT=w /STRATA=kind /FPC=n.
END
check "finite populations: fractions, by a plan" answers fraction <<END
GET FILE='schools.sav'.
CSPLAN ANALYSIS /PLAN FILE="it's a plan.csplan" /PLANVARS ANALYSISWEIGHT=w /SRSESTIMATOR TYPE=WR /PRINT PLAN
  /DESIGN STAGELABEL='all' STRATA=kind /ESTIMATOR TYPE=EQUAL_WOR /INCLPROB VARIABLE=share.
CSTABULATE /PLAN FILE='it''s a plan.csplan' $tables.
END
check "finite populations: clusters" answers districts <<END
GET FILE='districts.sav'.
CSTABULATE $tables /WEIGHT=w /CLUSTER=district /FPC=n.
END
check "given degrees of freedom" answers given <<END
GET FILE='districts.sav'.
CSTABULATE $tables /WEIGHT=w /CLUSTER=district /FPC=n /DF=7.
END
check "which its notes say" grep -q "design df 7" given.csv
check "and its conventions" grep -q "df given" given.csv
for rule in remove certainty adjust average; do
  check "one school in a stratum: $rule" answers "lonely-$rule" <<END
GET FILE='lonely.sav'.
CSTABULATE $tables /WEIGHT=w /STRATA=kind /LONELY=$rule.
END
done
count_lines Rscript --no-init-file "$root/tests/pspp/cases.R" check "$dir"
check "decimal commas" answers comma <<END
SET DECIMAL=COMMA.
CSTABULATE /TABLES VARIABLES=race $design /CELLS TABLEPCT /STATISTICS SE CIN /TEST HOMOGENEITY.
END
grep '^Hispanic,\|^Homogeneity,' one.csv >points.txt
check "the same numbers with decimal commas" cmp points.txt \
  <(sed -n '/^Hispanic,\|^Homogeneity,/ { s/"\([0-9]*\),\([0-9]*\)"/\1.\2/g; p }' comma.csv)
check "which are two lines" [ "$(wc -l <points.txt)" = 2 ]
check "without /STATISTICS, standard errors" answers default <<END
CSTABULATE /TABLES VARIABLES=race $design.
END
check "which are in the table" grep -q '^,Estimate,Standard Error$' default.csv

# ---- plans ----------------------------------------------------------------------------------------------------------

check "a plan in a file" answers plan <<END
CSPLAN ANALYSIS /PLAN FILE='nhanes.csplan' /PLANVARS ANALYSISWEIGHT=w /DESIGN STRATA=s CLUSTER=psu /ESTIMATOR TYPE=WR.
CSPLAN VIEW /PLAN FILE='nhanes.csplan'.
CSTABULATE /PLAN FILE='nhanes.csplan' /TABLES VARIABLES=race /CELLS TABLEPCT /STATISTICS SE CIN /TEST HOMOGENEITY.
END
check "gives the tables of the design" cmp <(sed '/^Plan/,+1d; s/ (plan nhanes.csplan)//' plan.csv) one.csv
check "the plan is said" grep -q 'Design (plan nhanes.csplan): weight w; strata s; clusters psu' plan.csv
check "the plan is shown" grep -q 'Plan nhanes.csplan: weight w; strata s; clusters psu; population infinite' plan.csv
check "a plan is syntax" grep -q '^CSPLAN ANALYSIS .*ANALYSISWEIGHT=w /DESIGN STRATA=s CLUSTER=psu /ESTIMATOR TYPE=WR[.]$' \
  nhanes.csplan
echo '<?xml version="1.0"?>' >spss.csplan
sed 's/WEIGHT=w/WEIGHT=weight/' nhanes.csplan >other.csplan
sed 's/ESTIMATOR/METHOD/' nhanes.csplan >damaged.csplan

check "conventions are printed" grep -q 'Conventions (weeg .*): variance Taylor; df PSUs - strata of each domain' both.csv
check "the design is printed" grep -q 'weight w; strata none\|weight w; strata s; clusters none (cases)' unclustered.csv

# ---- what comes before CSTABULATE, in a session each -------------------------------------------------------------------

# before NAME COMMANDS: CSTABULATE after these; cases.R says which cases and weights are in the table
before() {
  check "after: $2" answers "$1" <<END
COMPUTE men = sex = 1.
EXECUTE.
SAVE OUTFILE='$1-before.sav'.
${2//. /.$'\n'}
CSTABULATE /TABLES VARIABLES=race BY chol $design /CELLS ROWPCT /STATISTICS SE.
SAVE OUTFILE='$1-after.sav'.
END
}
before temporary 'TEMPORARY. SELECT IF (sex = 2).'
before select 'SELECT IF (sex = 2).'
before filter 'COMPUTE f = sex = 2. FILTER BY f.'
before temporary-filter 'TEMPORARY. FILTER BY men.'
before first 'TEMPORARY. N OF CASES 4000.'
before weight 'TEMPORARY. COMPUTE w = w * psu.'
before pending 'DO IF (sex = 1). LOOP #i = 1 TO 3. COMPUTE race = $SYSMIS. END LOOP. END IF.'
before sample 'TEMPORARY. SAMPLE .5.'
before split 'SORT CASES BY sex. SPLIT FILE BY sex.'
count_lines Rscript --no-init-file "$root/tests/pspp/cases.R" selected "$dir"
for name in temporary temporary-filter first weight sample; do
  check "the active data set is unchanged after TEMPORARY: $name" \
    Rscript --no-init-file "$root/tests/pspp/cases.R" same "$name-before.sav" "$name-after.sav"
done
check "a sample is not all" [ "$(grep '^Hispanic' sample.csv)" != "$(grep '^Hispanic' split.csv)" ]
check "TEMPORARY ends with CSTABULATE, and one that follows is of all" answers twice <<END
TEMPORARY.
SELECT IF (sex = 2).
CSTABULATE /TABLES VARIABLES=sex $design /CELLS TABLEPCT /STATISTICS COUNT.
CSTABULATE /TABLES VARIABLES=sex $design /CELLS TABLEPCT /STATISTICS COUNT.
END
women=$(Rscript --no-init-file -e 'data(nhanes, package = "survey"); cat(sum(nhanes$RIAGENDR == 2))')
check "with all women in both" [ "$(grep -c "^Female,$women\$" twice.csv)" = 2 ]
check "and men in one" [ "$(grep -c "^Male,[0-9]*\$" twice.csv)" = 1 ]
check "a plan after TEMPORARY" answers temporary-plan <<END
TEMPORARY.
SELECT IF (sex = 2).
CSPLAN ANALYSIS /PLAN FILE='temporary.csplan' /PLANVARS ANALYSISWEIGHT=w /DESIGN STRATA=s CLUSTER=psu /ESTIMATOR TYPE=WR.
CSTABULATE /PLAN FILE='temporary.csplan' /TABLES VARIABLES=race.
END
for empty in 'SELECT IF (sex = 9).' 'TEMPORARY. SELECT IF (sex = 9).' 'COMPUTE f = 0. FILTER BY f.' 'NEW FILE.'; do
  check "no cases: $empty" unanswered empty <<<"${empty//. /.$'\n'}
CSTABULATE /TABLES VARIABLES=race $design."
  check "no cases are said: $empty" grep -q 'there are no cases\|has no rows' empty.csv
done
# PSPP keeps what it could not carry out there, and would write that request in place of the next
check "inside DO IF, CSTABULATE is refused, and the next one" unanswered inside <<END
DO IF (sex = 1).
CSTABULATE /TABLES VARIABLES=race $design.
END IF.
CSTABULATE /TABLES VARIABLES=chol $design.
EXECUTE.
END
check "which says why" grep -q 'not carried out (inside DO IF or LOOP' inside.csv

# values shorter than their variable, and dates: tests/reference/make_sav.sps says what is in the file
check "texts of width 3 and dates" pspp_run short <<END
GET FILE='$root/tests/reference/sav/pspp.sav'.
CSTABULATE /TABLES VARIABLES=t3 /CELLS TABLEPCT /STATISTICS COUNT.
CSTABULATE /TABLES VARIABLES=date /CELLS TABLEPCT /STATISTICS COUNT.
CSTABULATE /TABLES VARIABLES=moyr /CELLS TABLEPCT /STATISTICS COUNT.
END
check "have their labels, and no missing values" [ "$(grep -c '^No way,2$\|^Yes please,1$' short.csv)" = 2 ]
check "none else" [ "$(grep -c 'Do not know\|^no\|^dk' short.csv)" = 0 ]
check "dates are shown as such, and months as their first day" \
  [ "$(grep -c '^1582-10-15,1$\|^2020-01-01,1$\|^2020-12-31,1$\|^2021-01-01,1$\|^2020-02-01,2$\|^2020-12-01,1$' short.csv)" = 7 ]

# the same tables as HTML: a table element each
pspp -O format=html -o both.html both.sps >/dev/null 2>&1
check "tables in HTML" [ "$(grep -ci '<table' both.html)" -ge 6 ]

# ---- the tutorial: its session, and every line that it says PSPP prints ------------------------------------------------

mkdir tutorial
check "the data of the tutorial" Rscript --no-init-file "$root/tests/pspp/cases.R" tutorial tutorial
blocks() { awk -v fence="$1" '$0 == "```" || $0 == "```spss" { inside = inside == "" ? $0 : ""; next } inside == fence' "$2"; }
blocks '```spss' "$root/inst/pspp/README.md" >tutorial/session.sps
check "the session of the tutorial" bash -c 'cd tutorial && pspp -O format=txt -o printed session.sps'
while IFS= read -r line; do
  [ -z "$line" ] || check "the tutorial: $line" grep -Fxq -- "$line" tutorial/printed
done < <(blocks '```' "$root/inst/pspp/README.md")

# ---- failures: the message and the exit status ------------------------------------------------------------------------

# refuses REGEX REQUEST: of CSTABULATE, or of CSPLAN where it begins with that. All of them are one session, the next command
# being read whatever became of the one before; what each says stands between two marks.
requests=() messages=()
refuses() {
  local request=$2
  [[ $request == CSPLAN* ]] || request="CSTABULATE $request"
  messages+=("$1") requests+=("$request")
}

refuses '"ROWPTC" \(word [0-9]+\) is not known in /CELLS; known are POPSIZE' "/TABLES VARIABLES=race BY chol /CELLS ROWPTC"
refuses '"PLANE" \(word [0-9]+\) is not known as a subcommand' "/PLANE FILE='x' /TABLES VARIABLES=race"
refuses 'cannot open none.csplan: No such file' "/PLAN FILE='none.csplan' /TABLES VARIABLES=race"
refuses 'plan spss.csplan was not written by CSPLAN in PSPP' "/PLAN FILE='spss.csplan' /TABLES VARIABLES=race"
refuses 'no variable weight \(in the plan other.csplan\)' "/PLAN FILE='other.csplan' /TABLES VARIABLES=race"
refuses 'the plan damaged.csplan: "METHOD" \(word [0-9]+\) is not known' "/PLAN FILE='damaged.csplan' /TABLES VARIABLES=race"
refuses 'the plan has the design already: leave /STRATA out' "/PLAN FILE='nhanes.csplan' /STRATA=s /TABLES VARIABLES=race"
refuses '/PLAN FILE= needs the name of a file in quotes, not "x"' "/PLAN FILE=x /TABLES VARIABLES=race"
refuses 'CSPLAN SAMPLE draws samples' "CSPLAN SAMPLE /PLAN FILE='x.csplan' /DESIGN /METHOD TYPE=SIMPLE_WOR"
weight='/PLANVARS ANALYSISWEIGHT=w'
refuses 'CSPLAN: /PLANVARS ANALYSISWEIGHT= is missing' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' /DESIGN /ESTIMATOR TYPE=WR"
refuses 'CSPLAN: /ESTIMATOR TYPE= is missing' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN STRATA=s"
refuses 'TYPE=EQUAL_WOR needs /POPSIZE' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN /ESTIMATOR TYPE=EQUAL_WOR"
refuses 'TYPE=UNEQUAL_WOR needs joint' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN /ESTIMATOR TYPE=UNEQUAL_WOR"
refuses 'with TYPE=WR the population is infinite' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN /ESTIMATOR TYPE=WR /POPSIZE VARIABLE=n"
refuses '/POPSIZE VALUE= is not supported' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN /ESTIMATOR TYPE=EQUAL_WOR /POPSIZE VALUE=100"
refuses 'STRATA \(in /DESIGN\) is one variable here, and "sex" \(word [0-9]+\) is a second' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN STRATA=s sex CLUSTER=psu /ESTIMATOR TYPE=WR"
refuses '/DESIGN is given twice' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN CLUSTER=s /DESIGN CLUSTER=psu"
wor='/ESTIMATOR TYPE=EQUAL_WOR /POPSIZE VARIABLE=n'
refuses '/DESIGN is given twice' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN CLUSTER=s /ESTIMATOR TYPE=WR /DESIGN CLUSTER=psu"
refuses 'a stage before the last has no CLUSTER=' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN STRATA=s $wor /DESIGN CLUSTER=psu"
refuses 'stage 2 has no CLUSTER=; where it samples cases, number them' \
  "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight /DESIGN CLUSTER=psu $wor /DESIGN STRATA=s $wor"
four="/DESIGN CLUSTER=psu $wor /DESIGN CLUSTER=s $wor /DESIGN CLUSTER=race $wor /DESIGN CLUSTER=chol $wor"
refuses 'there are more than 3 stages' "CSPLAN ANALYSIS /PLAN FILE='x.csplan' $weight $four"
refuses 'cannot write none/x.csplan' "CSPLAN ANALYSIS /PLAN FILE='none/x.csplan' $weight /DESIGN /ESTIMATOR TYPE=WR"
refuses 'CUMULATIVE is for a table without BY' "/TABLES VARIABLES=race BY chol /STATISTICS CUMULATIVE"
refuses 'sex is named twice in /SUBPOP' "/TABLES VARIABLES=race /SUBPOP TABLE=sex BY sex"
refuses 'TABLES VARIABLES= is missing' "/WEIGHT=w"
refuses 'there is no variable rcae .*did you mean race' "/TABLES VARIABLES=rcae"
refuses 'needs the name of a variable' "/TABLES VARIABLES=race /WEIGHT='\$(touch owned)'"
refuses 'needs a level between 0 and 100 .*, not "950"' "/TABLES VARIABLES=race /STATISTICS CIN(950)"
refuses 'with a decimal point, as in .* CIN\(97.5\), not "97,"' "/TABLES VARIABLES=race /STATISTICS CIN(97,5)"
refuses 'needs a level between 0 and 100 .*, not ""' "/TABLES VARIABLES=race /STATISTICS CIN("
refuses 'INDEPENDENCE needs a table with BY' "/TABLES VARIABLES=race /TEST INDEPENDENCE"
refuses '"ODDSRATIO" \(word [0-9]+\) is not known in /TEST' "/TABLES VARIABLES=race BY chol /TEST ODDSRATIO"
refuses 'ROWPCT needs a table with BY' "/TABLES VARIABLES=race /CELLS ROWPCT"
refuses '/STATISTICS is given twice|"STATISTICS"' "/TABLES VARIABLES=race /STATISTICS SE /STATISTICS CV"
refuses 'race is crossed with itself' "/TABLES VARIABLES=race BY race"
refuses 'sex is in /TABLES and in /SUBPOP' "/TABLES VARIABLES=race BY sex /SUBPOP TABLE=sex"
refuses 'w cannot be read as numbers and as categories at once' "/TABLES VARIABLES=w /WEIGHT=w"
refuses '"ALL" \(word [0-9]+\) is not known in /MISSING' "/TABLES VARIABLES=race /MISSING CLASSMISSING=ALL"
refuses 'age \(in /WEIGHT\) is text' "/TABLES VARIABLES=race /WEIGHT=age"
# what to do is said in words of CSTABULATE, not in those of the program
refuses 'CSTABULATE: the weight in row 3 is missing;.*\(/MISSING WEIGHT=OMIT leaves' "/TABLES VARIABLES=race /WEIGHT=lost"
for role in WEIGHT STRATA CLUSTER FPC; do
  refuses "CSTABULATE: the (weight|stratum|PSU|fpc) in row 3 is missing" "/TABLES VARIABLES=race /$role=gone"
done
refuses '/MISSING WEIGHT=OMIT is for missing weights, but /WEIGHT names none' "/TABLES VARIABLES=race /MISSING WEIGHT=OMIT"
refuses 'CSTABULATE: the fpc in row 1 is negative; /FPC is' "/TABLES VARIABLES=race /FPC=below"
refuses 'PSUs in the sample but 2 in the population; /FPC is' "/TABLES VARIABLES=race /FPC=few"
refuses 'stratum .* has only one PSU.*/LONELY=ADJUST' "/TABLES VARIABLES=race /STRATA=s /CLUSTER=s"
refuses 'CSTABULATE: /DF must be a whole number from 1 to' "/TABLES VARIABLES=race /DF=0"

variables=('COMPUTE gone = 9000' 'IF ($CASENUM = 3) gone = 99' 'MISSING VALUES gone (99)')
variables+=('COMPUTE lost = w' 'COMPUTE below = -1' 'COMPUTE few = 2' 'IF ($CASENUM = 3) lost = $SYSMIS' EXECUTE)
pspp_run refused < <(printf '%s.\n' "${variables[@]}"
  for i in "${!requests[@]}"; do printf "ECHO '== %d'.\n%s.\n" "$i" "${requests[i]}"; done)
check "failures are the exit status" [ $? = 1 ]
for i in "${!requests[@]}"; do
  # as CSV, quotes are doubled
  said=$(sed -n "/^== $i\$/,/^== /p" refused.csv | sed 's/""/"/g')
  if grep -Eq -- "${messages[i]}" <<<"$said" && ! grep -q '^"\?Table' <<<"$said"; then pass; else fail "${requests[i]}: $said"; fi
done
# each kind of failure alone, before a command that works
for i in 0 8 14 25; do
  pspp_run "refused$i" < <(printf "%s.\nDISPLAY VARIABLES.\n" "${requests[i]}")
  check "the exit status of ${requests[i]}" [ $? = 1 ]
done
check "a plan that was refused is not written" [ ! -e x.csplan ]
check "what a user types is no command" [ ! -e owned ]

pspp_run lonely <<END
CSTABULATE /TABLES VARIABLES=race /STRATA=s /CLUSTER=s /LONELY=ADJUST /CELLS TABLEPCT.
END
check "single-PSU strata" grep -q "distance from the overall mean" lonely.csv

# ---- sessions -------------------------------------------------------------------------------------------------------

for i in 1 2 3 4; do
  pspp -O format=csv -o "at-once$i.csv" one.sps >/dev/null 2>&1 &
done
wait
for i in 1 2 3 4; do
  check "session $i of four at once" cmp one.csv "at-once$i.csv"
  check "session $i has tables" answered "at-once$i.csv"
done
check "no session files are left" [ "$(find home tmp | sort | tr '\n' ' ')" = \
  "home home/.pspp home/.pspp/cstabulate.sps home/.pspp/weeg home/.pspp/weeg-guard.sps tmp " ]

ends
