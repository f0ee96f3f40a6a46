#!/bin/bash
# Gathers in build/release what a release attaches, and uses each: the source package of R is installed and asked for a
# figure, the page is opened, the library and the program are built of their sources.
#
#   weeg_VERSION.tar.gz        for R: R CMD INSTALL
#   weeg-VERSION.html          the page, with the program within it
#   libweeg-VERSION.tar.gz     sources of the library and the program: make install-lib, make install-cli
#   SHA256SUMS
#
# What needs longer is in CONTRIBUTING.md: make test, check, hostile, bench.
set -eu -o pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/build/release

[ -z "$(git status --porcelain)" ] || { echo "There are changes that are not committed: a release is of a commit" >&2; exit 1; }
version=$(sed -n 's/^Version: *//p' DESCRIPTION)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
rm -rf "$out"
mkdir -p "$out"

make -s build/web/weeg.html
cp build/web/weeg.html "$out/weeg-$version.html"

stage=$root/$(tools/stage.sh)
(cd "$out" && R_LIBS=$root/.deps/R R CMD build "$stage") >"$dir/build.log" 2>&1 || { cat "$dir/build.log"; exit 1; }

git archive --prefix="libweeg-$version/" -o "$out/libweeg-$version.tar.gz" HEAD \
  Makefile DESCRIPTION LICENSE.md tools/install-deps.sh src/core src/cli inst/include inst/cli inst/examples inst/pspp

(cd "$out" && sha256sum -- *.tar.gz *.html >SHA256SUMS)

# ---- each is used ------------------------------------------------------------------------------------------------------

try() {
  local name=$1
  shift
  if "$@" >"$dir/log" 2>&1; then
    echo "ok $name"
  else
    cat "$dir/log"
    echo "not ok $name" >&2
    exit 1
  fi
}

try "the sums" bash -c "cd '$out' && sha256sum -c SHA256SUMS && [ \$(wc -l <SHA256SUMS) = 3 ]"

mkdir "$dir/lib"
try "the package of R installs" R CMD INSTALL --library="$dir/lib" "$out/weeg_$version.tar.gz"
# a share, by hand
try "it gives a figure, and the page" env R_LIBS="$dir/lib:$root/.deps/R" Rscript --no-init-file -e "
  library(weeg, lib.loc = '$dir/lib')
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  given <- !is.na(openvoorwerk\$strengths)
  share <- with(openvoorwerk[given, ], sum(gewicht[strengths == 'niet']) / sum(gewicht))
  stopifnot(abs(weeg_proportion(d, ~strengths, answers = 'niet')\$estimate - share) < 1e-12,
            as.character(packageVersion('weeg')) == '$version', length(vignette(package = 'weeg')\$results) > 0)
  weeg_page('$dir/page.html')"
try "which is the one that is attached" cmp "$dir/page.html" "$out/weeg-$version.html"
try "the page opens, and shows a table" bash -c "node tests/site/live.mjs '$out/weeg-$version.html' | tee /dev/stderr |
  awk '/^not ok/ { bad = 1 } /^ok/ { n++ } END { exit bad || n < 3 }'"

tar -xzf "$out/libweeg-$version.tar.gz" -C "$dir"
cd "$dir/libweeg-$version"
try "library and program are built of their sources" make -s -j"$(nproc)" install-lib install-cli PREFIX="$dir/there"
export PKG_CONFIG_PATH=$dir/there/lib/pkgconfig LD_LIBRARY_PATH=$dir/there/lib
try "the example is built with them" cc inst/examples/shares.c $(pkg-config --cflags --libs weeg) -o "$dir/shares"
try "and runs" "$dir/shares"
try "the program has the version" bash -c "'$dir/there/bin/weeg' --version | grep -F '$version'"

echo
cd "$out" && ls -l
