/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* The file below one of overlayfs. */
#ifndef STACKED_H
#define STACKED_H

#include "ancestors.h"

/* Is it an open file, by what the kernel keeps true of each: its inode has a dentry, which leads back to it? `at`: maybe a struct file. */
static __always_inline bool is_file(u64 at)
{
	struct inode *inode = BPF_CORE_READ((struct file *)at, f_inode);
	u64 dentry = inode ? dentry_of_inode(inode) : 0;

	return dentry && BPF_CORE_READ((struct dentry *)dentry, d_inode) == inode;
}

/*
 * The inode of the file below, or 0. `opened`: private_data of an open file of overlayfs. Up to 6.12 that leads to the file below, from then on to a
 * structure whose first field does.
 */
static __always_inline u64 inode_below(u64 opened)
{
	u64 file = opened;

	if (!is_file(file) && bpf_probe_read_kernel(&file, sizeof(file), (void *)file))
		return 0;
	return (u64)BPF_CORE_READ((struct file *)file, f_inode);
}

#endif
