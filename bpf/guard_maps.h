/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The guard's maps and globals. Rules come from user space; the guard writes hits, and marks what was linked. */
#ifndef GUARD_MAPS_H
#define GUARD_MAPS_H

#include "scratch.h"
#include "guard.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RULES);
	__type(key, u32);
	__type(value, struct rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RULES);
	__type(key, u32);
	__type(value, struct rule_hits);
} rule_hits SEC(".maps");

/* Who was hit. Forgets who was hit longest ago. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct rule_process);
	__type(value, struct process_hits);
} hits_by_process SEC(".maps");

/* Processes a freeze rule has stopped, and when: once they are resumed, the same rule lets them pass. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FROZEN);
	__type(key, struct rule_process);
	__type(value, u64);
} frozen SEC(".maps");

/* Threads that wait for an answer, by tid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HELD);
	__type(key, u32);
	__type(value, struct held);
} held SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ANSWERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct answer_key);
	__type(value, struct answer_value);
} answers SEC(".maps");

/* What each thread is judged for by rules that ask. Not an argument of judge_rule() and those above it: their stack is full. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ASKED);
	__type(key, u64);
	__type(value, struct asked);
} asked_now SEC(".maps");

/* Not 0: nobody will answer any more, and this is the answer for those who wait. Set by the keeper (native/keeper.c). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} asks_over SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct file_key);
	__type(value, struct anchor);
} anchors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CHAINS);
	__type(key, u32);
	__type(value, struct chain);
} chains SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RULES);
	__type(key, struct named_key);
	__type(value, struct named_value);
} named SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RULES);
	__type(key, struct name_hash);
	__type(value, u32);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RULES);
	__type(key, struct suffix_key);
	__type(value, u32);
} suffixes SEC(".maps");

/* The directories that rules' paths lead through, for walking a path as text: {directory, name} -> what it leads to, ".." too. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EDGES);
	__type(key, struct named_key);
	__type(value, struct file_key);
} edges SEC(".maps");

/* Rules on trees of a file system, by device: what a walk that cannot be finished may have missed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u32);
} trees_of_device SEC(".maps");

/* Members of families that were there when a rule named their family, by tgid. Written by user space; see guard_family.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, u32);
	__type(value, struct family_process);
} family_processes SEC(".maps");

/* Threads and processes made by members since, by the address of the task. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FAMILY_TASKS);
	__type(key, u64);
	__type(value, struct family_task);
} family_tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} hits SEC(".maps");

/* A record when the program that armed the rules has ended: the watchdog process polls it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} owner_ended SEC(".maps");

/* Constants of a load. */
const volatile struct held nobody_held = {};
const volatile struct hook_places places[HOOK_COUNT] = {};
const volatile u64 secrets[4] = { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93 }; /* odd */
const volatile bool forks_may_be_missed = false; /* the kernel can skip the program that records children of members */
const volatile bool can_refuse = true; /* false: this way sees calls, and can only send signals */

/* Live settings. */
/* All that any rule names; and which rules hold (enum rules_over). Alone in their section, so that the watchdog process can write them. */
volatile u32 armed_ops SEC(".data.armed") = 0;
volatile u32 rules_over SEC(".data.armed") = RULES_HOLD;
volatile u32 refusing_ops = 0;	     /* all that a rule names which does more than to report */
volatile u32 armed_names = 0;	     /* some rule names a base name */
volatile u32 armed_suffixes = 0;     /* lengths of suffixes that rules name: bit n is length n */
volatile u32 armed_asks = 0;	     /* a call may be held */
volatile u32 mapped_stores = STORE_PASSED; /* what deny and ask rules do about a store through a mapping: STORE_* */
volatile u32 armed_families = 0;     /* forks are followed */
volatile u32 families_epoch = 0;     /* of the last rule that gave its family up */
volatile u32 family_since[FAMILIES] = {}; /* the epoch from which on a family's number is another family's */
volatile u32 default_answer = ANSWER_DENY; /* of what is held when rules are over and no answer was given */
volatile u32 watchdog_tgid = 0;
volatile u32 watchdog_exits = 0; /* of the one that has `watchdog_tgid` */
volatile u64 armed_epoch = 0;	     /* another random number with each change of the rules */
volatile u64 armed_devices = ~0ull;  /* bit n: some rule may cover a file of a device whose number ends in these 6 bits */

/* Children of members for which there was no room in `family_tasks`. */
u64 forks_without_room = 0;

/* Advanced by the guard when a name moves, by a secret step. */
u64 moved_epoch = 0;

/* Signatures of dentries that no rule covers, see clean.h. */
u64 clean[CLEAN_SLOTS] = {};

#endif
