/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Sums over everything, and what is missing from the picture: one per BPF object. */
#ifndef LOSSES_H
#define LOSSES_H

#include "kernel.h"
#include "fswatch.h"

struct totals totals[TOTALS_SLOTS] = {};

static __always_inline struct totals *totals_here(void)
{
	return &totals[bpf_get_smp_processor_id() % TOTALS_SLOTS];
}

static __always_inline void lose(enum loss why)
{
	__sync_fetch_and_add(&totals_here()->losses[why], 1);
}

#endif
