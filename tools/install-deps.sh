#!/bin/bash
# Installs what is missing for a purpose, and does nothing when nothing is.
#
#   tools/install-deps.sh PURPOSE...      PURPOSE: build, cli, demo, test, browser, web, site, fuzz, check, document,
#                                         engines, jdbc, bench, gallery, render, ports, cran
#
# On Debian and Ubuntu it installs distribution packages with apt-get (as root, or through sudo); on other systems it
# names the packages and stops, but where all that is missing are wishes: those it only names. Packages of R that must be
# newer than a distribution's, wanted by tests and benchmarks alone, are built in .deps/R, never in the user's library.
set -eu -o pipefail
cd "$(dirname "$0")/.."

# ---- what each purpose needs ----------------------------------------------------------------------------------------

tools=()      # see probe()
r_packages=() # any version, from the distribution
newest=()     # package=minimal version, in .deps/R
drivers=()    # likewise, for tests that need no speed of it
cran=()       # likewise, in .deps/cran: what they need is newer than what other tests are run with
wishes=()     # tools without which something is left out
r_wishes=()   # likewise, packages of R
modules=()    # folders of tests/ with a package-lock.json for Node, in .deps

build_needs() {
  tools+=(R cc make gsl csv)
  r_packages+=(generics)
}

# README.md's lines: SPSS files, packed files, pictures, reports, protected figures; and the vignettes
demo_needs() {
  build_needs
  wishes+=(readstat zlib zstd pandoc)
  r_wishes+=(survey ggplot2 haven lpSolve knitr rmarkdown)
}

# no R
cli_needs() { tools+=(cc make gsl csv); }

fuzz_needs() {
  cli_needs
  tools+=(zlib zstd readstat clang clang-rt)
}

test_needs() {
  build_needs
  fuzz_needs
  # the compilers and libraries that R was built with, for packages in C++ and Fortran
  tools+=(r-dev certificates pspp pkg-config pandoc)
  r_packages+=(testthat haven ggplot2 dplyr bit64 data.table processx lpSolve Rglpk slam jsonlite knitr rmarkdown rsvg xml2
               openxlsx flextable emmeans parameters mice)
  newest+=(survey=4.5 srvyr=1.2.0 CompQuadForm=1.4.3)
  # what survey and srvyr need, ready-made where the distribution has it
  r_packages+=(Matrix survival lattice minqa numDeriv mitools Rcpp RcppArmadillo DBI tibble tidyr tidyselect magrittr)
}

browser_needs() {
  modules+=(browser)
  tools+=(chromium node npm)
}

# the page: clang for WebAssembly, libraries from their sources (tools/web-sources.sh), Node to put it together, and haven
# for the data in it
web_needs() {
  tools+=(cc make R clang dpkg-source wasi wasm-ld node)
  r_packages+=(haven)
}

# the documentation as pages: what examples and vignettes need, and the page of web_needs()
site_needs() {
  build_needs
  web_needs
  tools+=(pandoc)
  r_packages+=(knitr rmarkdown xml2 yaml jsonlite survey ggplot2 lpSolve dplyr RSQLite DBI)
  newest+=(survey=4.5 srvyr=1.2.0)
  wishes+=(readstat zlib zstd)
}

# pages of PDF, Word and PowerPoint, which tests/render looks at where these are there
render_needs() {
  build_needs
  tools+=(pandoc pdflatex lmodern soffice pdftotext)
  r_packages+=(survey knitr rmarkdown ggplot2)
}

# tables and models of other packages, which Debian does not have: from their sources, which takes a quarter of an hour
cran_needs() {
  build_needs
  tools+=(r-dev certificates pkg-config uv)
  r_packages+=(testthat survey ggplot2 dplyr emmeans V8 htmlwidgets markdown checkmate Formula bitops data.table)
  cran+=(gt=1.0.0 marginaleffects=0.25.0 modelsummary=2.3.0 gtsummary=2.0.0 broom=1.0.5 broom.helpers=1.17.0 knitr=1.45)
}

# other systems: compilers, and what runs their programs; the cases of tests/same
ports_needs() {
  cli_needs
  tools+=(R dpkg-source readstat wine x86_64-w64-mingw32-gcc s390x-linux-gnu-gcc i686-linux-gnu-gcc musl-gcc qemu-s390x qemu-i386)
  r_packages+=(haven jsonlite survey)
}

# databases, and what R talks to them with; DuckDB's library is a module of Node, as its package for R takes hours to build
engines_needs() {
  modules+=(engines dialects)
  tools+=(node npm postgresql clickhouse-server clickhouse-client mariadb r-dev certificates)
  r_packages+=(testthat RSQLite RPostgreSQL RMySQL dbplyr bit64 data.table jsonlite)
  drivers+=(DBI=1.2.0 nanoarrow=0.3.0 adbcdrivermanager=0.8.0 adbi=0.1.0)
}

# databases in Java, by JDBC
jdbc_needs() {
  tools+=(java h2 hsqldb derby)
  r_packages+=(rJava)
  drivers+=(RJDBC=0.2.10)
}

for purpose in "$@"; do
  case $purpose in
    build) build_needs ;;
    cli) cli_needs ;;
    demo) demo_needs ;;
    test) test_needs; browser_needs; web_needs; engines_needs ;;
    browser) browser_needs ;;
    web) web_needs ;;
    site) site_needs ;;
    engines) build_needs; engines_needs ;;
    render) render_needs ;;
    ports) ports_needs ;;
    cran) cran_needs ;;
    jdbc) build_needs; engines_needs; jdbc_needs ;;
    fuzz) fuzz_needs ;;
    check) test_needs; tools+=(checkbashisms) ;;
    document) build_needs; r_packages+=(roxygen2) ;;
    gallery) build_needs; r_packages+=(ggplot2 lpSolve) ;;
    bench) test_needs; engines_needs; tools+=(valgrind); newest+=(collapse=2.0.0 data.table=1.15.0) ;;
    *)
      echo "usage: tools/install-deps.sh build|cli|demo|test|browser|web|site|engines|jdbc|fuzz|check|document|bench|gallery|" \
        "render|ports|cran ..." >&2
      exit 2 ;;
  esac
done

# ---- what is missing ------------------------------------------------------------------------------------------------

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# links HEADER LIBRARIES: a program that includes the header links with the libraries
links() {
  printf '#include <%s>\nint main(void) { return 0; }\n' "$1" >"$scratch/probe.c"
  shift
  # shellcheck disable=SC2086
  cc "$scratch/probe.c" -o "$scratch/probe" ${CPPFLAGS:-} ${LDFLAGS:-} "$@" >/dev/null 2>&1
}

# The clang that the Makefile takes: the first of these.
clang_name() { command -v clang clang-{19..14} | head -n 1; }

# It has libFuzzer and the sanitizers.
can_fuzz() {
  printf 'int LLVMFuzzerTestOneInput(const char *s, unsigned long n) { return s && n ? 0 : 0; }\n' >"$scratch/fuzz.c"
  "$(clang_name)" -fsanitize=fuzzer,address,undefined "$scratch/fuzz.c" -o "$scratch/fuzz"
}

probe() {
  case $1 in
    clang) [ -n "$(clang_name)" ] ;;
    clang-rt) can_fuzz ;;
    R) command -v Rscript ;;
    # the folders are not in a user's PATH
    postgresql) command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' ;;
    mariadb) PATH=$PATH:/usr/sbin command -v mariadbd ;;
    h2 | hsqldb | derby) [ -e "/usr/share/java/$1.jar" ] ;;
    r-dev) command -v gfortran && command -v g++ && links stdio.h -llapack -lblas ;;
    uv) links uv.h -luv ;;
    gsl) links gsl/gsl_cdf.h $(pkg-config --cflags --libs gsl 2>/dev/null || echo -lgsl -lgslcblas -lm) ;;
    csv) links csv.h -lcsv ;;
    zlib) links zlib.h -lz ;;
    zstd) links zstd.h -lzstd ;;
    lmodern) kpsewhich lmodern.sty ;;
    readstat) links readstat.h -lreadstat ;;
    wasm-ld) command -v wasm-ld || compgen -G '/usr/bin/wasm-ld-*' ;;
    # with the C library and what the compiler itself calls
    wasi)
      printf '#include <math.h>\nint main(int n, char **x) { return x != 0 && (__int128)n * n > 4; }\n' >"$scratch/wasi.c"
      "$(clang_name)" --target=wasm32-wasi -c "$scratch/wasi.c" -o "$scratch/wasi.o" &&
        [ -e "$("$(clang_name)" --target=wasm32-wasi --print-libgcc-file-name)" ] ;;
    # only Debian's libcurl depends on this file; elsewhere certificates come with the system
    certificates) [ ! -e /etc/debian_version ] || [ -e /etc/ssl/certs/ca-certificates.crt ] ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

# package_of SYSTEM NAME: what a tool is called on a system
package_of() {
  case $1:$2 in
    apt:R) echo r-base-core ;;         dnf:R) echo R-core-devel ;;     brew:R) echo r ;;
    apt:cc|apt:make) echo build-essential ;; dnf:cc) echo gcc ;;       brew:cc) echo gcc ;;
    apt:r-dev) echo r-base-dev ;;      dnf:r-dev) echo R-devel ;;      brew:r-dev) echo gcc ;;
    apt:gsl) echo libgsl-dev ;;        dnf:gsl) echo gsl-devel ;;      brew:gsl) echo gsl ;;
    apt:csv) echo libcsv-dev ;;        dnf:csv) echo libcsv-devel ;;   brew:csv) echo libcsv ;;
    apt:zlib) echo zlib1g-dev ;;       dnf:zlib) echo zlib-devel ;;    brew:zlib) echo zlib ;;
    apt:uv) echo libuv1-dev ;;         dnf:uv) echo libuv-devel ;;     brew:uv) echo libuv ;;
    apt:zstd) echo libzstd-dev ;;      dnf:zstd) echo libzstd-devel ;; brew:zstd) echo zstd ;;
    apt:readstat) echo libreadstat-dev ;; dnf:readstat) echo readstat-devel ;;
    *:clang-rt)
      case $1 in apt) echo libclang-rt-dev ;; dnf) echo compiler-rt ;; brew) echo llvm ;; esac ;;
    brew:clang) echo llvm ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;; brew:pkg-config) echo pkgconf ;;
    apt:wasi) printf '%s\n' wasi-libc libclang-rt-dev-wasm32 ;; apt:wasm-ld) echo lld ;;
    apt:dpkg-source) echo dpkg-dev ;;
    apt:x86_64-w64-mingw32-gcc) echo gcc-mingw-w64-x86-64 ;;
    apt:s390x-linux-gnu-gcc) printf '%s\n' gcc-s390x-linux-gnu libc6-dev-s390x-cross ;;
    apt:i686-linux-gnu-gcc) printf '%s\n' gcc-i686-linux-gnu libc6-dev-i386-cross ;;
    apt:wine) printf '%s\n' wine wine64 ;;
    apt:musl-gcc) echo musl-tools ;;
    apt:qemu-*) echo qemu-user ;;
    apt:java) echo default-jre-headless ;; dnf:java) echo java-headless ;; brew:java) echo openjdk ;;
    apt:h2|apt:hsqldb|apt:derby) echo "lib$2-java" ;;
    *:certificates) echo ca-certificates ;;
    apt:pdflatex) echo texlive-latex-recommended ;;
    apt:soffice) echo libreoffice ;;
    *:pdftotext) case $1 in brew) echo poppler ;; *) echo poppler-utils ;; esac ;;
    apt:node|dnf:node) echo nodejs ;;
    apt:mariadb|dnf:mariadb) echo mariadb-server ;;
    dnf:postgresql) echo postgresql-server ;;
    apt:checkbashisms|dnf:checkbashisms) echo devscripts ;;
    *) echo "$2" ;;
  esac
}

# missing_tools TOOL...
missing_tools() {
  local tool
  for tool in $(printf '%s\n' "$@" | sort -u); do
    probe "$tool" || echo "$tool"
  done
}

# missing_r PACKAGE...
missing_r() {
  if ! command -v Rscript >/dev/null; then
    printf '%s\n' "$@" | sort -u
    return
  fi
  R_LIBS=$PWD/.deps/R${R_LIBS:+:$R_LIBS} Rscript --vanilla -e \
    'for (p in sort(unique(commandArgs(TRUE)))) if (!nzchar(system.file(package = p))) cat(p, "\n", sep = "")' "$@"
}

find_lost() {
  lost_tools=$(missing_tools "${tools[@]}")
  lost_r=$(missing_r "${r_packages[@]}")
  lost_wishes=$(missing_tools ${wishes[@]+"${wishes[@]}"})
  lost_r_wishes=$(missing_r ${r_wishes[@]+"${r_wishes[@]}"})
}
find_lost

# ---- the system's packages ------------------------------------------------------------------------------------------

# stop_with COMMAND...: nothing can be installed here; says what the user can run, and stops if it is needed
stop_with() {
  if [ -n "$lost_tools$lost_r" ]; then
    echo "Packages are missing, and this user cannot install them. Please run:" >&2
    printf '    %s\n' "$@" >&2
    exit 1
  fi
  echo "Some packages are missing, without which some lines of README.md do not run. To have them:"
  printf '    %s\n' "$@"
}

# apt_names "TOOL ..." "PACKAGE ...": what they are called there
apt_names() {
  local name
  {
    for name in $1; do package_of apt "$name"; done
    for name in $2; do echo "r-cran-$(echo "$name" | tr '[:upper:]' '[:lower:]')"; done
  } | sort -u
}

with_apt() {
  local packages=() needed=()
  mapfile -t packages < <(apt_names "$lost_tools $lost_wishes" "$lost_r $lost_r_wishes")
  mapfile -t needed < <(apt_names "$lost_tools" "$lost_r")

  local install=(apt-get install -y -q --no-install-recommends)
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      stop_with "apt-get update" "${install[*]} ${packages[*]}"
      return
    fi
  fi
  echo "Installing ${packages[*]}"
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" "${packages[@]}" && return
  # an old release may lack what is only wished for
  [ ${#needed[@]} = 0 ] || "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" "${needed[@]}"
}

name_others() {
  local system=$1 packages=() name lines=() quoted
  for name in $lost_tools $lost_wishes; do packages+=("$(package_of "$system" "$name")"); done
  [ ${#packages[@]} = 0 ] || lines+=("$system install $(printf '%s\n' "${packages[@]}" | sort -u | xargs)")
  if [ -n "$lost_r$lost_r_wishes" ]; then
    quoted=$(printf '"%s"\n' $lost_r $lost_r_wishes | paste -sd, | sed 's/,/, /g')
    lines+=("Rscript -e 'install.packages(c($quoted))'")
  fi
  stop_with "${lines[@]}"
}

if [ -n "$lost_tools$lost_r$lost_wishes$lost_r_wishes" ]; then
  if command -v apt-get >/dev/null; then
    with_apt
  elif command -v brew >/dev/null; then
    name_others brew
  else
    name_others dnf
  fi
  find_lost
  if [ -n "$lost_tools$lost_r" ]; then
    echo "Still missing after the installation:" $lost_tools $lost_r >&2
    exit 1
  fi
fi

# ---- newest packages of R, in the project's own library ------------------------------------------------------------

# newest_r LIBRARY PACKAGE=VERSION...
newest_r() {
  mkdir -p "$1"
  R_LIBS=$PWD/$1:$PWD/.deps/R${R_LIBS:+:$R_LIBS} Rscript --no-init-file tools/install-newest.R "$@"
}

# not optimised, each on every core: in a third of the seconds
quickly() {
  printf '%s = -O0 -g0\n' CFLAGS CXXFLAGS CXX11FLAGS CXX14FLAGS CXX17FLAGS CXX20FLAGS >"$scratch/Makevars"
  MAKEFLAGS=-j$(nproc 2>/dev/null || echo 2) R_MAKEVARS_USER=$scratch/Makevars "$@"
}

mkdir -p .deps/R
[ ${#newest[@]} = 0 ] || newest_r .deps/R "${newest[@]}"
[ ${#drivers[@]} = 0 ] || quickly newest_r .deps/R "${drivers[@]}"
[ ${#cran[@]} = 0 ] || quickly newest_r .deps/cran "${cran[@]}"

# ---- modules of Node, of the versions in the lock files of tests/ ----------------------------------------------------------

for suite in ${modules[@]+"${modules[@]}"}; do
  lock=package-lock.json
  cmp -s tests/$suite/$lock .deps/$suite/$lock && continue
  mkdir -p ".deps/$suite"
  cp tests/$suite/package.json tests/$suite/$lock ".deps/$suite/"
  # the lock file says that the rest is there
  (cd ".deps/$suite" && npm ci --ignore-scripts --no-fund --no-audit) || { rm ".deps/$suite/$lock"; exit 1; }
done
