/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* A file that rules cover gets a second name. */
#ifndef GUARD_LINK_H
#define GUARD_LINK_H

#include "guard_judge.h"

/* The chain of the nearest tree the file is in, or 0. */
__noinline int chain_of_tree(u64 dentry)
{
	struct dentry *at = BPF_CORE_READ((struct dentry *)dentry, d_parent);

	for (u32 step = 1; step < ANCESTORS; step++) {
		struct dentry *parent = BPF_CORE_READ(at, d_parent);
		struct file_key key = anchor_key(BPF_CORE_READ(at, d_inode));
		struct anchor *a = bpf_map_lookup_elem(&anchors, &key);

		if (a && a->tree_chain)
			return a->tree_chain;
		if (parent == at || !parent)
			return 0;
		at = parent;
	}
	return 0;
}

/*
 * Whatever is done through the new name is done to the file, so its inode keeps the rules it has by its place: those of the tree it
 * is linked out of, or of the name it has there. No room to note it: the link is refused.
 */
__noinline int link_keeps_rules(u64 dentry)
{
	struct inode *inode = BPF_CORE_READ((struct dentry *)dentry, d_inode);
	struct file_key key = anchor_key(inode);
	struct anchor mark = { .generation = BPF_CORE_READ(inode, i_generation) };

	if (!inode || bpf_map_lookup_elem(&anchors, &key))
		return 0;
	mark.file_chain = chain_by_name(dentry);
	if (!mark.file_chain)
		mark.file_chain = chain_of_tree(dentry);
	if (!mark.file_chain)
		return 0;
	return bpf_map_update_elem(&anchors, &key, &mark, BPF_NOEXIST) ? -ERROR_PERMITTED : 0;
}

#endif
