/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The second way in: kprobes and kretprobes, where trampolines are refused. Arguments are kept from entry to return. The kernel
 * has a fixed number of slots for calls that have not returned; what it could not follow is counted (LOSS_CALL_UNMATCHED).
 */
#ifndef ENTRY_KPROBE_H
#define ENTRY_KPROBE_H

#include "argument.h"
#include "names.h"
#include "async.h"

#define RESULT(regs) BPF_CORE_READ(regs, ax)

static __always_inline int keep_two(u32 function, u64 a, u64 b)
{
	struct call call = { .a = a, .b = b };

	if (!watched(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return keep(function, &call);
}

#define KPROBE_TRANSFER(function, kept, op) \
	SEC("kprobe/" #function) \
	int kprobe_##function(struct pt_regs *ctx) \
	{ \
		return keep_two(kept, probe_argument(ctx, 0), 0); \
	} \
	SEC("kretprobe/" #function) \
	int kretprobe_##function(struct pt_regs *ctx) \
	{ \
		struct call call = {}; \
		return take(kept, &call) ? on_transfer(op, (struct file *)call.a, RESULT(ctx), false) : 0; \
	}

KPROBE_TRANSFER(vfs_write, KEPT_WRITE, OP_WRITE)
KPROBE_TRANSFER(vfs_writev, KEPT_WRITEV, OP_WRITE)
KPROBE_TRANSFER(vfs_read, KEPT_READ, OP_READ)
KPROBE_TRANSFER(vfs_readv, KEPT_READV, OP_READ)

SEC("kprobe/do_sendfile")
int kprobe_do_sendfile(struct pt_regs *ctx)
{
	return keep_two(KEPT_SENDFILE, probe_argument(ctx, 1), probe_argument(ctx, 0));
}

SEC("kretprobe/do_sendfile")
int kretprobe_do_sendfile(struct pt_regs *ctx)
{
	struct call call = {};

	return take(KEPT_SENDFILE, &call) ? on_copy(file_of_fd(call.a), file_of_fd(call.b), RESULT(ctx)) : 0;
}

/* Between two files: the first and the third argument. */
#define KPROBE_COPY(function, kept) \
	SEC("kprobe/" #function) \
	int kprobe_##function(struct pt_regs *ctx) \
	{ \
		return inside_stacked_call() ? 0 : keep_two(kept, probe_argument(ctx, 0), probe_argument(ctx, 2)); \
	} \
	SEC("kretprobe/" #function) \
	int kretprobe_##function(struct pt_regs *ctx) \
	{ \
		struct call call = {}; \
		if (inside_stacked_call() || !take(kept, &call)) \
			return 0; \
		return on_copy((struct file *)call.a, (struct file *)call.b, RESULT(ctx)); \
	}

KPROBE_COPY(do_splice, KEPT_SPLICE)
KPROBE_COPY(vfs_copy_file_range, KEPT_COPY)

SEC("kprobe/vfs_fallocate")
int kprobe_vfs_fallocate(struct pt_regs *ctx)
{
	return inside_stacked_call() ? 0 : keep_two(KEPT_FALLOCATE, probe_argument(ctx, 0), 0);
}

SEC("kretprobe/vfs_fallocate")
int kretprobe_vfs_fallocate(struct pt_regs *ctx)
{
	struct call call = {};

	if (inside_stacked_call() || !take(KEPT_FALLOCATE, &call))
		return 0;
	return on_file_change(OP_TRUNCATE, (struct file *)call.a, (s32)RESULT(ctx));
}

/* `how` lies on a frame that is gone by then, so what we need of it is kept; the name outlives the call. */
static __always_inline int keep_open(struct pt_regs *regs)
{
	struct open_flags *how = (struct open_flags *)probe_argument(regs, 2);
	struct call call = { .a = (u32)probe_argument(regs, 0), .b = probe_argument(regs, 1) };

	call.flags = BPF_CORE_READ(how, open_flag);
	call.lookup_flags = BPF_CORE_READ(how, lookup_flags);
	return watched(bpf_get_current_pid_tgid() >> 32) ? keep(KEPT_OPEN, &call) : 0;
}

static __always_inline int open_returned(struct pt_regs *regs)
{
	struct call call = {};

	if (!take(KEPT_OPEN, &call))
		return 0;
	return on_open_by_name(call.a, (struct filename *)call.b, call.flags, call.lookup_flags, (struct file *)RESULT(regs), false);
}

#define KPROBE_OPEN(function) \
	SEC("kprobe/" #function) \
	int kprobe_##function(struct pt_regs *ctx) \
	{ \
		return keep_open(ctx); \
	} \
	SEC("kretprobe/" #function) \
	int kretprobe_##function(struct pt_regs *ctx) \
	{ \
		return open_returned(ctx); \
	}

KPROBE_OPEN(do_filp_open) /* up to 6.18 */
KPROBE_OPEN(do_file_open) /* its name after; seen in 7.2 */

SEC("kprobe/do_handle_open")
int kprobe_do_handle_open(struct pt_regs *ctx)
{
	return keep_two(KEPT_HANDLE_OPEN, probe_argument(ctx, 2), 0);
}

SEC("kretprobe/do_handle_open")
int kretprobe_do_handle_open(struct pt_regs *ctx)
{
	struct call call = {};

	return take(KEPT_HANDLE_OPEN, &call) ? on_open_by_fd(RESULT(ctx), call.a) : 0;
}

SEC("kprobe/fault_dirty_shared_page")
int kprobe_fault_dirty_shared_page(struct pt_regs *ctx)
{
	return on_page_dirtied((struct vm_fault *)probe_argument(ctx, 0));
}

SEC("kprobe/aio_write")
int kprobe_aio_write(struct pt_regs *ctx)
{
	return on_aio_start(OP_WRITE, (struct kiocb *)probe_argument(ctx, 0));
}

SEC("kprobe/aio_read")
int kprobe_aio_read(struct pt_regs *ctx)
{
	return on_aio_start(OP_READ, (struct kiocb *)probe_argument(ctx, 0));
}

SEC("kprobe/aio_complete_rw")
int kprobe_aio_complete_rw(struct pt_regs *ctx)
{
	return on_aio_done((struct kiocb *)probe_argument(ctx, 0), probe_argument(ctx, 1));
}

SEC("kprobe/kiocb_done")
int kprobe_kiocb_done(struct pt_regs *ctx)
{
	return on_uring_done((struct io_kiocb *)probe_argument(ctx, 0), probe_argument(ctx, 1), true);
}

SEC("kprobe/io_complete_rw")
int kprobe_io_complete_rw(struct pt_regs *ctx)
{
	return on_uring_done((struct io_kiocb *)probe_argument(ctx, 0), probe_argument(ctx, 1), false);
}

#define KPROBE_NAME(function, which, op, dentry) \
	SEC("kprobe/" #function) \
	int kprobe_##function(struct pt_regs *ctx) \
	{ \
		return on_name_entered(which, op, dentry); \
	} \
	SEC("kretprobe/" #function) \
	int kretprobe_##function(struct pt_regs *ctx) \
	{ \
		return on_name_left(which, RESULT(ctx)); \
	}
#define DENTRY(which) ((struct dentry *)probe_argument(ctx, signatures[which].dentry))

KPROBE_NAME(vfs_unlink, NAME_UNLINK, OP_UNLINK, DENTRY(NAME_UNLINK))
KPROBE_NAME(vfs_mkdir, NAME_MKDIR, OP_MKDIR, DENTRY(NAME_MKDIR))
KPROBE_NAME(vfs_mknod, NAME_MKNOD, OP_CREATE, DENTRY(NAME_MKNOD))
KPROBE_NAME(vfs_create, NAME_CREATE, OP_CREATE, DENTRY(NAME_CREATE))
KPROBE_NAME(vfs_symlink, NAME_SYMLINK, OP_LINK, DENTRY(NAME_SYMLINK))
KPROBE_NAME(vfs_link, NAME_LINK, OP_LINK, DENTRY(NAME_LINK))
KPROBE_NAME(vfs_setxattr, NAME_SETXATTR, OP_ATTR, DENTRY(NAME_SETXATTR))
KPROBE_NAME(vfs_removexattr, NAME_REMOVEXATTR, OP_ATTR, DENTRY(NAME_REMOVEXATTR))
KPROBE_NAME(vfs_set_acl, NAME_SET_ACL, OP_ATTR, DENTRY(NAME_SET_ACL))
KPROBE_NAME(vfs_rename, NAME_RENAME, OP_RENAME, BPF_CORE_READ((struct renamedata *)probe_argument(ctx, 0), old_dentry))
KPROBE_NAME(notify_change, NAME_NOTIFY_CHANGE,
	    op_of_attributes((struct iattr *)probe_argument(ctx, signatures[NAME_NOTIFY_CHANGE].dentry + 1)), DENTRY(NAME_NOTIFY_CHANGE))

SEC("kprobe/security_inode_rmdir")
int kprobe_security_inode_rmdir(struct pt_regs *ctx)
{
	return on_rmdir_entered((struct dentry *)probe_argument(ctx, 1));
}

#define KRETPROBE_RMDIR(function) \
	SEC("kretprobe/" #function) \
	int kretprobe_##function(struct pt_regs *ctx) \
	{ \
		return on_rmdir_left((s32)RESULT(ctx)); \
	}

KRETPROBE_RMDIR(do_rmdir) /* up to 6.18 */
KRETPROBE_RMDIR(filename_rmdir) /* its name after; seen in 7.2 */

#endif
