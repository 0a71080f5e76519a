/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The process that a call is made for, and what can be said of it for certain. An unprivileged process chooses its own names, ids among
 * its own, cgroups below its own, and in a user namespace its own exe link. So an answer has three values: UNKNOWN matches a rule, and
 * exempts from none.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "task.h"

enum holds { HOLDS_NOT, HOLDS, HOLDS_UNKNOWN };

enum {
	MAX_USER_NAMESPACES = 34, /* create_user_ns() refuses a parent deeper than level 32 */
	MAX_CGROUP_LEVELS = 32,	  /* levels compared; a deeper cgroup may lie below any */
};

/*
 * The task that the current thread works for. Before 5.12 io_uring's workers are kernel threads that borrow the memory of their process,
 * which leads back to it; NULL where they have none at hand (registered buffers): then every condition is HOLDS_UNKNOWN.
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

/*
 * The file that a process was started from by exec, or NULL. In a user namespace, or sharing memory with a process in one, any process can
 * set its exe link to any file that it can open (PR_SET_MM_MAP, since 5.9 with CAP_CHECKPOINT_RESTORE there). Such a file was opened by
 * open(2), which drops __FMODE_EXEC; exec opens a program with it.
 */
static __always_inline struct file *program_of(struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	return exe && (BPF_CORE_READ(exe, f_flags) & FLAG_FMODE_EXEC) ? exe : NULL;
}

/* Is it the program that was meant? The number of one that was deleted goes to a new file. `generation` 0: it is not known. */
static __always_inline bool has_generation(struct file *program, u32 generation)
{
	return !generation || BPF_CORE_READ(program, f_inode, i_generation) == generation;
}

/* How many of the four ids of a set of credentials are `uid`. */
static __always_inline u32 count_ids(const struct cred *cred, u32 uid)
{
	return (BPF_CORE_READ(cred, uid.val) == uid) + (BPF_CORE_READ(cred, euid.val) == uid) + (BPF_CORE_READ(cred, suid.val) == uid) +
	       (BPF_CORE_READ(cred, fsuid.val) == uid);
}

/* Is one of the user namespaces around a process one that `uid` made? It can have any of that user's subordinate ids (subuid) there. */
static __always_inline bool is_in_namespace_of(const struct cred *cred, u32 uid)
{
	struct user_namespace *ns = BPF_CORE_READ(cred, user_ns);

	for (u32 i = 0; i < MAX_USER_NAMESPACES; i++) {
		if (!BPF_CORE_READ(ns, level))
			return false;
		if (BPF_CORE_READ(ns, owner.val) == uid)
			return true;
		ns = BPF_CORE_READ(ns, parent);
	}
	return true;
}

/*
 * HOLDS where all ids of a process are `uid`: real, effective, saved, file system's. HOLDS_UNKNOWN where some are, as in a set-user-ID
 * program, or where `uid` made a user namespace around it. The current thread's credentials may be borrowed (io_uring's personalities, the
 * inner call of a stacked file system): both count. `at`: a task, as a scalar, so that the function is verified once a program.
 */
__noinline int has_uid(u64 at, u32 uid)
{
	const struct cred *own = BPF_CORE_READ((struct task_struct *)at, real_cred), *borrowed = BPF_CORE_READ(current_task(), cred);
	u32 same = count_ids(own, uid), of = 4;

	if (borrowed != own) {
		same += count_ids(borrowed, uid);
		of = 8;
	}
	if (same == of)
		return HOLDS;
	return same || is_in_namespace_of(own, uid) ? HOLDS_UNKNOWN : HOLDS_NOT;
}

static __always_inline bool has_id_in(const struct cred *cred, u32 first, u32 count)
{
	return BPF_CORE_READ(cred, uid.val) - first < count || BPF_CORE_READ(cred, euid.val) - first < count ||
	       BPF_CORE_READ(cred, suid.val) - first < count || BPF_CORE_READ(cred, fsuid.val) - first < count;
}

/*
 * Has a process one of these ids? They are a user's subordinate ids (subuid). In a user namespace the user can make a set-user-ID program that
 * belongs to one of them, and run it outside: then the namespace says nothing of the user any more.
 */
__noinline int has_subordinate_id(u64 at, u32 first, u32 count)
{
	if (!count)
		return 0;
	return has_id_in(BPF_CORE_READ((struct task_struct *)at, real_cred), first, count) || has_id_in(BPF_CORE_READ(current_task(), cred), first, count);
}

/* Is it root, outside of all user namespaces, with no id of another user? */
static __always_inline bool is_root(struct task_struct *task)
{
	return has_uid((u64)task, 0) == HOLDS && !BPF_CORE_READ(task, real_cred, user_ns, level);
}

/* The number of the cgroup above `cgroup` (or itself) at a level from 0, the root's. */
static __always_inline u64 cgroup_at_level(struct cgroup *cgroup, u32 level)
{
	struct cgroup *above = NULL;
	u64 id = 0;

	if (bpf_core_field_exists(cgroup->ancestors)) {
		bpf_probe_read_kernel(&above, sizeof(above), (char *)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * sizeof(above));
		return BPF_CORE_READ(above, kn, id);
	}
	bpf_probe_read_kernel(&id, sizeof(id), (char *)cgroup + bpf_core_field_offset(struct cgroup___ids, ancestor_ids) + level * sizeof(id));
	return id;
}

/* Is a process in the cgroup (v2) with this number, or in one below it? `at`: a task. */
__noinline int is_in_cgroup(u64 at, u64 id)
{
	struct cgroup *cgroup = BPF_CORE_READ((struct task_struct *)at, cgroups, dfl_cgrp);
	u32 own = BPF_CORE_READ(cgroup, level);

	for (u32 level = 0; level < MAX_CGROUP_LEVELS; level++) {
		if (level > own)
			return HOLDS_NOT;
		if (cgroup_at_level(cgroup, level) == id)
			return HOLDS;
	}
	return HOLDS_UNKNOWN;
}

#endif
