/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The first way in: fentry and fexit trampolines (x86-64 from 5.5, with BTF). The cheapest, and complete. */
#ifndef ENTRY_FENTRY_H
#define ENTRY_FENTRY_H

#include "names.h"
#include "async.h"
#include "argument.h"
#include <bpf/bpf_tracing.h>

SEC("fexit/vfs_write")
int BPF_PROG(fexit_vfs_write, struct file *file, const char *buffer, size_t count, void *pos, ssize_t result)
{
	return on_transfer(OP_WRITE, file, result, true);
}

SEC("fexit/vfs_writev")
int BPF_PROG(fexit_vfs_writev, struct file *file, void *vec, unsigned long segments, void *pos, int flags, ssize_t result)
{
	return on_transfer(OP_WRITE, file, result, true);
}

SEC("fexit/vfs_read")
int BPF_PROG(fexit_vfs_read, struct file *file, char *buffer, size_t count, void *pos, ssize_t result)
{
	return on_transfer(OP_READ, file, result, true);
}

SEC("fexit/vfs_readv")
int BPF_PROG(fexit_vfs_readv, struct file *file, void *vec, unsigned long segments, void *pos, int flags, ssize_t result)
{
	return on_transfer(OP_READ, file, result, true);
}

/* The functions below sendfile, splice and copy_file_range call each other, differently in each kernel; these three do not. */
SEC("fexit/do_sendfile")
int BPF_PROG(fexit_do_sendfile, int out_fd, int in_fd, void *pos, size_t count, s64 max, ssize_t result)
{
	return on_copy(file_of_fd(in_fd), file_of_fd(out_fd), result);
}

SEC("fexit/do_splice")
int BPF_PROG(fexit_do_splice, struct file *in, void *in_pos, struct file *out, void *out_pos, size_t bytes, unsigned int flags, ssize_t result)
{
	return on_copy(in, out, result);
}

/* On overlayfs it calls itself for the layer below. */
SEC("fexit/vfs_copy_file_range")
int BPF_PROG(fexit_vfs_copy_file_range, struct file *in, s64 in_pos, struct file *out, s64 out_pos, size_t bytes, unsigned int flags, ssize_t result)
{
	return inside_stacked_call() ? 0 : on_copy(in, out, result);
}

SEC("fexit/vfs_fallocate")
int BPF_PROG(fexit_vfs_fallocate, struct file *file, int mode, s64 offset, s64 bytes, int result)
{
	return inside_stacked_call() ? 0 : on_file_change(OP_TRUNCATE, file, result);
}

/* All opens by name, io_uring's too. */
#define FEXIT_OPEN(function) \
	SEC("fexit/" #function) \
	int BPF_PROG(fexit_##function, int dirfd, struct filename *name, struct open_flags *how, struct file *file) \
	{ \
		return on_open_by_name(dirfd, name, how->open_flag, how->lookup_flags, file, true); \
	}

FEXIT_OPEN(do_filp_open) /* up to 6.18 */
FEXIT_OPEN(do_file_open) /* its name after; seen in 7.2 */

SEC("fexit/do_handle_open")
int BPF_PROG(fexit_do_handle_open, int mount_fd, void *handle, int open_flag, long result)
{
	return on_open_by_fd(result, open_flag);
}

SEC("fentry/fault_dirty_shared_page")
int BPF_PROG(fentry_fault_dirty_shared_page, struct vm_fault *fault)
{
	return on_page_dirtied(fault);
}

SEC("fentry/aio_write")
int BPF_PROG(fentry_aio_write, struct kiocb *request)
{
	return on_aio_start(OP_WRITE, request);
}

SEC("fentry/aio_read")
int BPF_PROG(fentry_aio_read, struct kiocb *request)
{
	return on_aio_start(OP_READ, request);
}

SEC("fentry/aio_complete_rw")
int BPF_PROG(fentry_aio_complete_rw, struct kiocb *request, long result)
{
	return on_aio_done(request, result);
}

/* The first argument is the kiocb up to 5.18 and the io_kiocb after; the kiocb is the io_kiocb's beginning. */
SEC("fentry/kiocb_done")
int BPF_PROG(fentry_kiocb_done, void *request, long result)
{
	return on_uring_done(request, result, true);
}

SEC("fentry/io_complete_rw")
int BPF_PROG(fentry_io_complete_rw, void *request, long result)
{
	return on_uring_done(request, result, false);
}

#define DENTRY_ARGUMENT(which) ((struct dentry *)untyped(argument(ctx, signatures[which].dentry)))
#define RETURNED(which) untyped(argument(ctx, signatures[which].arguments))

#define FEXIT_NAME(function, which, op) \
	SEC("fexit/" #function) \
	int fexit_##function(u64 *ctx) \
	{ \
		return on_name_returned(which, op, DENTRY_ARGUMENT(which), \
					RETURNED(which)); \
	}

FEXIT_NAME(vfs_mkdir, NAME_MKDIR, OP_MKDIR)
FEXIT_NAME(vfs_mknod, NAME_MKNOD, OP_CREATE)
FEXIT_NAME(vfs_create, NAME_CREATE, OP_CREATE)
FEXIT_NAME(vfs_symlink, NAME_SYMLINK, OP_LINK)
FEXIT_NAME(vfs_link, NAME_LINK, OP_LINK)
FEXIT_NAME(vfs_setxattr, NAME_SETXATTR, OP_ATTR)
FEXIT_NAME(vfs_removexattr, NAME_REMOVEXATTR, OP_ATTR)
FEXIT_NAME(vfs_set_acl, NAME_SET_ACL, OP_ATTR)

SEC("fexit/vfs_rename")
int fexit_vfs_rename(u64 *ctx)
{
	struct renamedata *names = (struct renamedata *)ctx[0];

	return on_name_returned(NAME_RENAME, OP_RENAME, BPF_CORE_READ(names, old_dentry), RETURNED(NAME_RENAME));
}

SEC("fexit/notify_change")
int fexit_notify_change(u64 *ctx)
{
	struct iattr *attributes = (struct iattr *)argument(ctx, signatures[NAME_NOTIFY_CHANGE].dentry + 1);

	return on_name_returned(NAME_NOTIFY_CHANGE, op_of_attributes(attributes), DENTRY_ARGUMENT(NAME_NOTIFY_CHANGE),
				RETURNED(NAME_NOTIFY_CHANGE));
}

/* These take the inode off the dentry, so it is noted at the entry. */
#define FEXIT_REMOVAL(function, which, op) \
	SEC("fentry/" #function) \
	int fentry_##function(u64 *ctx) \
	{ \
		return on_name_entered(which, op, DENTRY_ARGUMENT(which)); \
	} \
	SEC("fexit/" #function) \
	int fexit_##function(u64 *ctx) \
	{ \
		return on_name_left(which, RETURNED(which)); \
	}

FEXIT_REMOVAL(vfs_unlink, NAME_UNLINK, OP_UNLINK)

/* vfs_rmdir is folded into its caller by some compilers (Debian's 5.10), so the functions around it are taken. */
SEC("fentry/security_inode_rmdir")
int fentry_security_inode_rmdir(u64 *ctx)
{
	return on_rmdir_entered((struct dentry *)untyped(ctx[1]));
}

#define FEXIT_RMDIR(function) \
	SEC("fexit/" #function) \
	int BPF_PROG(fexit_##function, int dirfd, struct filename *name, int result) \
	{ \
		return on_rmdir_left(result); \
	}

FEXIT_RMDIR(do_rmdir) /* up to 6.18 */
FEXIT_RMDIR(filename_rmdir) /* its name after; seen in 7.2 */

#endif
