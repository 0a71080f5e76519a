/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Events that nobody wants to see, left out before they take room in the ring. Counted they are all the same. */
#ifndef NARROW_H
#define NARROW_H

#include "duration.h"

struct happening {
	const struct counter_key *key;
	s64 result;
	u32 op;
	u32 open_flags;
	bool apart; /* done by no system call of this thread, or by an earlier one */
};

/* What `narrowing` asks of who it was and what was done. */
static __always_inline bool passes_narrowing(const struct happening *h)
{
	const struct file_key *file = &h->key->file;
	u32 flags = narrowing.flags, ops = h->result < 0 ? narrowing.failed_ops : narrowing.done_ops;
	u32 tgid = h->key->process.tgid;
	char comm[COMM_LEN] __attribute__((aligned(8))) = {};

	if (!(ops >> (h->op % OP_SLOTS) & 1))
		return false;
	if ((flags & NARROW_PID) && tgid != narrowing.tgid)
		return false;
	/* One id a kind, see fill_file_key(); all zero is no file. */
	if ((flags & NARROW_FILES) && !file->ino && !file->generation && file->dev)
		return false;
	bpf_get_current_comm(comm, sizeof(comm));
	if ((flags & NARROW_COMM) && !same_comm(comm, narrowing.comm) && !has_other_name(narrowing.comm))
		return false;
	for (int i = 0; i < NARROWING_MOST; i++)
		if ((narrowing.other_tgids[i] && tgid == narrowing.other_tgids[i]) ||
		    (narrowing.other_comms[i][0] && same_comm(comm, narrowing.other_comms[i])))
			return false;
	return true;
}

#define LEFT_OUT (-2LL)

/*
 * How long it took, as in an event; LEFT_OUT, and counted as that. `apart` is that of `h`: 7.2's verifier takes for dead what of a
 * frame only a call two frames further on reads.
 */
static __noinline s64 begin_event(const struct happening *h, bool apart)
{
	s64 took;

	if (!h || !h->key)
		return LEFT_OUT;
	if ((narrowing.flags & NARROW_ON) && !passes_narrowing(h))
		goto hide;
	took = apart ? DURATION_UNKNOWN : duration(h->op, bpf_ktime_get_ns());
	if (!(narrowing.flags & NARROW_TOOK))
		return took;
	if (took >= 0 && took >= narrowing.least_ns && took <= narrowing.most_ns)
		return took;
hide:
	__sync_fetch_and_add(&hidden[bpf_get_smp_processor_id() % TOTALS_SLOTS].events, 1);
	return LEFT_OUT;
}

#endif
