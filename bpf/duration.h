/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * How long a call took: from its entry to the operation's return. A program at the entry of system calls notes the time, attached
 * only while events are streamed. What is not known is told as not known, never as short: where the note is of another call than
 * the one that ends, or the operation is of none.
 */
#ifndef DURATION_H
#define DURATION_H

#include "process.h"

#define DURATION_UNKNOWN (-1LL)

static __always_inline void note_entry(u32 number)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct entered *noted, first = {};

	if (!watched(thread >> 32))
		return;
	noted = bpf_map_lookup_elem(&entered, &thread);
	if (noted) {
		noted->number = number;
		noted->told = 0;
		noted->time_ns = bpf_ktime_get_ns();
		return;
	}
	first.number = number;
	first.time_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&entered, &thread, &first, BPF_ANY);
}

/*
 * What follows is of another call than the one that this thread is in (io_uring and AIO tell their results in some other), or the
 * thread ends, and its number may be another's tomorrow.
 */
static __always_inline void forget_entry(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	if (stream)
		bpf_map_delete_elem(&entered, &thread);
}

/*
 * Is the current thread inside the call that was noted? A call that was under way when streaming began has no note, or one from before
 * that. Until a call returns, its result reads ENOSYS: behind that, the kernel may do what io_uring has put off.
 */
static __always_inline bool inside_noted(const struct entered *noted)
{
	struct pt_regs *regs = registers_of(current_task());
	u32 number = BPF_CORE_READ(regs, orig_ax);

	if (noted->time_ns < streamed_since || noted->number != number || number == CALL_IO_URING_ENTER)
		return false;
	return told_at_exit || (s64)BPF_CORE_READ(regs, ax) == -ERROR_NO_CALL;
}

/*
 * ns from the entry of the call that this thread is in until `now`; DURATION_UNKNOWN. One call does each operation once: preemptible
 * kernels skip a program that another thread was preempted in, and the second of a kind would have the note of the call before it.
 */
static __always_inline s64 duration(u32 op, u64 now)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct entered *noted = bpf_map_lookup_elem(&entered, &thread);
	u32 bit = 1U << (op % OP_SLOTS);

	if (!noted || (noted->told & bit) || !inside_noted(noted))
		return DURATION_UNKNOWN;
	noted->told |= bit;
	return now - noted->time_ns;
}

#endif
