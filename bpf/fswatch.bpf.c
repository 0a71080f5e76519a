/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Which process touches which file: counted in the kernel, streamed on demand. One object holds all three ways in; user space
 * loads one way for each operation (src/kernel/plan.ts).
 */
#include "entry_life.h"
#include "entry_stream.h"
#include "entry_fentry.h"
#include "entry_kprobe.h"
#include "entry_tracepoint.h"

/* Never read: it is here so that the object's BTF holds what `npm run gen` needs. */
const volatile struct vocabulary vocabulary = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
