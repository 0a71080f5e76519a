#!/bin/sh
# What `npm test` does: sets up what is missing, builds from source, checks, and runs all tests. The first failure ends it.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
# The settings of whoever runs the tests are none of theirs.
XDG_CONFIG_HOME=/nonexistent
export XDG_CONFIG_HOME

step() {
  name=$1
  shift
  begin=$(date +%s)
  echo "--- $name"
  "$@" || {
    status=$?
    echo "--- $name failed ($status) after $(($(date +%s) - begin)) s"
    exit "$status"
  }
  echo "--- $name: $(($(date +%s) - begin)) s"
}

step 'Debian packages' sh scripts/debian-packages.sh
if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  step 'npm packages' npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
step 'lint' npm run -s lint
step 'types' npm run -s typecheck
step 'prebuilds are what the sources give' node scripts/prebuild.ts --check
step 'build' node scripts/build.ts
step 'generated layouts are current' node scripts/gen.ts --check
step 'unit tests' npm run -s test:unit
step 'screen tests' npm run -s test:ui
step 'tests on this kernel' npm run -s test:live
step 'tests in guests' npm run -s test:guest
