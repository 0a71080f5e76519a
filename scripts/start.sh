#!/bin/sh
# What `npm start` does: from a clean clone, with any npm and Node and no compiler, to the running program.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'fswatch-tui: installing its packages (once)' >&2
  # Nothing needs an install script: the addon is prebuilt and Node comes as a package.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || {
    echo 'fswatch-tui: npm ci failed; its reason stands above. The npm registry must be reachable for the first start.' >&2
    exit 1
  }
fi

if [ ! -f dist/fswatch-tui.js ] || [ -n "$(find src scripts/build.ts package.json -newer dist/fswatch-tui.js -type f | head -n 1)" ]; then
  node_modules/.bin/node scripts/build.ts js >&2
fi

cd "${INIT_CWD:-$root}"
exec "$root/node_modules/.bin/node" "$root/dist/fswatch-tui.js" "$@"
