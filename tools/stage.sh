#!/bin/bash
# Copies what R needs to build the package to build/stage/weeg, so that nothing is compiled in the source tree and no
# object file of another build is used. Prints the directory.
set -eu -o pipefail
cd "$(dirname "$0")/.."

stage=build/stage/weeg
rm -rf "$stage"
mkdir -p "$stage"
tar -cf - --exclude=./.git --exclude=./.deps --exclude=./build --exclude='*.o' --exclude='*.so' \
  --exclude=./src/Makevars . | tar -C "$stage" -xf -
# the page for weeg_page(), where make web has compiled it of these sources
if [ -e build/web/weeg.html ] && make -q build/web/weeg.html >/dev/null 2>&1; then
  mkdir "$stage/inst/page"
  cp build/web/weeg.html "$stage/inst/page/"
fi
echo "$stage"
