#!/bin/bash
# R CMD build and R CMD check --as-cran in build/check. Fails on an ERROR or a WARNING.
set -eu -o pipefail
cd "$(dirname "$0")/.."
root=$PWD
export R_LIBS=$root/.deps/R${R_LIBS:+:$R_LIBS}

rm -rf build/check
mkdir -p build/check
stage=$root/$(tools/stage.sh)
cd build/check

# The incoming checks want more of the network than a mirror has, and so does the list of orphaned packages: where that
# list cannot be read, an empty one stands in for it.
export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_XREFS_USE_ALIASES_FROM_CRAN_=false _R_CHECK_FORCE_SUGGESTS_=false
export _R_CHECK_SYSTEM_CLOCK_=false
if ! Rscript -e 'invisible(tools::CRAN_package_db())' >/dev/null 2>&1; then
  mkdir -p mirror/web/packages
  Rscript -e 'saveRDS(data.frame(Package = character(), Maintainer = character()), "mirror/web/packages/packages.rds")'
  export R_CRAN_WEB=file://$PWD/mirror
fi

options=(--as-cran)
command -v pdflatex >/dev/null || options+=(--no-manual)

R CMD build "$stage"
R CMD check "${options[@]}" weeg_*.tar.gz || true

echo
grep -E '\.\.\. (\[[^]]*\] )?(ERROR|WARNING|NOTE)' weeg.Rcheck/00check.log || echo "no ERROR, WARNING or NOTE"
status=$(sed -n 's/^Status: //p' weeg.Rcheck/00check.log)
echo "R CMD check: ${status:-did not end}"
case $status in
  "" | *ERROR* | *WARNING*) exit 1 ;;
esac
