/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Names that come, go, and cross the border of a quota. */
#ifndef QUOTA_NAMES_H
#define QUOTA_NAMES_H

#include "quota_settle.h"

static __always_inline bool names_count(struct dentry *dentry)
{
	return quota_devices && has_quotas(dentry->d_parent->d_inode->i_sb->s_dev);
}

/* One more inode. Counted when it is asked for: few are refused by the file system afterwards, and the next count corrects them. */
static __always_inline s32 on_new(struct dentry *dentry)
{
	u32 quota = names_count(dentry) ? quota_above(untyped((u64)dentry)) : 0;

	return quota ? charge(quota, 0, 1) : 0;
}

MAY_REFUSE(security_inode_create, inode_create) { return verdict(ctx, 3, on_new((struct dentry *)ctx[1])); }
MAY_REFUSE(security_inode_mkdir, inode_mkdir) { return verdict(ctx, 3, on_new((struct dentry *)ctx[1])); }
MAY_REFUSE(security_inode_mknod, inode_mknod) { return verdict(ctx, 4, on_new((struct dentry *)ctx[1])); }
MAY_REFUSE(security_inode_symlink, inode_symlink) { return verdict(ctx, 3, on_new((struct dentry *)ctx[1])); }

/* Its last name may be gone in a moment: what it has is given back when it goes itself. */
static __always_inline void on_leaving(struct dentry *dentry, u32 quota)
{
	struct quota_leaving gone = { .quota = quota, .epoch = quota_epoch, .named = 1 };
	struct inode *inode = dentry->d_inode;
	struct quota_file *f;
	struct file_key key;

	/* Whether it has no name left is asked when it goes: a server's client may not know now. */
	if (!quota || !inode || !untyped((u64)inode))
		return;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && !is_current(f, inode))
		f = NULL;
	/* Charged elsewhere, or nowhere: this quota has nothing to give back. */
	if (f && f->quota != quota) {
		bpf_map_delete_elem(&leaving, &key);
		return;
	}
	gone.bytes = !is_regular(inode) ? 0 : f ? f->charged : blocks(inode->i_size);
	gone.links = inode->i_nlink;
	if (bpf_map_update_elem(&leaving, &key, &gone, BPF_ANY))
		__sync_fetch_and_add(&unfound, 1);
}

static __always_inline int on_unlink(struct dentry *dentry)
{
	if (names_count(dentry))
		on_leaving(dentry, quota_above(untyped((u64)dentry)));
	return 0;
}

SEC("fentry/security_inode_unlink")
int quota_security_inode_unlink(u64 *ctx) { return on_unlink((struct dentry *)ctx[1]); }
SEC("fentry/security_inode_rmdir")
int quota_security_inode_rmdir(u64 *ctx) { return on_unlink((struct dentry *)ctx[1]); }

/* An inode leaves memory; with it, if it has no name any more, what it held. */
SEC("fentry/evict")
int quota_evict(u64 *ctx)
{
	struct inode *inode = (struct inode *)ctx[0];
	struct quota_leaving *gone;
	struct quota_file *f;
	struct file_key key;

	if (!quota_devices || !has_quotas(inode->i_sb->s_dev))
		return 0;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && !is_current(f, inode))
		f = NULL;
	gone = bpf_map_lookup_elem(&leaving, &key);
	/* A file that has moved since it lost a name is charged where it went. */
	if (gone && (!still_is(gone->quota, gone->epoch) || (f && f->quota != gone->quota)))
		gone = NULL;
	if (f && !f->quota)
		f = NULL;
	if (inode->i_nlink) {
		if (f)
			settle(f, inode->i_size, true);
	} else if (gone) {
		correct(gone->quota, -(f ? f->charged : charged_nameless(gone, inode->i_size)), gone->named ? -1 : 0);
	} else if (f) {
		correct(f->quota, -f->charged, 0);
	}
	bpf_map_delete_elem(&quota_files, &key);
	bpf_map_delete_elem(&leaving, &key);
	return 0;
}

/* What a count of it would see, at most. */
static __always_inline u64 bytes_of(struct inode *inode)
{
	u16 type;

	if (!inode || !untyped((u64)inode))
		return 0;
	type = inode->i_mode & S_TYPE;
	return type == S_DIRECTORY ? 1ull << QUOTA_TREE_BITS : type == S_REGULAR ? blocks(inode->i_size) : 0;
}

/* A second name in another quota would be charged to whoever writes first. */
MAY_REFUSE(security_inode_link, inode_link)
{
	struct dentry *from = (struct dentry *)ctx[0], *to = (struct dentry *)ctx[2];
	s32 result = 0;

	if (names_count(to)) {
		u32 quota = quota_above(untyped((u64)to));

		if (quota != quota_above(untyped((u64)from)))
			result = -(s32)ERROR_CROSS_DEVICE;
		else if (quota && !from->d_inode->i_nlink) /* made without a name */
			result = charge(quota, 0, 1);
		else if (quota)
			shuffle(quota, bytes_of(from->d_inode));
	}
	return verdict(ctx, 3, result);
}

/*
 * The file has moved out between the judgement of its second name and the making of it: that name is in a quota where the file is charged no
 * more. The file is charged here again, whatever the limit, and so is all that it grows by.
 */
static __always_inline int on_linked(u64 *ctx)
{
	struct dentry *from = (struct dentry *)ctx[0], *to = (struct dentry *)argument(ctx, link_dentry);
	struct inode *inode;
	struct quota_file *f;
	struct file_key key;
	s64 bytes;
	u32 quota;

	if ((s32)argument(ctx, link_arguments) || !names_count(to))
		return 0;
	quota = quota_above(untyped((u64)to));
	if (!quota || quota == quota_above(untyped((u64)from)))
		return 0;
	inode = from->d_inode;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && !is_current(f, inode))
		f = NULL;
	if (f && f->quota == quota)
		return 0;
	bytes = is_regular(inode) ? blocks(inode->i_size) : 0;
	if (f && !f->quota) {
		bytes = bytes > f->charged ? bytes : f->charged;
		__sync_fetch_and_add(&f->charged, bytes - f->charged);
		f->quota = quota;
	}
	return correct(quota, bytes, 1);
}

SEC("fexit/vfs_link")
int quota_vfs_link(u64 *ctx) { return on_linked(ctx); }

#endif
