/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* A file that rules cover gets a second name. */
#ifndef GUARD_LINK_H
#define GUARD_LINK_H

#include "guard_judge.h"

/* The nearest directory above that trees are anchored at, with the bits that tree_above() gives. Inline: the kernel allows eight calls inside each other. */
static __always_inline u64 nearest_tree(u64 dentry)
{
	u64 at = above_or_end(dentry);

	return at > WALK_END_BITS ? tree_above(at) : at;
}

/* Are the rules of a tree those of all trees a file is in? `nearest`: see nearest_tree(). */
static __always_inline bool is_only_tree(u64 nearest)
{
	return !(nearest & WALK_FOUND) || nearest_tree(nearest & ~(u64)WALK_END_BITS) == WALK_AT_TOP;
}

/* The chain of the nearest tree a file is in, or 0. Where that is not known, of all trees of its file system. */
__noinline int chain_of_tree(u64 nearest, u64 dentry)
{
	struct file_key key;
	struct anchor *a;
	u32 dev, *all;

	if (nearest == WALK_AT_TOP)
		return 0;
	if (nearest & WALK_FOUND) {
		key = inode_id(BPF_CORE_READ((struct dentry *)(nearest & ~(u64)WALK_END_BITS), d_inode));
		a = bpf_map_lookup_elem(&anchors, &key);
		return a ? a->tree_chain : 0;
	}
	dev = BPF_CORE_READ((struct dentry *)dentry, d_parent, d_inode, i_sb, s_dev);
	all = bpf_map_lookup_elem(&trees_of_device, &dev);
	return all ? *all : 0;
}

/* The chain of rules that an inode has itself, or 0. */
__noinline int chain_of_inode(u64 at)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = inode_id(inode);
	struct anchor *a = bpf_map_lookup_elem(&anchors, &key);

	return a && is_anchored(a, inode) ? a->file_chain : 0;
}

/* Whether the inode has these rules from now on, in place of those of a deleted file with its number: 0 where there is no room to note it. */
__noinline int mark_inode(u64 at, u32 chain)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = inode_id(inode);
	struct anchor mark = { .file_chain = chain, .marked = 1, .generation = BPF_CORE_READ(inode, i_generation) };

	return !bpf_map_update_elem(&anchors, &key, &mark, BPF_ANY);
}

/* Do two chains hold the same rules, or one of them none? While rules are written, equal sets have two numbers for a moment. */
__noinline int agree(u32 a, u32 b)
{
	struct chain *one, *other;

	if (!a || !b || a == b)
		return 1;
	one = bpf_map_lookup_elem(&chains, &a);
	other = bpf_map_lookup_elem(&chains, &b);
	if (!one || !other || one->count != other->count)
		return 0;
	for (u32 i = 0; i < CHAIN_RULES; i++) {
		if (i >= one->count)
			break;
		if (one->rules[i] != other->rules[i])
			return 0;
	}
	return 1;
}

/*
 * Whatever is done through the new name is done to the file, so its inode keeps the rules it has by its place: those of the tree it
 * is linked out of, or of the name it has there. An inode has one chain: where rules of several would have to be kept (its own, its name's,
 * those of trees inside each other), the link is refused, unless it stays in the nearest tree. So is one that there is no room to note.
 */
__noinline int link_keeps_rules(u64 dentry, u64 fresh)
{
	u64 inode = (u64)BPF_CORE_READ((struct dentry *)dentry, d_inode), tree;
	u32 own, name, chain;

	if (!inode)
		return 0;
	own = chain_of_inode(inode);
	name = chain_by_name(dentry);
	tree = nearest_tree(dentry);
	chain = chain_of_tree(tree, dentry);
	if (!own && !name && !chain)
		return 0;
	if (agree(own, name) && agree(own, chain) && agree(name, chain) && (!chain || is_only_tree(tree))) {
		if (own || mark_inode(inode, name ?: chain))
			return 0;
	} else if ((tree & WALK_FOUND) && tree == nearest_tree(fresh) && agree(own, name) && (own || !name)) {
		return 0;
	}
	return !refusing_ops || rules_over == RULES_OVER || is_exempt() ? 0 : -ERROR_PERMITTED;
}

#endif
