#!/bin/sh
# Records real work in a folder of its own: test/recordings/make.sh FILE. Needs root and tmux; watches only that folder.
set -eu
out=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
demo=/srv/demo
rm -rf "$demo" "$out"
mkdir -p "$demo/logs" "$demo/database" "$demo/very/deeply/nested/folder/for/a/path/that/does/not/fit/on/a/narrow/screen"
tmux -L fswatch-record -f /dev/null new-session -d -x 120 -y 40 "exec $root/node_modules/.bin/node $root/dist/fswatch-tui.js --path $demo --record $out"
sleep 2
cd "$demo"
# A logger that goes on, a database, a copy, a reader, failures, and names that would like to harm a terminal.
sh -c 'i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo "line $i of a log" >>logs/app.log; sleep 0.1; done' &
sqlite3 database/shop.db 'create table t(a); insert into t values(1);'
for i in 1 2 3 4; do
  sqlite3 database/shop.db "with recursive c(x) as (select 1 union all select x+1 from c where x<500) insert into t select x from c;"
  dd if=/dev/zero of=big.bin bs=64k count=$((i * 20)) 2>/dev/null
  cp big.bin very/deeply/nested/folder/for/a/path/that/does/not/fit/on/a/narrow/screen/copy.bin
  cat big.bin >/dev/null
  cat missing 2>/dev/null || :
  sleep 1
done
printf x >"$(printf 'new\nline')"
printf xx >"$(printf 'red\033[31mescape\033]0;title\007')"
printf xxx >"$(printf 'not\377utf\200eight')"
printf xxxx >"$(printf 'right\342\200\256to-left')"
printf xxxxx >'文件名很宽-日本語-한국어'
printf xxxxxx >"$(printf '%0255d' 0)"
cp /bin/sleep "$(printf 'e\033[2Jvil\ncomm')"
sh -c 'exec 3>>"$1"; echo hostile >&3; exec ./"$1" 3' sh "$(printf 'e\033[2Jvil\ncomm')" 2>/dev/null || :
"$(printf './e\033[2Jvil\ncomm')" 1 >logs/evil.log
wait
sleep 2
tmux -L fswatch-record send-keys q
sleep 1
rm -rf "$demo"
