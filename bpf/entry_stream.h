/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* What is attached only while events are streamed, whichever way operations are seen: it makes every system call of the machine dearer. */
#ifndef ENTRY_STREAM_H
#define ENTRY_STREAM_H

#include "duration.h"

SEC("raw_tp/sys_enter")
int stream_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	note_entry(ctx->args[1]);
	return 0;
}

#endif
