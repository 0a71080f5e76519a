/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* What only a caller of rw_verify_area() knows of a write: that it copies no more than there is, or that it appends. */
#ifndef QUOTA_NOTE_H
#define QUOTA_NOTE_H

#include "quota_entry.h"
#include "stacked.h"

/* How much a file has behind `at`; below 0 where it is no regular file. Its pointer may come from a descriptor: nothing is loaded through it. */
static __always_inline s64 bytes_behind(struct file *file, s64 at)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	s64 size = BPF_CORE_READ(inode, i_size);

	if ((BPF_CORE_READ(inode, i_mode) & S_TYPE) != S_REGULAR)
		return -1;
	return size > at ? size - at : 0;
}

/*
 * What is spliced to a file of overlayfs goes to the file below, and the kernel asks nobody about that one (from 5.11 on): refused where that is in
 * a quota. EINVAL, as of a file that cannot be spliced to, so that programs write instead. Its pointer may come from a descriptor.
 */
static __always_inline void refuse_stacked(struct file *to)
{
	struct inode *inode = BPF_CORE_READ(to, f_inode);
	u64 below, dentry;
	u32 quota;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_OVERLAY)
		return;
	below = inode_below((u64)BPF_CORE_READ(to, private_data));
	if (!below || !has_quotas(BPF_CORE_READ((struct inode *)below, i_sb, s_dev)))
		return;
	dentry = dentry_of_inode((struct inode *)below);
	quota = dentry ? quota_above(dentry) : 0;
	if (quota && refuse_unmeasured(quota))
		leave_refusal(inode, -(s32)ERROR_INVALID);
}

/* sendfile is often told to copy more than there is. */
SEC("fentry/do_sendfile")
int quota_do_sendfile(u64 *ctx)
{
	struct file *to, *from;
	s64 at = 0, *position;

	if (!quota_devices)
		return 0;
	to = file_of_fd(ctx[0]);
	from = file_of_fd(ctx[1]);
	if (to)
		refuse_stacked(to);
	if (!to || !from || !has_quotas(BPF_CORE_READ(to, f_inode, i_sb, s_dev)))
		return 0;
	position = PLAIN_ARGUMENT(ctx, 2);
	if (position)
		bpf_probe_read_kernel(&at, sizeof(at), position);
	else
		at = BPF_CORE_READ(from, f_pos);
	leave_note(BPF_CORE_READ(to, f_inode), bytes_behind(from, at), false);
	return 0;
}

/*
 * So is splice: a pipe holds no more than its buffers. While the call waits for data, another thread can give the pipe as many as a user may
 * have, and one that came from a socket can be longer than a page.
 */
enum { PIPE_BUFFER_BYTES = 65536 };

SEC("fentry/do_splice")
int quota_do_splice(u64 *ctx)
{
	struct file *from = (struct file *)ctx[0], *to = (struct file *)ctx[2];
	struct pipe_inode_info *pipe;
	s64 buffers;

	if (!quota_devices)
		return 0;
	refuse_stacked((struct file *)untyped((u64)to));
	if (!has_quotas(to->f_inode->i_sb->s_dev) || (from->f_inode->i_mode & S_TYPE) != S_PIPE)
		return 0;
	pipe = (struct pipe_inode_info *)from->private_data;
	buffers = BPF_CORE_READ(pipe, max_usage);
	if (buffers < pipe_buffers)
		buffers = pipe_buffers;
	leave_note(to->f_inode, buffers * PIPE_BUFFER_BYTES, false);
	return 0;
}

/* What was left must not meet the thread's next write. */
static __always_inline int forget_note(void)
{
	FORGET(notes, noted);
	FORGET(refusals, refusing);
	return 0;
}

/*
 * The source of a sendfile may have been lengthened meanwhile. What was copied above the charge counts when the call ends, not only at the
 * file's next call. The inode may be gone by now: it is compared by address and number.
 */
static __always_inline int end_sendfile(void)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_note *note = noted ? bpf_map_lookup_elem(&notes, &thread) : NULL;
	struct file_key key = {};
	struct quota_file *f;
	struct inode *inode;

	if (!note)
		return forget_note();
	inode = (struct inode *)note->inode;
	key.ino = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key.generation = BPF_CORE_READ(inode, i_generation);
	f = bpf_map_lookup_elem(&quota_files, &key);
	if (f && f->quota && f->inode == note->inode && still_is(f->quota, f->epoch))
		count_growth(f, BPF_CORE_READ(inode, i_size));
	return forget_note();
}

SEC("fexit/do_sendfile")
int quota_do_sendfile_end(u64 *ctx) { return end_sendfile(); }
SEC("fexit/do_splice")
int quota_do_splice_end(u64 *ctx) { return forget_note(); }
SEC("fexit/do_sendfile")
int quota_again_do_sendfile_end(u64 *ctx) { return end_sendfile(); }
SEC("fexit/do_splice")
int quota_again_do_splice_end(u64 *ctx) { return forget_note(); }

/* RWF_APPEND, which the file itself does not tell of. */
static __always_inline int on_flags(struct file *file, u32 flags)
{
	if (quota_devices && (flags & APPEND_FLAG) && has_quotas(BPF_CORE_READ(file, f_inode, i_sb, s_dev)))
		leave_note(BPF_CORE_READ(file, f_inode), -1, true);
	return 0;
}

SEC("fentry/vfs_writev")
int quota_vfs_writev(u64 *ctx) { return on_flags((struct file *)ctx[0], ctx[4]); }
/* A call that fails before it is judged (EFAULT of its vector) has not used its note. */
SEC("fexit/vfs_writev")
int quota_vfs_writev_end(u64 *ctx) { return forget_note(); }
SEC("fexit/vfs_writev")
int quota_again_vfs_writev_end(u64 *ctx) { return forget_note(); }

SEC("fentry/aio_write")
int quota_aio_write(u64 *ctx)
{
	return on_flags(BPF_CORE_READ((struct kiocb *)ctx[0], ki_filp), BPF_CORE_READ((struct iocb *)PLAIN_ARGUMENT(ctx, 1), aio_rw_flags));
}

SEC("fexit/aio_write")
int quota_aio_write_end(u64 *ctx) { return forget_note(); }
SEC("fexit/aio_write")
int quota_again_aio_write_end(u64 *ctx) { return forget_note(); }

/* Before 5.18 the flags are the kiocb's by now; from then on they are put there later. */
SEC("fentry/io_write")
int quota_io_write(u64 *ctx)
{
	struct io_rw *request = (struct io_rw *)untyped(ctx[0]);
	u32 flags = BPF_CORE_READ(request, kiocb.ki_flags);

	if (bpf_core_field_exists(request->flags))
		flags = BPF_CORE_READ(request, flags);
	return on_flags(BPF_CORE_READ(request, kiocb.ki_filp), flags);
}

SEC("fexit/io_write")
int quota_io_write_end(u64 *ctx) { return forget_note(); }
SEC("fexit/io_write")
int quota_again_io_write_end(u64 *ctx) { return forget_note(); }

/*
 * fcntl sets or clears O_APPEND. A call of AIO or io_uring takes the flag over before it is judged, and a write after: either can see another
 * one. From now on each call on the file is charged as if it appended, and also up to where it says it writes.
 */
SEC("fentry/security_file_fcntl")
int quota_file_fcntl(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	struct quota_file *f;

	if ((u32)ctx[1] != COMMAND_SETFL || !((ctx[2] ^ file->f_flags) & FLAG_O_APPEND) || !is_of_interest(file))
		return 0;
	f = known_file(file->f_inode, dentry_of_file(file));
	if (f)
		f->either = 1;
	return 0;
}

#endif
