/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Charging. All sums are moved by adding alone, and what is added to a quota is added to the file it is for, so that threads that
 * race may charge too much for a moment, and the file's next settling takes it back. (5.10 has no other atomic instruction.)
 */
#ifndef QUOTA_CHARGE_H
#define QUOTA_CHARGE_H

#include "exempt.h"
#include "quota_files.h"

#define QUOTA_REFUSED (-(s32)ERROR_QUOTA)

/* Bytes: more than any quota has room for. */
#define FARTHEST_END (1ll << 62)

static __always_inline void move(struct quota_usage *usage, s64 bytes)
{
	__sync_fetch_and_add(&usage->bytes, bytes);
	__sync_fetch_and_add(&usage->moved, bytes < 0 ? -bytes : bytes);
}

/* Is more used than may be? Where nothing is enforced, never. */
static __always_inline bool is_over(const struct quota *q, const struct quota_usage *usage)
{
	return q->state && q->base_bytes + usage->bytes > q->bytes;
}

/* The limit is passed: true where the call must be refused. */
static __always_inline bool refuses(const struct quota *q, struct quota_usage *usage)
{
	if (q->state != QUOTA_SELF_TEST && is_exempt()) {
		__sync_fetch_and_add(&usage->exempted, 1);
		return false;
	}
	__sync_fetch_and_add(&usage->refused, 1);
	usage->last_ns = bpf_ktime_get_boot_ns();
	usage->last = current_process();
	return true;
}

static __always_inline void count_writer(u32 index, u32 serial, s64 bytes)
{
	struct quota_writer key = { .quota = index, .serial = serial, .process = current_process() };
	struct quota_written *have = bpf_map_lookup_elem(&quota_writers, &key);

	if (have) {
		__sync_fetch_and_add(&have->bytes, bytes);
	} else {
		struct quota_written first = { .bytes = bytes };

		bpf_get_current_comm(first.comm, sizeof(first.comm));
		bpf_map_update_elem(&quota_writers, &key, &first, BPF_ANY);
	}
}

/* Charges `bytes` more, and `inodes`: 0, or -EDQUOT where there is no room, and nothing is charged. `quota`: index + 1. */
__noinline int charge(u32 quota, u64 bytes, u32 inodes)
{
	u32 index = quota - 1;
	struct quota *q = bpf_map_lookup_elem(&quotas, &index);
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	if (!q || !usage)
		return 0;
	__sync_fetch_and_add(&usage->bytes, (s64)bytes);
	__sync_fetch_and_add(&usage->inodes, (s64)inodes);
	if (((bytes && is_over(q, usage)) || (inodes && q->state && q->base_inodes + usage->inodes > q->inodes)) && refuses(q, usage)) {
		__sync_fetch_and_add(&usage->bytes, -(s64)bytes);
		__sync_fetch_and_add(&usage->inodes, -(s64)inodes);
		return QUOTA_REFUSED;
	}
	__sync_fetch_and_add(&usage->moved, bytes);
	if (bytes)
		count_writer(index, q->serial, bytes);
	return 0;
}

/* Charges or gives back what is so already. */
__noinline int correct(u32 quota, s64 bytes, s32 inodes)
{
	u32 index = quota - 1;
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	if (!usage)
		return 0;
	if (bytes)
		move(usage, bytes);
	if (inodes)
		__sync_fetch_and_add(&usage->inodes, (s64)inodes);
	return 0;
}

/* A file gets another name in the same quota, or a directory. Where it has no bytes, it still is an inode: 1 says so. */
__noinline int shuffle(u32 quota, u64 bytes)
{
	u32 index = quota - 1;
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	if (usage)
		__sync_fetch_and_add(&usage->shuffled, bytes ?: 1);
	return 0;
}

/* A file is longer than all calls that were judged have made it: by another client of its server, or by calls that are not seen before. */
__noinline int note_unforeseen(u32 quota, u64 bytes)
{
	u32 index = quota - 1;
	struct quota *q = bpf_map_lookup_elem(&quotas, &index);
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	if (!q || !usage)
		return 0;
	if (bytes) {
		move(usage, bytes);
		__sync_fetch_and_add(&usage->unforeseen, bytes);
	}
	return is_over(q, usage);
}

/* Refuses a call whose bytes cannot be told before it is made, where a limit is enforced: 1, or 0. */
__noinline int refuse_unmeasured(u32 quota)
{
	u32 index = quota - 1;
	struct quota *q = bpf_map_lookup_elem(&quotas, &index);
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	return q && usage && q->state && refuses(q, usage);
}

/* Refuses a call on a file that has grown unforeseen, as long as its quota is full: -EDQUOT, or 0. */
__noinline int refuse_unforeseen(u32 quota)
{
	u32 index = quota - 1;
	struct quota *q = bpf_map_lookup_elem(&quotas, &index);
	struct quota_usage *usage = bpf_map_lookup_elem(&usages, &index);

	return q && usage && is_over(q, usage) && refuses(q, usage) ? QUOTA_REFUSED : 0;
}

/* The file is longer than all calls that were judged have made it: it is charged what it has. */
static __always_inline void count_growth(struct quota_file *f, s64 size)
{
	s64 end = f->end, more = blocks(size) - f->charged;

	if (size <= end)
		return;
	if (more < 0)
		more = 0;
	if (note_unforeseen(f->quota, more))
		f->unforeseen = 1;
	__sync_fetch_and_add(&f->charged, more);
	__sync_fetch_and_add(&f->end, size - end);
}

/*
 * A call is about to write `bytes` from `from` on: 0, or -EDQUOT. `appends`: at least behind all that other calls in progress append.
 */
static __always_inline s32 grow(struct quota_file *f, s64 size, s64 from, s64 bytes, bool appends)
{
	s64 known = f->end, end, more;

	if (size > known) {
		count_growth(f, size);
		known = size;
	}
	end = (appends && from < known ? known : from) + bytes;
	/* Behind that, sums of ends are no numbers any more. Below 0: the call's end is none. */
	if ((u64)end > FARTHEST_END)
		end = FARTHEST_END;
	/* What calls that race add to `end` can be more than they were charged for. */
	if (end <= known && blocks(end) <= f->charged)
		return f->unforeseen ? refuse_unforeseen(f->quota) : 0;
	more = blocks(end) - f->charged;
	if (more > 0) {
		if (charge(f->quota, more, 0))
			return QUOTA_REFUSED;
		if (f->left && charge(f->left, more, 0)) {
			correct(f->quota, -more, 0);
			return QUOTA_REFUSED;
		}
		__sync_fetch_and_add(&f->charged, more);
	}
	if (end > known)
		__sync_fetch_and_add(&f->end, end - known);
	return 0;
}

static __always_inline void correct_file(struct quota_file *f, s64 bytes)
{
	correct(f->quota, bytes, 0);
	if (f->left)
		correct(f->left, bytes, 0);
	__sync_fetch_and_add(&f->charged, bytes);
}

/*
 * No call writes to it just now: it is charged what it has. `down`: it may have become less. Returns the bytes charged: below 0, given back.
 * `end` is read before all else, so that what a call adds to it meanwhile stays added.
 */
static __always_inline s64 settle(struct quota_file *f, s64 size, bool down)
{
	s64 end = *(volatile s64 *)&f->end, more = blocks(size) - f->charged;

	if (more < 0 && !down)
		return 0;
	if (more)
		correct_file(f, more);
	if (down || size > end)
		__sync_fetch_and_add(&f->end, size - end);
	if (more < 0)
		f->unforeseen = 0;
	return more;
}

/*
 * The same at the last close of an open file. Without another writer it may have become less. Where one has come meanwhile, or has even gone,
 * its calls may have been judged by what is taken back here: then all is charged again. open() counts a writer before any of its calls.
 */
static __always_inline void settle_closed(struct quota_file *f, const volatile s64 *size, const volatile s32 *writers)
{
	bool last = *writers <= 1;
	s64 had = *size, end = *(volatile s64 *)&f->end, more;

	more = settle(f, had, last);
	if (!last || (*writers <= 1 && *size == had))
		return;
	if (more < 0)
		correct_file(f, -more);
	if (end > had)
		__sync_fetch_and_add(&f->end, end - had);
}

#endif
