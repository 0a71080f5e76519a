/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * A path for people, by walking from a dentry up to the root and across mount points. Runs once per new {process, file},
 * never per operation. Reads by helper, since the walk races with renames and unmounts: whatever it meets, it cannot fault.
 */
#ifndef PATH_H
#define PATH_H

#include "scratch.h"

/* A step takes a component or crosses a mount; so many mounts may lie on a path of PATH_COMPONENTS. */
#define WALK_STEPS (PATH_COMPONENTS + 16)

struct place {
	struct dentry *dentry;
	struct vfsmount *mnt; /* NULL: none at hand, the walk ends at the root of the file system */
};

/* Goes from the root of a mount to the place it is mounted on. False: it is the top, or there is no mount to follow. */
static __always_inline bool cross_mount(struct place *at)
{
	struct vfsmount *mnt = at->mnt;
	struct mount *mount, *parent;

	if (!mnt || at->dentry != BPF_CORE_READ(mnt, mnt_root))
		return false;
	mount = (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
	parent = BPF_CORE_READ(mount, mnt_parent);
	if (!parent || parent == mount)
		return false;
	at->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	at->mnt = (struct vfsmount *)((char *)parent + bpf_core_field_offset(struct mount, mnt));
	return true;
}

/* Appends a dentry's name to the path at `length`; the new length, or 0: no room left. */
static __always_inline u64 append_name(struct scratch *s, u64 length, struct dentry *dentry)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	u64 bytes = BPF_CORE_READ(dentry, d_name.len) & 255; /* NAME_MAX */

	if (length >= PATH_BYTES || length + bytes + 1 > PATH_BYTES)
		return 0;
	bpf_probe_read_kernel(s->path + length, bytes, name);
	length += bytes;
	s->path[length & (PATH_BYTES - 1)] = 0;
	return length + 1;
}

/* Is it its own root, with a name that is not "/"? memfds and shared anonymous memory are. */
static __always_inline bool has_pseudo_name(struct dentry *root)
{
	const unsigned char *name = BPF_CORE_READ(root, d_name.name);
	char first = '/';

	bpf_probe_read_kernel(&first, 1, name);
	return first && first != '/';
}

/* Unlinked while open: the dentry left its parent's hash. Roots are never hashed, so the caller asks only for others. */
static __always_inline bool unhashed(struct dentry *dentry)
{
	return !BPF_CORE_READ((struct dentry___hash *)dentry, d_hash.pprev);
}

#define WALKED_LENGTH(walked) ((walked) & 0xffff)
#define WALKED_FLAGS(walked) ((u32)(walked) >> 16)
#define WALK_ENDED (1u << 31)

/*
 * One step of walk(): appends a component, or crosses a mount, or ends. `length`: of the path so far. Returns the new one, and
 * WALK_ENDED | PATH_* << 16. A global function, and its place in the scratch: the verifier walks the 80 steps in each program, but
 * what is done in one only once.
 */
__noinline int walk_step(u32 length)
{
	u64 thread = bpf_get_current_pid_tgid(), longer;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &thread);
	struct dentry *dentry, *parent;
	struct place at;

	if (!s)
		return length | WALK_ENDED | PATH_CUT << 16;
	at = (struct place){ (struct dentry *)s->dentry, (struct vfsmount *)s->mnt };
	if (cross_mount(&at)) {
		s->mnt = (u64)at.mnt;
		s->dentry = (u64)at.dentry;
		return length;
	}
	dentry = at.dentry;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!parent || parent == dentry)
		return length | WALK_ENDED | (at.mnt ? 0 : PATH_NO_MOUNT << 16);
	longer = append_name(s, length, dentry);
	s->dentry = (u64)parent;
	return longer ?: length | WALK_ENDED | PATH_CUT << 16;
}

/*
 * Appends the path of a dentry, leaf first, to the current thread's scratch from byte `length` on. Returns the new length, and
 * PATH_* flags above bit 16. Global (scalars only: 5.10 knows no other arguments): verified once a program and not once a caller.
 */
__noinline int walk(u64 from, u64 mnt, u32 length)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &thread);
	struct dentry *leaf = (struct dentry *)from;
	u32 walked = length, flags = 0;

	if (!s)
		return 0;
	s->dentry = from;
	s->mnt = mnt;
	if (BPF_CORE_READ(leaf, d_parent) != leaf) {
		if (unhashed(leaf))
			flags = PATH_DELETED << 16;
	} else if (has_pseudo_name(leaf))
		walked = append_name(s, length, leaf) ?: length;
	for (int i = 0; i < WALK_STEPS; i++) {
		walked = walk_step(walked);
		if (walked & WALK_ENDED)
			break;
	}
	if (!(walked & WALK_ENDED))
		flags |= PATH_CUT << 16;
	walked = (walked & ~WALK_ENDED) | flags;
	if (WALKED_FLAGS(walked) & PATH_CUT)
		lose(LOSS_PATH_CUT);
	return walked;
}

static __always_inline struct file_key inode_key(struct inode *inode)
{
	struct file_key key = {};
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	u16 mode = BPF_CORE_READ(inode, i_mode);

	key.dev = BPF_CORE_READ(sb, s_dev);
	if (!(BPF_CORE_READ(sb, s_flags) & SB_INTERNAL) || (mode & S_TYPE) == S_REGULAR) {
		key.ino = BPF_CORE_READ(inode, i_ino);
		key.generation = BPF_CORE_READ(inode, i_generation);
	}
	return key;
}

#endif
