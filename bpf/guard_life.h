/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Families of processes named with '+', and the ends of those who are held. */
#ifndef GUARD_LIFE_H
#define GUARD_LIFE_H

#include "guard_maps.h"
#include "task.h"
#include "learn.h"

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

#endif
