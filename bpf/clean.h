/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Most files are covered by no rule, and are asked about again and again: each write asks. A file that was found clean is
 * remembered as one word, so that the next question costs a look into an array instead of a walk to the root.
 *
 * The word is a keyed hash of all that makes the answer: which inode it is, and two epochs, one advanced with each change of the
 * rules, one with each change of a name. What has a second hard link is never remembered: another way up may be covered; a link made
 * later advances the epoch. Nor what is where two inodes may have one number (has_twins): only the way up tells them apart. (Where a
 * server renames behind our back, as NFS can, the answer is as old as the last rename here.)
 */
#ifndef CLEAN_H
#define CLEAN_H

#include "guard_maps.h"

struct clean_place {
	u64 signature;
	u32 slot;
};

/* `dev`: of the inode's file system. The epochs are hashes already, see advance_names(). */
static __always_inline void find_clean_place(struct clean_place *at, struct inode *inode, u32 dev)
{
	u64 h = (inode->i_ino + armed_epoch + moved_epoch) * secrets[0];

	at->slot = h >> 51;
	h ^= h >> 29;
	h += (u64)dev << 32 | inode->i_generation;
	at->signature = h * secrets[1];
}

static __always_inline bool known_clean(const struct clean_place *at)
{
	return clean[at->slot & (CLEAN_SLOTS - 1)] == at->signature;
}

/* A snapshot's files are called like those they were made of; overlayfs calls its files by numbers of several file systems. */
static __always_inline bool has_twins(u64 magic)
{
	return magic == MAGIC_BTRFS || magic == MAGIC_BCACHEFS || magic == MAGIC_OVERLAY;
}

static __always_inline void remember_clean(const struct clean_place *at, struct inode *inode)
{
	if (has_twins(inode->i_sb->s_magic))
		return;
	if (inode->i_nlink <= 1 || (inode->i_mode & S_TYPE) == S_DIRECTORY)
		clean[at->slot & (CLEAN_SLOTS - 1)] = at->signature;
}

/* A name has moved, or is about to: nothing that was found before is known any more. */
static __always_inline void advance_names(void)
{
	__sync_fetch_and_add(&moved_epoch, secrets[2]);
}

#endif
