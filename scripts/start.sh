#!/bin/sh
# What `npm start` runs: sets up what is missing, then starts the program.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/setup.sh"
set_up

# npm starts scripts in the package's folder, but paths on the command line are relative to where the user stands.
cd "${INIT_CWD:-$here}"
exec "$node" --max-semi-space-size=2 --heap-growing-percent=30 "$bundle" "$@"
