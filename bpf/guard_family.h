/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Families: processes that a rule names with '+', and all that descend from them.
 *
 * User space records the processes that are there when a rule is armed (`family_processes`). The children of members are recorded here, each
 * thread by the address of its task: when the hook runs, a child has no number yet. Where programs are called by the LSM framework, none is
 * ever skipped, so that every child of a member is recorded, or refused with EAGAIN where there is no room. Otherwise the kernel may skip the
 * program on a preemptible kernel; then a task asks its parents (see `forks_may_be_missed`).
 *
 * A number that no rule uses any more is given to another family. Members of the old one keep its bit, in thousands of entries that the kernel
 * changes meanwhile. So each entry has the epoch that was current when its bits were given, and a bit counts only if its number has been of the
 * same family since (`family_since`). User space sets that when the last rule of a family goes, before any entry has the new epoch.
 */
#ifndef GUARD_FAMILY_H
#define GUARD_FAMILY_H

#include "guard_maps.h"
#include "argument.h"
#include "task.h"

enum {
	PARENTS_ASKED = 8,  /* generations between a child that was not recorded and a member: a bound for the verifier's work */
	FORK_REFUSED = -11, /* EAGAIN, as of a process that has reached RLIMIT_NPROC */
};

/* Those of `families`, recorded in `epoch`, whose number is not another family's since. */
static __always_inline u64 still_valid(u64 families, u32 epoch)
{
	if (!families || epoch >= families_epoch)
		return families;
	for (u32 i = 0; i < FAMILIES; i++)
		if (family_since[i] > epoch)
			families &= ~(1ull << i);
	return families;
}

/* The families that a task is recorded for, and the epoch of the entry that was made last: a bit of the other one that counts now counted then. */
static __always_inline struct family_task recorded(u64 at)
{
	struct task_struct *task = (struct task_struct *)at;
	u32 tgid = BPF_CORE_READ(task, tgid);
	struct family_task *of_task = bpf_map_lookup_elem(&family_tasks, &at);
	struct family_process *of_process = bpf_map_lookup_elem(&family_processes, &tgid);
	struct family_task found = {};

	if (of_task) {
		found.epoch = of_task->epoch;
		found.families = still_valid(of_task->families, of_task->epoch);
	}
	/* A number may be another process's by now. */
	if (of_process && same_birth(of_process->birth, process_of(task).birth)) {
		found.families |= still_valid(of_process->families, of_process->epoch);
		if (of_process->epoch > found.epoch)
			found.epoch = of_process->epoch;
	}
	return found;
}

/* The families that a task is recorded for, a bit each; 0: none. `at`: the task, as a scalar, so that the function is verified once a program. */
__noinline u64 recorded_families(u64 at)
{
	return recorded(at).families;
}

/*
 * Families of a task. An orphan's parent is one of its ancestors (the nearest one that adopts orphans) or a thread of one, so what is found above
 * is never wrong; an orphan that was not recorded itself may be missed.
 */
__noinline u64 families_of(u64 at)
{
	u64 families = recorded_families(at);

	if (families || !forks_may_be_missed)
		return families;
	for (u32 i = 0; i < PARENTS_ASKED && !families; i++) {
		at = (u64)BPF_CORE_READ((struct task_struct *)at, real_parent);
		families = recorded_families(at);
	}
	return families;
}

/* The current thread makes a thread or process: an errno where that must not be. */
static __always_inline s32 record_child(u64 child)
{
	struct family_task made;
	u32 before;

	if (!armed_families || rules_over == RULES_OVER)
		return 0;
	before = families_epoch;
	made = recorded((u64)current_task());
	if (!made.families && forks_may_be_missed) {
		made.families = families_of((u64)current_task());
		made.epoch = before;
	}
	if (!made.families) {
		/* The task that had this address before may not have been seen ending. */
		bpf_map_delete_elem(&family_tasks, &child);
		return 0;
	}
	if (!bpf_map_update_elem(&family_tasks, &child, &made, BPF_ANY))
		return 0;
	__sync_fetch_and_add(&forks_without_room, 1);
	return FORK_REFUSED;
}

/* Nothing refers to the task any more: its address may be another's next. */
static __always_inline int forget_task(u64 task)
{
	if (armed_families)
		bpf_map_delete_elem(&family_tasks, &task);
	return 0;
}

SEC("lsm/task_alloc")
int lsm_task_alloc(u64 *ctx)
{
	return verdict(ctx, 2, record_child(argument(ctx, 0)));
}

SEC("lsm/task_free")
int lsm_task_free(u64 *ctx)
{
	return forget_task(argument(ctx, 0));
}

SEC("fmod_ret/security_task_alloc")
int fmod_ret_task_alloc(u64 *ctx)
{
	return verdict(ctx, 2, record_child(argument(ctx, 0)));
}

SEC("fentry/security_task_free")
int fmod_ret_task_free(u64 *ctx)
{
	return forget_task(argument(ctx, 0));
}

/* Where no function's result can be changed. A child for which there is no room is outside of its families, and counted. */
SEC("raw_tp/sched_process_fork")
int guard_fork(struct bpf_raw_tracepoint_args *ctx)
{
	record_child(ctx->args[1]);
	return 0;
}

SEC("raw_tp/sched_process_free")
int guard_free(struct bpf_raw_tracepoint_args *ctx)
{
	return forget_task(ctx->args[0]);
}

#endif
