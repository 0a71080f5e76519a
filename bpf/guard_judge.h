/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Which rules cover a file: its own inode, its name, and every directory above it up to the root of its file system. */
#ifndef GUARD_JUDGE_H
#define GUARD_JUDGE_H

#include "ancestors.h"
#include "argument.h"
#include "guard_decide.h"
#include "clean.h"
#include "names_hash.h"
#include "stacked.h"

/* Does a rule of this action hold no more? A request that is pending gets its answer from answer_for(). */
static __always_inline bool is_rule_over(u32 action)
{
	u32 over = rules_over;

	return over && action != ACTION_ASK && (over != RULES_KEPT || action == ACTION_FREEZE);
}

/*
 * What a call must return, with how strong the rule is that says so: -errno - strength. verdict() takes the strength off. The comparison
 * leaves the errno out, so that of two rules that are equally strong the first one counts.
 */
enum { STRENGTH_OF_DENY = 1 << 16, STRENGTH_OF_KILL = 2 << 16, STRENGTH_SHIFT = 16 };

static __always_inline s32 stronger(s32 answer, s32 other)
{
	return other >> STRENGTH_SHIFT < answer >> STRENGTH_SHIFT ? other : answer;
}

static __always_inline s32 with_strength(s32 answer, u32 action)
{
	if (answer && action == ACTION_KILL)
		return answer - STRENGTH_OF_KILL;
	return answer && action == ACTION_DENY ? answer - STRENGTH_OF_DENY : answer;
}

/*
 * One rule. `answer`: 0, or what the call must return by a rule before, with its strength; the same of all. Global functions (scalars
 * only) are verified once a program, not once a call.
 */
__noinline int judge_rule(u32 index, u32 ops, u64 dentry, u32 how, int answer)
{
	struct rule *rule = bpf_map_lookup_elem(&rules, &index);
	s32 own;

	if (!rule || (rule->action == ACTION_ASK) != !!(ops & JUDGE_ASKS) || !rule_matches(rule, ops))
		return answer;
	if (is_rule_over(rule->action) || ((ops & JUDGE_REFUSED) && rule->action != ACTION_KILL))
		return answer;
	own = decide(index, rule, ops, dentry, answer ? how | REFUSED_ALREADY : how);
	return stronger(answer, with_strength(own, rule->action));
}

/* All rules of a chain that match act. `answer`: the strongest refusal so far, before and after. */
__noinline int judge_chain(u32 id, u32 ops, u64 dentry, u32 how, int answer)
{
	struct chain *chain = bpf_map_lookup_elem(&chains, &id);

	if (!chain)
		return answer;
	for (u32 i = 0; i < CHAIN_RULES; i++) {
		if (i >= chain->count)
			break;
		answer = judge_rule(chain->rules[i], ops, dentry, how, answer);
	}
	return answer;
}

/* Bit n: rules name ends of names of n bytes; bit 0: whole names. */
static __always_inline u32 armed_lengths(void)
{
	return armed_suffixes | !!armed_names;
}

/* The chain of rules on names that end in `length` bytes as this one does, or 0. Length 0: on the whole name, the directory being any. */
__noinline int chain_of_end(u64 dentry, u32 length)
{
	struct dentry *leaf = (struct dentry *)dentry;
	u32 whole = BPF_CORE_READ(leaf, d_name.len), bytes = length ?: whole, *id;
	struct suffix_key key = { .length = length };

	if (bytes > whole || !(armed_lengths() >> (length & 31) & 1))
		return 0;
	hash_name(&key.end, BPF_CORE_READ(leaf, d_name.name) + (whole - bytes), bytes);
	id = length ? bpf_map_lookup_elem(&suffixes, &key) : bpf_map_lookup_elem(&names, &key.end);
	return id ? *id : 0;
}

/* Does some rule on names alone name it? */
__noinline int is_named(u64 dentry)
{
	u32 lengths = armed_lengths();

	for (u32 l = 0; l <= SUFFIX_BYTES && lengths >> l; l++)
		if (chain_of_end(dentry, l))
			return 1;
	return 0;
}

/* Rules on names alone. */
__noinline int judge_name(u64 dentry, u32 ops)
{
	u32 lengths = armed_lengths();
	s32 answer = 0;

	for (u32 l = 0; l <= SUFFIX_BYTES && lengths >> l; l++)
		answer = judge_chain(chain_of_end(dentry, l), ops, dentry, 0, answer);
	return answer;
}

/* Is the inode the one that a rule was anchored at? Its number may have been another's before. */
static __always_inline bool is_anchored(const struct anchor *a, struct inode *inode)
{
	return a->any_generation || a->generation == BPF_CORE_READ(inode, i_generation);
}

/*
 * The chain of rules that name a file by the directory it is in, or 0: for an inode that is not there yet, or has come in place of the
 * one that was. That one has the rules itself.
 */
__noinline int chain_by_name(u64 dentry)
{
	struct dentry *leaf = (struct dentry *)dentry;
	struct named_key key = { .parent = inode_id(BPF_CORE_READ(leaf, d_parent, d_inode)) };
	struct inode *inode = BPF_CORE_READ(leaf, d_inode);
	struct named_value *value;
	struct file_key own;
	struct anchor *a;

	hash_name(&key.name, BPF_CORE_READ(leaf, d_name.name), BPF_CORE_READ(leaf, d_name.len));
	value = bpf_map_lookup_elem(&named, &key);
	if (!value)
		return 0;
	own = inode_id(inode);
	a = value->ino == own.ino ? bpf_map_lookup_elem(&anchors, &own) : NULL;
	if (!a || !a->file_chain || !is_anchored(a, inode))
		return value->chain;
	return a->marked && a->file_chain != value->chain ? value->chain : 0;
}

/* One inode on the way up: the file itself (step 0), its directory (1), those above. `answer`: of what was judged before, and of all. */
__noinline int judge_step(u64 at, u32 step, u64 leaf, u32 ops, int answer)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = inode_id(inode);
	struct anchor *a = bpf_map_lookup_elem(&anchors, &key);

	if (!a || !is_anchored(a, inode))
		return answer;
	if (step == 0 && a->file_chain)
		answer = judge_chain(a->file_chain, ops, leaf, 0, answer);
	if (step == 1 && a->named)
		answer = judge_chain(chain_by_name(leaf), ops, leaf, 0, answer);
	if (a->tree_chain)
		answer = judge_chain(a->tree_chain, ops, leaf, 0, answer);
	return answer;
}

/* Where the file lies is not known, or too deep to find out: whatever tree is protected on this device may be the one. */
__noinline int judge_unfinished(u64 dentry, u32 ops, int answer)
{
	struct dentry *leaf = (struct dentry *)dentry;
	u32 dev = BPF_CORE_READ(leaf, d_parent, d_inode, i_sb, s_dev);
	u32 *id = bpf_map_lookup_elem(&trees_of_device, &dev);

	return id ? judge_chain(*id, ops, dentry, UNSURE, answer) : answer;
}

/* Are rules on trees anchored at the inode? */
__noinline int has_trees(u64 at)
{
	struct inode *inode = (struct inode *)at;
	struct file_key key = inode_id(inode);
	struct anchor *a = bpf_map_lookup_elem(&anchors, &key);

	return a && a->tree_chain && is_anchored(a, inode);
}

/* See WHOLE_WALK: a directory that rules on trees are anchored at. */
__noinline u64 tree_in_piece(u64 from)
{
	struct dentry *at = (struct dentry *)from, *parent;

	for (u32 i = 0; i < WALK_PIECE; i++) {
		if (has_trees((u64)BPF_CORE_READ(at, d_inode)))
			return (u64)at | WALK_FOUND;
		parent = BPF_CORE_READ(at, d_parent);
		if (parent == at)
			return walk_top(at);
		at = parent;
	}
	return (u64)at;
}

WHOLE_WALK(tree_above, tree_in_piece)

/* The dentry above, as tree_above() wants it; or how the walk ends there. */
static __always_inline u64 above_or_end(u64 dentry)
{
	struct dentry *at = (struct dentry *)dentry, *parent = BPF_CORE_READ(at, d_parent);

	return parent == at ? walk_top(at) : (u64)parent;
}

/*
 * The rules on a file that some rule covers, those that ask or the others. Slow and seldom: the file itself, its directory, and then
 * those directories above that trees are anchored at.
 */
__noinline int judge_walk(u64 dentry, u32 ops)
{
	u64 at = above_or_end(dentry);
	s32 answer = 0;

	if (armed_lengths())
		answer = judge_name(dentry, ops);
	answer = judge_step((u64)BPF_CORE_READ((struct dentry *)dentry, d_inode), 0, dentry, ops, answer);
	if (at > WALK_END_BITS) {
		answer = judge_step((u64)BPF_CORE_READ((struct dentry *)at, d_inode), 1, dentry, ops, answer);
		at = above_or_end(at);
	}
	for (u32 i = 0; i < NESTED_TREES && at > WALK_END_BITS; i++) {
		at = tree_above(at);
		if (!(at & WALK_FOUND))
			break;
		at &= ~(u64)WALK_END_BITS;
		answer = judge_step((u64)BPF_CORE_READ((struct dentry *)at, d_inode), 2, dentry, ops, answer);
		at = above_or_end(at);
	}
	return at == WALK_AT_TOP ? answer : judge_unfinished(dentry, ops, answer);
}

/* Every rule on a file that some rule covers. What is refused anyway is not asked about. */
static __always_inline s32 judge_covered(u64 dentry, u32 ops)
{
	s32 answer = judge_walk(dentry, ops);

	if (answer || !armed_asks || (ops & JUDGE_NO_ASKS))
		return answer;
	if (note_asked(dentry, ops))
		ops |= JUDGE_NO_HOLD;
	answer = judge_walk(dentry, ops | JUDGE_ASKS);
	forget_asked();
	return answer;
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

enum { RULES_ON_FILE = 1, RULES_ON_TREE = 2, RULES_ON_NAMES = 4 };

/* What is anchored at an inode: RULES_ON_*. */
__noinline int anchored_at(u64 ino, u32 dev, u32 subvolume)
{
	struct file_key key = { .ino = ino, .dev = dev, .generation = subvolume };
	struct anchor *a = bpf_map_lookup_elem(&anchors, &key);

	if (!a)
		return 0;
	return (a->file_chain ? RULES_ON_FILE : 0) | (a->tree_chain ? RULES_ON_TREE : 0) | (a->named ? RULES_ON_NAMES : 0);
}

#define ANCHORED_AT(inode) anchored_at((inode)->i_ino, dev, subvolumes ? subvolume_of(untyped((u64)(inode))) : 0)

/*
 * Does some rule name the file, or is one anchored at it or at a directory above it? A walk that cannot finish says yes. Plain loads only, but
 * for names: this is what a file's first touch pays. What only names something else in a directory above does not count.
 */
static __always_inline bool is_covered(struct dentry *leaf, u32 dev)
{
	struct dentry *at = leaf->d_parent, *parent;
	struct inode *inode = leaf->d_inode;
	bool subvolumes = at->d_inode->i_sb->s_magic == MAGIC_BTRFS;
	u32 found = 0, above;

	if (armed_lengths() && is_named(untyped((u64)leaf)))
		return true;
	/* Twice: see is_negative(); from 7.x on the verifier wants the comparison that 6.12's leaves out. */
	if (inode && !is_negative(leaf))
		found = ANCHORED_AT(inode) & (RULES_ON_FILE | RULES_ON_TREE);
	above = ANCHORED_AT(at->d_inode);
	if ((above & RULES_ON_NAMES) && chain_by_name(untyped((u64)leaf)))
		return true;
	found |= above & RULES_ON_TREE;
	for (u32 step = 2; step <= WALK_PIECE; step++) {
		parent = at->d_parent;
		if (parent == at)
			return found || (at->d_flags & DENTRY_DISCONNECTED);
		at = parent;
		found |= ANCHORED_AT(at->d_inode) & RULES_ON_TREE;
	}
	return found || tree_above(untyped((u64)at)) != WALK_AT_TOP;
}

static __always_inline bool is_armed_device(u32 dev)
{
	return armed_devices >> (dev & 63) & 1;
}

/* Does some rule cover the name, and does one name such an operation? `leaf` is typed (from a hook's context), so that its fields are plain loads. */
static __always_inline bool concerns(struct dentry *leaf, u32 ops)
{
	u32 dev;

	if (!(armed_ops & ops) || !leaf)
		return false;
	dev = leaf->d_parent->d_inode->i_sb->s_dev;
	return is_armed_device(dev) && is_covered(leaf, dev);
}

/* 0, or what the call must return. */
static __always_inline s32 judge(struct dentry *leaf, u32 ops)
{
	return concerns(leaf, ops) ? judge_covered(untyped((u64)leaf), ops) : 0;
}

/* What lies below a stacked file. Inline: the kernel allows eight calls inside each other, and these are they. */
static __always_inline s32 judge_below(u64 inode, u32 ops)
{
	u64 dentry = dentry_of_inode((struct inode *)inode);

	return dentry ? judge_covered(dentry, ops) : 0;
}

/* A name that is not typed: judge() is the faster one. */
static __always_inline s32 judge_untyped(u64 dentry, u32 ops)
{
	u32 dev = BPF_CORE_READ((struct dentry *)dentry, d_parent, d_inode, i_sb, s_dev);

	return is_armed_device(dev) ? judge_covered(dentry, ops) : 0;
}

/*
 * A file that is mapped: overlayfs maps the file below in place of its own, and from 6.7 on that has its own path. This is the name that
 * the user opened.
 */
static __always_inline s32 judge_above(u64 file, u32 ops)
{
	struct backing_file *backing = (struct backing_file *)file;
	u32 mode = BPF_CORE_READ((struct file *)file, f_mode);

	if (!bpf_core_field_exists(backing->user_path) || !(mode & MODE_NOACCOUNT) || !(mode & MODE_BACKING))
		return 0;
	return judge_untyped((u64)BPF_CORE_READ(backing, user_path.dentry), ops);
}

/* A file of overlayfs: what is done to the file below in its place, for which no hook is called. */
static __always_inline s32 judge_stacked(struct file *file, u32 ops)
{
	u64 below;
	u32 dev;

	if (!(armed_ops & ops) || file->f_inode->i_sb->s_magic != MAGIC_OVERLAY)
		return 0;
	below = inode_below(untyped((u64)file->private_data));
	if (!below)
		return 0;
	dev = BPF_CORE_READ((struct inode *)below, i_sb, s_dev);
	return is_armed_device(dev) ? judge_below(below, ops) : 0;
}

/* May the call move data by a pipe's buffers? Numbers of 64 and of 32 bits: one that is taken for another is judged once more than it need be. */
static __always_inline bool may_splice(void)
{
	if (is_uring_thread(current_task()))
		return true;
	switch (system_call_of(current_task()) & ~X32_CALL_BIT) {
	case CALL_SPLICE:
	case CALL_SPLICE_COMPAT:
	case CALL_SENDFILE:
	case CALL_SENDFILE_COMPAT:
	case CALL_SENDFILE64_COMPAT:
	case CALL_COPY_FILE_RANGE:
	case CALL_COPY_FILE_RANGE_COMPAT:
	case CALL_IO_URING_ENTER:
		return true;
	default:
		return false;
	}
}

/*
 * What is spliced to a file of overlayfs goes to the file below, and no hook is called for that one (from 5.11 on). Other writes ask
 * again there.
 */
static __always_inline s32 judge_spliced(struct file *file, u32 ops)
{
	if (!(armed_ops & ops & RULE_WRITE) || file->f_inode->i_sb->s_magic != MAGIC_OVERLAY || !may_splice())
		return 0;
	return judge_stacked(file, ops & RULE_WRITE);
}

/*
 * An open file, whose inode is asked about again and again: what no rule covers is remembered. Up to 6.6, overlayfs opens the file
 * below under the name of the file above: the name says one thing, the inode another, and a rule on either holds.
 */
static __always_inline s32 judge_file(struct file *file, u32 ops)
{
	struct clean_place place;
	struct dentry *dentry;
	struct inode *inode;
	s32 answer;
	u32 dev;

	if (!(armed_ops & ops))
		return 0;
	/* The inode from the file itself: newer kernels trust that pointer, and its loads need no guard. */
	inode = file->f_inode;
	dentry = file->f_path.dentry;
	if (dentry->d_inode != inode) {
		answer = judge(dentry, ops);
		return answer ?: judge_below(untyped((u64)inode), ops);
	}
	dev = inode->i_sb->s_dev;
	if (!is_armed_device(dev))
		return 0;
	find_clean_place(&place, inode, dev);
	if (known_clean(&place))
		return 0;
	if (is_covered(dentry, dev))
		return judge_covered(untyped((u64)dentry), ops);
	remember_clean(&place, inode);
	return 0;
}

#endif
