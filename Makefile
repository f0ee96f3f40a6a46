# The developer's commands. `make help` lists them.
SHELL = /bin/bash
.SHELLFLAGS = -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: ## install what is missing and show the package at work
	tools/install-deps.sh demo
	tools/install.sh
	Rscript tools/demo.R

.PHONY: install
install: ## build the package and install it for this user
	tools/install-deps.sh build
	tools/install.sh

.PHONY: deps
deps: ## install everything that the tests and the benchmarks need
	tools/install-deps.sh demo test check document bench

.PHONY: test
test: ## C and R tests, those of the program, and lint; the last line counts them
	tools/install-deps.sh test
	tools/test.sh

.PHONY: quick
quick: ## while one works, under a minute: C tests without sanitizers, lint, some of R's tests, one design by every front end
	tools/test.sh quick

.PHONY: check
check: ## R CMD build and R CMD check --as-cran, in build/check
	tools/install-deps.sh check
	tools/check.sh

.PHONY: bench
bench: ## compare with other packages: bench/bench.R and its neighbours
	tools/install-deps.sh bench
	tools/install.sh .deps/bench-lib
	$(MAKE) build/cli/weeg
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/instructions.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/bench.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/replicates.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/csv.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/busy.R
	$(MAKE) -s build/plain/bench/stream
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/large.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/sav.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/protect.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/groups.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/book.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/effective.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/database.R

.PHONY: truth
truth: ## all statistics against package survey on 1000 random designs each: one table (an hour); `make test` takes fewer
	tools/install-deps.sh test
	tools/install.sh .deps/bench-lib
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/truth.R

.PHONY: hostile
hostile: ## every argument and role of a variable with every hostile value; objects changed in every member (minutes)
	tools/install-deps.sh test
	tools/install.sh .deps/weeg-lib strict
	WEEG_HOSTILE=all R_LIBS=$(CURDIR)/.deps/weeg-lib:$(CURDIR)/.deps/R Rscript tools/test-r.R '^(hostile|seal)$$'

.PHONY: test-cran
test-cran: ## tests with gt, marginaleffects, modelsummary and gtsummary, built from CRAN's sources (once a quarter of an hour)
	tools/install-deps.sh cran
	tools/install.sh .deps/weeg-lib strict
	R_LIBS=$(CURDIR)/.deps/weeg-lib:$(CURDIR)/.deps/cran:$(CURDIR)/.deps/R Rscript tools/test-r.R '^(tables|as-svyglm|tidy-rows)$$'

.PHONY: gallery
gallery: ## draw a plot of every kind and size: build/gallery/index.html
	tools/install-deps.sh gallery
	tools/install.sh .deps/gallery-lib
	R_LIBS=$(CURDIR)/.deps/gallery-lib:$(CURDIR)/.deps/R Rscript tools/gallery.R

.PHONY: coverage-study
coverage-study: build/plain/bench/few_psus ## simulate the coverage of every interval and the size of every test (half an hour)
	tools/install-deps.sh bench
	tools/install.sh .deps/bench-lib
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/coverage.R
	Rscript --no-init-file bench/few_psus.R
	R_LIBS=$(CURDIR)/.deps/bench-lib:$(CURDIR)/.deps/R Rscript bench/means.R

.PHONY: lint
lint: objects ## check the rules of CONTRIBUTING.md that a program can check
	tools/lint.sh

.PHONY: format
format: ## rewrite the C sources in the style of .clang-format
	clang-format -i $(wildcard src/*/*.[ch] src/*/*/*.[ch] tests/core/*.[ch])

.PHONY: document
document: ## write man/ and NAMESPACE from the comments in R/
	tools/install-deps.sh document
	tools/document.sh

.PHONY: clean
clean: ## remove everything that was built (not .deps/)
	./cleanup
	rm -rf build

# ---- C core and its tests, outside the source tree ------------------------------------------------------------------

# The core is plain C11 and knows no R: it is compiled here as such, once with strict warnings and once with sanitizers.
GSL_CFLAGS := $(shell pkg-config --cflags gsl 2>/dev/null)
GSL_LIBS := $(shell pkg-config --libs gsl 2>/dev/null || echo -lgsl -lgslcblas -lm)
# for compressed files, where they are
PACKED_CFLAGS := $(shell pkg-config --exists zlib 2>/dev/null && echo -DWEEG_ZLIB; \
  pkg-config --exists libzstd 2>/dev/null && echo -DWEEG_ZSTD)
PACKED_LIBS := $(if $(findstring ZLIB,$(PACKED_CFLAGS)),-lz) $(if $(findstring ZSTD,$(PACKED_CFLAGS)),-lzstd)

READSTAT := $(shell echo 'int main(void) { return 0; }' | $(CC) -include readstat.h -x c - -lreadstat -o /dev/null 2>/dev/null && echo yes)

core_sources := $(sort $(wildcard src/core/*/*.c))
core_headers := $(sort $(wildcard inst/include/*.h src/core/*/*.h tests/core/*.h))
core_objects := $(core_sources:src/%.c=%.o)
core_tests := $(sort $(patsubst tests/core/%.c,%,$(wildcard tests/core/test_*.c)))

warnings := -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
  -Wvla -Wundef -Wpointer-arith -Wcast-align -Wwrite-strings -Wformat=2 -Winit-self
core_cflags := -std=c11 -pthread -fopenmp-simd -Iinst/include -Isrc/core $(GSL_CFLAGS) $(PACKED_CFLAGS) $(if $(READSTAT),-DWEEG_HAVE_READSTAT) $(warnings)
core_libs := -lcsv $(PACKED_LIBS) $(if $(READSTAT),-lreadstat) $(GSL_LIBS) -lm
# as the shared library needs them: the same objects make the tests, the program and libweeg
plain_cflags := -O2 -g -fPIC -fvisibility=hidden -DWEEG_LIBRARY
san_cflags := -O1 -g -fPIC -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
cov_cflags := -O0 -g --coverage -fprofile-update=atomic

define variant
build/$(1)/core/%.o: src/core/%.c $$(core_headers) Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(core_cflags) $$($(1)_cflags) -c $$< -o $$@

build/$(1)/tests/%: tests/core/%.c $$(core_objects:%=build/$(1)/%) $$(core_headers) Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(core_cflags) $$($(1)_cflags) $$< $$(filter-out $$(replaced),$$(core_objects:%=build/$(1)/%)) -o $$@ \
	  $$(core_libs)

.PHONY: $(1)
$(1): $$(core_tests:%=build/$(1)/tests/%)
endef
# test programs that bring a part of the core of their own: an allocator that fails, and a process that reads SPSS files
memory_tests := $(filter test_memory%,$(core_tests))
variants := plain san cov
$(foreach v,$(variants),$(memory_tests:%=build/$(v)/tests/%)): replaced := %/base/memory.o
$(variants:%=build/%/tests/test_sav_child): replaced := %/base/memory.o %/io/sav_child.o

$(foreach v,$(variants),$(eval $(call variant,$(v))))

# programs of bench/ that simulate
build/plain/bench/%: bench/%.c $(core_objects:%=build/plain/%) $(core_headers) Makefile
	@mkdir -p $(@D)
	$(CC) $(core_cflags) $(plain_cflags) $< $(core_objects:%=build/plain/%) -o $@ $(core_libs)

# ---- what the C tests test ---------------------------------------------------------------------------------------------

# which lines and branches of the core each test program runs
build/cov/data/%.run: build/cov/tests/% tools/coverage.sh
	tools/coverage.sh $* $@

.PHONY: coverage
coverage: $(core_tests:%=build/cov/data/%.run) ## lines and branches of src/core that C tests run; the others to build/cov/missed
	@rm -f build/cov/missed
	@awk -v missed=build/cov/missed -f tools/coverage.awk $^

# the sanitized core as a shared library, of which tools/mutants.sh replaces one object; what a test brings itself goes before it
build/mutants/core.so: $(core_objects:%=build/san/%)
	@mkdir -p $(@D)
	$(CC) -shared -fopenmp $(san_cflags) -Wl,-soname,core.so $^ -o $@ $(core_libs)

build/mutants/tests/%: tests/core/%.c $(core_headers) | build/mutants/core.so
	@mkdir -p $(@D)
	$(CC) $(core_cflags) $(san_cflags) $< build/mutants/core.so -o $@ $(core_libs)

mutants: export MUTANT_CC := $(CC) $(filter-out $(warnings),$(core_cflags)) -w -fPIC
mutants: export MUTANT_SAN := $(san_cflags)
mutants: export MUTANT_OBJECTS := $(core_objects:%=build/san/%)
mutants: export MUTANT_LIBS := $(core_libs)
.PHONY: mutants
mutants: $(core_tests:%=build/mutants/tests/%) $(core_tests:%=build/cov/data/%.run) ## small faults in changed files of src/core, or FILES: do C tests notice?
	tools/mutants.sh

# ---- fuzzers ---------------------------------------------------------------------------------------------------------

# The core once more by clang, for its libFuzzer. fuzz_sav brings its own sav_process.c, in which no process is made.
FUZZ_SECONDS ?= 60
CLANG ?= $(shell command -v clang clang-{19..14} | head -n 1)
fuzz_programs := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_flags := $(filter-out $(warnings),$(core_cflags)) -Itests/core -O1 -g -fno-sanitize-recover=undefined
build/fuzz/fuzz_sav: replaced := %/io/sav_process.o %/io/sav_child.o

fuzz_objects := $(core_objects:%=build/fuzz/%)
$(fuzz_objects): build/fuzz/%.o: src/%.c $(core_headers) Makefile
	@mkdir -p $(@D)
	$(CLANG) $(fuzz_flags) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(fuzz_objects)
	$(CLANG) $(fuzz_flags) -fsanitize=fuzzer,address,undefined $< $(filter-out $(replaced),$(fuzz_objects)) -o $@ $(core_libs)

build/fuzz/seeds: tests/fuzz/seeds.c tests/fuzz/fuzz.h $(core_objects:%=build/plain/%)
	@mkdir -p $(@D)
	$(CC) $(core_cflags) $(plain_cflags) -Itests/core $< $(core_objects:%=build/plain/%) -o $@ $(core_libs)

.PHONY: fuzzers
fuzzers: $(fuzz_programs) build/fuzz/seeds

.PHONY: fuzz
fuzz: ## feed the readers of CSV, SPSS and tally files any bytes, with clang's libFuzzer: FUZZ_SECONDS=60
	tools/install-deps.sh fuzz
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh

# ---- the program for the shell ---------------------------------------------------------------------------------------

cli_sources := $(sort $(wildcard src/cli/*.c src/cli/*/*.c))
cli_headers := $(sort $(wildcard src/cli/*.h src/cli/*/*.h)) inst/include/weeg.h
version := $(shell sed -n 's/^Version: *//p' DESCRIPTION)

# the files for PSPP as texts in C
build/include/pspp_%.h: inst/pspp/%.sps
	@mkdir -p $(@D)
	sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< >$@

define program
build/$(1)/cli/pspp/pspp.o: build/include/pspp_cstabulate.h build/include/pspp_guard.h
build/$(1)/cli/%.o: src/cli/%.c $$(cli_headers) Makefile
	@mkdir -p $$(@D)
	$$(CC) -std=c11 -Iinst/include -Isrc/cli -Ibuild/include $$(warnings) $$($(1)_cflags) -c $$< -o $$@

build/$(1)/weeg: $$(cli_sources:src/%.c=build/$(1)/%.o) $$(core_objects:%=build/$(1)/%)
	$$(CC) -pthread $$($(1)_cflags) $$^ -o $$@ $$(core_libs)
endef
$(eval $(call program,plain))
$(eval $(call program,san))

.PHONY: cli
cli: ## build the program `weeg` for the shell, in build/cli
	tools/install-deps.sh cli
	$(MAKE) build/cli/weeg

build/cli/weeg: build/plain/weeg
	@mkdir -p $(@D)
	cp $< $@

# ---- the page ----------------------------------------------------------------------------------------------------------

# The program once more, for WebAssembly: src/web has what WASI lacks, and what takes the place of some files. From GSL come the
# files that the core needs.
web_clang := $(CLANG) --target=wasm32-wasi
web_cflags := -std=c11 -O3 -msimd128 -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID \
  -DWEEG_ZLIB
web_includes := -isystem src/web/include -Iinst/include -Isrc/core -Isrc/cli -Isrc/web -isystem .deps/web/gsl -isystem .deps/web/libcsv \
  -isystem .deps/web/readstat -isystem .deps/web/zlib
web_sources := $(filter-out src/core/io/sav_process.c src/core/io/sav_time.c,$(core_sources)) \
  $(filter-out src/cli/pspp/%,$(cli_sources)) $(sort $(wildcard src/web/*.c))
web_gsl := $(addprefix err/,error message stream strerror) $(addprefix eigen/,symm symmv) $(addprefix linalg/,symmtd householder) \
  $(addprefix vector/,vector view subvector init copy oper prop swap) blas/blas block/block block/init \
  $(addprefix matrix/,matrix view rowcol submatrix init copy prop getset oper swap) \
  $(addprefix specfunc/,gamma log exp psi trig zeta elementary pow_int) $(addprefix sys/,infnan pow_int coerce) complex/math \
  $(addprefix cblas/,daxpy ddot dnrm2 dscal dsymv dsyr2 dger dgemv dasum dcopy drot idamax xerbla)
web_readstat := readstat_bits readstat_convert readstat_error readstat_io_unistd readstat_malloc readstat_metadata readstat_parser \
  readstat_value readstat_variable CKHashTable $(addprefix spss/readstat_,por por_parse por_read sav sav_compress sav_parse \
  sav_parse_mr_name sav_parse_timestamp sav_read spss spss_parse zsav_read)
web_zlib := adler32 crc32 inffast inflate inftrees uncompr zutil
web_objects := $(web_sources:src/%.c=build/web/%.o) $(web_gsl:%=build/web/gsl/%.o) $(web_readstat:%=build/web/readstat/%.o) \
  $(web_zlib:%=build/web/zlib/%.o) build/web/libcsv/libcsv.o

build/web/web/%.o: private web_cflags += $(warnings)
build/web/cli/main.o: private web_cflags += -Dmain=cli_main
build/web/core/io/sav_child.o: private web_cflags += -DWEEG_HAVE_READSTAT -Dweeg_i_write_all=web_sav_write
build/web/core/io/sav.o: private web_cflags += -Dread=web_sav_read
build/web/core/io/read.o: private web_cflags += -Dweeg_csv_read=web_csv_read

build/web/%.o: src/%.c $(core_headers) $(cli_headers) $(wildcard src/web/*.h src/web/*/*.h) Makefile
	@mkdir -p $(@D)
	$(web_clang) $(web_cflags) $(web_includes) -c $< -o $@

build/web/gsl/%.o: .deps/web/gsl/%.c src/web/gsl/config.h Makefile
	@mkdir -p $(@D)
	$(web_clang) -O2 -w -Isrc/web/gsl -I.deps/web/gsl -c $< -o $@

build/web/readstat/%.o: .deps/web/readstat/%.c Makefile
	@mkdir -p $(@D)
	$(web_clang) -O3 -w -DHAVE_ZLIB=1 -I.deps/web/readstat -I.deps/web/zlib -c $< -o $@
build/web/zlib/%.o: .deps/web/zlib/%.c Makefile
	@mkdir -p $(@D)
	$(web_clang) -O3 -w -c $< -o $@
build/web/libcsv/%.o: .deps/web/libcsv/%.c Makefile
	@mkdir -p $(@D)
	$(web_clang) -O2 -w -c $< -o $@

web_link = $(web_clang) -O2 $^ -lwasi-emulated-signal -lwasi-emulated-process-clocks -lwasi-emulated-getpid \
  -Wl,--gc-sections,--strip-all -Wl,-z,stack-size=1048576 -o $@
build/web/weeg.wasm: $(web_objects)
	$(web_link)

# A test program of the core, as the page has it; names of its files need not differ from those of others
build/web/tests/%.o: tests/core/%.c $(core_headers) $(wildcard tests/core/*.h) Makefile
	@mkdir -p $(@D)
	$(web_clang) $(web_cflags) -w -include fcntl.h -D'mkstemp(path)=open(path, O_CREAT | O_RDWR, 0600)' $(web_includes) -c $< -o $@
build/web/tests/%.wasm: build/web/tests/%.o $(filter-out build/web/web/main.o,$(web_objects))
	$(web_link)

web_example := build/web/openvoorwerk-simulated.sav
$(web_example): data/openvoorwerk.rda
	@mkdir -p $(@D)
	Rscript --no-init-file -e 'load("$<"); haven::write_sav(openvoorwerk, "$@")'

build/web/weeg.html: build/web/weeg.wasm $(web_example) tools/web-page.mjs $(filter-out %.md,$(wildcard web/*))
	node tools/web-page.mjs build/web/weeg.wasm $(web_example) $@ build/web/site

.PHONY: web
web: ## build the page that opens SPSS and CSV files in a browser: build/web/weeg.html, and build/web/site for a server
	tools/install-deps.sh web
	tools/web-sources.sh
	$(MAKE) build/web/weeg.html

# ---- the documentation as pages ----------------------------------------------------------------------------------------

.PHONY: site
site: ## build the documentation as pages that need no server: build/site/index.html
	tools/install-deps.sh site
	$(MAKE) web build/lib/$(library)
	tools/install.sh .deps/weeg-lib strict
	R_LIBS=$(CURDIR)/.deps/weeg-lib:$(CURDIR)/.deps/R Rscript --no-init-file tools/site.R

.PHONY: test-site
test-site: site ## build them, and look at every page and link in a browser
	tools/install-deps.sh browser
	tests/site/run.sh whole

.PHONY: release
release: ## gather what a release attaches in build/release, and use each: the package of R, the page, the library's sources
	tools/install-deps.sh build cli browser web
	tools/web-sources.sh
	tools/release.sh

# ---- other systems ------------------------------------------------------------------------------------------------------

# The core, its tests and the program for systems that Debian has compilers and emulators for, with the libraries of the page:
# Windows, a processor that stores the highest byte first, one of 32 bits, and a C library that is not GNU's. src/windows has
# what takes the place of POSIX there.
ports := windows s390x i386 musl
windows_cc := x86_64-w64-mingw32-gcc
s390x_cc := s390x-linux-gnu-gcc
i386_cc := i686-linux-gnu-gcc
musl_cc := musl-gcc
# the whole of zlib, as tests write compressed files
port_zlib := adler32 compress crc32 deflate gzclose gzlib gzread gzwrite inffast inflate inftrees trees uncompr zutil
port_libraries := -Isrc/web/gsl -I.deps/web/gsl -I.deps/web/libcsv -I.deps/web/readstat -I.deps/web/zlib
port_cflags := -std=c11 -O2 -g1 -w -Iinst/include -Isrc/core -Isrc/cli -Ibuild/include -isystem .deps/web/gsl \
  -isystem .deps/web/libcsv -isystem .deps/web/readstat -isystem .deps/web/zlib -DWEEG_ZLIB -DWEEG_HAVE_READSTAT
port_gsl := $(filter-out cblas/%,$(web_gsl)) sys/fdiv $(patsubst .deps/web/gsl/%.c,%,$(filter-out %/demo.c,\
  $(shell ls .deps/web/gsl/cblas/*.c 2>/dev/null | grep -v '/test')))
windows_cflags := -isystem src/windows/include -isystem .deps/web/tre/lib -isystem .deps/web/tre/win32 -D__USE_MINGW_ANSI_STDIO=1 \
  -D_FILE_OFFSET_BITS=64
# digits are those of a processor with registers of 64 bits
i386_cflags := -msse2 -mfpmath=sse -D_FILE_OFFSET_BITS=64
s390x_cflags := -ffp-contract=off
$(foreach p,$(ports),$(eval $(p)_sources := $(core_sources)))
windows_sources := $(filter-out src/core/io/file.c src/core/io/sav_process.c src/core/io/sav_time.c,$(core_sources)) \
  src/windows/file.c src/windows/sav_process.c src/windows/poll.c src/windows/iconv.c
windows_tre := tre-ast tre-compile tre-match-approx tre-match-backtrack tre-match-parallel tre-mem tre-parse tre-stack regcomp \
  regexec regerror xmalloc
# programs that test what POSIX alone has: processes, signals, sockets, limits
windows_untested := csv file hash memory_files parallel sav sav_child sav_frames tally_file writing

define port
$(1)_objects := $$($(1)_sources:src/%.c=build/$(1)/%.o) $$(port_gsl:%=build/$(1)/gsl/%.o) \
  $$(web_readstat:%=build/$(1)/readstat/%.o) build/$(1)/readstat/readstat_writer.o $$(port_zlib:%=build/$(1)/zlib/%.o) build/$(1)/libcsv/libcsv.o \
  $$($(1)_tre:%=build/$(1)/tre/%.o)
$(1)_tests := $$(filter-out $$($(1)_untested:%=build/$(1)/tests/test_%),$$(core_tests:%=build/$(1)/tests/%))
$$(memory_tests:%=build/$(1)/tests/%): replaced := %/base/memory.o
build/$(1)/tests/test_sav_child: replaced := %/base/memory.o %/io/sav_child.o

build/$(1)/cli/pspp/pspp.o: build/include/pspp_cstabulate.h build/include/pspp_guard.h
build/$(1)/%.o: src/%.c $$(core_headers) $$(cli_headers) Makefile
	@mkdir -p $$(@D)
	$$($(1)_cc) $$(port_cflags) $$($(1)_cflags) -c $$< -o $$@
build/$(1)/%.o: .deps/web/%.c Makefile
	@mkdir -p $$(@D)
	$$($(1)_cc) -O2 -w -DHAVE_ZLIB=1 $$(port_libraries) $$($(1)_cflags) -c $$< -o $$@
build/$(1)/tre/%.o: .deps/web/tre/lib/%.c Makefile
	@mkdir -p $$(@D)
	$$($(1)_cc) -O2 -w -DHAVE_CONFIG_H $$($(1)_cflags) -c $$< -o $$@
build/$(1)/tests/%: tests/core/%.c $$($(1)_objects) $$(core_headers) Makefile
	@mkdir -p $$(@D)
	$$($(1)_cc) -static $$(port_cflags) $$($(1)_cflags) $$< $$(filter-out $$(replaced),$$($(1)_objects)) -pthread -lm -o $$@

.PHONY: $(1)
$(1): build/$(1)/weeg $$($(1)_tests)
build/$(1)/weeg: $$(patsubst src/%.c,build/$(1)/%.o,$$($(1)_program)) $$($(1)_objects)
	$$($(1)_cc) -static $$($(1)_cflags) $$^ -pthread -lm -o $$@
endef
$(foreach p,$(ports),$(eval $(p)_program := $(cli_sources)))
windows_program := $(filter-out src/cli/pspp/% src/cli/base/one_file.c,$(cli_sources)) src/windows/start.c src/windows/pspp.c \
  src/windows/one_file.c
$(foreach p,$(ports),$(eval $(call port,$(p))))

.PHONY: test-ports
test-ports: ## run the core, its tests and the program on those systems, by emulators (half an hour)
	tools/install-deps.sh ports
	tools/install.sh .deps/weeg-lib strict
	tests/ports/run.sh

PREFIX ?= /usr/local
override PREFIX := $(abspath $(patsubst ~/%,$(HOME)/%,$(PREFIX)))
.PHONY: install-cli
install-cli: cli ## install that program: make install-cli PREFIX=~/.local
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 build/cli/weeg $(DESTDIR)$(PREFIX)/bin/weeg
	install -m 644 inst/cli/weeg.1 $(DESTDIR)$(PREFIX)/share/man/man1/weeg.1
	install -m 644 inst/cli/weeg.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/weeg

# ---- the library for programs in C -----------------------------------------------------------------------------------

# The first number of the soname changes with every change that breaks programs.
LIBDIR ?= $(PREFIX)/lib
soname := libweeg.so.0
library := $(soname).$(word 2,$(subst ., ,$(version))).$(word 3,$(subst ., ,$(version)))

build/lib/$(library): $(core_objects:%=build/plain/%)
	@mkdir -p $(@D)
	$(CC) -shared -pthread $(plain_cflags) -Wl,-soname,$(soname) -Wl,--no-undefined $^ -o $@ $(core_libs)

# a shared library knows which others it needs: users name this one alone
define weeg_pc
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$${prefix}/include

Name: weeg
Description: Design-based inference for categorical survey data
Version: $(version)
Libs: -L$${libdir} -lweeg
Cflags: -I$${includedir}
endef
export weeg_pc

.PHONY: lib
lib: ## build the library libweeg for programs in C, in build/lib
	tools/install-deps.sh cli
	$(MAKE) build/lib/$(library)

.PHONY: install-lib
install-lib: lib ## install that library, its header and weeg.pc: make install-lib PREFIX=~/.local
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 644 build/lib/$(library) $(DESTDIR)$(LIBDIR)/$(library)
	ln -sf $(library) $(DESTDIR)$(LIBDIR)/$(soname)
	ln -sf $(soname) $(DESTDIR)$(LIBDIR)/libweeg.so
	install -m 644 inst/include/weeg.h $(DESTDIR)$(PREFIX)/include/weeg.h
	printf '%s\n' "$$weeg_pc" >$(DESTDIR)$(LIBDIR)/pkgconfig/weeg.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/weeg.pc
	@echo "Programs find it by: export PKG_CONFIG_PATH=$(LIBDIR)/pkgconfig LD_LIBRARY_PATH=$(LIBDIR)"
	@echo "or, in a folder of the system's, after ldconfig."

# objects alone: lint looks at their symbols
.PHONY: objects
objects: $(core_objects:%=build/plain/%) $(cli_sources:src/%.c=build/plain/%.o)
