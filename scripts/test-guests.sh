#!/bin/sh
# What `npm run test:guest` runs: whether guests work at all, and what all need is fetched; then the other files, two at a time.
set -eu
cd "$(dirname "$0")/.."
node --import tsx --test test/guest/boot.test.ts
others=$(find test/guest -name '*.test.ts' ! -name boot.test.ts | sort)
# shellcheck disable=SC2086
exec node --import tsx --test --test-concurrency=2 $others
