#!/bin/bash
# What the screen reader Orca says of a session with the page, by hand, not among the tests: tests/web/orca.sh PAGE.html FOLDER
#
# FOLDER has the files of data.R. Chromium runs in a display of its own; what Orca would speak comes out as text, a line each,
# after "# ..." for what was done. Needs orca, at-spi2-core, dbus, xvfb and xdotool (so Debian's packages are called). Look for
# the name, size and headers of the table, its test, the comparison, "Copied", and what is wrong, each said once.
set -eu -o pipefail
page=$(realpath "$1") folder=$(realpath "$2") here=$(realpath "$(dirname "$0")")
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home XDG_RUNTIME_DIR=$home/run CHROMIUM=${CHROMIUM:-$(command -v chromium)}
mkdir -m 700 "$XDG_RUNTIME_DIR"
# shellcheck disable=SC2016
xvfb-run -a dbus-run-session -- bash -c '
  /usr/libexec/at-spi-bus-launcher --launch-immediately --a11y=1 --screen-reader=1 2>/dev/null & bus=$!
  sleep 1
  orca --debug-file="$HOME/orca" --replace >/dev/null 2>&1 & orca=$!
  sleep 4
  node "$1" "$2" "$3" "$HOME/orca" || echo "the session did not end well" >&2
  kill "$orca" "$bus"
' - "$here/orca.mjs" "$page" "$folder"
