/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Which quota a file is in. */
#ifndef QUOTA_FILES_H
#define QUOTA_FILES_H

#include "ancestors.h"
#include "argument.h"
#include "quota_maps.h"

/* Index + 1 of the quota on a directory, or 0. */
__noinline int quota_at(u64 ino, u32 dev)
{
	struct file_key key = { .ino = ino, .dev = dev };
	u32 *quota = bpf_map_lookup_elem(&quota_roots, &key);

	return quota ? *quota : 0;
}

/* See WHOLE_WALK: a directory that has a quota. */
__noinline u64 quota_in_piece(u64 from)
{
	struct dentry *at = (struct dentry *)from, *parent;

	for (u32 i = 0; i < WALK_PIECE; i++) {
		if (quota_at(BPF_CORE_READ(at, d_inode, i_ino), BPF_CORE_READ(at, d_inode, i_sb, s_dev)))
			return (u64)at | WALK_FOUND;
		parent = BPF_CORE_READ(at, d_parent);
		if (parent == at)
			return walk_top(at);
		at = parent;
	}
	return (u64)at;
}

WHOLE_WALK(quota_directory, quota_in_piece)

/* Index + 1 of the quota that a name is in, or 0: of the nearest directory above that has one. */
__noinline int quota_above(u64 dentry)
{
	struct dentry *at = (struct dentry *)dentry, *parent;
	u32 dev = BPF_CORE_READ(at, d_parent, d_inode, i_sb, s_dev);
	u32 found = 0, here;
	u64 far;

	for (u32 step = 0; step < WALK_PIECE; step++) {
		parent = BPF_CORE_READ(at, d_parent);
		if (parent == at)
			return found;
		here = quota_at(BPF_CORE_READ(parent, d_inode, i_ino), dev);
		found = found ?: here;
		at = parent;
	}
	if (found)
		return found;
	far = quota_directory((u64)at);
	if (far & WALK_FOUND) {
		at = (struct dentry *)(far & ~(u64)WALK_END_BITS);
		return quota_at(BPF_CORE_READ(at, d_inode, i_ino), dev);
	}
	if (far != WALK_AT_TOP)
		__sync_fetch_and_add(&unfound, 1);
	return 0;
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

static __always_inline bool is_regular(struct inode *inode)
{
	return (inode->i_mode & S_TYPE) == S_REGULAR;
}

/* Is it the quota that had this index then? Serials and epochs are of one sequence. */
static __always_inline bool still_is(u32 quota, u32 epoch)
{
	u32 index = quota - 1;
	struct quota *q = bpf_map_lookup_elem(&quotas, &index);

	return q && q->serial <= epoch;
}

/* Another inode may have had this one's number, and quotas may have come or gone since. What has no name cannot be looked up anew. */
static __always_inline bool is_current(const struct quota_file *f, struct inode *inode)
{
	return f->inode == (u64)inode && (f->epoch == quota_epoch || (!inode->i_nlink && f->quota && still_is(f->quota, f->epoch)));
}

/*
 * What a file without a name is charged as long as nothing else is known of it: what it was when it lost its name, or less, if it was shortened
 * since.
 */
static __always_inline s64 charged_nameless(const struct quota_leaving *gone, s64 size)
{
	s64 now = blocks(size);

	return gone->bytes < now ? gone->bytes : now;
}

/* What has no name yet, or none any more; what nobody counted is charged whole when it grows. */
static __always_inline void find_nameless(struct quota_file *fresh, const struct file_key *key, u64 dentry)
{
	struct quota_leaving *gone = bpf_map_lookup_elem(&leaving, key);

	if (gone && still_is(gone->quota, gone->epoch)) {
		fresh->quota = gone->quota;
		fresh->charged = charged_nameless(gone, fresh->end);
		return;
	}
	fresh->quota = quota_above(dentry);
	if (fresh->quota) {
		struct quota_leaving made = { .quota = fresh->quota, .epoch = quota_epoch };

		if (bpf_map_update_elem(&leaving, key, &made, BPF_ANY))
			__sync_fetch_and_add(&unfound, 1);
	}
}

/*
 * A dentry of an open file's inode. Up to 6.6, overlayfs opens the file below under the name of the file above: then it is one of the inode's
 * own. 0: there is none.
 */
static __always_inline u64 dentry_of_file(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	u64 own;

	if (dentry->d_inode == file->f_inode)
		return untyped((u64)dentry);
	own = dentry_of_inode((struct inode *)untyped((u64)file->f_inode));
	if (!own)
		__sync_fetch_and_add(&unfound, 1);
	return own;
}

/*
 * What is known of a regular file on a device that has quotas, in one or in none. Found out at its first change: then it is charged what
 * it has. NULL: there is no memory.
 */
static __always_inline struct quota_file *known_file(struct inode *inode, u64 dentry)
{
	struct file_key key = quota_key(inode);
	struct quota_file *f = bpf_map_lookup_elem(&quota_files, &key);

	if (!f || !is_current(f, inode)) {
		struct quota_file fresh = { .epoch = quota_epoch, .end = inode->i_size };

		fresh.inode = untyped((u64)inode);
		/* A call that began before a count may be judged after it. */
		if (f && f->inode == fresh.inode)
			fresh.either = f->either;
		if (inode->i_nlink) {
			fresh.quota = quota_above(dentry);
			fresh.charged = blocks(fresh.end);
		} else {
			find_nameless(&fresh, &key, dentry);
		}
		bpf_map_update_elem(&quota_files, &key, &fresh, BPF_ANY);
		f = bpf_map_lookup_elem(&quota_files, &key);
	}
	return f;
}

/* The same; NULL where it is in no quota. */
static __always_inline struct quota_file *quota_file(struct inode *inode, u64 dentry)
{
	struct quota_file *f = known_file(inode, dentry);

	return f && f->quota ? f : NULL;
}

#endif
