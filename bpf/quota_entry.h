/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Where files grow: how much is about to be written is learned here. */
#ifndef QUOTA_ENTRY_H
#define QUOTA_ENTRY_H

#include "quota_judge.h"

/*
 * An argument that points to no struct. Before 5.18 the verifier lets nobody load it (a program of that version has helper 191); it is
 * read as plain memory then, which takes five times as long.
 */
#define PLAIN_ARGUMENT(ctx, i) \
	({ \
		u64 plain_ = 0; \
\
		if (bpf_core_enum_value_exists(enum bpf_func_id___here, BPF_FUNC_copy_from_user_task___here)) \
			plain_ = argument(ctx, i); \
		else \
			bpf_probe_read_kernel(&plain_, sizeof(plain_), ctx + i); \
		(s64 *)plain_; \
	})

SEC("fentry/rw_verify_area")
int quota_rw_verify_area(u64 *ctx)
{
	struct file *file = (struct file *)ctx[1];

	return (int)ctx[0] == 1 && is_of_interest(file) ? judge_write(file, PLAIN_ARGUMENT(ctx, 2), ctx[3]) : 0;
}

SEC("fentry/vfs_fallocate")
int quota_vfs_fallocate(u64 *ctx)
{
	return judge_allocation((struct file *)ctx[0], ctx[1], ctx[2], ctx[3]);
}

SEC("fentry/vfs_clone_file_range")
int quota_vfs_clone_file_range(u64 *ctx)
{
	return judge_clone((struct file *)ctx[0], ctx[1], (struct file *)ctx[2], ctx[3], ctx[4]);
}

/* The source of a clone of all there is may have been lengthened before it was locked: see end_sendfile(). */
static __always_inline int end_clone(struct file *to)
{
	struct inode *inode = to->f_inode;
	struct quota_file *f;
	struct file_key key;

	if (!is_of_interest(to))
		return 0;
	key = quota_key(inode);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && f->quota && is_current(f, inode))
		count_growth(f, inode->i_size);
	return 0;
}

SEC("fexit/vfs_clone_file_range")
int quota_clone_end(u64 *ctx) { return end_clone((struct file *)ctx[2]); }
SEC("fexit/vfs_clone_file_range")
int quota_again_clone_end(u64 *ctx) { return end_clone((struct file *)ctx[2]); }

/*
 * The same by kprobes, for preemptible kernels: a trampoline's program is not run where another thread was preempted inside it on the
 * same CPU; a kprobe's runs with preemption off. bpf_rdonly_cast() came with 6.2.
 */
extern void *bpf_rdonly_cast(void *address, __u32 type) __ksym __weak;

static __always_inline struct file *file_argument(u64 address)
{
	return bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct file));
}

SEC("kprobe/rw_verify_area")
int quota_probe_rw_verify_area(struct pt_regs *ctx)
{
	struct file *file;

	if (!quota_devices || (int)probe_argument(ctx, 0) != 1)
		return 0;
	file = file_argument(probe_argument(ctx, 1));
	return is_of_interest(file) ? judge_write(file, (s64 *)probe_argument(ctx, 2), probe_argument(ctx, 3)) : 0;
}

SEC("kprobe/vfs_fallocate")
int quota_probe_vfs_fallocate(struct pt_regs *ctx)
{
	return judge_allocation(file_argument(probe_argument(ctx, 0)), probe_argument(ctx, 1), probe_argument(ctx, 2), probe_argument(ctx, 3));
}

SEC("kprobe/vfs_clone_file_range")
int quota_probe_vfs_clone_file_range(struct pt_regs *ctx)
{
	struct file *from = file_argument(probe_argument(ctx, 0)), *to = file_argument(probe_argument(ctx, 2));

	return judge_clone(from, probe_argument(ctx, 1), to, probe_argument(ctx, 3), probe_argument(ctx, 4));
}

#endif
