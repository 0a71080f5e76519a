/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Most files are covered by no rule, and are asked about again and again: each write asks. A file that was found clean is
 * remembered as one word, so that the next question costs a look into an array instead of a walk to the root.
 *
 * The word is a keyed hash of all that makes the answer: which inode it is, and two epochs, one advanced with each change of the
 * rules, one with each change of a name. What has a second hard link is never remembered: another way up may be covered. (Where a
 * server renames behind our back, as NFS can, the answer is as old as the last rename here.)
 */
#ifndef CLEAN_H
#define CLEAN_H

#include "guard_maps.h"

struct clean_place {
	u64 signature; /* 0: not to be remembered */
	u32 slot;
};

static __always_inline void find_clean_place(struct clean_place *at, struct inode *inode)
{
	u64 ino, h;

	at->signature = 0;
	at->slot = 0;
	if (!inode || (inode->i_nlink > 1 && (inode->i_mode & S_TYPE) != S_DIRECTORY))
		return;
	ino = inode->i_ino;
	h = (ino + armed_epoch) * secrets[1];
	h ^= h >> 29;
	h = (h ^ ((u64)inode->i_sb->s_dev << 32 | inode->i_generation)) * secrets[2];
	h ^= h >> 32;
	h = (h + moved_epoch) * secrets[3];
	at->signature = h | 1;
	at->slot = ino * secrets[0] >> 51;
}

static __always_inline bool known_clean(const struct clean_place *at)
{
	return at->signature && clean[at->slot & (CLEAN_SLOTS - 1)] == at->signature;
}

static __always_inline void remember_clean(const struct clean_place *at)
{
	if (at->signature)
		clean[at->slot & (CLEAN_SLOTS - 1)] = at->signature;
}

#endif
