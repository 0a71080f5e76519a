/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* What the kernel calls a path: asked by user space, which sees other device numbers on btrfs and overlayfs, and no generation. */
#ifndef LEARN_H
#define LEARN_H

#include "task.h"
#include "learned.h"
#include "subvolume.h"

volatile struct learned learned = {};
const volatile u32 self_tgid = 0;
volatile u32 owner_exits = 0; /* of the process `self_tgid`: from then on its number may be another process's */

static __always_inline int learn(struct inode *inode)
{
	learned.file.ino = BPF_CORE_READ(inode, i_ino);
	learned.file.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	learned.file.generation = BPF_CORE_READ(inode, i_generation);
	learned.mode = BPF_CORE_READ(inode, i_mode);
	learned.links = BPF_CORE_READ(inode, i_nlink);
	learned.subvolume = subvolume_of((u64)inode);
	learned.count = 1;
	return 0;
}

/* Only the main thread asks: what other threads of user space look at is no question. */
static __always_inline bool asked(void)
{
	return bpf_get_current_pid_tgid() == ((u64)self_tgid << 32 | self_tgid) && !learned.count;
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
