#!/bin/bash
# Tests of libweeg as a user of C libraries meets it: installed, found by pkg-config, the example of the documentation
# compiled and run. Its numbers are compared with R's package survey on the same rows (tests/lib/reference.R).
. "$(dirname "$0")/../start.sh" library

prefix=$dir/there
if ! make -s install-lib PREFIX="$prefix" >"$dir/install.log" 2>&1; then
  cat "$dir/install.log"
  ends "the library cannot be installed"
fi
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

# ---- what was installed ---------------------------------------------------------------------------------------------

version=$(sed -n 's/^Version: *//p' DESCRIPTION)
check "libweeg.so is libweeg.so.0" [ "$(readlink "$prefix/lib/libweeg.so")" = libweeg.so.0 ]
check "libweeg.so.0 has the version in its name" [ "$(readlink "$prefix/lib/libweeg.so.0")" = "libweeg.so.$version" ]
check "the soname" [ "$(objdump -p "$prefix/lib/libweeg.so" | awk '$1 == "SONAME" { print $2 }')" = libweeg.so.0 ]
check "pkg-config knows the version" [ "$(pkg-config --modversion weeg)" = "$version" ]
check "packages can be made with DESTDIR" make -s install-lib DESTDIR="$dir/package" PREFIX=/usr LIBDIR=/usr/lib/multi
check "in LIBDIR" [ -f "$dir/package/usr/lib/multi/libweeg.so.$version" ]
check "without DESTDIR in what will be read" [ "$(PKG_CONFIG_PATH=$dir/package/usr/lib/multi/pkgconfig \
  pkg-config --variable=libdir weeg)" = /usr/lib/multi ]

# ---- what it shows: weeg.h, no less and no more ----------------------------------------------------------------------

nm -D --defined-only "$prefix/lib/libweeg.so" | awk '{ print $NF }' | sort >"$dir/shown"
awk -f tools/strip-comments.awk inst/include/weeg.h | grep -oE '\bweeg_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$dir/declared"
check "weeg.h declares many functions" [ "$(wc -l <"$dir/declared")" -gt 50 ]
while read -r name; do fail "not in weeg.h, but visible: $name"; done < <(comm -23 "$dir/shown" "$dir/declared")
while read -r name; do fail "in weeg.h, but not visible: $name"; done < <(comm -13 "$dir/shown" "$dir/declared")
check "weeg.h and the library agree" cmp "$dir/shown" "$dir/declared"
echo '#include <weeg.h>' >"$dir/header.cc"
check "weeg.h is for C++ too" g++ -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags weeg) "$dir/header.cc"

printf '%s\n' '#include <stdio.h>' '#include <weeg.h>' \
  'int main(void) { return printf("%s %s", WEEG_VERSION, weeg_version()) < 0; }' >"$dir/version.c"
check "a program asks for the version" cc -std=c11 "$dir/version.c" $(pkg-config --cflags --libs weeg) -o "$dir/version"
check "of the header and of the library" [ "$("$dir/version")" = "$version $version" ]

# ---- the example ------------------------------------------------------------------------------------------------------

cp inst/examples/shares.c "$dir"
cd "$dir" || ends "no folder"
check "the example compiles" cc -std=c11 -Wall -Wextra -Werror shares.c $(pkg-config --cflags --libs weeg) -o shares
check "and needs only libweeg by name" [ "$(objdump -p shares | grep -c 'NEEDED.*libweeg.so.0')" = 1 ]
check "it runs" ./shares
./shares >shares.txt
Rscript --no-init-file "$root/tests/lib/reference.R" shares.c shares.txt >reference.log 2>&1 || cat reference.log
check "its numbers are those of package survey" grep -q '^22 numbers agree$' reference.log

cp "$root/tests/lib/calibrated.c" .
check "a program that calibrates compiles" \
  cc -std=c11 -Wall -Wextra -Werror calibrated.c $(pkg-config --cflags --libs weeg) -o calibrated
./calibrated >calibrated.txt
Rscript --no-init-file "$root/tests/lib/reference.R" shares.c calibrated.txt calibrated >calibrated.log 2>&1
check "totals and standard errors are those of package survey" grep -q '^6 numbers agree$' calibrated.log

cp "$root/tests/lib/few.c" .
check "a program by the law of few PSUs compiles" \
  cc -std=c11 -Wall -Wextra -Werror few.c $(pkg-config --cflags --libs weeg) -o few
make -s -C "$root" build/plain/weeg || fail "the program does not build"
./few rows >few.csv
few=(few.csv "answer ~ provider" -w weight -s region -c town --conventions weeg --format csv)
column='NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { printf "%.9g %.9g %.9g\n", $at[a], $at[b], $at[c] }'
{
  "$root/build/plain/weeg" proportion "${few[@]}" --interval logit | awk -F, -v a=conf.low -v b=conf.high -v c=df "$column"
  "$root/build/plain/weeg" test "${few[@]}" | awk -F, -v a=statistic -v b=num.df -v c=p.value "$column"
} >few.expected
./few >few.txt
check "its numbers are those of the program" cmp few.txt few.expected
check "seven lines of them" [ "$(wc -l <few.txt)" = 7 ]

# ---- a file -----------------------------------------------------------------------------------------------------------

# weights are sums of powers of 2, so that awk's sums are exact
cp "$root/inst/examples/tally.c" .
check "the second example compiles" cc -std=c11 -Wall -Wextra -Werror tally.c $(pkg-config --cflags --libs weeg) -o tally
awk 'BEGIN { srand(3); print "w,region,answer"; split("yes,no,NA", text, ",")
  for (i = 0; i < 200000; i++) {
    printf "%s,%d,%s\n", 0.25 + int(8 * rand()) / 8, 9 + int(3 * rand()), text[1 + int(3 * rand())]
  } }' >rows.csv
awk -F, 'NR > 1 { k = $2 "\t" ($3 == "NA" ? "missing" : $3); n[k]++; w[k] += $1 }
  END { for (k in n) printf "%s\t%d\t%.15g\n", k, n[k], w[k] }' rows.csv | sort >counted.txt
./tally rows.csv w region answer | grep -v "^missing" | sort >tally.txt
check "it counts a file as awk does" cmp tally.txt counted.txt
check "nothing else is in it" [ "$(./tally rows.csv w region answer | grep -c "^missing.*0$")" = 3 ]
check "and it says what is wrong" [ "$(./tally rows.csv w region reply 2>&1)" = \
  "tally: there is no single column called reply" ]

ends
