/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Which quota a file is in. */
#ifndef QUOTA_FILES_H
#define QUOTA_FILES_H

#include "argument.h"
#include "quota_maps.h"

/* Index + 1 of the quota on a directory, or 0. */
__noinline int quota_at(u64 ino, u32 dev)
{
	struct file_key key = { .ino = ino, .dev = dev };
	u32 *quota = bpf_map_lookup_elem(&quota_roots, &key);

	return quota ? *quota : 0;
}

/* Index + 1 of the quota that a name is in, or 0: of the nearest directory above that has one. */
__noinline int quota_above(u64 dentry)
{
	struct dentry *at = (struct dentry *)dentry, *parent;
	u32 dev = BPF_CORE_READ(at, d_parent, d_inode, i_sb, s_dev);
	u32 found = 0, here;

	for (u32 step = 0; step < QUOTA_DEPTH; step++) {
		parent = BPF_CORE_READ(at, d_parent);
		if (parent == at)
			return found;
		here = quota_at(BPF_CORE_READ(parent, d_inode, i_ino), dev);
		found = found ?: here;
		at = parent;
	}
	__sync_fetch_and_add(&unfound, 1);
	return found;
}

static __always_inline bool has_quotas(u32 dev)
{
	return quota_devices >> (dev & 63) & 1;
}

static __always_inline struct file_key quota_key(struct inode *inode)
{
	struct file_key key = { .ino = inode->i_ino, .dev = inode->i_sb->s_dev, .generation = inode->i_generation };

	return key;
}

static __always_inline s64 blocks(s64 bytes)
{
	return (bytes + QUOTA_BLOCK - 1) & ~(s64)(QUOTA_BLOCK - 1);
}

static __always_inline bool is_current(const struct quota_file *f, struct inode *inode)
{
	return f->inode == (u64)inode && f->epoch == quota_epoch;
}

/*
 * What is known of a regular file on a device that has quotas; NULL where it is in none. Found out at its first change: then it is
 * charged what it has.
 */
static __always_inline struct quota_file *quota_file(struct inode *inode, struct dentry *dentry)
{
	struct file_key key = quota_key(inode);
	struct quota_file *f = bpf_map_lookup_elem(&quota_files, &key);

	if (!f || f->inode != untyped((u64)inode) || f->epoch != quota_epoch) {
		struct quota_file fresh = { .epoch = quota_epoch, .end = inode->i_size };

		fresh.inode = untyped((u64)inode);
		fresh.quota = quota_above(untyped((u64)dentry));
		fresh.charged = blocks(fresh.end);
		bpf_map_update_elem(&quota_files, &key, &fresh, BPF_ANY);
		f = bpf_map_lookup_elem(&quota_files, &key);
	}
	return f && f->quota ? f : NULL;
}

#endif
