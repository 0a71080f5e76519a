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

/* Appends a dentry's name at `length`; the new length, or 0: no room left. */
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

/* Unlinked while open: the dentry left its parent's hash. Roots are never hashed, so the caller asks only for others. */
static __always_inline bool unhashed(struct dentry *dentry)
{
	return !BPF_CORE_READ((struct dentry___hash *)dentry, d_hash.pprev);
}

/* memfds and shared anonymous memory are their own root, with a name that is not "/". */
static __always_inline u64 append_pseudo_name(struct scratch *s, u64 length, struct dentry *dentry)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	char first = '/';

	bpf_probe_read_kernel(&first, 1, name);
	if (first == '/' || !first)
		return length;
	return append_name(s, length, dentry) ?: length;
}

#define WALKED_LENGTH(walked) ((walked) & 0xffff)
#define WALKED_FLAGS(walked) ((u32)(walked) >> 16)

/*
 * Appends the path of a dentry, leaf first, to the current thread's scratch from byte `length` on. Returns the new length, and
 * PATH_* flags above bit 16. A global function (scalars only: 5.10 knows no other arguments), so that the verifier walks these
 * loops once a program and not once a caller.
 */
__noinline int walk(u64 from, u64 from_mnt, u64 length)
{
	struct place at = { .dentry = (struct dentry *)from, .mnt = (struct vfsmount *)from_mnt };
	u64 thread = bpf_get_current_pid_tgid();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &thread);
	struct dentry *leaf = at.dentry;
	u32 flags = 0;

	if (!s)
		return 0;
	if (BPF_CORE_READ(leaf, d_parent) != leaf && unhashed(leaf))
		flags = PATH_DELETED;
	for (int i = 0; i < WALK_STEPS; i++) {
		struct dentry *dentry, *parent;

		if (cross_mount(&at))
			continue;
		dentry = at.dentry;
		parent = BPF_CORE_READ(dentry, d_parent);
		if (!parent || parent == dentry) {
			if (!i)
				length = append_pseudo_name(s, length, dentry);
			return length | (at.mnt ? flags : flags | PATH_NO_MOUNT) << 16;
		}
		u64 longer = append_name(s, length, dentry);
		if (!longer)
			break;
		length = longer;
		at.dentry = parent;
	}
	lose(LOSS_PATH_CUT);
	return length | (flags | PATH_CUT) << 16;
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
