/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* What user space says of the processes that no rule stops (exempt.h). */
#ifndef EXEMPTION_H
#define EXEMPTION_H

#include "fswatch.h"

enum exemption_limits {
	EXEMPT_PROCESSES = 1024,
	EXEMPT_CGROUPS = 16,
};

struct exempt_process {
	unsigned int birth; /* as in struct process_key */
	unsigned int generation; /* of the program's inode; 0: it is not known */
	struct file_key program; /* as inode_id() has it: exempt while it runs this file; inode number 0: whatever it runs */
};

#endif
