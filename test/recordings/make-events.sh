#!/bin/sh
# Records a little work with every operation: test/recordings/make-events.sh FILE. Needs root and tmux; watches only its own shell.
set -eu
out=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
demo=/srv/demo
rm -rf "$demo" "$out"
mkdir -p "$demo/logs" "$demo/config"
# Without what a locale makes each program open.
export LC_ALL=C
work() {
  cd "$demo"
  while [ ! -e go ]; do sleep 1; done
  echo 'port = 80' >config/app.conf
  dd if=/dev/zero of=big.bin bs=64k count=6 2>/dev/null
  for i in 1 2; do
    cat config/app.conf >>logs/app.log
    cat config/missing 2>/dev/null || :
    sleep 1
  done
  mkdir config/old
  mv logs/app.log config/old/app.log.1
  chmod 600 config/app.conf
  printf x >"$(printf 'red\033[31mescape\nline')"
  sed -i 's/80/8080/' config/app.conf
  rm big.bin
}
work &
tmux -L fswatch-record -f /dev/null new-session -d -x 120 -y 40 "exec env LC_ALL=C.UTF-8 $root/node_modules/.bin/node $root/dist/fswatch-tui.js --no-config --events --pid $!+ --record $out"
sleep 4
touch "$demo/go"
wait
sleep 2
tmux -L fswatch-record send-keys q
sleep 1
chmod 644 "$out"
rm -rf "$demo"
