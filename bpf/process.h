/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Who is calling: the key of the current process and the filters on it. */
#ifndef PROCESS_H
#define PROCESS_H

#include "maps.h"

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* Direct loads where the kernel gives a typed task (5.11), a third of the cost of reading by helper. */
static __always_inline struct process_key current_process(void)
{
	struct process_key key;

	if (bpf_core_enum_value_exists(enum bpf_func_id___here, BPF_FUNC_get_current_task_btf___here)) {
		struct task_struct *task = bpf_get_current_task_btf();

		key.tgid = task->tgid;
		/* The leader's own birth; most threads are leaders, and save a load that the verifier does not trust. */
		key.birth = (task->pid == task->tgid ? task->start_boottime : task->group_leader->start_boottime) >> 24;
	} else {
		struct task_struct *task = current_task();

		key.tgid = bpf_get_current_pid_tgid() >> 32;
		key.birth = BPF_CORE_READ(task, group_leader, start_boottime) >> 24;
	}
	return key;
}

static __always_inline struct process_key process_of(struct task_struct *task)
{
	struct process_key key = {};

	key.tgid = BPF_CORE_READ(task, tgid);
	key.birth = BPF_CORE_READ(task, group_leader, start_boottime) >> 24;
	return key;
}

/*
 * A stacked file system (overlayfs, ecryptfs) repeats each call on the layer below, as its mounter. Counting both would
 * double everything; the inner one gives itself away by its borrowed credentials.
 */
static __always_inline bool inside_stacked_call(void)
{
	struct task_struct *task = current_task();

	return BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred);
}

static __always_inline bool comm_differs(void)
{
	char comm[COMM_LEN] = {};
	u64 *have = (u64 *)comm;
	volatile u64 *want = (volatile u64 *)filter.comm;

	bpf_get_current_comm(comm, sizeof(comm));
	return have[0] != want[0] || have[1] != want[1];
}

/* The part of the filter that needs no file; FILTER_PATH is judged once per {process, file}. */
static __noinline int process_filtered_out(u32 tgid)
{
	u32 flags = filter.flags;

	if ((flags & FILTER_PIDS) && !bpf_map_lookup_elem(&pids, &tgid))
		return 1;
	if ((flags & FILTER_UID) && (u32)bpf_get_current_uid_gid() != filter.uid)
		return 1;
	if ((flags & FILTER_CGROUP) && bpf_get_current_cgroup_id() != filter.cgroup_id)
		return 1;
	if ((flags & FILTER_COMM) && comm_differs())
		return 1;
	return 0;
}

/* False for this program itself and for whatever the filter leaves out. */
static __always_inline bool watched(u32 tgid)
{
	if (tgid == self_tgid)
		return false;
	return !(filter.flags & ~FILTER_PATH) || !process_filtered_out(tgid);
}

#endif
