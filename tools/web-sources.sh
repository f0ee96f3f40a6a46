#!/bin/bash
# Sources of the libraries that the page and builds for other systems hold, in .deps/web: GSL, libcsv, zlib and TRE from the
# distribution, and ReadStat as R's package haven brings it, since few mirrors of distributions keep its sources.
set -eu -o pipefail
cd "$(dirname "$0")/.."
to=$PWD/.deps/web
packages="gsl libcsv zlib tre"
[ "$(cat "$to/complete" 2>/dev/null)" != "$packages" ] || exit 0
rm -rf "$to"
mkdir -p "$to/apt/lists/partial" "$to/new"

# apt-get gets sources by lists of its own, as a system seldom has those: where its packages come from, sources do as well;
# from the main archive where that has the same version as the one of security, which does not keep all that it lists
# shellcheck disable=SC2016
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  grep -E '^[^ ]*/(debian|ubuntu)[^ ]* ' | sort -ur >"$to/apt/places" || true
[ -s "$to/apt/places" ] || { echo "apt-get knows no packages of Debian or Ubuntu: apt-get update" >&2; exit 1; }
key=$(ls /usr/share/keyrings/{debian,ubuntu}-archive-keyring.gpg 2>/dev/null | head -n 1 || true)
sed "s|^|deb-src [signed-by=$key] |" "$to/apt/places" >"$to/apt/sources.list"
options=(-q -o Dir::Etc::SourceList="$to/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$to/apt/lists"
         -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=)
apt-get "${options[@]}" update
for package in $packages; do
  mkdir "$to/new/$package"
  (cd "$to/new/$package" && apt-get "${options[@]}" source "$package")
  mv "$to/new/$package"/*/ "$to/$package"
done
# GSL's headers as they are included: gsl/NAME
(cd "$to/gsl/gsl" && ln -sf ../gsl_*.h ../*/gsl_*.h .)

(cd "$to/new" && Rscript --no-init-file \
  -e 'if (identical(unname(getOption("repos")["CRAN"]), "@CRAN@")) chooseCRANmirror(ind = 1)' \
  -e 'got <- download.packages("haven", ".", type = "source"); stopifnot(nrow(got) == 1); untar(got[2])')
mv "$to/new/haven/src/readstat" "$to/readstat"
rm -rf "$to/new"
echo "$packages" >"$to/complete"
