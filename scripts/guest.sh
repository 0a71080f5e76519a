#!/bin/sh
# What `npm run guest` runs: sets up what is missing, so that the guest has a program to run, then starts the guest.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/setup.sh"
set_up
exec "$node" test/vm/cli.ts "$@"
