/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* One record an operation, only while somebody looks or records. What does not fit the ring is counted. */
#ifndef EVENTS_H
#define EVENTS_H

#include "facts.h"
#include "narrow.h"

static __always_inline void fill_event(struct event_record *r, const struct happening *h, s64 took)
{
	r->header.type = RECORD_EVENT;
	r->header.flags = 0;
	r->header.path_len = 0;
	r->time_ns = bpf_ktime_get_ns();
	r->duration_ns = took;
	r->process = h->key->process;
	r->file = h->key->file;
	r->result = h->result;
	r->tid = (u32)bpf_get_current_pid_tgid();
	r->op = h->op;
	r->open_flags = h->open_flags;
	r->uid = (u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(r->comm, sizeof(r->comm));
}

/* The file's record carries the path. */
static __noinline int emit(const struct happening *h)
{
	s64 took = h ? begin_event(h, h->apart) : LEFT_OUT;
	struct event_record *r;

	if (took == LEFT_OUT)
		return 0;
	r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	if (!r) {
		lose(LOSS_EVENTS_FULL);
		return 0;
	}
	fill_event(r, h, took);
	bpf_ringbuf_submit(r, wake_flag(&events, events_wake_bytes));
	return 0;
}

/* With the path of a dentry: new names. */
static __noinline int emit_dentry(const struct happening *h, struct dentry *dentry)
{
	u64 thread = bpf_get_current_pid_tgid();
	s64 took = h ? begin_event(h, h->apart) : LEFT_OUT;
	struct event_record *r;
	struct scratch *s;
	u32 walked;

	if (took == LEFT_OUT)
		return 0;
	s = scratch_get(thread);
	if (!s) {
		lose(LOSS_EVENTS_FULL);
		return 0;
	}
	r = RECORD(s, event_record);
	fill_event(r, h, took);
	walked = walk((u64)dentry, 0, 0);
	r->header.flags = WALKED_FLAGS(walked);
	r->header.path_len = WALKED_LENGTH(walked);
	SEND(events, s, event_record, WALKED_LENGTH(walked), events_wake_bytes, LOSS_EVENTS_FULL);
	scratch_put(thread);
	return 0;
}

/* Where a name given by a program starts from; all NULL where it is absolute or cannot be known. */
struct given_path {
	const char *text;
	bool kernel_text; /* already copied in by the kernel */
	int dirfd;
};

static __always_inline void given_base(int dirfd, struct path *base)
{
	if (dirfd == AT_CURRENT_DIR) {
		struct task_struct *task = current_task();
		struct fs_struct *fs = BPF_CORE_READ(task, fs);

		bpf_probe_read_kernel(base, sizeof(*base), &fs->pwd);
	} else {
		struct file *dir = file_of_fd(dirfd);

		bpf_probe_read_kernel(base, sizeof(*base), &dir->f_path);
	}
}

/* With the text a program gave, and the directory it counts from. */
static __noinline int emit_given(const struct happening *h, const struct given_path *given)
{
	u64 thread = bpf_get_current_pid_tgid();
	s64 took = h ? begin_event(h, h->apart) : LEFT_OUT;
	struct event_record *r;
	struct scratch *s;
	u32 walked = 0, flags = PATH_AS_GIVEN;
	struct path base = {};
	long bytes;

	if (!given || took == LEFT_OUT)
		return 0;
	s = scratch_get(thread);
	if (!s) {
		lose(LOSS_EVENTS_FULL);
		return 0;
	}
	r = RECORD(s, event_record);
	fill_event(r, h, took);
	/* Half of the room for the text, so that what it is relative to fits too. */
	if (given->kernel_text)
		bytes = bpf_probe_read_kernel_str(s->path, PATH_BYTES / 2, given->text);
	else
		bytes = bpf_probe_read_user_str(s->path, PATH_BYTES / 2, given->text);
	if (bytes <= 0 || bytes > PATH_BYTES / 2) {
		flags |= PATH_UNREADABLE;
	} else {
		walked = bytes;
		if (bytes == PATH_BYTES / 2)
			flags |= PATH_CUT;
		if (s->path[0] != '/') {
			given_base(given->dirfd, &base);
			if (base.dentry)
				walked = walk((u64)base.dentry, (u64)base.mnt, bytes);
		}
	}
	r->header.flags = flags | WALKED_FLAGS(walked);
	r->header.path_len = WALKED_LENGTH(walked);
	SEND(events, s, event_record, WALKED_LENGTH(walked), events_wake_bytes, LOSS_EVENTS_FULL);
	scratch_put(thread);
	return 0;
}

#endif
