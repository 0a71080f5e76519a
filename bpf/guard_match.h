/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Does a rule match the process that makes a call? Pure: nothing is counted or done here. */
#ifndef GUARD_MATCH_H
#define GUARD_MATCH_H

#include "guard_family.h"
#include "subject.h"
#include "subvolume.h"
#include "path.h"

static __always_inline bool same_comm(const char *a, const volatile char *b)
{
	const u64 *x = (const u64 *)a;
	const volatile u64 *y = (const volatile u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/*
 * A process has three names, and any of them will do: its thread's, its leader's (each can be changed, by prctl), and the last component
 * of its program's path, cut as the kernel cuts a comm.
 */
static __noinline int has_comm(struct task_struct *task, struct rule *rule)
{
	struct file *program;
	struct name name;

	if (!rule)
		return HOLDS_UNKNOWN;
	read_name(&name, &task->comm);
	if (same_comm(name.text, rule->comm))
		return HOLDS;
	read_name(&name, (void *)&BPF_CORE_READ(task, group_leader)->comm);
	if (same_comm(name.text, rule->comm))
		return HOLDS;
	program = program_of(task);
	if (!program)
		return HOLDS_UNKNOWN;
	read_name(&name, BPF_CORE_READ(program, f_path.dentry, d_name.name));
	return same_comm(name.text, rule->comm);
}

static __noinline int has_exe(struct task_struct *task, struct rule *rule)
{
	struct file *program = program_of(task);

	if (!program || !rule)
		return HOLDS_UNKNOWN;
	return has_generation(program, rule->program_generation) && is_same_inode(inode_id(BPF_CORE_READ(program, f_inode)), &rule->exe);
}

static __always_inline bool is_process(struct task_struct *task, struct rule *rule)
{
	struct process_key key = process_of(task);

	return key.tgid == rule->process.tgid && same_birth(key.birth, rule->process.birth);
}

/* Does a process have the rule's user, or one of that user's subordinate ids? */
static __always_inline int has_user(u64 at, struct rule *rule)
{
	int holds = has_uid(at, rule->uid);

	return holds == HOLDS_NOT && has_subordinate_id(at, rule->subuid, rule->subuids) ? HOLDS_UNKNOWN : holds;
}

/* `holds`: enum holds. Unknown is neither the one nor the other, so that the rule matches, negated or not. */
#define CONDITION(kind, holds) \
	if ((rule->conditions & (kind)) && (holds) == ((rule->negated & (kind)) ? HOLDS : HOLDS_NOT)) \
		return false

static __always_inline bool names_subject(struct rule *rule)
{
	struct task_struct *task;

	if (!rule->conditions)
		return true;
	task = subject();
	if (!task)
		return true;
	CONDITION(BY_UID, has_user((u64)task, rule));
	CONDITION(BY_PID, is_process(task, rule));
	CONDITION(BY_FAMILY, !!(families_of((u64)task) & rule->family));
	CONDITION(BY_EXE, has_exe(task, rule));
	CONDITION(BY_CGROUP, is_in_cgroup((u64)task, rule->cgroup_id));
	CONDITION(BY_COMM, has_comm(task, rule));
	return true;
}

static __always_inline bool rule_matches(struct rule *rule, u32 ops)
{
	if (!(rule->flags & RULE_ARMED) || !(rule->ops & ops))
		return false;
	if (rule->expires_ns && bpf_ktime_get_boot_ns() > rule->expires_ns)
		return false;
	return names_subject(rule);
}

#endif
