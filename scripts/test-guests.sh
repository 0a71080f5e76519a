#!/bin/sh
# What `npm run test:guest` runs: whether guests work at all, and what all need is fetched; then the other files, in two halves side by side that
# take about as long as each other. (One run with two places would keep what takes longest for the end, alone: it takes files by their names.)
set -eu
cd "$(dirname "$0")/.."
node --import tsx --test test/guest/boot.test.ts

one='ask evade override quota screen ways'
first=
second=
for file in test/guest/*.test.ts; do
  name=$(basename "$file" .test.ts)
  case " boot $one " in
    *" $name "*) [ "$name" = boot ] || first="$first $file" ;;
    *) second="$second $file" ;;
  esac
done
# shellcheck disable=SC2086
node --import tsx --test --test-concurrency=1 $first &
running=$!
status=0
# shellcheck disable=SC2086
node --import tsx --test --test-concurrency=1 $second || status=$?
wait $running || status=$?
exit $status
