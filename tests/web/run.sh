#!/bin/bash
# The page, build/web/weeg.html: its program gives the numbers of the shell's, and a session in a real browser shows them. Needs
# what tools/install-deps.sh web browser installs, and tools/web-sources.sh; and haven, to write an SPSS file.
. "$(dirname "$0")/../start.sh" web

tools/web-sources.sh >/dev/null 2>&1 || ends "the sources of the libraries cannot be had"
make -s build/plain/weeg build/web/weeg.html >/dev/null || ends "the page does not build"
Rscript --no-init-file tests/web/data.R "$dir" || ends "the data cannot be made"
cp tests/reference/sav/mrsets.sav "$dir"
size=$(stat -c %s build/web/weeg.html)
check "the page has less than 1.5 MB ($size bytes)" [ "$size" -lt 1500000 ]
count_lines node tests/web/numbers.mjs build/web/weeg.wasm build/plain/weeg "$dir"
make -s build/web/tests/test_usual.wasm >/dev/null || ends "a test program does not build for WebAssembly"
count_lines node tests/web/core.mjs build/web/tests/test_usual.wasm
count_lines node tests/web/large.mjs build/web/weeg.wasm
count_lines bounded 600 node tests/web/session.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/unable.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/analyses.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/access.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/spoken.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/hostile.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/dutch.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/languages.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/opened.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/waves.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/take.mjs build/web/weeg.html "$dir"
count_lines bounded 600 node tests/web/site.mjs build/web/site "$dir"
# as make install calls it: within make
check "the package has the page, for weeg_page()" cmp "$(MAKELEVEL=1 tools/stage.sh)/inst/page/weeg.html" build/web/weeg.html
ends
