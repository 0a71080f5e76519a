// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * Limits on directories, kept in the kernel. Loaded only when a quota is armed: without one, nothing of this is attached.
 */
#include "quota_volume.h"

/* Never read: it is here so that the object's BTF holds what `npm run gen` needs. */
const volatile struct quota_vocabulary quota_vocabulary = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
