/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The third way in: raw tracepoints, which even a locked-down kernel allows. At the end of a system call its arguments are still
 * in the saved registers, so one program sees the call and its result; a descriptor leads to the real file. What it cannot see:
 * operations named by a path are counted for the process, the path as it was given (the name may be gone, and nothing typed is at
 * hand); a descriptor that another thread closes during the call is missed.
 */
#ifndef ENTRY_TRACEPOINT_H
#define ENTRY_TRACEPOINT_H

#include "async.h"

const volatile struct syscall_rule syscall_rules[SYSCALLS] = {};

/* 7.x: io_uring_complete hands over the completion entry; before 6.15 or so, its members. Set by user space from BTF. */
const volatile bool uring_complete_has_cqe = false;

static __always_inline u64 syscall_argument(struct pt_regs *regs, bool compat, u8 i)
{
	switch (i) {
	case 0: return compat ? (u32)BPF_CORE_READ(regs, bx) : BPF_CORE_READ(regs, di);
	case 1: return compat ? (u32)BPF_CORE_READ(regs, cx) : BPF_CORE_READ(regs, si);
	case 2: return compat ? (u32)BPF_CORE_READ(regs, dx) : BPF_CORE_READ(regs, dx);
	case 3: return compat ? (u32)BPF_CORE_READ(regs, si) : BPF_CORE_READ(regs, r10);
	case 4: return compat ? (u32)BPF_CORE_READ(regs, di) : BPF_CORE_READ(regs, r8);
	case 5: return compat ? (u32)BPF_CORE_READ(regs, bp) : BPF_CORE_READ(regs, r9);
	default: return 0;
	}
}

/* A global function: the verifier looks at it once, not once for each of GETEVENTS_MAX rounds. */
__noinline int fd_transfer(u32 op, u32 fd, s64 result)
{
	struct file *file = file_of_fd(fd);

	if (!file) {
		struct given_path nameless = {};

		return on_named(op, result, 0, &nameless);
	}
	return op == OP_WRITE ? on_transfer(OP_WRITE, file, result, false) : on_transfer(OP_READ, file, result, false);
}

static __always_inline int fd_opened(s64 fd, u32 flags, const char *text, int dirfd)
{
	struct file *file;

	if (is_error(fd)) {
		struct given_path given = { .text = text, .dirfd = dirfd };

		return on_named(OP_OPEN, fd, flags, &given);
	}
	file = file_of_fd(fd);
	if (!file)
		return 0;
	if ((flags & FLAG_O_TRUNC) && !(BPF_CORE_READ(file, f_mode) & MODE_CREATED)) {
		struct file_key key = inode_key(BPF_CORE_READ(file, f_inode));

		on_change(OP_TRUNCATE, &key, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), 0);
	}
	return on_opened(file, flags, false);
}

/* AIO results are reaped here. A program that reads the completion ring in its own memory is not seen. */
#define GETEVENTS_MAX 128
struct aio_event {
	u64 data, request;
	s64 result, result2;
};
struct aio_request {
	u64 data;
	u32 key, rw_flags;
	u16 opcode;
	s16 priority;
	u32 fd;
};
enum { AIO_PREAD = 0, AIO_PWRITE = 1, AIO_PREADV = 7, AIO_PWRITEV = 8 };

static __noinline int aio_reaped(u64 address, s64 count)
{
	for (int i = 0; i < GETEVENTS_MAX; i++) {
		struct aio_request request = {};
		struct aio_event event = {};

		if (i >= count)
			return 0;
		if (bpf_probe_read_user(&event, sizeof(event), (void *)(address + i * sizeof(event))) ||
		    bpf_probe_read_user(&request, sizeof(request), (void *)event.request)) {
			lose(LOSS_CALL_UNMATCHED);
			continue;
		}
		if (request.opcode == AIO_PWRITE || request.opcode == AIO_PWRITEV)
			fd_transfer(OP_WRITE, request.fd, event.result);
		else if (request.opcode == AIO_PREAD || request.opcode == AIO_PREADV)
			fd_transfer(OP_READ, request.fd, event.result);
	}
	if (count > GETEVENTS_MAX)
		lose(LOSS_CALL_UNMATCHED);
	return 0;
}

SEC("raw_tp/sys_exit")
int tracepoint_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
	struct task_struct *task = current_task();
	const volatile struct syscall_rule *rule;
	s64 result = ctx->args[1];
	u64 number, a, b, c;
	bool compat;
	u32 index;

	number = BPF_CORE_READ(regs, orig_ax);
	if (number >= SYSCALLS_COMPAT)
		return 0;
	compat = BPF_CORE_READ(task, thread_info.status) & STATUS_COMPAT;
	index = (u32)number + (compat ? SYSCALLS_COMPAT : 0);
	rule = &syscall_rules[index & (SYSCALLS - 1)];
	if (rule->kind == SYSCALL_IGNORED || !watched(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (compat)
		result = (s32)result;
	a = syscall_argument(regs, compat, rule->a);
	b = rule->b == SYSCALL_NO_ARGUMENT ? (u64)AT_CURRENT_DIR : syscall_argument(regs, compat, rule->b);
	switch (rule->kind) {
	case SYSCALL_TRANSFER:
		return fd_transfer(rule->op, a, result);
	case SYSCALL_COPY:
		return on_copy(file_of_fd(a), file_of_fd(b), result);
	case SYSCALL_OPEN:
		c = syscall_argument(regs, compat, rule->c);
		/* creat() has no flags: it stands for these. */
		return fd_opened(result, rule->c == SYSCALL_NO_ARGUMENT ? FLAG_O_CREAT | FLAG_O_TRUNC : c, (const char *)a, b);
	case SYSCALL_OPEN_HOW: {
		u64 flags = 0;

		bpf_probe_read_user(&flags, sizeof(flags), (void *)syscall_argument(regs, compat, rule->c));
		return fd_opened(result, flags, (const char *)a, b);
	}
	case SYSCALL_FD: {
		struct file *file = file_of_fd(a);

		struct given_path nameless = {};

		return file ? on_file_change(rule->op, file, result) : on_named(rule->op, result, 0, &nameless);
	}
	case SYSCALL_PATH: {
		struct given_path given = { .text = (const char *)a, .dirfd = b };
		u32 op = rule->op;

		if (rule->flags != SYSCALL_NO_ARGUMENT && syscall_argument(regs, compat, rule->flags) >> (rule->bit & 63) & 1)
			op = rule->other;
		return on_named(op, result, 0, &given);
	}
	case SYSCALL_GETEVENTS:
		forget_entry();
		return is_error(result) ? 0 : aio_reaped(a, result);
	}
	return 0;
}

enum { URING_OPENAT = 18, URING_OPENAT2 = 28 };

/*
 * From 5.19 the tracepoint names its request. It is fired for every completion entry, so requests that asked for none on
 * success (IOSQE_CQE_SKIP_SUCCESS) are not seen. The file is still held.
 */
SEC("raw_tp/io_uring_complete")
int tracepoint_io_uring_complete(struct bpf_raw_tracepoint_args *ctx)
{
	struct io_kiocb *request = (struct io_kiocb *)ctx->args[1];
	struct file *file;
	s64 result;
	u8 opcode;
	int op;

	if (!request)
		return 0;
	forget_entry();
	if (uring_complete_has_cqe)
		result = BPF_CORE_READ((struct io_uring_cqe *)ctx->args[2], res);
	else
		result = (s32)ctx->args[3];
	opcode = BPF_CORE_READ(request, opcode);
	if (opcode == URING_OPENAT || opcode == URING_OPENAT2) {
		struct given_path unknown = {};

		if (is_error(result))
			return on_named(OP_OPEN, result, 0, &unknown);
		file = file_of_fd(result);
		return file ? on_opened(file, 0, false) : 0;
	}
	op = op_of_uring(opcode);
	file = op < 0 ? NULL : BPF_CORE_READ(request, file);
	return file ? on_transfer(op, file, result, false) : 0;
}

/*
 * A page became dirty. Not inside a system call (the saved call number is -1), it was a store through a shared mapping. File
 * systems without writeback (tmpfs) do not fire this; nor does a page that was dirty already.
 */
static __always_inline int page_dirtied(struct bpf_raw_tracepoint_args *ctx)
{
	struct address_space *mapping = (struct address_space *)ctx->args[1];
	struct task_struct *task = current_task();
	struct inode *inode;
	struct dentry *dentry = NULL;
	struct hlist_node *first;

	if (!mapping || (BPF_CORE_READ(task, flags) & TASK_KTHREAD) || system_call_of(task) != (u64)-1)
		return 0;
	inode = BPF_CORE_READ(mapping, host);
	if (!inode || (BPF_CORE_READ(inode, i_mode) & S_TYPE) != S_REGULAR)
		return 0;
	first = BPF_CORE_READ(inode, i_dentry.first);
	if (first) {
		if (bpf_core_field_exists(((struct dentry___d_u *)0)->d_u.d_alias))
			dentry = (struct dentry *)((char *)first - bpf_core_field_offset(struct dentry___d_u, d_u.d_alias));
		else
			dentry = (struct dentry *)((char *)first - bpf_core_field_offset(struct dentry___flat, d_alias));
	}
	return on_mmap_write(inode, dentry, NULL, 1);
}

SEC("raw_tp/writeback_dirty_folio")
int tracepoint_dirty_folio(struct bpf_raw_tracepoint_args *ctx)
{
	return page_dirtied(ctx);
}

/* Its name before 5.18. */
SEC("raw_tp/writeback_dirty_page")
int tracepoint_dirty_page(struct bpf_raw_tracepoint_args *ctx)
{
	return page_dirtied(ctx);
}

#endif
