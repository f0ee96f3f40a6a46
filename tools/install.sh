#!/bin/bash
# Builds the package and installs it; what the compiler says goes to build/install.log.
#   tools/install.sh         into the user's library
#   tools/install.sh LIB     into the library LIB, which is made
#   tools/install.sh LIB strict|san    with the flags of Makevars or Makevars.san
set -eu -o pipefail
cd "$(dirname "$0")/.."

lib=${1:-}
flags=${2:-}
options=()
case $flags in
  "") ;;
  strict) export R_MAKEVARS_USER=$PWD/Makevars ;;
  # only an R that was started with the sanitizer's library can load it
  san) export R_MAKEVARS_USER=$PWD/Makevars.san; options+=(--no-test-load) ;;
  *) echo "usage: tools/install.sh [LIB [strict|san]]" >&2; exit 2 ;;
esac

if [ -z "$lib" ]; then
  # The first writable library; if there is none, the personal one, which R uses once it exists.
  lib=$(Rscript -e 'dirs <- .libPaths(); ok <- dirs[file.access(dirs, 2) == 0]' \
                -e 'user <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]' \
                -e 'cat(if (length(ok)) ok[1] else path.expand(user))')
fi
mkdir -p "$lib"

stage=$(tools/stage.sh)
log=build/install.log
echo "Installing weeg in $lib"
if ! MAKEFLAGS=-j$(nproc 2>/dev/null || echo 2) \
  R CMD INSTALL ${options[@]+"${options[@]}"} --library="$lib" "$stage" >"$log" 2>&1; then
  cat "$log"
  exit 1
fi
grep -i -A 3 'warning' "$log" || true
