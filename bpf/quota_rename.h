/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Renames within a quota and across its border.
 *
 * A call that writes is judged before it has the inode's lock, and may write after a rename that began later: by then the file is in
 * another quota. So a file that a process has open for writing cannot enter a quota, and one that enters is charged in both quotas from
 * before the rename until it has ended.
 */
#ifndef QUOTA_RENAME_H
#define QUOTA_RENAME_H

#include "quota_names.h"

/*
 * The move has not been made: the file is where it was. If it was in a quota, a call may have charged its growth there alone: then growth
 * that was charged meanwhile is not given back before the next count.
 */
static __always_inline void take_back(const struct quota_crossing *crossing, struct quota_file *f)
{
	s64 charged = crossing->charged;

	if (f) {
		if (!crossing->left || f->charged < charged)
			charged = f->charged;
		f->quota = crossing->left;
		f->left = 0;
	}
	if (crossing->entered)
		correct(crossing->entered, -charged, -1);
}

/*
 * Judges all calls on the file by the quota it enters from now on, then looks for those that were judged before: -EXDEV where there may
 * be any. open() counts a writer before any of its calls is judged, so that no call can be missed by both.
 */
static __always_inline s32 enter(struct inode *inode, struct quota_file *f, const struct quota_crossing *crossing, s64 size)
{
	if (f) {
		if (!crossing->left) {
			f->end = size;
			f->charged = crossing->charged;
			f->unforeseen = 0;
		}
		f->left = crossing->left;
		f->quota = crossing->entered;
	}
	__sync_fetch_and_add(&crossed, 1);
	if ((inode->i_writecount.counter <= 0 && inode->i_size == size) || !refuse_unmeasured(crossing->entered))
		return 0;
	take_back(crossing, f);
	return -(s32)ERROR_CROSS_DEVICE;
}

/*
 * What moves from one quota into another. Directories, files with several names and files that are open for writing must be copied:
 * EXDEV, as for other file systems.
 */
static __always_inline s32 on_crossing(struct dentry *from, u64 to, u32 left, u32 entered, u32 flags)
{
	struct quota_crossing crossing = { .to = to, .left = left, .entered = entered };
	u64 thread = bpf_get_current_pid_tgid();
	struct inode *inode = from->d_inode;
	struct quota_file *f = NULL;
	s64 size = inode->i_size;

	if ((inode->i_mode & S_TYPE) == S_DIRECTORY || inode->i_nlink > 1 || (flags & RENAME_EXCHANGE_FLAG))
		return -(s32)ERROR_CROSS_DEVICE;
	crossing.key = quota_key(inode);
	crossing.inode = untyped((u64)inode);
	if (is_regular(inode)) {
		/* Looked up by its old place. */
		f = known_file(inode, untyped((u64)from));
		crossing.charged = f && left ? f->charged : blocks(size);
	}
	if (entered && charge(entered, crossing.charged, 1))
		return QUOTA_REFUSED;
	if (entered && is_regular(inode) && enter(inode, f, &crossing, size))
		return -(s32)ERROR_CROSS_DEVICE;
	bpf_map_update_elem(&crossings, &thread, &crossing, BPF_ANY);
	return 0;
}

/* The move is made. The file may have been forgotten meanwhile, or looked up again in its old place. */
static __always_inline void arrive(const struct quota_crossing *crossing, struct quota_file *f)
{
	struct inode *inode = (struct inode *)crossing->inode;
	s64 size = BPF_CORE_READ(inode, i_size), charged = crossing->charged;

	if (f && f->quota == (crossing->entered ?: crossing->left))
		charged = f->charged;
	if (f) {
		__sync_fetch_and_add(&f->charged, charged - f->charged);
		f->left = 0;
		f->quota = crossing->entered;
		f->epoch = quota_epoch;
		if (crossing->entered)
			settle(f, size, false);
	}
	if (crossing->left)
		correct(crossing->left, -charged, -1);
	/* A name that the file lost in the old quota says nothing any more: that quota has all back. */
	bpf_map_delete_elem(&leaving, &crossing->key);
}

/* The file that a rename which has ended was about. */
static __always_inline u64 renamed_inode(u64 *ctx)
{
	struct dentry *old;

	if (bpf_core_type_exists(struct renamedata))
		old = BPF_CORE_READ((struct renamedata *)ctx[0], old_dentry);
	else
		old = (struct dentry *)ctx[1];
	return (u64)BPF_CORE_READ(old, d_inode);
}

/* Done, or not (NFS knows no RENAME_NOREPLACE, and mv tries again without): the file is charged in one of the two only. */
static __always_inline int on_renamed(u64 *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_crossing *crossing;
	struct quota_file *f;

	if (!quota_devices)
		return 0;
	crossing = bpf_map_lookup_elem(&crossings, &thread);
	/* A file system on top of another (overlayfs) renames files there in the course of a rename. */
	if (!crossing || crossing->inode != renamed_inode(ctx))
		return 0;
	f = bpf_map_lookup_elem(&quota_files, &crossing->key);
	if (f && f->inode != crossing->inode)
		f = NULL;
	if ((s32)argument(ctx, vfs_rename_arguments))
		take_back(crossing, f);
	else
		arrive(crossing, f);
	bpf_map_delete_elem(&crossings, &thread);
	return 0;
}

SEC("fexit/vfs_rename")
int quota_vfs_rename(u64 *ctx) { return on_renamed(ctx); }
SEC("fexit/vfs_rename")
int quota_again_vfs_rename(u64 *ctx) { return on_renamed(ctx); }

/* Another copy of this program has judged the same call. */
static __always_inline bool is_judged(struct dentry *from, u64 to)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_crossing *crossing = bpf_map_lookup_elem(&crossings, &thread);

	return crossing && crossing->to == to && crossing->inode == (u64)from->d_inode;
}

static __always_inline s32 on_rename(struct dentry *from, struct dentry *to, u32 flags, bool again)
{
	u64 target = untyped((u64)to);
	u32 left, entered;
	s32 result = 0;

	if (!names_count(from) || (again && is_judged(from, target)))
		return 0;
	left = quota_above(untyped((u64)from));
	entered = quota_above(target);
	if (left != entered)
		result = on_crossing(from, target, left, entered, flags);
	else if (left)
		shuffle(left, bytes_of(from->d_inode) + bytes_of(to->d_inode));
	if (!result)
		on_leaving(to, entered);
	return result;
}

#define RENAME(name, again) \
	MAY_REFUSE(security_inode_rename, name) \
	{ \
		s32 result = on_rename((struct dentry *)ctx[1], (struct dentry *)ctx[3], rename_arguments > 4 ? ctx[4] : 0, again); \
\
		return verdict(ctx, rename_arguments, result); \
	}

RENAME(inode_rename, false)
RENAME(again_inode_rename, true)

#endif
