/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * A path as text, walked without the kernel's help: what the ways that see only system calls have of an unlink or a rename. The
 * directories that rules' paths lead through are known (map `edges`); a component that is none of them leaves the known ground, and
 * only the depth below it is kept, for the ".." that may come back.
 *
 * What it cannot know: symbolic links that user space did not go through when the rule was armed, and what another thread writes
 * into the text after we read it.
 */
#ifndef GUARD_TEXT_H
#define GUARD_TEXT_H

#include "guard_maps.h"
#include "path.h"
#include "subvolume.h"
#include "names_hash.h"

enum text_limits {
	TEXT_STEPS = 384, /* components of a path; a longer one is not finished */
	TEXT_BYTES = PATH_BYTES,
};

enum text_step { STEP_END, STEP_SAME, STEP_UP, STEP_NAME };

struct text {
	struct place base;     /* where it counts from */
	struct place place;    /* where we are, while it is known as a dentry; NULL after a known edge */
	struct file_key at;    /* where we are: the last directory that is known */
	struct name_hash name; /* of the last component that is a name */
	u32 depth;	       /* components below `at` */
	u32 named;	       /* the last component is a name, not "." or ".." */
	u32 begin, length;     /* the component just read */
	u32 name_begin, name_length; /* of the last component that is a name */
	u32 unfinished;
	char bytes[TEXT_BYTES + 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TEXTS);
	__type(key, u64);
	__type(value, struct text);
} texts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct text);
} text_blank SEC(".maps");

/* The hash of "..", which depends on the secrets. */
const volatile struct name_hash up_name = {};

static __always_inline struct text *current_text(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&texts, &thread);
}

static __always_inline struct file_key key_of(struct dentry *dentry)
{
	return inode_id(BPF_CORE_READ(dentry, d_inode));
}

/* Reads the component at `position`, and says what it is; its hash is the one hash_name() makes. */
__noinline int text_component(u32 position)
{
	struct text *t = current_text();
	struct name_hash h = { secrets[0], secrets[1] };
	u32 length = 0;
	u64 word = 0;

	if (!t)
		return STEP_END;
	for (u32 i = 0; i < 256; i++) {
		u8 byte = t->bytes[(position + i) & (TEXT_BYTES - 1)];

		if (!byte || byte == '/')
			break;
		word |= (u64)byte << (i & 7) * 8;
		length++;
		if ((i & 7) == 7) {
			mix_word(&h, word);
			word = 0;
		}
	}
	if (length & 7)
		mix_word(&h, word);
	mix_word(&h, length);
	t->length = length;
	t->begin = position;
	if (!length)
		return t->bytes[position & (TEXT_BYTES - 1)] ? STEP_SAME : STEP_END;
	if (t->bytes[position & (TEXT_BYTES - 1)] == '.') {
		u8 second = t->bytes[(position + 1) & (TEXT_BYTES - 1)];

		if (length == 1)
			return STEP_SAME;
		if (length == 2 && second == '.')
			return STEP_UP;
	}
	t->name = h;
	t->name_begin = position;
	t->name_length = length;
	return STEP_NAME;
}

/* From where we are to the directory above; false at the top. A function of its own: its variables are not on the stack while rules are judged. */
static __noinline bool text_up(struct text *t)
{
	struct named_key key = { .parent = t->at, .name = { up_name.a, up_name.b } };
	struct dentry *dentry, *parent;
	struct file_key *above;
	struct place at;

	if (!t->place.dentry) {
		above = bpf_map_lookup_elem(&edges, &key);
		if (above)
			t->at = *above;
		return above;
	}
	at = t->place;
	/* From the root of a mount to where it is mounted; mounts may lie on each other. */
	for (int i = 0; i < 4; i++)
		if (!cross_mount(&at))
			break;
	dentry = at.dentry;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry)
		return false;
	t->place.dentry = parent;
	t->place.mnt = at.mnt;
	t->at = key_of(parent);
	return true;
}

static __always_inline void text_enter(struct text *t)
{
	struct named_key key = { .parent = t->at, .name = t->name };
	struct file_key *below = t->depth ? NULL : bpf_map_lookup_elem(&edges, &key);

	if (!below) {
		t->depth++;
		return;
	}
	t->at = *below;
	t->place.dentry = NULL;
	t->place.mnt = NULL;
}

static __always_inline void text_base(struct text *t, int dirfd, struct file *directory)
{
	struct dentry *dentry;
	struct task_struct *task = current_task();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (t->bytes[0] == '/')
		bpf_probe_read_kernel(&t->base.dentry, sizeof(t->base.dentry), &fs->root.dentry);
	else if (directory)
		bpf_probe_read_kernel(&t->base.dentry, sizeof(t->base.dentry), &directory->f_path.dentry);
	else if (dirfd == AT_CURRENT_DIR)
		bpf_probe_read_kernel(&t->base.dentry, sizeof(t->base.dentry), &fs->pwd.dentry);
	if (t->bytes[0] == '/')
		bpf_probe_read_kernel(&t->base.mnt, sizeof(t->base.mnt), &fs->root.mnt);
	else if (directory)
		bpf_probe_read_kernel(&t->base.mnt, sizeof(t->base.mnt), &directory->f_path.mnt);
	else if (dirfd == AT_CURRENT_DIR)
		bpf_probe_read_kernel(&t->base.mnt, sizeof(t->base.mnt), &fs->pwd.mnt);
	t->place = t->base;
	dentry = t->base.dentry;
	t->at = key_of(dentry);
}

/* Walks the text at a user address. 0: walked, and current_text() says how; the caller ends it with text_end(). */
__noinline int text_walk(u64 address, s64 dirfd, u64 directory)
{
	u64 thread = bpf_get_current_pid_tgid();
	u32 zero = 0, position = 0;
	struct text *blank = bpf_map_lookup_elem(&text_blank, &zero), *t;

	if (!blank || bpf_map_update_elem(&texts, &thread, blank, BPF_ANY) || !(t = current_text())) {
		lose(LOSS_SCRATCH_BUSY);
		return -1;
	}
	if (bpf_probe_read_user_str(t->bytes, TEXT_BYTES, (void *)address) <= 1)
		return -1;
	text_base(t, dirfd, (struct file *)directory);
	if (!t->base.dentry)
		return -1;
	for (u32 i = 0; i < TEXT_STEPS; i++) {
		u32 step = text_component(position);

		if (step == STEP_END)
			return 0;
		position = t->begin + t->length + 1;
		/* Two slashes, or the one at the end: what was last stays last. */
		if (!t->length)
			continue;
		t->named = step == STEP_NAME;
		if (step == STEP_NAME)
			text_enter(t);
		if (step == STEP_UP && t->depth)
			t->depth--;
		else if (step == STEP_UP)
			text_up(t);
	}
	t->unfinished = 1;
	return 0;
}

static __always_inline void text_end(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&texts, &thread);
}

#endif
