/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The processes that no rule stops. An unprivileged process must not be able to become one of them: names alone exempt nothing. */
#ifndef EXEMPT_H
#define EXEMPT_H

#include "learn.h"
#include "subject.h"
#include "subvolume.h"
#include "exemption.h"

/* By tgid: the program's ancestors, and --protect. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EXEMPT_PROCESSES);
	__type(key, u32);
	__type(value, struct exempt_process);
} exempt_processes SEC(".maps");

/* By inode, as inode_id() has it, its generation or 0: exempt while root runs them, since a user can make a program of another owner run any code (LD_PRELOAD). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct file_key);
	__type(value, u32);
} exempt_programs SEC(".maps");

/* By number: units of the service manager, with the cgroups below. */
volatile u64 exempt_cgroups[EXEMPT_CGROUPS] = {};
volatile u32 exempt_cgroup_count = 0;

/* Is it the process that was meant, and does it still run the program it ran then? */
static __noinline bool is_exempt_process(struct task_struct *task, u32 tgid, struct file *program)
{
	struct exempt_process *exempt = bpf_map_lookup_elem(&exempt_processes, &tgid);

	if (!exempt || !same_birth(exempt->birth, process_of(task).birth))
		return false;
	if (!exempt->program.ino)
		return true;
	if (!program || !has_generation(program, exempt->generation))
		return false;
	return is_same_inode(inode_id(BPF_CORE_READ(program, f_inode)), &exempt->program);
}

static __noinline bool is_exempt_program(struct task_struct *task, struct file *program)
{
	struct file_key key;
	u32 *generation;

	if (!program)
		return false;
	key = inode_id(BPF_CORE_READ(program, f_inode));
	generation = bpf_map_lookup_elem(&exempt_programs, &key);
	return generation && has_generation(program, *generation) && is_root(task);
}

static __always_inline bool is_in_exempt_cgroup(struct task_struct *task)
{
	for (u32 i = 0; i < EXEMPT_CGROUPS; i++) {
		if (i >= exempt_cgroup_count)
			return false;
		if (is_in_cgroup((u64)task, exempt_cgroups[i]) == HOLDS)
			return true;
	}
	return false;
}

static __noinline bool is_exempt_thread(struct task_struct *thread)
{
	return (BPF_CORE_READ(thread, flags) & TASK_KTHREAD) && !is_uring_thread(thread);
}

/*
 * This program and what it needs to be used and stopped, kernel threads (not io_uring's), pid 1, and what --protect names. In functions of their
 * own, so that the stack of this one stays small: on 5.10 seven functions lie above it, and all together may use 512 bytes.
 */
__noinline int is_exempt(void)
{
	struct task_struct *task;
	struct file *program;
	u32 tgid;

	if (is_exempt_thread(current_task()))
		return 1;
	task = subject();
	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	/* Rules may outlive this program, and another process get its number. */
	if ((tgid == self_tgid && !owner_exits) || tgid == 1)
		return 1;
	program = program_of(task);
	return is_exempt_process(task, tgid, program) || is_exempt_program(task, program) || is_in_exempt_cgroup(task);
}

#endif
