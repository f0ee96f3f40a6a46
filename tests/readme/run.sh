#!/bin/bash
# Every block of code of README.md runs, after what `make demo` installs, and prints what it says. Needs the R package in
# .deps/weeg-lib (tools/install.sh).
. "$(dirname "$0")/../start.sh" readme

readme=$root/README.md
make -s build/plain/weeg || ends "the program does not build"
mkdir "$dir/home"
cd "$dir" || ends "no folder"

# block N LANGUAGE: the Nth block of a language ("" for none)
block() {
  awk -v n="$1" -v start="\`\`\`$2" '
    !inside && /^```/ { inside = 1; shown = $0 == start && ++found == n; next }
    inside && /^```/ { inside = 0; shown = 0; next }
    shown' "$readme"
}
# says TEXT FILE: the lines of TEXT stand in FILE, one after the other
says() {
  python3 -c 'import sys; sys.exit(not sys.argv[1] or sys.argv[1] not in open(sys.argv[2], encoding="utf-8").read())' "$@"
}
r_block() { Rscript --no-init-file "$1" >"$1.out" 2>&1 || { cat "$1.out"; return 1; }; }

# ---- R --------------------------------------------------------------------------------------------------------------

block 1 r >session.R
check "the session" r_block session.R
check "prints the comparison" says "$(block 1 '')" session.R.out

# the codebook stands in the comments of its block; clients of three towns
block 2 r >study.R
sed -n '/^#   /s/^#   //p' study.R >codebook.csv
Rscript --no-init-file - <<'END' || fail "the clients cannot be made"
set.seed(1)
count <- 360
clients <- data.frame(town = rep(c("Assen", "Breda", "Goes"), each = count / 3), weight = round(runif(count, 0.5, 2), 2),
                      help = sample(1:3, count, TRUE), office = sample(c("north", "south"), count, TRUE))
write.csv(clients, "clients.csv", row.names = FALSE)
if (requireNamespace("haven", quietly = TRUE)) haven::write_sav(clients, "clients.sav")
END
sed -i '1i library(weeg)' study.R
check "from a codebook to a report" r_block study.R
check "the national report is there" [ -s national-nl.html ]
check "and those of the towns" [ "$(find municipal -name '*.html' | wc -l)" = 3 ]
# what its comments say
sed 's/"clients.csv"/"clients.sav"/; s/language = "nl")/language = "nl", output = "x.docx")/' study.R >files.R
check "an SPSS file, and Word" r_block files.R
check "is written" [ -s x.docx ]
cat >lines.R <<'END'
library(weeg)
for (file in c("clients.csv", "clients.sav")) {
  print(weeg_proportion(weeg_design(file, weights = ~weight, cluster = ~town, lonely = "adjust"), help ~ office))
}
END
check "a CSV or SPSS file instead of a data frame" r_block lines.R

# names of functions, vignettes and commands
grep -o '`weeg_[a-z_]*()\?' "$readme" | tr -d '`()' | sort -u >functions.txt
count_lines Rscript --no-init-file -e 'for (f in readLines("functions.txt"))' \
  -e '  cat(if (f %in% getNamespaceExports("weeg")) "ok" else "not ok", f, "\n")'
while read -r name; do
  check "vignette $name" [ -f "$root/vignettes/$name.Rmd" ]
done < <(grep -o 'vignette("[a-z]*")' "$readme" | cut -d'"' -f2 | sort -u)
while read -r name; do
  check "make $name" grep -q "^make $name " <(make -s -C "$root" help)
done < <(grep -o 'make [a-z]\+\(-[a-z]\+\)*' "$readme" | grep -v 'make \(sure\|use\)' | cut -d' ' -f2 | sort -u)

# ---- the shell, PSPP and C ------------------------------------------------------------------------------------------

export HOME=$dir/home
check "make install-cli" make -s -C "$root" install-cli PREFIX="$HOME/.local"
export PATH=$HOME/.local/bin:$PATH
Rscript --no-init-file - <<'END' || fail "the files of two organisations cannot be made"
library(weeg)
north <- as.integer(openvoorwerk$organisatie) <= 6
write.csv(openvoorwerk[north, ], "north.csv", row.names = FALSE)
write.csv(openvoorwerk[!north, ], "south.csv", row.names = FALSE)
END
weeg tally south.csv 'provider + strengths' -w gewicht -s ronde -c gemeente --output south.weeg || fail "the south has no tally"
block 1 sh >shell.sh
check "in the shell" bash -e shell.sh
check "a table is written" grep -q '<table' table.html
if command -v pspp >/dev/null; then
  check "weeg pspp install" weeg pspp install
  Rscript --no-init-file "$root/tests/pspp/cases.R" tutorial . || fail "there are no data for PSPP"
  { echo "GET FILE='nhanes.sav'."; echo "INSERT FILE='cstabulate.sps'."; block 2 ''; } >session.sps
  check "in PSPP" pspp -O format=txt -o printed session.sps
  check "gives the test" grep -q 'Independence' printed
else
  skip "PSPP is not installed"
fi
check "make install-lib" make -s -C "$root" install-lib PREFIX="$HOME/.local"
block 2 sh >library.sh
check "in C" bash -ec 'cd "$1"; . "$2"; mv shares "$3"' - "$root" "$dir/library.sh" "$dir/shares"
ends
