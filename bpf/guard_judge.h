/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Which rules cover a file: its own inode, its name, and every directory above it up to the root of its file system. */
#ifndef GUARD_JUDGE_H
#define GUARD_JUDGE_H

#include "argument.h"
#include "guard_decide.h"
#include "clean.h"
#include "names_hash.h"

/* One rule: 0, or what the call must return. Global functions (scalars only) are verified once a program, not once a call. */
__noinline int judge_rule(u32 index, u32 ops, u64 dentry, u32 how)
{
	struct rule *rule = bpf_map_lookup_elem(&rules, &index);

	if (!rule || (rule->action == ACTION_ASK) != !!(ops & JUDGE_ASKS) || !rule_matches(rule, ops))
		return 0;
	return decide(index, rule, ops, dentry, how);
}

/* All rules of a chain that match act; the first refusal is the answer. */
__noinline int judge_chain(u32 id, u32 ops, u64 dentry, u32 how)
{
	struct chain *chain = bpf_map_lookup_elem(&chains, &id);
	s32 answer = 0;

	if (!chain)
		return 0;
	for (u32 i = 0; i < CHAIN_RULES; i++) {
		s32 result;

		if (i >= chain->count)
			break;
		result = judge_rule(chain->rules[i], ops, dentry, answer ? how | REFUSED_ALREADY : how);
		if (!answer)
			answer = result;
	}
	return answer;
}

/* Rules on a base name, the directory being any. */
__noinline int judge_base_name(u64 dentry, u32 ops)
{
	struct dentry *leaf = (struct dentry *)dentry;
	struct name_hash whole = {};
	u32 *id;

	hash_name(&whole, BPF_CORE_READ(leaf, d_name.name), BPF_CORE_READ(leaf, d_name.len));
	id = bpf_map_lookup_elem(&names, &whole);
	return id ? judge_chain(*id, ops, dentry, 0) : 0;
}

/* Rules on an end of `length` bytes. */
__noinline int judge_suffix(u64 dentry, u32 length, u32 ops)
{
	struct dentry *leaf = (struct dentry *)dentry;
	u32 whole = BPF_CORE_READ(leaf, d_name.len), *id;
	struct suffix_key key = { .length = length };

	if (length > whole)
		return 0;
	hash_name(&key.end, BPF_CORE_READ(leaf, d_name.name) + (whole - length), length);
	id = bpf_map_lookup_elem(&suffixes, &key);
	return id ? judge_chain(*id, ops, dentry, 0) : 0;
}

/* Rules on names alone. */
__noinline int judge_name(u64 dentry, u32 ops)
{
	s32 answer = armed_names ? judge_base_name(dentry, ops) : 0, result;
	u32 lengths = armed_suffixes;

	for (u32 l = 1; l <= SUFFIX_BYTES; l++) {
		result = lengths >> l & 1 ? judge_suffix(dentry, l, ops) : 0;
		if (!answer)
			answer = result;
	}
	return answer;
}

/* Rules that name a file by the directory it is in: for an inode that is not there yet, or has come in place of the one that was. */
__noinline int judge_named(u64 dentry, u64 parent_ino, u32 parent_dev, u32 ops)
{
	struct dentry *leaf = (struct dentry *)dentry;
	struct named_key key = { .parent = { .ino = parent_ino, .dev = parent_dev } };
	struct named_value *value;
	struct inode *inode;

	hash_name(&key.name, BPF_CORE_READ(leaf, d_name.name), BPF_CORE_READ(leaf, d_name.len));
	value = bpf_map_lookup_elem(&named, &key);
	if (!value)
		return 0;
	inode = BPF_CORE_READ(leaf, d_inode);
	if (inode && value->ino == BPF_CORE_READ(inode, i_ino))
		return 0;
	return judge_chain(value->chain, ops, dentry, 0);
}

/* One inode on the way up: the file itself (step 0), its directory (1), those above. */
__noinline int judge_step(u64 at, u32 step, u64 leaf, u32 ops)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = { .ino = BPF_CORE_READ(inode, i_ino), .dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	struct anchor *a = bpf_map_lookup_elem(&anchors, &key);
	s32 of_file = 0, of_name = 0, of_tree = 0;

	if (!a || (!a->any_generation && a->generation != BPF_CORE_READ(inode, i_generation)))
		return 0;
	if (step == 0 && a->file_chain)
		of_file = judge_chain(a->file_chain, ops, leaf, 0);
	if (step == 1 && a->named)
		of_name = judge_named(leaf, key.ino, key.dev, ops);
	if (a->tree_chain)
		of_tree = judge_chain(a->tree_chain, ops, leaf, of_file || of_name ? REFUSED_ALREADY : 0);
	return of_file ?: of_name ?: of_tree;
}

/* The way up could not be finished: whatever tree is protected on this device may be the one. */
__noinline int judge_unfinished(u64 dentry, u32 ops)
{
	struct dentry *leaf = (struct dentry *)dentry;
	u32 dev = BPF_CORE_READ(leaf, d_parent, d_inode, i_sb, s_dev);
	u32 *id = bpf_map_lookup_elem(&trees_of_device, &dev);

	return id ? judge_chain(*id, ops, dentry, UNSURE) : 0;
}

/* The rules on a file that some rule covers, those that ask or the others. Slow and seldom. */
__noinline int judge_walk(u64 dentry, u32 ops)
{
	struct dentry *at = (struct dentry *)dentry;
	s32 answer = 0;

	if (armed_names | armed_suffixes)
		answer = judge_name(dentry, ops);
	for (u32 step = 0; step < ANCESTORS; step++) {
		struct dentry *parent = BPF_CORE_READ(at, d_parent);
		u64 inode = (u64)BPF_CORE_READ(at, d_inode);
		s32 result = inode ? judge_step(inode, step, dentry, ops) : 0;

		if (!answer)
			answer = result;
		/* One question at a time. */
		if (answer && (ops & JUDGE_ASKS))
			return answer;
		if (parent == at || !parent) {
			/* By a file handle, of what was not in memory: nobody knows yet where it is. */
			if (BPF_CORE_READ(at, d_flags) & DENTRY_DISCONNECTED)
				break;
			return answer;
		}
		at = parent;
	}
	return answer ?: judge_unfinished(dentry, ops);
}

/* Every rule on a file that some rule covers. What is refused anyway is not asked about. */
static __always_inline s32 judge_covered(u64 dentry, u32 ops)
{
	s32 answer = judge_walk(dentry, ops);

	if (answer || !armed_asks || (ops & JUDGE_NO_ASKS))
		return answer;
	return judge_walk(dentry, ops | JUDGE_ASKS);
}

/* Does a rule name the file by its directory? */
__noinline int is_named(u64 dentry, u64 parent_ino, u32 parent_dev)
{
	struct dentry *leaf = (struct dentry *)dentry;
	struct named_key key = { .parent = { .ino = parent_ino, .dev = parent_dev } };

	hash_name(&key.name, BPF_CORE_READ(leaf, d_name.name), BPF_CORE_READ(leaf, d_name.len));
	return bpf_map_lookup_elem(&named, &key) != NULL;
}

/*
 * Has the name no inode (yet)? The pointer is read as a plain number: from 6.5 on the verifier takes the d_inode of a dentry it trusts
 * for never NULL, leaves out the comparison with NULL and the guard around what is loaded through it, and the kernel oopses (seen on
 * 6.12).
 */
static __always_inline bool is_negative(struct dentry *dentry)
{
	return !BPF_CORE_READ(dentry, d_inode);
}

static __always_inline struct anchor *anchor_of(struct inode *inode)
{
	struct file_key key = { .ino = inode->i_ino, .dev = inode->i_sb->s_dev };

	return bpf_map_lookup_elem(&anchors, &key);
}

/*
 * Is some rule anchored at the file, at its name, or at a directory above it? A walk that cannot finish says yes. Plain loads only:
 * this is what a file's first touch pays. What only names something else in a directory above does not count.
 */
static __always_inline bool is_covered(struct dentry *leaf)
{
	struct dentry *at = leaf->d_parent;
	struct inode *inode;
	struct anchor *a;

	if (armed_names | armed_suffixes)
		return true;
	inode = leaf->d_inode;
	if (inode && !is_negative(leaf)) {
		a = anchor_of(inode);
		if (a && (a->file_chain || a->tree_chain))
			return true;
	}
	inode = at->d_inode;
	a = anchor_of(inode);
	if (a && a->named && is_named(untyped((u64)leaf), inode->i_ino, inode->i_sb->s_dev))
		return true;
	for (u32 step = 1; step < ANCESTORS; step++) {
		struct dentry *parent = at->d_parent;

		a = anchor_of(at->d_inode);
		if (a && a->tree_chain)
			return true;
		if (parent == at || !parent)
			return at->d_flags & DENTRY_DISCONNECTED;
		at = parent;
	}
	return true;
}

/* Of a name and the inode it leads to. */
static __always_inline s32 judge_known(struct dentry *leaf, struct inode *inode, u32 ops)
{
	u32 dev = inode->i_sb->s_dev;
	struct clean_place place;

	if (!(armed_devices >> (dev & 63) & 1))
		return 0;
	find_clean_place(&place, inode, dev);
	if (known_clean(&place))
		return 0;
	if (is_covered(leaf))
		return judge_covered(untyped((u64)leaf), ops);
	remember_clean(&place, inode);
	return 0;
}

/* 0, or what the call must return. `leaf` is typed (from a hook's context), so that its fields are plain loads. */
static __always_inline s32 judge(struct dentry *leaf, u32 ops)
{
	struct inode *inode;

	if (!(armed_ops & ops) || !leaf)
		return 0;
	inode = leaf->d_inode;
	/* Twice: see is_negative(); from 7.x on the verifier wants the comparison that 6.12's leaves out. */
	if (inode && !is_negative(leaf))
		return judge_known(leaf, inode, ops);
	return is_covered(leaf) ? judge_covered(untyped((u64)leaf), ops) : 0;
}

/* A dentry of an inode whose own is not at hand; 0 without one. */
static __always_inline u64 dentry_of_inode(struct inode *inode)
{
	char *alias = (char *)BPF_CORE_READ(inode, i_dentry.first);

	if (!alias)
		return 0;
	if (bpf_core_field_exists(struct dentry___d_u, d_u.d_alias))
		return (u64)(alias - bpf_core_field_offset(struct dentry___d_u, d_u.d_alias));
	return (u64)(alias - bpf_core_field_offset(struct dentry___flat, d_alias));
}

/* What lies below a stacked file. Inline: the kernel allows eight calls inside each other, and these are they. */
static __always_inline s32 judge_below(u64 inode, u32 ops)
{
	u64 dentry = dentry_of_inode((struct inode *)inode);

	return dentry ? judge_covered(dentry, ops) : 0;
}

/*
 * Up to 6.4, overlayfs opens the file below under the name of the file above: the name says one thing, the inode another, and a
 * rule on either holds.
 */
static __always_inline s32 judge_file(struct file *file, u32 ops)
{
	struct inode *inode;
	struct dentry *dentry;
	s32 answer;

	if (!(armed_ops & ops))
		return 0;
	/* The inode from the file itself: newer kernels trust that pointer, and its loads need no guard. */
	inode = file->f_inode;
	dentry = file->f_path.dentry;
	if (dentry->d_inode == inode)
		return judge_known(dentry, inode, ops);
	answer = judge(dentry, ops);
	return answer ?: judge_below(untyped((u64)inode), ops);
}

#endif
