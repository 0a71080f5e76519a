/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The lowest rung: raw tracepoints, which see each system call and can send a signal, but refuse nothing. A write by descriptor is
 * judged before it begins: most file systems write no byte for a process that is being killed. Opens are judged when they are done,
 * by the file they led to, and before the program sees the descriptor.
 */
#ifndef GUARD_SIGNAL_H
#define GUARD_SIGNAL_H

#include "guard_call.h"

SEC("raw_tp/sys_enter")
int signal_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
	const volatile struct guarded_call *call;
	bool compat = false;

	call = call_of(regs, &compat);
	if (!call || call->objects[0].kind == CALL_OPEN || call->objects[0].kind == CALL_OPEN_HOW)
		return 0;
	judge_object(regs, compat, &call->objects[0]);
	if (call->objects[1].kind)
		judge_object(regs, compat, &call->objects[1]);
	return 0;
}

static __always_inline int opened(s64 fd)
{
	struct file *file = fd < 0 ? NULL : file_of_fd(fd);
	u32 flags, mode, ops = RULE_OPEN;

	if (!file)
		return 0;
	flags = BPF_CORE_READ(file, f_flags);
	mode = BPF_CORE_READ(file, f_mode);
	if (flags & FLAG_O_PATH)
		return 0;
	if ((mode & MODE_WRITE) || (flags & FLAG_O_TRUNC))
		ops |= RULE_WRITE;
	if (mode & MODE_READ)
		ops |= RULE_READ;
	if (mode & MODE_CREATED)
		ops |= RULE_CREATE;
	if (!(armed_ops & ops))
		return 0;
	return judge_covered((u64)BPF_CORE_READ(file, f_path.dentry), ops);
}

SEC("raw_tp/sys_exit")
int signal_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	const volatile struct guarded_call *call;
	bool compat = false;

	call = call_of((struct pt_regs *)ctx->args[0], &compat);
	if (!call || (call->objects[0].kind != CALL_OPEN && call->objects[0].kind != CALL_OPEN_HOW))
		return 0;
	opened(compat ? (s32)ctx->args[1] : (s64)ctx->args[1]);
	return 0;
}

/* The new program has not run an instruction yet. */
SEC("raw_tp/sched_process_exec")
int signal_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *program = (struct linux_binprm *)ctx->args[2];

	if (armed_ops & RULE_EXEC)
		judge_covered((u64)BPF_CORE_READ(program, file, f_path.dentry), RULE_EXEC);
	return 0;
}

#endif
