/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* A file that rules cover gets a second name. */
#ifndef GUARD_LINK_H
#define GUARD_LINK_H

#include "guard_judge.h"

/* The chain of the nearest tree the file is in, or 0. Where that is not known, of all trees of its file system. */
__noinline int chain_of_tree(u64 dentry)
{
	u64 found = above_or_end(dentry);
	struct file_key key;
	struct anchor *a;
	u32 dev, *all;

	if (found > WALK_END_BITS)
		found = tree_above(found);
	if (found == WALK_AT_TOP)
		return 0;
	if (found & WALK_FOUND) {
		key = inode_id(BPF_CORE_READ((struct dentry *)(found & ~(u64)WALK_END_BITS), d_inode));
		a = bpf_map_lookup_elem(&anchors, &key);
		return a ? a->tree_chain : 0;
	}
	dev = BPF_CORE_READ((struct dentry *)dentry, d_parent, d_inode, i_sb, s_dev);
	all = bpf_map_lookup_elem(&trees_of_device, &dev);
	return all ? *all : 0;
}

/*
 * Whatever is done through the new name is done to the file, so its inode keeps the rules it has by its place: those of the tree it
 * is linked out of, or of the name it has there. No room to note it: the link is refused.
 */
__noinline int link_keeps_rules(u64 dentry)
{
	struct inode *inode = BPF_CORE_READ((struct dentry *)dentry, d_inode);
	struct file_key key = inode_id(inode);
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
