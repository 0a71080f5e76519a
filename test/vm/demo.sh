#!/bin/sh
# Runs in a guest: something to try a brake on, and the screen. demo.sh ask, demo.sh quota, demo.sh rules
set -eu
folder=/tmp/demo
mkdir -p $folder
case ${1:-} in
ask)
  echo 'the secret' >$folder/secret
  cat <<TEXT

Every few seconds somebody reads $folder/secret. The screen has the rule

    ask open $folder/**

so each reader is held inside its open until you answer. w shows who waits;
y allows, n denies, e allows its whole program. Who waited for 30 s is denied.
Esc leaves that view, q quits. All of it is in an emulated machine.

TEXT
  # One after the other, each in its own time.
  (while :; do
    sleep 4
    cat $folder/secret >/dev/null 2>&1 &
    sleep 4
    head -c 3 $folder/secret >/dev/null 2>&1 &
  done) &
  set -- --rule "ask open $folder/**" --bell
  ;;
quota)
  mkdir -p $folder/pv1 $folder/pv2
  head -c 3000000 /dev/zero >$folder/pv1/old
  cat <<TEXT

Somebody fills $folder/pv1 and $folder/pv2, 200 kB a second each, and
empties the second one when it can write no more. The screen has the rules

    quota 8M $folder/pv1
    quota 4M $folder/pv2 warn 50%

C shows how full they are: at 100 % each write fails with "Disk quota exceeded".
e there edits a limit, x deletes one. Esc leaves the view, q quits. All of it
is in an emulated machine.

TEXT
  (# Not before both quotas hold, so that nothing is seen beyond them.
  until grep -q rw_verify_area /sys/kernel/tracing/enabled_functions; do sleep 1; done
  sleep 5
  while :; do
    sleep 1
    head -c 200000 /dev/zero >>$folder/pv1/log 2>/dev/null || true
    head -c 200000 /dev/zero >>$folder/pv2/log 2>/dev/null || { sleep 5 && rm $folder/pv2/log; }
  done) &
  set -- --rule "quota 8M $folder/pv1" --rule "quota 4M $folder/pv2 warn 50%"
  ;;
rules)
  mkdir -p $folder/app
  echo 'workers = 4' >$folder/app/config
  echo 'int main;' >$folder/app/block_test.c
  cat <<TEXT

Every second somebody writes $folder/app/log and $folder/app/config, and reads
$folder/app/block_test.c. The screen has the rules

    deny:EROFS modify $folder/app/config
    kill open **/block_test.c
    audit write $folder/app/**

5 shows what they did. Space there disarms one or arms it again, e edits, x
deletes. Esc leaves the view, q quits. All of it is in an emulated machine.

TEXT
  (while :; do
    sleep 1
    sh -c "echo 'a line' >>$folder/app/log" 2>/dev/null || true
    sh -c "echo 'workers = 999' >$folder/app/config" 2>/dev/null || true
    sh -c "read -r line <$folder/app/block_test.c" 2>/dev/null || true
  done) 2>/dev/null &
  set -- --rule "deny:EROFS modify $folder/app/config" --rule 'kill open **/block_test.c' --rule "audit write $folder/app/**"
  ;;
*)
  echo 'demo: choose ask, quota or rules' >&2
  exit 2
  ;;
esac
printf 'Enter starts it. '
read -r _
echo 'The kernel checks the programs first: a moment, here half a minute.'
exec fswatch-tui "$@"
