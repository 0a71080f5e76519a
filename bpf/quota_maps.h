/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The quotas' maps and globals. */
#ifndef QUOTA_MAPS_H
#define QUOTA_MAPS_H

#include "kernel.h"
#include "quota.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, QUOTAS);
	__type(key, u32);
	__type(value, struct quota);
} quotas SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, QUOTAS);
	__type(key, u32);
	__type(value, struct quota_usage);
} usages SEC(".maps");

/* {ino, dev, generation 0} -> index + 1 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, QUOTAS);
	__type(key, struct file_key);
	__type(value, u32);
} quota_roots SEC(".maps");

/* Devices with a quota that refuses, or will once it is counted -> index + 1 of one of these quotas. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, QUOTAS);
	__type(key, u32);
	__type(value, u32);
} quota_volumes SEC(".maps");

/* Forgets what was used longest ago: such a file is looked up again, and is charged what it has. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QUOTA_FILES);
	__type(key, struct file_key);
	__type(value, struct quota_file);
} quota_files SEC(".maps");

/* Inodes whose last name may be gone: their directory cannot be asked any more when they go. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, QUOTA_LEAVING);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct file_key);
	__type(value, struct quota_leaving);
} leaving SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QUOTA_WRITERS);
	__type(key, struct quota_writer);
	__type(value, struct quota_written);
} quota_writers SEC(".maps");

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct quota_refusal);
} refusals SEC(".maps");

/* Forgets nothing: a call that appends must not be judged by where it says it writes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct quota_note);
} notes SEC(".maps");

/*
 * A file system makes one rename between two directories at a time (s_vfs_rename_mutex), so that an entry is pushed out only if 8,192 newer ones
 * stay: ends of renames that the kernel has skipped. Without its entry the end of a rename gives nothing back, and the file stays charged in both
 * quotas until the next count: too much, never too little.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct quota_crossing);
} crossings SEC(".maps");

/* Where arguments lie that moved between kernels (src/kernel/quota/quotas.ts): the dentry, the attributes behind it. */
const volatile u8 setattr_dentry = 0;
const volatile u8 setattr_arguments = 2;
const volatile u8 rename_arguments = 5;
const volatile u8 vfs_rename_arguments = 1;
const volatile u8 notify_dentry = 0;
const volatile u8 link_dentry = 2; /* of vfs_link(): the new name */
const volatile u8 link_arguments = 4;
/* So many buffers a user can give a pipe: fs.pipe-max-size in pages. */
const volatile u32 pipe_buffers = 256;

/* Bit n: a quota is on a device whose number ends in these 6 bits. */
volatile u64 quota_devices = 0;
/* Advanced with each change of the set of quotas. */
volatile u32 quota_epoch = 0;
/* How many of these there may be: with none, no call looks for its own. */
volatile u64 refusing = 0;
volatile u64 noted = 0;
/* 1: a call that appends could not be noted; any call may be one. */
volatile u32 unnoted = 0;
/* Files that entered a quota. Adding to it is a memory barrier, which stores are not. */
volatile u64 crossed = 0;
/* Inodes too deep below to find their quota, and names that could not be noted as leaving. */
volatile u64 unfound = 0;

#endif
