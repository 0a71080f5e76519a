/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The ends of processes: of members of a family, of those that are held, and of the program itself. */
#ifndef GUARD_LIFE_H
#define GUARD_LIFE_H

#include "guard_maps.h"
#include "task.h"
#include "learn.h"

enum { GROUP_EXIT = 4 /* SIGNAL_GROUP_EXIT of linux/sched/signal.h */ };

SEC("raw_tp/sched_process_exit")
int guard_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	u32 tgid = BPF_CORE_READ(task, tgid), tid = BPF_CORE_READ(task, pid);

	if (armed_asks)
		bpf_map_delete_elem(&held, &tid);
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	bpf_map_delete_elem(&family_processes, &tgid);
	return 0;
}

/*
 * Is the process of a thread that exits about to end? It is when its last thread exits. It is as well when the first one does after
 * SIGKILL or exit_group(2), from when on no thread of it runs its program: on a busy machine each of a dozen threads waits for its turn
 * to exit, 1.2 s in all at load 16 (seen on 6.12). execve(2) ends other threads without this flag.
 */
static __always_inline bool is_ending(struct task_struct *task)
{
	return !BPF_CORE_READ(task, signal, live.counter) || (BPF_CORE_READ(task, signal, flags) & GROUP_EXIT);
}

/*
 * The program that armed the rules ends, or its watchdog process. This runs before a process that ends closes its files, which takes
 * seconds where BPF links are among them (seen on 6.12). The watchdog process is told; where it is gone too, no rule holds from here on.
 * A program of its own, which does next to nothing for other processes: from 6.2 on the kernel skips a raw tracepoint's program that is
 * active on the same CPU already, and on a preemptible kernel (7.2) another thread may be inside it. The two counters are changed by
 * locked instructions, so that of two that end at once the later one sees both.
 */
SEC("raw_tp/sched_process_exit")
int guard_owner_exit(struct bpf_raw_tracepoint_args *ctx)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct task_struct *task;

	if (tgid != self_tgid && tgid != watchdog_tgid)
		return 0;
	task = (struct task_struct *)ctx->args[0];
	if (!is_ending(task))
		return 0;
	if (tgid == self_tgid)
		__sync_fetch_and_add(&owner_exits, 1);
	else
		__sync_fetch_and_add(&watchdog_exits, 1);
	if (!owner_exits)
		return 0;
	bpf_ringbuf_output(&owner_ended, &tgid, sizeof(tgid), BPF_RB_FORCE_WAKEUP);
	if (!watchdog_tgid || watchdog_exits)
		rules_over = RULES_OVER;
	return 0;
}

#endif
