/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Records sent once: what a process is, what a file is called. The slow path of counting; see count.h for the fast one. */
#ifndef FACTS_H
#define FACTS_H

#include "process.h"
#include "path.h"
#include "roots.h"

/* 0: sent. The file may be nameless (no dentry known): then the record carries its nature only. */
static __noinline int send_file(struct inode *inode, struct dentry *dentry, struct vfsmount *mnt)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct scratch *s = scratch_get(thread);
	u32 walked = PATH_UNREADABLE << 16;
	struct file_record *r;
	int failed;

	if (!s)
		return -1;
	r = RECORD(s, file_record);
	if (dentry)
		walked = walk((u64)dentry, (u64)mnt, 0);
	r->header.type = RECORD_FILE;
	r->header.flags = WALKED_FLAGS(walked);
	r->header.path_len = WALKED_LENGTH(walked);
	r->file = inode_key(inode);
	r->mode = BPF_CORE_READ(inode, i_mode);
	r->links = BPF_CORE_READ(inode, i_nlink);
	bpf_probe_read_kernel_str(r->fstype, sizeof(r->fstype), BPF_CORE_READ(inode, i_sb, s_type, name));
	failed = SEND(facts, s, file_record, WALKED_LENGTH(walked), facts_wake_bytes, LOSS_FACTS_FULL);
	scratch_put(thread);
	return failed;
}

/* Which session a process belongs to. The leader may have ended: then its number still stands, and nobody else's has it. */
static __always_inline void read_session(struct process_record *r, struct task_struct *leader)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	struct pid *session = BPF_CORE_READ(signal, pids[PID_OF_SESSION]);
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);
	struct hlist_node *first = BPF_CORE_READ(session, tasks[PID_OF_PROCESS].first);

	r->session = BPF_CORE_READ(session, numbers[0].nr);
	r->session_comm[0] = 0;
	r->tty[0] = 0;
	if (first) {
		struct task_struct *head = (void *)first - bpf_core_field_offset(struct task_struct, pid_links);

		bpf_probe_read_kernel(r->session_comm, sizeof(r->session_comm), &head->comm);
	}
	if (tty)
		bpf_probe_read_kernel_str(r->tty, sizeof(r->tty), &tty->name);
}

static __noinline int send_process(struct task_struct *task)
{
	u64 thread = bpf_get_current_pid_tgid(), ids = bpf_get_current_uid_gid();
	struct scratch *s = scratch_get(thread);
	struct task_struct *leader, *parent;
	struct process_record *r;
	struct file *exe;
	u32 walked = 0;
	int failed;

	if (!s)
		return -1;
	r = RECORD(s, process_record);
	leader = BPF_CORE_READ(task, group_leader);
	parent = BPF_CORE_READ(leader, real_parent);
	/* A kernel thread may borrow a user's mm; it still has no program of its own. */
	exe = BPF_CORE_READ(task, flags) & TASK_KTHREAD ? NULL : BPF_CORE_READ(task, mm, exe_file);
	if (exe) {
		walked = walk((u64)BPF_CORE_READ(exe, f_path.dentry), (u64)BPF_CORE_READ(exe, f_path.mnt), 0);
		r->exe = inode_key(BPF_CORE_READ(exe, f_inode));
	}
	r->header.type = RECORD_PROCESS;
	r->header.flags = WALKED_FLAGS(walked);
	r->header.path_len = WALKED_LENGTH(walked);
	r->process = process_of(task);
	if (parent)
		r->parent = process_of(parent);
	r->start_ns = BPF_CORE_READ(leader, start_boottime);
	r->cgroup_id = bpf_get_current_cgroup_id();
	r->uid = (u32)ids;
	r->gid = ids >> 32;
	r->reserved = 0;
	read_session(r, leader);
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), &leader->comm);
	if (parent)
		bpf_probe_read_kernel(r->parent_comm, sizeof(r->parent_comm), &parent->comm);
	failed = SEND(facts, s, process_record, WALKED_LENGTH(walked), facts_wake_bytes, LOSS_FACTS_FULL);
	scratch_put(thread);
	return failed;
}

/* Sends the current process's record at its first counted operation. 0: the reader knows it. */
static __always_inline int know_process(struct process_key *key)
{
	u32 known = 1;

	if (bpf_map_lookup_elem(&processes, key))
		return 0;
	if (send_process(current_task()))
		return -1;
	/* A full map only means the record is sent again. */
	bpf_map_update_elem(&processes, key, &known, BPF_ANY);
	return 0;
}

#endif
