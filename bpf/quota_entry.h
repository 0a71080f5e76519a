/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Where files grow, shrink, come and go. How much a call is about to write is known in one function, and it can be refused in another
 * that the first one calls: the first charges, and leaves a refusal for the second.
 */
#ifndef QUOTA_ENTRY_H
#define QUOTA_ENTRY_H

#include "quota_charge.h"

#define MAY_REFUSE(function) \
	SEC("fmod_ret/" #function) \
	int quota_##function(u64 *ctx)

/* An argument that points to no struct: 5.10's verifier lets nobody load it. */
static __always_inline s64 *plain_argument(u64 *ctx, u32 i)
{
	s64 *value = NULL;

	bpf_probe_read_kernel(&value, sizeof(value), ctx + i);
	return value;
}

/* Leaves word that the thread's call on this file will be refused. */
static __always_inline void leave_refusal(struct inode *inode, s32 result)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_refusal refusal = { .result = result };

	refusal.inode = untyped((u64)inode);
	if (!bpf_map_update_elem(&refusals, &thread, &refusal, BPF_ANY))
		refusing = 1;
}

/* One that was left earlier and never asked for, in another call. */
static __always_inline void forget_refusal(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	if (refusing)
		bpf_map_delete_elem(&refusals, &thread);
}

/* Is it a regular file that may be in a quota? A stacked file system's inner file is not its own dentry's. */
static __always_inline bool is_of_interest(struct file *file)
{
	struct inode *inode = file->f_inode;

	return has_quotas(inode->i_sb->s_dev) && (inode->i_mode & S_TYPE) == S_REGULAR && file->f_path.dentry->d_inode == inode;
}

/* The call writes up to `end`, or appends so much. */
static __always_inline void write_to(struct file *file, s64 end, bool appends)
{
	struct inode *inode = file->f_inode;
	struct quota_file *f = quota_file(inode, file->f_path.dentry);
	s64 size = inode->i_size;

	forget_refusal();
	if (f && grow(f, size, end, appends))
		leave_refusal(inode, QUOTA_REFUSED);
}

/* At most as much as what it copies from has. */
static __always_inline u64 bounded(struct inode *inode, u64 bytes)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_bound *bound;

	if (!bounding)
		return bytes;
	bound = bpf_map_lookup_elem(&bounds, &thread);
	if (!bound || bound->inode != untyped((u64)inode))
		return bytes;
	return bytes < bound->bytes ? bytes : bound->bytes;
}

SEC("fentry/rw_verify_area")
int quota_rw_verify_area(u64 *ctx)
{
	struct file *file = (struct file *)ctx[1];
	s64 *position, at = 0;
	bool appends;
	u64 bytes;

	if ((int)ctx[0] != 1 || !quota_devices || !is_of_interest(file))
		return 0;
	position = plain_argument(ctx, 2);
	if (!position) /* of what has no position */
		return 0;
	appends = file->f_flags & FLAG_O_APPEND;
	bytes = bounded(file->f_inode, ctx[3]);
	bpf_probe_read_kernel(&at, sizeof(at), position);
	write_to(file, appends ? (s64)bytes : at + (s64)bytes, appends);
	return 0;
}

/* Nothing is asked of the kernel's own: sizes only. */
static __always_inline s64 source_bytes(struct file *file, s64 at)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	s64 size = BPF_CORE_READ(inode, i_size);

	if ((BPF_CORE_READ(inode, i_mode) & S_TYPE) != S_REGULAR)
		return -1;
	return size > at ? size - at : 0;
}

static __always_inline void leave_bound(struct file *to, s64 bytes)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_bound bound = { .bytes = bytes };

	bound.inode = (u64)BPF_CORE_READ(to, f_inode);
	if (bytes < 0)
		bpf_map_delete_elem(&bounds, &thread);
	else if (!bpf_map_update_elem(&bounds, &thread, &bound, BPF_ANY))
		bounding = 1;
}

/* sendfile is often told to copy more than there is. */
SEC("fentry/do_sendfile")
int quota_do_sendfile(u64 *ctx)
{
	struct file *to, *from;
	s64 at = 0, *position;

	if (!quota_devices)
		return 0;
	to = file_of_fd(ctx[0]);
	from = file_of_fd(ctx[1]);
	if (!to || !from || !has_quotas(BPF_CORE_READ(to, f_inode, i_sb, s_dev)))
		return 0;
	position = plain_argument(ctx, 2);
	if (position)
		bpf_probe_read_kernel(&at, sizeof(at), position);
	else
		at = BPF_CORE_READ(from, f_pos);
	leave_bound(to, source_bytes(from, at));
	return 0;
}

/* So is splice: a pipe holds no more than its buffers. */
SEC("fentry/do_splice")
int quota_do_splice(u64 *ctx)
{
	struct file *from = (struct file *)ctx[0], *to = (struct file *)ctx[2];
	struct pipe_inode_info *pipe;

	if (!quota_devices || !has_quotas(to->f_inode->i_sb->s_dev) || (from->f_inode->i_mode & S_TYPE) != S_PIPE)
		return 0;
	pipe = (struct pipe_inode_info *)from->private_data;
	leave_bound(to, (s64)BPF_CORE_READ(pipe, max_usage) * QUOTA_BLOCK);
	return 0;
}

SEC("fentry/vfs_fallocate")
int quota_vfs_fallocate(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	u32 mode = ctx[1];
	s64 end = (s64)ctx[2] + (s64)ctx[3], size;

	if (!quota_devices || !is_of_interest(file))
		return 0;
	size = file->f_inode->i_size;
	if (mode & FALLOCATE_COLLAPSE)
		end = 0;
	else if (mode & FALLOCATE_INSERT)
		end = size + (s64)ctx[3];
	else if (mode & FALLOCATE_KEEP_SIZE) {
		/* Room behind the end shows in no size. */
		forget_refusal();
		if (!(mode & FALLOCATE_PUNCH) && end > blocks(size) && quota_file(file->f_inode, file->f_path.dentry))
			leave_refusal(file->f_inode, -(s32)ERROR_NOT_SUPPORTED);
		return 0;
	}
	write_to(file, end, false);
	return 0;
}

SEC("fentry/vfs_clone_file_range")
int quota_vfs_clone_file_range(u64 *ctx)
{
	struct file *from = (struct file *)ctx[0], *to = (struct file *)ctx[2];
	s64 bytes = ctx[4];

	if (!quota_devices || !is_of_interest(to))
		return 0;
	if (!bytes)
		bytes = from->f_inode->i_size - (s64)ctx[1];
	write_to(to, (s64)ctx[3] + bytes, false);
	return 0;
}

MAY_REFUSE(security_file_permission)
{
	s32 earlier = ctx[2], result = 0;

	if (!earlier && refusing && ((u32)ctx[1] & MAY_WRITE_BIT)) {
		u64 thread = bpf_get_current_pid_tgid();
		struct quota_refusal *refusal = bpf_map_lookup_elem(&refusals, &thread);

		if (refusal && refusal->inode == (u64)BPF_CORE_READ((struct file *)ctx[0], f_inode)) {
			result = refusal->result;
			bpf_map_delete_elem(&refusals, &thread);
		}
	}
	return verdict(ctx, 2, result);
}

/* The whole set of attributes is judged before any is changed: a size is one of them. */
static __always_inline s32 on_size(struct dentry *dentry, struct iattr *attributes)
{
	struct inode *inode = dentry->d_inode;
	struct quota_file *f;

	if (!quota_devices || !(attributes->ia_valid & ATTRIBUTE_SIZE) || !has_quotas(inode->i_sb->s_dev) || (inode->i_mode & S_TYPE) != S_REGULAR)
		return 0;
	f = quota_file(inode, dentry);
	return f && attributes->ia_size > f->end ? grow(f, inode->i_size, attributes->ia_size, false) : 0;
}

MAY_REFUSE(security_inode_setattr)
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

	if (!quota_devices || !(attributes->ia_valid & ATTRIBUTE_SIZE) || !has_quotas(inode->i_sb->s_dev) || (inode->i_mode & S_TYPE) != S_REGULAR)
		return 0;
	f = quota_file(inode, dentry);
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

	if (!quota_devices || !(file->f_mode & MODE_WRITE) || !is_of_interest(file))
		return 0;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && f->quota && f->inode == untyped((u64)inode))
		settle(f, inode->i_size, inode->i_writecount.counter <= 1);
	return 0;
}

#endif
