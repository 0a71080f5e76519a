#!/bin/bash
# Runs in a guest whose clock counts instructions: the same loop alone, beside each tracer, and alone again.
# in-guest.sh PROJECT [PATTERN]: a line "NAME JSON" each; with PATTERN (a glob) only the tracers whose name it matches.
cost=$1/dist/test-programs/cost
only=${2:-*}
mkdir -p /tmp/cost
measure() { echo "$1 $("$cost" /tmp/cost)"; }

# beside NAME PROGRAMS COMMAND…: waits until the tracer has loaded so many BPF programs and then some, measures, ends it.
beside() {
  name=$1
  # shellcheck disable=SC2254
  case $name in $only) ;; *) return ;; esac
  wanted=$((programs + $2))
  shift 2
  "$@" >/tmp/tracer.out 2>/tmp/tracer.err </dev/null &
  pid=$!
  for _ in $(seq 120); do
    sleep 1
    [ "$(bpftool -j prog list 2>/dev/null | grep -o '"id"' | wc -l)" -ge "$wanted" ] && break
  done
  # A guard says when it holds: ten thousand rules take longer than its programs.
  [ "$1 $2" != 'fswatch-tui guard' ] || for _ in $(seq 300); do
    grep -q 'armed by' /tmp/tracer.err && break
    sleep 1
  done
  sleep 4
  kill -0 $pid 2>/dev/null || { echo "$name {\"failed\":\"it ended: $(tail -n 1 /tmp/tracer.err | tr -d '\"\\' | cut -c1-100)\"}"; return; }
  measure "$name"
  # A background job of a script ignores SIGINT; TERM ends each of them.
  kill -TERM $pid
  wait $pid 2>/dev/null
}

programs=$(bpftool -j prog list 2>/dev/null | grep -o '"id"' | wc -l)
measure base
beside fswatch-tui-fentry 30 fswatch-tui batch --attach fentry --for 3600
beside fswatch-tui-kprobe 40 fswatch-tui batch --attach kprobe --for 3600
beside fswatch-tui-tracepoint 5 fswatch-tui batch --attach tracepoint --for 3600
# Each operation streamed, as in the events view.
beside fswatch-tui-fentry-events 30 fswatch-tui batch --json --events --attach fentry --for 3600
beside fswatch-tui-kprobe-events 40 fswatch-tui batch --json --events --attach kprobe --for 3600
beside fswatch-tui-tracepoint-events 5 fswatch-tui batch --json --events --attach tracepoint --for 3600
# Rules on the file system that is measured, on none of the files there; then on another.
mkdir -p /tmp/ruled /srv/ruled
seq 10000 | sed 's,.*,deny all /tmp/ruled/&,' >/tmp/policy
beside guard-1-rule 28 fswatch-tui guard --rule 'deny all /tmp/ruled/**'
head -1000 /tmp/policy >/tmp/policy-1000
beside guard-1000-rules 28 fswatch-tui guard --policy /tmp/policy-1000
beside guard-10000-rules 28 fswatch-tui guard --policy /tmp/policy
# A rule on a name is about every file there is.
beside guard-name-rule 28 fswatch-tui guard --rule 'deny write **/no-file-here.key'
beside guard-sibling-rule 28 fswatch-tui guard --rule 'deny write /tmp/cost/no-file-here'
beside guard-1-rule-other-file-system 28 fswatch-tui guard --rule 'deny all /srv/ruled/**'
# Quotas: writing in place below one (nothing grows), beside one, and on another file system.
beside quota-this-directory 18 fswatch-tui guard --rule 'quota 1G /tmp/cost'
beside quota-same-file-system 18 fswatch-tui guard --rule 'quota 1G /tmp/ruled'
beside quota-other-file-system 18 fswatch-tui guard --rule 'quota 1G /srv/ruled'
beside opensnoop 1 /usr/sbin/opensnoop
beside filetop 1 /usr/sbin/filetop 1
beside bpftrace-print 1 bpftrace -e 'tracepoint:syscalls:sys_enter_openat { printf("%d %s %s\n", pid, comm, str(args->filename)); }'
beside bpftrace-count 1 bpftrace -e 'kfunc:vfs_open { @o[pid, args->path->dentry->d_inode->i_ino] = count(); } kretfunc:vfs_write { @w[pid, args->file->f_inode->i_ino] = sum(retval); }'
measure base-again
