/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Judging a system call by its arguments, for kernels where no hook can be had. A descriptor leads to the file itself; a path is
 * walked as text (guard_text.h), since resolving it is what the call is about to do.
 */
#ifndef GUARD_CALL_H
#define GUARD_CALL_H

#include "guard_judge.h"
#include "guard_ioctl.h"

const volatile struct guarded_call guarded_calls[SYSCALLS] = {};

/* Levels that are walked one by one; a directory whose dentry is known has the rest walked in pieces. */
#define TEXT_ANCESTORS 256

/* Rules on trees above a dentry, up to the root of its file system. Inline: the kernel allows eight calls inside each other. */
static __always_inline int judge_trees_above(u64 dentry, u32 ops, int answer)
{
	u64 at = above_or_end(dentry);
	u32 dev = key_of((struct dentry *)dentry).dev, *id;
	struct file_key key;
	struct anchor *a;

	for (u32 i = 0; i < NESTED_TREES && at > WALK_END_BITS; i++) {
		at = tree_above(at);
		if (!(at & WALK_FOUND))
			break;
		at &= ~(u64)WALK_END_BITS;
		key = key_of((struct dentry *)at);
		a = bpf_map_lookup_elem(&anchors, &key);
		if (a)
			answer = judge_chain(a->tree_chain, ops, 0, 0, answer);
		at = above_or_end(at);
	}
	id = at == WALK_AT_TOP ? NULL : bpf_map_lookup_elem(&trees_of_device, &dev);
	return id ? judge_chain(*id, ops, 0, UNSURE, answer) : answer;
}

/* Rules on trees, from where the text led up to the root of the file system. */
__noinline int judge_text_trees(u32 ops, int answer)
{
	u64 left;

	for (u32 step = 0; step < TEXT_ANCESTORS; step++) {
		struct text *t = current_text();
		struct anchor *a;
		u32 dev;

		if (!t)
			return answer;
		a = bpf_map_lookup_elem(&anchors, &t->at);
		if (a && a->tree_chain)
			answer = judge_chain(a->tree_chain, ops, 0, 0, answer);
		t = current_text();
		if (!t)
			return answer;
		/* Mounts below a tree are anchored themselves. */
		dev = t->at.dev;
		left = (u64)t->place.dentry;
		if (!text_up(t) || t->at.dev != dev)
			return answer;
	}
	return left ? judge_trees_above(left, ops, answer) : answer;
}

/* Rules on the name in its directory, or on the file it is known to lead to. */
__noinline int judge_text_file(u32 ops, int answer)
{
	struct text *t = current_text();
	struct named_key key = {};
	struct named_value *value;
	struct anchor *a;

	if (!t || t->depth > 1 || (t->depth == 1 && !t->named))
		return answer;
	if (!t->depth) {
		a = bpf_map_lookup_elem(&anchors, &t->at);
		return a && a->file_chain ? judge_chain(a->file_chain, ops, 0, 0, answer) : answer;
	}
	key.parent = t->at;
	key.name = t->name;
	value = bpf_map_lookup_elem(&named, &key);
	return value ? judge_chain(value->chain, ops, 0, 0, answer) : answer;
}

/* The chain of rules on names that end as this one does, see chain_of_end(). */
__noinline int chain_of_text_end(u32 length)
{
	struct text *t = current_text();
	u32 bytes = t && !length ? t->name_length : length, *id;
	struct suffix_key key = { .length = length };

	if (!t || bytes > t->name_length || !(armed_lengths() >> (length & 31) & 1))
		return 0;
	hash_name(&key.end, (unsigned char *)t->bytes + ((t->name_begin + t->name_length - bytes) & (TEXT_BYTES - 1)), bytes);
	id = length ? bpf_map_lookup_elem(&suffixes, &key) : bpf_map_lookup_elem(&names, &key.end);
	return id ? *id : 0;
}

__noinline int judge_text_name(u32 ops, int answer)
{
	struct text *t = current_text();
	u32 lengths = armed_lengths();

	if (!t || !t->named)
		return answer;
	for (u32 l = 0; l <= SUFFIX_BYTES && lengths >> l; l++)
		answer = judge_chain(chain_of_text_end(l), ops, 0, 0, answer);
	return answer;
}

/* Whatever tree is protected on the device that a path too long to walk begins on. */
static __always_inline s32 judge_text_unfinished(u32 ops)
{
	struct text *t = current_text();
	u32 *id = t ? bpf_map_lookup_elem(&trees_of_device, &t->at.dev) : NULL;

	return id ? judge_chain(*id, ops, 0, UNSURE, 0) : 0;
}

/* 0, or what the call must return. `directory`: the file of `dirfd`, or 0. */
__noinline int judge_text_walk(u64 address, s64 dirfd, u64 directory, u32 ops)
{
	struct text *t;
	s32 answer = 0;

	if (!text_walk(address, dirfd, directory)) {
		t = current_text();
		if (t && t->unfinished) {
			answer = judge_text_unfinished(ops);
		} else {
			if ((ops & JUDGE_ASKS) && note_asked_text(ops))
				ops |= JUDGE_NO_HOLD;
			answer = judge_text_file(ops, 0);
			answer = judge_text_name(ops, answer);
			answer = judge_text_trees(ops, answer);
		}
	}
	text_end();
	return answer;
}

static __always_inline u64 call_argument(struct pt_regs *regs, bool compat, u8 i)
{
	switch (i) {
	case 0: return compat ? (u32)BPF_CORE_READ(regs, bx) : BPF_CORE_READ(regs, di);
	case 1: return compat ? (u32)BPF_CORE_READ(regs, cx) : BPF_CORE_READ(regs, si);
	case 2: return BPF_CORE_READ(regs, dx);
	case 3: return compat ? (u32)BPF_CORE_READ(regs, si) : BPF_CORE_READ(regs, r10);
	case 4: return compat ? (u32)BPF_CORE_READ(regs, di) : BPF_CORE_READ(regs, r8);
	case 5: return compat ? (u32)BPF_CORE_READ(regs, bp) : BPF_CORE_READ(regs, r9);
	default: return 0;
	}
}

static __always_inline s32 judge_fd(s32 fd, u32 ops)
{
	struct file *file;

	if (!(armed_ops & ops))
		return 0;
	file = file_of_fd(fd);
	return file ? judge_covered((u64)BPF_CORE_READ(file, f_path.dentry), ops) : 0;
}

/* A path; without one, or with an empty one, it is the descriptor. */
static __always_inline s32 judge_path(u64 address, s32 dirfd, u32 ops)
{
	u64 directory;
	char first = 0;
	s32 answer;

	if (!(armed_ops & ops))
		return 0;
	if (!address || bpf_probe_read_user(&first, 1, (void *)address) || !first)
		return judge_fd(dirfd, ops);
	directory = dirfd == AT_CURRENT_DIR ? 0 : (u64)file_of_fd(dirfd);
	answer = judge_text_walk(address, dirfd, directory, ops);
	if (answer || !armed_asks)
		return answer;
	answer = judge_text_walk(address, dirfd, directory, ops | JUDGE_ASKS);
	forget_asked();
	return answer;
}

/* What an open asks for, before it is known whether the file exists: only one that must create it (O_EXCL) counts as creating. */
static __always_inline u32 ops_of_open(u64 flags)
{
	u32 access = flags & FLAG_O_ACCESS, ops = RULE_OPEN;

	if (flags & FLAG_O_PATH)
		return 0;
	if (access != 1)
		ops |= RULE_READ;
	if (access || (flags & FLAG_O_TRUNC))
		ops |= RULE_WRITE;
	return flags & FLAG_O_EXCL ? ops | RULE_CREATE : ops;
}

static __always_inline u32 ops_of_mmap(u64 protection, u64 flags)
{
	u32 type = flags & MAP_TYPE_BITS;
	bool shared = type == MAP_SHARED_TYPE || type == MAP_SHARED_VALIDATE_TYPE;

	return shared && (protection & PROT_WRITE_BIT) ? RULE_READ | RULE_WRITE : RULE_READ;
}

static __always_inline s32 judge_object(struct pt_regs *regs, bool compat, const volatile struct call_object *object)
{
	u64 argument, flags = 0;
	s32 dirfd = AT_CURRENT_DIR;
	u32 kind = object->kind, ops = object->ops;

	if (kind == CALL_NOTHING)
		return 0;
	argument = call_argument(regs, compat, object->argument);
	if (object->dirfd != CALL_NO_ARGUMENT)
		dirfd = call_argument(regs, compat, object->dirfd);
	if (object->flags != CALL_NO_ARGUMENT)
		flags = call_argument(regs, compat, object->flags);
	if (kind == CALL_OPEN_HOW && bpf_probe_read_user(&flags, sizeof(flags), (void *)flags))
		return 0;
	switch (kind) {
	case CALL_OPEN:
	case CALL_OPEN_HOW:
		ops = object->flags == CALL_NO_ARGUMENT ? RULE_OPEN | RULE_WRITE : ops_of_open(flags);
		break;
	case CALL_MMAP:
		ops = ops_of_mmap(dirfd, flags);
		break;
	case CALL_IOCTL:
		ops = ops_of_ioctl(flags);
		break;
	}
	if (!ops)
		return 0;
	if (kind == CALL_FD || kind == CALL_MMAP || kind == CALL_IOCTL)
		return judge_fd(argument, ops);
	return judge_path(argument, dirfd, ops);
}

/* The table's entry for the call these registers began, or NULL. */
static __always_inline const volatile struct guarded_call *call_of(struct pt_regs *regs, bool *compat)
{
	u64 number = BPF_CORE_READ(regs, orig_ax) & 0xbfffffff; /* without __X32_SYSCALL_BIT */

	if (!armed_ops || number >= SYSCALLS_COMPAT)
		return NULL;
	*compat = BPF_CORE_READ(current_task(), thread_info.status) & STATUS_COMPAT;
	return &guarded_calls[((u32)number + (*compat ? SYSCALLS_COMPAT : 0)) & (SYSCALLS - 1)];
}

#endif
