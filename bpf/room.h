/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Room in `counters` and `facts` that a flood of new {process, file} pairs cannot take: for files that rules are about, and for operations
 * that named no existing file, as those that a rule refuses (one entry a process).
 */
#ifndef ROOM_H
#define ROOM_H

#include "ancestors.h"
#include "maps.h"
#include "path.h"

/* Of the facts ring: beyond this, only records of files that rules are about. */
#define CROWDED_FACTS (7 << 20)

/* How many levels a rule on a tree may lie above a file: a flood must not become dearer by deep directories. */
#define KEPT_PIECES 4

static __always_inline u32 kept_at(u64 at)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = inode_key(inode);
	u32 *kept;

	key.generation = 0; /* as in `roots` */
	kept = bpf_map_lookup_elem(&kept_files, &key);
	return kept ? *kept : 0;
}

/* See ancestors.h: a directory that a rule on a tree is about. */
__noinline u64 kept_in_piece(u64 from)
{
	struct dentry *at = (struct dentry *)from, *parent;

	for (u32 i = 0; i < WALK_PIECE; i++) {
		if (kept_at((u64)BPF_CORE_READ(at, d_inode)) & KEPT_TREE)
			return WALK_FOUND;
		parent = BPF_CORE_READ(at, d_parent);
		if (!parent || parent == at)
			return WALK_AT_TOP;
		at = parent;
	}
	return (u64)at;
}

/* Is some rule about the file? Asked only where there is no room for all. */
__noinline int is_kept(u64 inode, u64 dentry)
{
	u64 at = dentry;

	if (!keeps_room)
		return 0;
	if (inode && kept_at(inode))
		return 1;
	for (u32 i = 0; i < KEPT_PIECES && at; i++) {
		at = kept_in_piece(at);
		if (at & WALK_END_BITS)
			return 1;
	}
	return 0;
}

/* May a new pair take an entry? The counts are read without a lock: some entries more than meant may be taken at the same instant. */
static __always_inline bool has_room(const struct counter_key *key, struct inode *inode, struct dentry *dentry)
{
	u64 used = entries_taken - entries_given_back;

	if (used < room_for_all)
		return true;
	if (!key->file.ino && !key->file.dev && used < room_for_all + KEPT_ROOM / 2)
		return true;
	return used < room_for_all + KEPT_ROOM && is_kept((u64)inode, (u64)dentry);
}

/* Must a record be left to those of files that rules are about? */
static __always_inline bool is_postponed(struct inode *inode, struct dentry *dentry)
{
	return bpf_ringbuf_query(&facts, BPF_RB_AVAIL_DATA) > CROWDED_FACTS && !is_kept((u64)inode, (u64)dentry);
}

#endif
