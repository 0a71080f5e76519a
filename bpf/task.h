/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Facts about a task. For which process a call is made, see subject.h. */
#ifndef TASK_H
#define TASK_H

#include "kernel.h"
#include "fswatch.h"

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

/* User space knows a process's birth from /proc, where it is cut to 10 ms: a neighbouring unit is the same process. */
static __always_inline bool same_birth(u32 a, u32 b)
{
	return a - b + 1 <= 2;
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

/* What a descriptor of the current process leads to, or NULL. */
static __always_inline struct file *file_of_fd(int fd)
{
	struct task_struct *task = current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots, *file = NULL;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	slots = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

/*
 * Stops the current process on its way out of the kernel. Sent to the thread, not to the process: where a stop is pending for the
 * process already, by another of its threads, the kernel drops a second one without a word to this thread, which would see the
 * ERESTARTNOINTR that goes with it (seen as errno 513).
 */
static __always_inline long stop_thread(void)
{
	return bpf_send_signal_thread(SIGNAL_STOP);
}

/* The registers saved when the kernel was entered. The helper came with 5.15; before, nothing lay above them on the stack. */
static __always_inline struct pt_regs *registers_of(struct task_struct *task)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___here, BPF_FUNC_task_pt_regs___here))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return (struct pt_regs *)((char *)BPF_CORE_READ(task, stack) + STACK_BYTES - bpf_core_type_size(struct pt_regs));
}

/* The number of the system call that the current thread is in, -1 where it is in none. */
static __always_inline u64 system_call_of(struct task_struct *task)
{
	return BPF_CORE_READ(registers_of(task), orig_ax);
}

static __always_inline bool is_uring_thread(struct task_struct *task)
{
	char comm[COMM_LEN] = {};

	if (BPF_CORE_READ(task, flags) & TASK_IO_WORKER)
		return true;
	/* 5.10: "io_uring-sq", "io_wqe_worker-0" */
	bpf_probe_read_kernel(comm, sizeof(comm), &task->comm);
	return comm[0] == 'i' && comm[1] == 'o' && comm[2] == '_' && (comm[3] == 'u' || comm[3] == 'w');
}

/*
 * A comm as it is compared: zero behind its end, which the kernel leaves as the longer name before it was (seen in 5.10). The text
 * goes behind a spare word: from 5.8 to 6.1, reading an empty string can write the byte before it.
 */
struct name {
	u64 spare;
	char text[COMM_LEN];
};

static __always_inline void read_name(struct name *name, const void *from)
{
	name->spare = 0;
	__builtin_memset(name->text, 0, COMM_LEN);
	bpf_probe_read_kernel_str(name->text, COMM_LEN, from);
}

#endif
