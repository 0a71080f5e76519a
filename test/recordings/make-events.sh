#!/bin/sh
# Records work in a folder of its own with every operation: test/recordings/make-events.sh FILE. Needs root and tmux; watches only that folder.
set -eu
out=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
demo=/srv/demo
rm -rf "$demo" "$out"
mkdir -p "$demo/logs" "$demo/config"
tmux -L fswatch-record -f /dev/null new-session -d -x 120 -y 40 "exec $root/node_modules/.bin/node $root/dist/fswatch-tui.js --no-config --events --path $demo --record $out"
sleep 3
cd "$demo"
echo 'port = 80' >config/app.conf
for i in 1 2 3; do
  cat config/app.conf >>logs/app.log
  cat config/missing 2>/dev/null || :
  sleep 1
done
sed -i 's/80/8080/' config/app.conf
mkdir config/old
mv logs/app.log config/old/app.log.1
chmod 600 config/app.conf
printf x >"$(printf 'red\033[31mescape\nline')"
dd if=/dev/zero of=big.bin bs=64k count=24 2>/dev/null
rm big.bin
sleep 2
tmux -L fswatch-record send-keys q
sleep 1
rm -rf "$demo"
