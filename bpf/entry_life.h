/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The lives of processes, by raw tracepoints whichever way operations are seen: they need nothing but BPF. */
#ifndef ENTRY_LIFE_H
#define ENTRY_LIFE_H

#include "facts.h"
#include "names.h"

const volatile bool returns_missed = false; /* kretprobes: the kernel follows so many calls at once and no more */

/* Children of watched processes are watched: what started a second ago is what people look for. */
SEC("raw_tp/sched_process_fork")
int life_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx->args[0], *child = (struct task_struct *)ctx->args[1];
	u32 from, to, yes = 1;

	if ((filter.flags & (FILTER_PIDS | FILTER_DESCENDANTS)) != (FILTER_PIDS | FILTER_DESCENDANTS))
		return 0;
	from = BPF_CORE_READ(parent, tgid);
	to = BPF_CORE_READ(child, tgid);
	if (from != to && bpf_map_lookup_elem(&pids, &from) && bpf_map_update_elem(&pids, &to, &yes, BPF_ANY))
		lose(LOSS_CALL_UNMATCHED);
	return 0;
}

/* A known process became another program: new comm, new exe. */
SEC("raw_tp/sched_process_exec")
int life_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct process_key key = current_process();

	if (!bpf_map_lookup_elem(&processes, &key))
		return 0;
	/* If the ring is full, forget that it is known: the next operation sends it. */
	if (send_process(current_task()))
		bpf_map_delete_elem(&processes, &key);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int life_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct process_key key = process_of(task);
	struct exit_record record = {};

	if (returns_missed)
		drop_kept();
	forget_entry();
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	bpf_map_delete_elem(&pids, &key.tgid);
	if (bpf_map_delete_elem(&processes, &key))
		return 0;
	record.header.type = RECORD_EXIT;
	record.process = key;
	record.time_ns = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&facts, &record, sizeof(record), wake_flag(&facts, facts_wake_bytes)))
		lose(LOSS_FACTS_FULL);
	return 0;
}

#endif
