/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What a call would make of a file, judged where the number of bytes is known. It can be refused only in another function, which the
 * first one calls: the first charges, and leaves a refusal for the second, in the same thread.
 */
#ifndef QUOTA_JUDGE_H
#define QUOTA_JUDGE_H

#include "quota_charge.h"

/* The refusals and the notes left by a thread, none of which may outlive its call. */
#define FORGET(map, left) \
	do { \
		u64 thread_ = bpf_get_current_pid_tgid(); \
\
		if (left && !bpf_map_delete_elem(&map, &thread_)) \
			__sync_fetch_and_add(&left, -1); \
	} while (0)
/* 0, or -errno where there is no room. */
#define LEAVE(map, left, value) \
	({ \
		u64 thread_ = bpf_get_current_pid_tgid(); \
		long failed_; \
\
		FORGET(map, left); \
		failed_ = bpf_map_update_elem(&map, &thread_, &value, BPF_ANY); \
		if (!failed_) \
			__sync_fetch_and_add(&left, 1); \
		failed_; \
	})

static __always_inline void leave_refusal(struct inode *inode, s32 result)
{
	struct quota_refusal refusal = { .result = result };

	refusal.inode = untyped((u64)inode);
	LEAVE(refusals, refusing, refusal);
}

/* 0, or what the thread's call on this file is refused with. */
static __always_inline s32 take_refusal(struct file *file)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_refusal *refusal;
	s32 result;

	if (!refusing)
		return 0;
	refusal = bpf_map_lookup_elem(&refusals, &thread);
	if (!refusal || refusal->inode != (u64)BPF_CORE_READ(file, f_inode))
		return 0;
	result = refusal->result;
	FORGET(refusals, refusing);
	return result;
}

/* `bytes`: as many at most; below 0: not known. Of a call that is not noted, as many as it says count. */
static __always_inline void leave_note(struct inode *inode, s64 bytes, bool appends)
{
	struct quota_note note = { .bytes = bytes < 0 ? ~0ull : bytes, .appends = appends };

	note.inode = untyped((u64)inode);
	if (LEAVE(notes, noted, note) && appends)
		unnoted = 1;
}

/* Is it a regular file that may be in a quota? */
static __always_inline bool is_of_interest(struct file *file)
{
	struct inode *inode = file->f_inode;

	return quota_devices && has_quotas(inode->i_sb->s_dev) && is_regular(inode);
}

/* The call writes `bytes` from `from` on, or at least behind the end. `f`: NULL where it is in no quota. */
static __always_inline void write_to(struct quota_file *f, struct inode *inode, s64 from, s64 bytes, bool appends)
{
	FORGET(refusals, refusing);
	if (f && grow(f, inode->i_size, from, bytes, appends))
		leave_refusal(inode, QUOTA_REFUSED);
}

/* rw_verify_area() of a write to a file of interest. `position`: an address, or 0 for what has none. */
static __always_inline int judge_write(struct file *file, s64 *position, u64 bytes)
{
	struct inode *inode = file->f_inode;
	struct quota_file *f = quota_file(inode, dentry_of_file(file));
	bool appends = file->f_flags & FLAG_O_APPEND, either = f && (f->either || unnoted);
	u64 thread = bpf_get_current_pid_tgid();
	struct quota_note *note;
	s64 at = 0;

	if (noted) {
		note = bpf_map_lookup_elem(&notes, &thread);
		if (note && note->inode == (u64)inode) {
			if (bytes > note->bytes)
				bytes = note->bytes;
			/* One that copies may ask twice (5.10), and forgets it in the end. */
			if (note->appends) {
				appends = true;
				FORGET(notes, noted);
			}
		}
	}
	if (f && position && (!appends || either))
		bpf_probe_read_kernel(&at, sizeof(at), position);
	write_to(position ? f : NULL, inode, at, bytes, appends || either);
	return 0;
}

/* vfs_fallocate() */
static __always_inline int judge_allocation(struct file *file, u32 mode, s64 from, s64 bytes)
{
	struct inode *inode = file->f_inode;
	s64 end = from + bytes, size = inode->i_size;
	bool appends = false;

	if (!is_of_interest(file))
		return 0;
	if (mode & FALLOCATE_COLLAPSE)
		end = 0;
	else if (mode & FALLOCATE_INSERT) {
		/* It moves all that other calls in progress make of the file. */
		appends = true;
	} else if (mode & FALLOCATE_KEEP_SIZE) {
		/* Room behind the end shows in no size. */
		FORGET(refusals, refusing);
		if (!(mode & FALLOCATE_PUNCH) && end > blocks(size) && quota_file(inode, dentry_of_file(file)))
			leave_refusal(inode, -(s32)ERROR_NOT_SUPPORTED);
		return 0;
	}
	write_to(quota_file(inode, dentry_of_file(file)), inode, appends ? 0 : end, appends ? bytes : 0, appends);
	return 0;
}

/* vfs_clone_file_range(): 0 bytes are all there are. */
static __always_inline int judge_clone(struct file *from, s64 from_at, struct file *to, s64 to_at, s64 bytes)
{
	struct inode *inode = to->f_inode;

	if (!is_of_interest(to))
		return 0;
	write_to(quota_file(inode, dentry_of_file(to)), inode, to_at, bytes ?: from->f_inode->i_size - from_at, false);
	return 0;
}

#endif
