/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
#ifndef LEARNED_H
#define LEARNED_H

#include "fswatch.h"

/* What the kernel calls a path that user space asked about (by stat): see learn.h. */
struct learned {
	struct file_key file; /* with its generation */
	unsigned int mode;
	unsigned int links;
	unsigned int subvolume; /* see subvolume.h */
	unsigned int pad;
	unsigned long long count; /* 1: there is an answer */
};

#endif
