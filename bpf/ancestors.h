/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Walks from a dentry up to the root of its file system, however deep it lies. A walk is made of pieces: the verifier checks a global
 * function once a program, whoever calls it, so 64 calls of 16 calls of a function with 64 steps cost it some thousand instructions on
 * every kernel (bpf_loop came with 5.17, and 5.10 does not load a program that names a callback). The verifier goes through all steps of a
 * piece, so a step has no branch but those that end the walk.
 *
 * All of it runs under rcu_read_lock(), so a dentry's memory stays while it is looked at. A rename meanwhile leads the walk along a
 * chain of parents that was never there at one moment. That lets nothing through that could not be had without: to move a file out of
 * reach of a rule in two renames during a walk, a process must be allowed to move it out in one.
 */
#ifndef ANCESTORS_H
#define ANCESTORS_H

#include "kernel.h"

enum ancestor_limits {
	WALK_PIECE = 64,    /* levels */
	WALK_ROW = 16,	    /* pieces */
	WALK_ROWS = 64,	    /* so a walk reaches 65,536 levels */
};

/* How a piece of a walk ends, in the low bits of a dentry's address: it goes on from there, or what was searched for is there. */
enum walk_end { WALK_AT_TOP = 0, WALK_FOUND = 1, WALK_LOST = 2, WALK_END_BITS = 7 };

/* The root of a file system, or of a part of it whose place is not known yet: what a file handle led to and was not in memory. */
static __always_inline u64 walk_top(struct dentry *root)
{
	return BPF_CORE_READ(root, d_flags) & DENTRY_DISCONNECTED ? WALK_LOST : WALK_AT_TOP;
}

/*
 * Defines `whole(from)`: goes from a dentry upwards, itself included, by `piece`, until that finds something. Returns the address of the
 * dentry with WALK_FOUND; WALK_AT_TOP: there is nothing up to the root; WALK_LOST: it is not known, or too deep.
 */
#define WHOLE_WALK(whole, piece) \
	WALK_LOOP(whole##_row, piece, WALK_ROW, at) \
	WALK_LOOP(whole, whole##_row, WALK_ROWS, WALK_LOST)

#define WALK_LOOP(name, part, parts, end) \
	__noinline u64 name(u64 from) \
	{ \
		u64 at = from; \
\
		for (u32 i = 0; i < parts; i++) { \
			at = part(at); \
			if (!at || (at & WALK_END_BITS)) \
				return at; \
		} \
		return end; \
	}

/* A dentry of an inode whose own is not at hand; 0 without one. */
static __always_inline u64 dentry_of_inode(struct inode *inode)
{
	char *alias = (char *)BPF_CORE_READ(inode, i_dentry.first);

	if (!alias)
		return 0;
	if (bpf_core_field_exists(struct dentry___d_u, d_u.d_alias))
		return (u64)(alias - bpf_core_field_offset(struct dentry___d_u, d_u.d_alias));
	return (u64)(alias - bpf_core_field_offset(struct dentry___flat, d_alias));
}

#endif
