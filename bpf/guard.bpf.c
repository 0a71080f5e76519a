/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Rules, enforced where the kernel asks for permission. Loaded only when a rule is armed: without one, nothing of this is attached.
 */
#include "guard_life.h"
#include "guard_entry.h"
#include "guard_override.h"
#include "guard_signal.h"
#include "guard_store.h"

/* Never read: it is here so that the object's BTF holds what `npm run gen` needs. */
const volatile struct guard_vocabulary guard_vocabulary = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
