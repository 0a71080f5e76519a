/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* FILTER_PATH, judged once per {process, file}. */
#ifndef ROOTS_H
#define ROOTS_H

#include "ancestors.h"
#include "maps.h"
#include "path.h"

/*
 * A piece of the walk, as in ancestors.h: goes up until a watched directory, or until the root of the mount (WALK_AT_MOUNT), where the walk
 * goes on elsewhere. One function below another is all that the tracepoint programs have room for: the kernel takes eight frames. So the
 * walk reaches ROOT_PIECES * 64 levels.
 */
enum { WALK_AT_MOUNT = 4, ROOT_PIECES = 64 };

static __always_inline int is_root(u64 at)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key;

	if (!inode)
		return 0;
	key = inode_key(inode);
	key.generation = 0; /* user space cannot ask for it */
	return bpf_map_lookup_elem(&roots, &key) ? 1 : 0;
}

__noinline u64 root_in_piece(u64 from, u64 mnt_root)
{
	struct dentry *at = (struct dentry *)from, *parent;

	for (u32 i = 0; i < WALK_PIECE; i++) {
		if (is_root((u64)BPF_CORE_READ(at, d_inode)))
			return WALK_FOUND;
		if ((u64)at == mnt_root)
			return (u64)at | WALK_AT_MOUNT;
		parent = BPF_CORE_READ(at, d_parent);
		if (!parent || parent == at)
			return WALK_AT_TOP;
		at = parent;
	}
	return (u64)at;
}

static __always_inline u64 root_of_mount(struct vfsmount *mnt)
{
	return mnt ? (u64)BPF_CORE_READ(mnt, mnt_root) : 0;
}

/* FILTER_PATH: is one of the watched directories above? A walk that cannot finish says yes: better shown than hidden. */
__noinline int below_a_root(u64 from, u64 from_mnt)
{
	struct place at = { .mnt = (struct vfsmount *)from_mnt };
	struct dentry *top;
	u64 reached = from, mnt_root = root_of_mount(at.mnt);

	for (u32 i = 0; i < ROOT_PIECES; i++) {
		reached = root_in_piece(reached, mnt_root);
		if (reached == WALK_AT_TOP)
			return 0;
		if (reached & WALK_FOUND)
			return 1;
		if (!(reached & WALK_AT_MOUNT))
			continue;
		top = (struct dentry *)(reached & ~(u64)WALK_END_BITS);
		at.dentry = top;
		if (cross_mount(&at)) {
			reached = (u64)at.dentry;
			mnt_root = root_of_mount(at.mnt);
			continue;
		}
		/* The root of the topmost mount; it is no file system's own root where a part of one is mounted there. */
		mnt_root = 0;
		reached = (u64)BPF_CORE_READ(top, d_parent);
		if (!reached || reached == (u64)top)
			return 0;
	}
	return 1;
}

#endif
