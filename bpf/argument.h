/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Arguments of kprobes, and of trampolines (fentry, fexit, fmod_ret, lsm) by a place known only when the object is loaded. */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include "kernel.h"

/*
 * Argument `i` of a trampoline. The verifier wants a constant offset at every load, so each is written out: the places come from
 * read-only data, and the branches not taken are never looked at.
 */
#define LOAD(offset) asm volatile("%0 = *(u64 *)(%1 + " #offset ")" : "=r"(value) : "r"(ctx))
static __always_inline u64 argument(u64 *ctx, u8 i)
{
	u64 value = 0;

	switch (i) {
	case 0: LOAD(0); break;
	case 1: LOAD(8); break;
	case 2: LOAD(16); break;
	case 3: LOAD(24); break;
	case 4: LOAD(32); break;
	case 5: LOAD(40); break;
	case 6: LOAD(48); break;
	}
	return value;
}

/* Argument `i` of a function that a kprobe is on. */
static __always_inline u64 probe_argument(struct pt_regs *regs, u8 i)
{
	switch (i) {
	case 0: return BPF_CORE_READ(regs, di);
	case 1: return BPF_CORE_READ(regs, si);
	case 2: return BPF_CORE_READ(regs, dx);
	case 3: return BPF_CORE_READ(regs, cx);
	case 4: return BPF_CORE_READ(regs, r8);
	case 5: return BPF_CORE_READ(regs, r9);
	default: return 0;
	}
}

/* The verifier knows what type an argument has; a global function (walk) takes plain numbers only. This forgets the type. */
static __always_inline u64 untyped(u64 value)
{
	u64 plain = 0;

	bpf_probe_read_kernel(&plain, sizeof(plain), &value);
	return plain;
}

/* An earlier refusal stands. Written out, so that the verifier (from 6.12) sees that 0 or an errno comes out and nothing else. */
static __always_inline int verdict(u64 *ctx, u8 behind, s32 ours)
{
	s32 earlier = argument(ctx, behind);
	u64 number = (u32)-(earlier ?: ours) & MAX_ERROR, answer;

	asm volatile("%0 = 0\n\t%0 -= %1" : "=&r"(answer) : "r"(number));
	return answer;
}

#endif
