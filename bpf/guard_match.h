/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Does a rule name who is calling? Pure: nothing is counted or done here. */
#ifndef GUARD_MATCH_H
#define GUARD_MATCH_H

#include "guard_maps.h"
#include "task.h"
#include "path.h"

/*
 * For whom the current thread works. Before 5.12 io_uring's workers are kernel threads that borrow the memory of the process they
 * work for, which leads back to it; NULL where they have none at hand (registered buffers): then nobody knows, and every condition
 * on the process is taken to hold.
 */
static __always_inline struct task_struct *subject(void)
{
	struct task_struct *task = current_task();
	struct mm_struct *mm;

	if (!(BPF_CORE_READ(task, flags) & TASK_KTHREAD))
		return task;
	mm = BPF_CORE_READ(task, mm);
	return mm && bpf_core_field_exists(mm->owner) ? BPF_CORE_READ(mm, owner) : NULL;
}

static __always_inline bool same_comm(const char *a, const volatile char *b)
{
	const u64 *x = (const u64 *)a;
	const volatile u64 *y = (const volatile u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* The last component of the program's path, cut as the kernel cuts a comm. */
static __always_inline void program_name(struct name *name, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	read_name(name, exe ? BPF_CORE_READ(exe, f_path.dentry, d_name.name) : NULL);
}

/*
 * A process goes by three names, and any of them will do: a thread can rename itself (prctl), so can the leader, but the program it
 * was started from stays.
 */
static __noinline bool has_comm(struct task_struct *task, struct rule *rule)
{
	struct name name;

	if (!rule)
		return false;
	read_name(&name, &task->comm);
	if (same_comm(name.text, rule->comm))
		return true;
	read_name(&name, (void *)&BPF_CORE_READ(task, group_leader)->comm);
	if (same_comm(name.text, rule->comm))
		return true;
	program_name(&name, task);
	return same_comm(name.text, rule->comm);
}

static __noinline bool has_exe(struct task_struct *task, struct rule *rule)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct inode *inode;

	if (!exe || !rule)
		return false;
	inode = BPF_CORE_READ(exe, f_inode);
	return BPF_CORE_READ(inode, i_ino) == rule->exe.ino && BPF_CORE_READ(inode, i_sb, s_dev) == rule->exe.dev;
}

static __always_inline bool is_process(struct task_struct *task, struct rule *rule)
{
	struct process_key key = process_of(task);

	return key.tgid == rule->process.tgid && same_birth(key.birth, rule->process.birth);
}

static __always_inline bool in_family(struct task_struct *task, struct rule *rule)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	u64 *bits = bpf_map_lookup_elem(&families, &tgid);

	return bits && (*bits & rule->family);
}

#define CONDITION(kind, holds) \
	if ((rule->conditions & (kind)) && (holds) == !!(rule->negated & (kind))) \
		return false

static __always_inline bool names_subject(struct rule *rule)
{
	struct task_struct *task;

	CONDITION(BY_UID, (u32)bpf_get_current_uid_gid() == rule->uid);
	if (!(rule->conditions & ~BY_UID))
		return true;
	task = subject();
	if (!task)
		return true;
	CONDITION(BY_PID, is_process(task, rule));
	CONDITION(BY_FAMILY, in_family(task, rule));
	CONDITION(BY_EXE, has_exe(task, rule));
	CONDITION(BY_CGROUP, bpf_get_current_cgroup_id() == rule->cgroup_id);
	CONDITION(BY_COMM, has_comm(task, rule));
	return true;
}

static __always_inline bool rule_matches(struct rule *rule, u32 ops)
{
	if (!(rule->flags & RULE_ARMED) || !(rule->ops & ops))
		return false;
	if (rule->expires_ns && bpf_ktime_get_ns() > rule->expires_ns)
		return false;
	return names_subject(rule);
}

#endif
