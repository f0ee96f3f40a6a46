#!/bin/bash
# Builds the package and installs it; what the compiler says goes to build/install.log.
#   tools/install.sh         into the user's library, with the vignettes where knitr, rmarkdown and pandoc are there
#   tools/install.sh LIB     into the library LIB, which is made
#   tools/install.sh LIB vignettes     the same with the vignettes
#   tools/install.sh LIB strict|san    with the flags of Makevars or Makevars.san
set -eu -o pipefail
cd "$(dirname "$0")/.."

lib=${1:-}
flags=${2:-}
options=()
case $flags in
  "" | vignettes) ;;
  strict) export R_MAKEVARS_USER=$PWD/Makevars ;;
  # only an R that was started with the sanitizer's library can load it
  san) export R_MAKEVARS_USER=$PWD/Makevars.san; options+=(--no-test-load) ;;
  *) echo "usage: tools/install.sh [LIB [vignettes|strict|san]]" >&2; exit 2 ;;
esac

if [ -z "$lib" ]; then
  flags=vignettes
  # The first writable library; if there is none, the personal one, which R uses once it exists.
  lib=$(Rscript -e 'dirs <- .libPaths(); ok <- dirs[file.access(dirs, 2) == 0]' \
                -e 'user <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]' \
                -e 'cat(if (length(ok)) ok[1] else path.expand(user))')
fi
mkdir -p "$lib"

stage=$(tools/stage.sh)
log=build/install.log
echo "Installing weeg in $lib"
install_stage() {
  if ! MAKEFLAGS=-j$(nproc 2>/dev/null || echo 2) \
    R CMD INSTALL ${options[@]+"${options[@]}"} --library="$lib" "$stage" >"$log" 2>&1; then
    cat "$log"
    exit 1
  fi
}
install_stage
grep -i -A 3 'warning' "$log" || true
[ "$flags" = vignettes ] || exit 0

# Vignettes are made with the package, and then installed with it: what was compiled is still in the stage.
export R_LIBS=$(cd "$lib" && pwd)${R_LIBS:+:$R_LIBS}
if ! Rscript --no-init-file -e 'here <- vapply(c("knitr", "rmarkdown"), requireNamespace, NA, quietly = TRUE)' \
  -e 'quit(status = !all(here) || !rmarkdown::pandoc_available("1.12.3"))' >/dev/null 2>&1; then
  echo "No vignettes are made: they need the packages knitr and rmarkdown, and pandoc"
elif Rscript --no-init-file -e "tools::buildVignettes(dir = '$stage', quiet = TRUE)" >build/vignettes.log 2>&1; then
  mkdir -p "$stage/inst/doc"
  cp "$stage"/vignettes/*.Rmd "$stage"/vignettes/*.html "$stage/inst/doc/"
  install_stage
else
  echo "The vignettes could not be made: see build/vignettes.log"
fi
