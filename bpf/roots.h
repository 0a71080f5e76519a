/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* FILTER_PATH, judged once per {process, file}. */
#ifndef ROOTS_H
#define ROOTS_H

#include "maps.h"
#include "path.h"

/* FILTER_PATH: is one of the watched directories above? A walk that cannot finish says yes: better shown than hidden. */
__noinline int below_a_root(u64 from, u64 from_mnt)
{
	struct place at = { .dentry = (struct dentry *)from, .mnt = (struct vfsmount *)from_mnt };

	for (int i = 0; i < WALK_STEPS; i++) {
		struct dentry *dentry = at.dentry, *parent;
		struct inode *inode = BPF_CORE_READ(dentry, d_inode);

		if (inode) {
			struct file_key key = inode_key(inode);

			key.generation = 0; /* user space cannot ask for it */
			if (bpf_map_lookup_elem(&roots, &key))
				return 1;
		}
		if (cross_mount(&at))
			continue;
		parent = BPF_CORE_READ(dentry, d_parent);
		if (!parent || parent == dentry)
			return 0;
		at.dentry = parent;
	}
	return 1;
}

#endif
