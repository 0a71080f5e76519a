/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * ioctls that reach files no hook names: btrfs makes, copies and deletes whole directories (subvolumes) by them, xfs sets attributes
 * of any inode by its number. What cannot be told from the arguments is decided on the safe side.
 */
#ifndef GUARD_VOLUME_H
#define GUARD_VOLUME_H

#include "guard_judge.h"
#include "volume.h"

/* The chain of rules on a name in a directory (its inode), or 0. Functions that only look up keep their keys off the stack of those that judge. */
__noinline int chain_of_entry(u64 directory, u64 name)
{
	struct named_key key = { .parent = inode_id((struct inode *)directory) };
	struct named_value *value;

	hash_user_name(&key.name, name);
	value = bpf_map_lookup_elem(&named, &key);
	return value ? value->chain : 0;
}

/* The chain of rules on an inode that a handle in the caller's memory names, or 0. */
__noinline int chain_of_handle(u64 request, u32 offset, u32 dev)
{
	struct file_key key = { .dev = dev };
	struct anchor *a;
	u64 handle = 0;

	if (bpf_probe_read_user(&handle, offset == HANDLE_ADDRESS ? 8 : 4, (void *)(request + offset)) ||
	    bpf_probe_read_user(&key.ino, sizeof(key.ino), (void *)(handle + HANDLE_INO)))
		return 0;
	a = bpf_map_lookup_elem(&anchors, &key);
	return a ? a->file_chain : 0;
}

/* Rules on a name in a directory, and on the trees the directory is in. */
static __always_inline s32 judge_entry(struct file *directory, u64 name, u32 ops)
{
	struct dentry *dentry = directory->f_path.dentry;
	u32 chain;
	s32 answer;

	if (!(armed_ops & ops))
		return 0;
	chain = chain_of_entry(untyped((u64)dentry->d_inode), name);
	answer = chain ? judge_chain(chain, ops, untyped((u64)dentry), 0, 0) : 0;
	if (chain && !answer && armed_asks)
		answer = judge_chain(chain, ops | JUDGE_ASKS, untyped((u64)dentry), 0, 0);
	return answer ?: judge_covered(untyped((u64)dentry), ops);
}

/* All of a subvolume is read or copied: what is hidden may be any directory in it. */
static __always_inline s32 judge_copied(struct file *volume)
{
	u64 dentry = volume ? (u64)BPF_CORE_READ(volume, f_path.dentry) : 0;

	if (!dentry || !(armed_ops & (RULE_OPEN | RULE_READ)))
		return 0;
	return judge_covered(dentry, RULE_OPEN | RULE_READ) ?: judge_unfinished(dentry, RULE_OPEN | RULE_READ, 0);
}

/* Rules on any tree of a file system. */
static __always_inline s32 judge_any_tree(struct file *file, u32 ops)
{
	return armed_ops & ops ? judge_unfinished(untyped((u64)file->f_path.dentry), ops, 0) : 0;
}

/* An inode by its number: rules on the file itself, and on any tree of its file system. */
static __always_inline s32 judge_handle(struct file *file, u64 request, u32 offset)
{
	struct dentry *dentry = file->f_path.dentry;
	u32 chain;
	s32 answer;

	if (!(armed_ops & RULE_ATTR))
		return 0;
	chain = chain_of_handle(request, offset, file->f_inode->i_sb->s_dev);
	answer = chain ? judge_chain(chain, RULE_ATTR, untyped((u64)dentry), 0, 0) : 0;
	return answer ?: judge_unfinished(untyped((u64)dentry), RULE_ATTR, 0);
}

static __always_inline s32 judge_snapshot(struct file *directory, u64 arguments, u32 name)
{
	s64 source = -1;
	s32 answer;

	if (bpf_probe_read_user(&source, sizeof(source), (void *)arguments))
		return 0;
	answer = judge_copied(file_of_fd(source));
	return answer ?: judge_entry(directory, arguments + name, RULE_CREATE);
}

static __always_inline s32 judge_volume_ioctl(struct file *file, u32 number, u64 argument)
{
	switch (number) {
	case BTRFS_SNAP_CREATE:
		return judge_snapshot(file, argument, VOLUME_NAME);
	case BTRFS_SNAP_CREATE_V2:
		return judge_snapshot(file, argument, VOLUME_NAME_V2);
	case BTRFS_SUBVOL_CREATE:
		return judge_entry(file, argument + VOLUME_NAME, RULE_CREATE);
	case BTRFS_SUBVOL_CREATE_V2:
		return judge_entry(file, argument + VOLUME_NAME_V2, RULE_CREATE);
	case BTRFS_SNAP_DESTROY:
		return judge_entry(file, argument + VOLUME_NAME, RULE_DELETE);
	case BTRFS_SNAP_DESTROY_V2:
		/* It may name a subvolume anywhere on the file system by a number (BTRFS_SUBVOL_SPEC_BY_ID). */
		return judge_entry(file, argument + VOLUME_NAME_V2, RULE_DELETE) ?: judge_any_tree(file, RULE_DELETE);
	case BTRFS_SEND:
	case BTRFS_SEND32:
		return judge_copied(file);
	case XFS_ATTRMULTI:
		return judge_handle(file, argument, HANDLE_ADDRESS);
	case XFS_ATTRMULTI32:
		return judge_handle(file, argument, HANDLE_ADDRESS32);
	default:
		return 0;
	}
}

#endif
