/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Records with a path: where they are put together, and how they are sent. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "losses.h"

/*
 * Where a record with a path is put together. It belongs to a thread, not to a CPU: on preemptible kernels another
 * thread can run the same code on the same CPU half way through. 64 threads resolving at one instant is plenty; one more is
 * counted as LOSS_SCRATCH_BUSY and tries again at its next operation.
 */
struct scratch {
	u64 dentry, mnt; /* how far the walk (path.h) has come */
	char fixed[128]; /* the record's fixed part, at the end: right before the path */
	char path[PATH_BYTES + 256]; /* room for one more component than is kept, so that the verifier sees every copy fit */
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u64);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* A new hash entry needs a whole initial value, and 4 kB do not fit the 512-byte stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratch_blank SEC(".maps");

/* The reader comes once a tick by itself; a ring that fills between two ticks calls it. A threshold of 0 calls it each time. */
static __always_inline u64 wake_flag(void *ring, u32 threshold)
{
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= threshold ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline struct scratch *scratch_get(u64 thread)
{
	u32 zero = 0;
	struct scratch *blank = bpf_map_lookup_elem(&scratch_blank, &zero);

	if (!blank || bpf_map_update_elem(&scratches, &thread, blank, BPF_NOEXIST)) {
		lose(LOSS_SCRATCH_BUSY);
		return NULL;
	}
	return bpf_map_lookup_elem(&scratches, &thread);
}

static __always_inline void scratch_put(u64 thread)
{
	bpf_map_delete_elem(&scratches, &thread);
}

/* Sends a record and the path behind it: they lie back to back, so one call copies both. */
static __always_inline int send(void *ring, void *record, u32 fixed, u64 path_bytes, u32 threshold, enum loss why)
{
	/* Keeps the compiler from comparing one copy and passing another: the verifier bounds only what was compared. */
	asm volatile("" : "+r"(path_bytes));
	if (path_bytes > PATH_BYTES)
		path_bytes = PATH_BYTES;
	if (bpf_ringbuf_output(ring, record, fixed + path_bytes, wake_flag(ring, threshold))) {
		lose(why);
		return -1;
	}
	return 0;
}
#define RECORD(s, type) ((struct type *)((s)->fixed + sizeof((s)->fixed) - sizeof(struct type)))
#define SEND(ring, s, type, path_bytes, threshold, why) \
	send(&ring, RECORD(s, type), sizeof(struct type), path_bytes, threshold, why)

#endif
