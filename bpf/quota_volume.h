/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* ioctls by which bytes come into a quota without a write: btrfs snapshots, exchanges of contents. */
#ifndef QUOTA_VOLUME_H
#define QUOTA_VOLUME_H

#include "quota_rename.h"
#include "volume.h"

/* Index + 1 of the quota that a directory's entries are in, or 0. */
static __always_inline u32 quota_below(struct file *directory)
{
	struct inode *inode = directory->f_inode;

	return quota_at(inode->i_ino, inode->i_sb->s_dev) ?: quota_above(untyped((u64)directory->f_path.dentry));
}

/*
 * An exchange names the other file in the caller's memory, which another thread can change after it was judged: none on a file system that
 * has a quota. Also while that is counted: a file that was counted already could get the contents of one that was not.
 */
static __always_inline s32 on_exchange(u32 device)
{
	u32 *quota = bpf_map_lookup_elem(&quota_volumes, &device);
	struct quota_usage *usage;
	struct quota *q;
	u32 index;

	if (!quota)
		return 0;
	index = *quota - 1;
	q = bpf_map_lookup_elem(&quotas, &index);
	usage = bpf_map_lookup_elem(&usages, &index);
	return q && usage && refuses(q, usage) ? -(s32)ERROR_NOT_SUPPORTED : 0;
}

/*
 * A snapshot holds as much as its source, which is not known before all of it is walked, so none can be made in a quota.
 * `again`: another copy of the program has charged the same call.
 */
static __always_inline s32 on_ioctl(struct file *file, u32 number, bool again)
{
	u32 quota;

	if (!quota_devices || !has_quotas(file->f_inode->i_sb->s_dev))
		return 0;
	switch (number) {
	case BTRFS_SNAP_CREATE:
	case BTRFS_SNAP_CREATE_V2:
		quota = quota_below(file);
		return quota && refuse_unmeasured(quota) ? QUOTA_REFUSED : 0;
	case BTRFS_SUBVOL_CREATE:
	case BTRFS_SUBVOL_CREATE_V2:
		quota = quota_below(file);
		return quota && !again ? charge(quota, 0, 1) : 0;
	case IOCTL_XFS_EXCHANGE_RANGE:
	case IOCTL_XFS_COMMIT_RANGE:
	case IOCTL_F2FS_MOVE_RANGE:
	case IOCTL_SETVERSION:
	case IOCTL_SETVERSION32:
	case IOCTL_EXT4_SETVERSION:
	case IOCTL_EXT4_SETVERSION32:
		return on_exchange(file->f_inode->i_sb->s_dev);
	default:
		return 0;
	}
}

MAY_REFUSE(security_file_ioctl, file_ioctl) { return verdict(ctx, 3, on_ioctl((struct file *)ctx[0], ctx[1], false)); }
MAY_REFUSE(security_file_ioctl, again_file_ioctl) { return verdict(ctx, 3, on_ioctl((struct file *)ctx[0], ctx[1], true)); }
/* From 6.8; before, 32-bit calls ask file_ioctl. */
MAY_REFUSE(security_file_ioctl_compat, file_ioctl_compat) { return verdict(ctx, 3, on_ioctl((struct file *)ctx[0], ctx[1], false)); }

#endif
