#!/bin/sh
# What `npm run test:guest` runs: whether guests work at all, and what all need is fetched; then the other files, two at a time, those that take
# longest first. (node's runner takes files by their names, and would keep one that takes long for the end, alone.)
set -eu
cd "$(dirname "$0")/.."
node --import tsx --test test/guest/boot.test.ts

files=
for name in brake ask elsewhere evade ways quota adversary; do files="$files test/guest/$name.test.ts"; done
for file in test/guest/*.test.ts; do
  case " test/guest/boot.test.ts $files " in
    *" $file "*) ;;
    *) files="$files $file" ;;
  esac
done
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P 2 -I '{}' node --import tsx --test --test-concurrency=1 '{}'
