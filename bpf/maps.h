/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* All maps and all globals, in one place: what user space sizes, writes and reads. */
#ifndef MAPS_H
#define MAPS_H

#include "losses.h"

/* {file, process} -> counters. Sized by user space (--max-entries, and KEPT_ROOM); preallocated, so an insert cannot fail for want of memory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct counter_key);
	__type(value, struct counters);
} counters SEC(".maps");

/* Live processes whose record was sent. The value is unused. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct process_key);
	__type(value, u32);
} processes SEC(".maps");

/* FILTER_PIDS: watched tgids. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, u32);
	__type(value, u32);
} pids SEC(".maps");

/* FILTER_PATH: inodes of the watched directories and files; generation 0. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct file_key);
	__type(value, u32);
} roots SEC(".maps");

/* Files and directories that rules are about (KEPT_*); generation 0. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KEPT_FILES);
	__type(key, struct file_key);
	__type(value, u32);
} kept_files SEC(".maps");

/* Process and file records. No wake-ups but when half full: the reader comes once a tick. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} facts SEC(".maps");

/* Events; filled only while `stream` is set. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");

/* What a call was given, kept from its entry to its return: kprobes always, fentry where the call destroys what we need. */
struct call_key {
	u64 thread; /* pid_tgid */
	u32 function;
	u32 pad;
};
struct call {
	u64 a, b;
	struct file_key file;
	u32 flags, lookup_flags; /* of opens */
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct call_key);
	__type(value, struct call);
} calls SEC(".maps");

/* AIO requests in flight, by kiocb: they may complete in an interrupt, where `current` is somebody else. */
struct aio {
	struct process_key process;
	u32 op;
	u32 pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct aio);
} aios SEC(".maps");

/* The system call each thread is in: noted while events are streamed only. A thread that has to make room for others has no durations. */
struct entered {
	u64 time_ns;
	u32 number; /* as in orig_ax */
	u32 told;   /* 1 << op: events that had a duration from this note */
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64); /* pid_tgid */
	__type(value, struct entered);
} entered SEC(".maps");

/* Constants of a load, written by user space. */
const volatile u32 self_tgid = 0;	      /* this program: never counted */
const volatile u32 facts_wake_bytes = 4 << 20; /* wake the reader when this much waits */
const volatile u32 events_wake_bytes = 1 << 20;
const volatile bool told_at_exit = false; /* tracepoint: operations are told when their call has its result, not inside it */

const volatile u32 room_for_all = 65536; /* entries of `counters` that any pair may take */

/* Live settings and results. */
u64 entries_taken = 0;		      /* of `counters`; here and by user space, so that neither writes what the other does */
volatile u64 entries_given_back = 0;
volatile u32 keeps_room = 0;	      /* `kept_files` is not empty */
volatile u32 tick = 0;	   /* advanced by the reader before each read of `counters` */
volatile u32 stream = 0;   /* fill the events ring */
volatile u64 streamed_since = 0; /* CLOCK_MONOTONIC; what `entered` holds from before that is of calls that have ended, for all we know */
volatile struct filter filter = {};
volatile struct narrowing narrowing = {};
struct hidden hidden[TOTALS_SLOTS] = {};

#endif
