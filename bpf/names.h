/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Workers for opens by name and for changes of names, shared by fentry and kprobe entries. */
#ifndef NAMES_H
#define NAMES_H

#include "count.h"

const volatile struct signature signatures[NAME_COUNT] = {};

/* Functions whose arguments are kept from entry to return; continues enum name_function. */
enum kept_function {
	KEPT_WRITE = NAME_COUNT,
	KEPT_WRITEV,
	KEPT_READ,
	KEPT_READV,
	KEPT_SENDFILE,
	KEPT_SPLICE,
	KEPT_COPY,
	KEPT_FALLOCATE,
	KEPT_OPEN,
	KEPT_HANDLE_OPEN,
	KEPT_COUNT,
};

/* Keeps a call's arguments for its return. One already there means its return was never seen: a loss. */
static __always_inline int keep(u32 function, struct call *call)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid(), .function = function };

	if (bpf_map_update_elem(&calls, &key, call, BPF_NOEXIST)) {
		lose(LOSS_CALL_UNMATCHED);
		bpf_map_update_elem(&calls, &key, call, BPF_ANY);
	}
	return 0;
}

/* A thread ends: what it still has was a call whose return was never seen. Its number may be another's tomorrow. */
static __always_inline void drop_kept(void)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid() };

	for (u32 function = 0; function < KEPT_COUNT; function++) {
		key.function = function;
		if (!bpf_map_delete_elem(&calls, &key))
			lose(LOSS_CALL_UNMATCHED);
	}
}

/* Gives back what keep() kept. False: the entry was not seen (attached in between, or left out). */
static __always_inline bool take(u32 function, struct call *call)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid(), .function = function };
	struct call *kept = bpf_map_lookup_elem(&calls, &key);

	if (!kept)
		return false;
	*call = *kept;
	bpf_map_delete_elem(&calls, &key);
	return true;
}

/* io_uring's first try does not wait for the disk; it is repeated by a worker, which counts. */
static __always_inline bool will_be_repeated(u32 lookup_flags, s64 result)
{
	return result == -ERROR_AGAIN && (lookup_flags & LOOKUP_FLAG_CACHED);
}

static __always_inline int on_open_by_name(int dirfd, struct filename *name, u32 flags, u32 lookup_flags, struct file *file, const bool direct)
{
	if (flags & FLAG_FMODE_EXEC)
		return 0;
	if (is_error((s64)file)) {
		struct given_path given = { .kernel_text = true, .dirfd = dirfd };

		if (will_be_repeated(lookup_flags, (s64)file))
			return 0;
		given.text = BPF_CORE_READ(name, name);
		return on_named(OP_OPEN, (s64)file, flags, &given);
	}
	return on_opened(file, flags, direct);
}

/* open_by_handle_at: no name, so a failure has none to show. */
static __always_inline int on_open_by_fd(long result, u32 flags)
{
	struct file *file;

	if (is_error(result)) {
		struct given_path nameless = {};

		return on_named(OP_OPEN, result, flags, &nameless);
	}
	file = file_of_fd(result);
	return file ? on_opened(file, flags, false) : 0;
}

static __always_inline u32 op_of_attributes(struct iattr *attributes)
{
	return BPF_CORE_READ(attributes, ia_valid) & ATTRIBUTE_SIZE ? OP_TRUNCATE : OP_ATTR;
}

/*
 * The end of a call on `dentry`. `file` is what it was at the entry, if that was seen: a call that creates gives the dentry its
 * inode, one that removes takes it. `returned` is the raw register: of an int, its upper half means nothing.
 */
static __always_inline int on_name_ended(const u32 which, u32 op, struct dentry *dentry, struct file_key file, u64 returned)
{
	struct inode *inode;
	s64 result = (s32)returned;

	if (signatures[which].returns_pointer) {
		result = is_error(returned) ? (s64)returned : 0;
		if (!is_error(returned) && returned)
			dentry = (struct dentry *)returned;
	}
	inode = BPF_CORE_READ(dentry, d_inode);
	if (inode)
		file = inode_key(inode);
	return on_change(op, &file, dentry, NULL, result);
}

static __always_inline int on_name_returned(const u32 which, u32 op, struct dentry *dentry, u64 returned)
{
	struct file_key unseen = {};

	return inside_stacked_call() ? 0 : on_name_ended(which, op, dentry, unseen, returned);
}

/* For calls that remove: the file must be known while it still has its inode. */
static __always_inline int on_name_entered(u32 which, u32 op, struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct counter_key key = {};
	struct call call = { .a = (u64)dentry, .b = op };

	if (inside_stacked_call())
		return 0;
	key.process = current_process();
	if (!watched(key.process.tgid))
		return 0;
	if (inode) {
		key.file = call.file = inode_key(inode);
		first_sight(&key, inode, dentry, NULL);
	}
	return keep(which, &call);
}

static __always_inline int on_name_left(const u32 which, u64 returned)
{
	struct call call = {};

	if (inside_stacked_call() || !take(which, &call))
		return 0;
	return on_name_ended(which, call.b, (struct dentry *)call.a, call.file, returned);
}

/* Kernel threads (nfsd) come without the system call whose end is waited for. */
static __always_inline int on_rmdir_entered(struct dentry *dentry)
{
	struct task_struct *task = current_task();

	return BPF_CORE_READ(task, flags) & TASK_KTHREAD ? 0 : on_name_entered(NAME_RMDIR, OP_RMDIR, dentry);
}

/* The dentry may be gone by now: what was noted at the entry must do. */
static __always_inline int on_rmdir_left(s64 result)
{
	struct call call = {};

	return take(NAME_RMDIR, &call) ? on_change(OP_RMDIR, &call.file, NULL, NULL, result) : 0;
}

#endif
