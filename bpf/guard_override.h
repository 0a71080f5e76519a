/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The third rung: a kprobe on a system call's own function gives back an errno in its place. The kernel allows that for functions on
 * its error-injection list, where the system calls are, if it is built with CONFIG_BPF_KPROBE_OVERRIDE.
 */
#ifndef GUARD_OVERRIDE_H
#define GUARD_OVERRIDE_H

#include "guard_call.h"

/* Attached to every call of the table; each is handed the registers that user space had. */
SEC("kprobe")
int override_call(struct pt_regs *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)BPF_CORE_READ(ctx, di);
	const volatile struct guarded_call *call;
	bool compat = false;
	s32 first, second = 0;

	call = call_of(regs, &compat);
	if (!call)
		return 0;
	first = judge_object(regs, compat, &call->objects[0]);
	if (call->objects[1].kind)
		second = judge_object(regs, compat, &call->objects[1]);
	first = stronger(first, second);
	if (first)
		bpf_override_return(ctx, -(s64)(-first & MAX_ERROR));
	return 0;
}

#endif
