/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Where calls are refused, and where sizes are known again: by a change of size, at the last close. */
#ifndef QUOTA_SETTLE_H
#define QUOTA_SETTLE_H

#include "quota_note.h"

#define MAY_REFUSE(function, name) \
	SEC("fmod_ret/" #function) \
	int quota_##name(u64 *ctx)

static __always_inline int on_permission(u64 *ctx)
{
	return verdict(ctx, 2, !(s32)ctx[2] && ((u32)ctx[1] & MAY_WRITE_BIT) ? take_refusal((struct file *)ctx[0]) : 0);
}

MAY_REFUSE(security_file_permission, file_permission) { return on_permission(ctx); }
/* quota_again_*: on preemptible kernels only, where a program is skipped if somebody was preempted inside that very one. */
MAY_REFUSE(security_file_permission, again_file_permission) { return on_permission(ctx); }
MAY_REFUSE(security_file_permission, again_file_permission_2) { return on_permission(ctx); }

static __always_inline bool sets_size(struct inode *inode, struct iattr *attributes)
{
	return quota_devices && (attributes->ia_valid & ATTRIBUTE_SIZE) && has_quotas(inode->i_sb->s_dev) && is_regular(inode);
}

/* The whole set of attributes is judged before any is changed: a size is one of them. */
static __always_inline s32 on_size(struct dentry *dentry, struct iattr *attributes)
{
	struct inode *inode = dentry->d_inode;
	struct quota_file *f;

	if (!sets_size(inode, attributes))
		return 0;
	f = quota_file(inode, untyped((u64)dentry));
	/* The kernel writes a core dump without a check (__kernel_write). Before, it sets the size of the file to 0. */
	if (f && (BPF_CORE_READ(current_task(), flags) & TASK_DUMPCORE))
		return refuse_unmeasured(f->quota) ? QUOTA_REFUSED : 0;
	/* What shortens the file is never refused. */
	return f && (attributes->ia_size > f->end || blocks(attributes->ia_size) > f->charged) ? grow(f, inode->i_size, attributes->ia_size, 0, false) : 0;
}

MAY_REFUSE(security_inode_setattr, inode_setattr)
{
	s32 result = on_size((struct dentry *)argument(ctx, setattr_dentry), (struct iattr *)argument(ctx, setattr_dentry + 1));

	return verdict(ctx, setattr_arguments, result);
}

/* A size has been set: whoever else has it open, so long is it now. */
SEC("fexit/notify_change")
int quota_notify_change(u64 *ctx)
{
	struct dentry *dentry = (struct dentry *)argument(ctx, notify_dentry);
	struct iattr *attributes = (struct iattr *)argument(ctx, notify_dentry + 1);
	struct inode *inode = dentry->d_inode;
	struct quota_file *f;

	if (!sets_size(inode, attributes))
		return 0;
	f = quota_file(inode, untyped((u64)dentry));
	if (f)
		settle(f, inode->i_size, true);
	return 0;
}

/* In the course of the last close of an open file. */
SEC("fentry/locks_remove_file")
int quota_locks_remove_file(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	struct inode *inode = file->f_inode;
	struct file_key key;
	struct quota_file *f;

	if (!(file->f_mode & MODE_WRITE) || !is_of_interest(file))
		return 0;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && f->quota && is_current(f, inode))
		settle_closed(f, &inode->i_size, &inode->i_writecount.counter);
	return 0;
}

#endif
