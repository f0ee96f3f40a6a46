#!/bin/bash
# The documentation as pages. tests/site/run.sh: what it is made of is there, and names what the package has (a second).
# tests/site/run.sh whole, after make site: every page in a browser, every link, search, the live page.
. "$(dirname "$0")/../start.sh" site

count_lines Rscript --no-init-file tests/site/sources.R
[ "${1:-}" = whole ] && count_lines node tests/site/pages.mjs build/site
ends
