#!/bin/bash
# Writes man/*.Rd and NAMESPACE from the roxygen comments in R/. The package is loaded from a library of its own.
set -eu -o pipefail
cd "$(dirname "$0")/.."
tools/install.sh .deps/weeg-lib
R_LIBS=$PWD/.deps/weeg-lib Rscript -e 'roxygen2::roxygenise(load_code = roxygen2::load_installed)'
