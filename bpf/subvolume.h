/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Subvolumes of btrfs: all of a file system have one device number, and each counts its inodes from 256. So two files can have one number, and
 * an unprivileged user can make a subvolume, and in it a file with the number of any other.
 */
#ifndef SUBVOLUME_H
#define SUBVOLUME_H

#include "kernel.h"
#include "fswatch.h"

/* The btrfs module's structures; their BTF can be had from 5.11 on, while the module is loaded. */
struct btrfs_key {
	u64 objectid;
} KERNEL;

struct btrfs_root {
	struct btrfs_key root_key;
} KERNEL;

struct btrfs_inode {
	struct btrfs_root *root;
	struct inode vfs_inode;
} KERNEL;

/* The number of the subvolume an inode is in (5: the first one), or 0: of another file system, or where it cannot be told. `at`: the inode. */
__noinline u32 subvolume_of(u64 at)
{
	struct inode *inode = (struct inode *)at;
	struct btrfs_inode *own;

	if (!bpf_core_field_exists(struct btrfs_inode, root) || BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_BTRFS)
		return 0;
	own = (struct btrfs_inode *)(at - bpf_core_field_offset(struct btrfs_inode, vfs_inode));
	return BPF_CORE_READ(own, root, root_key.objectid);
}

/* What tells an inode from all others that are there now: its number, device and subvolume, this in place of the generation. */
static __always_inline struct file_key inode_id(struct inode *inode)
{
	struct file_key key = { .ino = BPF_CORE_READ(inode, i_ino), .dev = BPF_CORE_READ(inode, i_sb, s_dev), .generation = subvolume_of((u64)inode) };

	return key;
}

static __always_inline bool is_same_inode(struct file_key a, const struct file_key *b)
{
	return a.ino == b->ino && a.dev == b->dev && a.generation == b->generation;
}

#endif
