/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Who is never stopped, whatever the rules say. */
#ifndef EXEMPT_H
#define EXEMPT_H

#include "learn.h"

/* Never hit: tgid -> birth. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u32);
} exempt_processes SEC(".maps");

/* Never hit: programs by inode (generation 0), and by comm. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct file_key);
	__type(value, u32);
} exempt_programs SEC(".maps");

struct comm_key {
	char comm[COMM_LEN];
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct comm_key);
	__type(value, u32);
} exempt_comms SEC(".maps");

/* This program and what it needs to be used and stopped, kernel threads (not io_uring's), pid 1, and what the user protects. */
static __noinline int is_exempt(void)
{
	struct task_struct *task = current_task();
	u32 tgid = bpf_get_current_pid_tgid() >> 32, *birth;
	struct file_key program = {};
	struct name name;
	struct file *exe;

	if (tgid == self_tgid || tgid == 1)
		return 1;
	if (BPF_CORE_READ(task, flags) & TASK_KTHREAD)
		return !is_uring_thread(task);
	birth = bpf_map_lookup_elem(&exempt_processes, &tgid);
	if (birth && same_birth(*birth, process_of(task).birth))
		return 1;
	read_name(&name, (void *)&BPF_CORE_READ(task, group_leader)->comm);
	if (bpf_map_lookup_elem(&exempt_comms, name.text))
		return 1;
	exe = BPF_CORE_READ(task, mm, exe_file);
	if (!exe)
		return 0;
	program.ino = BPF_CORE_READ(exe, f_inode, i_ino);
	program.dev = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);
	return bpf_map_lookup_elem(&exempt_programs, &program) != NULL;
}

#endif
