/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Families of processes named with '+', and what the kernel calls a path. */
#ifndef GUARD_LIFE_H
#define GUARD_LIFE_H

#include "guard_maps.h"
#include "task.h"
#include "path.h"
#include "guard_match.h"

/* Children belong to their parent's families. */
SEC("raw_tp/sched_process_fork")
int guard_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx->args[0], *child = (struct task_struct *)ctx->args[1];
	u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	u64 *bits;

	if (!armed_families || from == to)
		return 0;
	bits = bpf_map_lookup_elem(&families, &from);
	if (bits && bpf_map_update_elem(&families, &to, bits, BPF_ANY))
		lose(LOSS_CALL_UNMATCHED);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int guard_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	u32 tgid = BPF_CORE_READ(task, tgid), tid = BPF_CORE_READ(task, pid);

	if (armed_asks)
		bpf_map_delete_elem(&held, &tid);
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	bpf_map_delete_elem(&families, &tgid);
	return 0;
}

static __always_inline int learn(struct inode *inode)
{
	learned.file.ino = BPF_CORE_READ(inode, i_ino);
	learned.file.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	learned.file.generation = BPF_CORE_READ(inode, i_generation);
	learned.mode = BPF_CORE_READ(inode, i_mode);
	learned.links = BPF_CORE_READ(inode, i_nlink);
	learned.count = 1;
	return 0;
}

static __always_inline bool asked(void)
{
	return bpf_get_current_pid_tgid() >> 32 == self_tgid && !learned.count;
}

/*
 * User space asks for a path's inode by stat, and learns here how the kernel calls it: on btrfs and overlayfs, stat's device is
 * another, and no call tells the generation. The first question after user space has cleared the answer is kept.
 */
SEC("fentry/security_inode_getattr")
int guard_learn(u64 *ctx)
{
	struct path *path = (struct path *)ctx[0];

	return asked() ? learn(BPF_CORE_READ(path, dentry, d_inode)) : 0;
}

/* Where nothing but tracepoints can be had, it asks by opening the path with O_PATH, which opens nothing. */
SEC("raw_tp/sys_exit")
int guard_learn_open(struct bpf_raw_tracepoint_args *ctx)
{
	struct file *file;

	if (!asked() || (s64)ctx->args[1] < 0)
		return 0;
	file = file_of_fd(ctx->args[1]);
	return file && (BPF_CORE_READ(file, f_flags) & FLAG_O_PATH) ? learn(BPF_CORE_READ(file, f_inode)) : 0;
}

#endif
