#!/bin/sh
# Runs in a guest: something to try a brake on, and the screen. demo.sh ask
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
*)
  echo 'demo: choose ask' >&2
  exit 2
  ;;
esac
printf 'Enter starts it. '
read -r _
exec fswatch-tui "$@"
