/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Which processes are watched. */
#ifndef PROCESS_H
#define PROCESS_H

#include "maps.h"
#include "task.h"

static __always_inline bool same_comm(const char *comm, const volatile char *wanted)
{
	const u64 *have = (const u64 *)comm;
	const volatile u64 *want = (const volatile u64 *)wanted;

	return have[0] == want[0] && have[1] == want[1];
}

/*
 * A process has three names, and any of them will do, as in rules: the thread's, that of its first thread, and the last component of its
 * program's path, cut as the kernel cuts a comm. Is one of the last two `wanted`?
 */
static __noinline int has_other_name(const volatile char *wanted)
{
	struct task_struct *task = current_task();
	struct file *program;
	struct name name;

	if (!wanted)
		return 0;
	read_name(&name, (void *)&BPF_CORE_READ(task, group_leader)->comm);
	if (same_comm(name.text, wanted))
		return 1;
	program = BPF_CORE_READ(task, mm, exe_file);
	if (!program)
		return 0;
	read_name(&name, BPF_CORE_READ(program, f_path.dentry, d_name.name));
	return same_comm(name.text, wanted);
}

static __always_inline bool comm_differs(void)
{
	char comm[COMM_LEN] __attribute__((aligned(8))) = {};

	bpf_get_current_comm(comm, sizeof(comm));
	return !same_comm(comm, filter.comm) && !has_other_name(filter.comm);
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
