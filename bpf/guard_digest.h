/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What a pending request is about, as one number: the inode, its directory and its name; of a rename or link, those of both sides.
 * SipHash-1-3 with two of the secrets as its key: a process that chooses names must not find two that are taken for one another. (The
 * hash of names_hash.h is linear in its top bits, which is enough where a collision can only refuse too much.)
 */
#ifndef GUARD_DIGEST_H
#define GUARD_DIGEST_H

#include "guard_maps.h"
#include "argument.h"
#include "names_hash.h"
#include "guard_text.h"

struct digest {
	u64 v0, v1, v2, v3;
};

#define ROTATED(x, bits) ((x) << (bits) | (x) >> (64 - (bits)))

static __always_inline void digest_round(struct digest *d)
{
	d->v0 += d->v1;
	d->v1 = ROTATED(d->v1, 13) ^ d->v0;
	d->v0 = ROTATED(d->v0, 32);
	d->v2 += d->v3;
	d->v3 = ROTATED(d->v3, 16) ^ d->v2;
	d->v0 += d->v3;
	d->v3 = ROTATED(d->v3, 21) ^ d->v0;
	d->v2 += d->v1;
	d->v1 = ROTATED(d->v1, 17) ^ d->v2;
	d->v2 = ROTATED(d->v2, 32);
}

static __always_inline void digest_word(struct digest *d, u64 word)
{
	d->v3 ^= word;
	digest_round(d);
	d->v0 ^= word;
}

static __always_inline void digest_begin(struct digest *d)
{
	d->v0 = secrets[2] ^ 0x736f6d6570736575;
	d->v1 = secrets[3] ^ 0x646f72616e646f6d;
	d->v2 = secrets[2] ^ 0x6c7967656e657261;
	d->v3 = secrets[3] ^ 0x7465646279746573;
}

static __always_inline u64 digest_end(struct digest *d)
{
	d->v2 ^= 0xff;
	digest_round(d);
	digest_round(d);
	digest_round(d);
	return d->v0 ^ d->v1 ^ d->v2 ^ d->v3;
}

/* An inode with its generation: a number may be another file's by now. Zeroes for none. */
static __always_inline void digest_inode(struct digest *d, struct inode *inode)
{
	u32 dev = 0, generation = 0;
	u64 ino = 0;

	if (inode) {
		ino = BPF_CORE_READ(inode, i_ino);
		dev = BPF_CORE_READ(inode, i_sb, s_dev);
		generation = BPF_CORE_READ(inode, i_generation);
	}
	digest_word(d, ino);
	digest_word(d, (u64)dev << 32 | generation);
}

/* How an object is told from others. */
enum digest_parts {
	DIGEST_INODE = 1, /* the inode; without it, the name stands for what is made under it */
	DIGEST_NAME = 2,
};

/*
 * A dentry: what it leads to, its directory, its name. `before`: the digest of the other side of a rename or link, or 0. A global function, so
 * that it is verified once a program.
 */
__noinline u64 digest_dentry(u64 dentry, u32 parts, u64 before)
{
	struct dentry *leaf = (struct dentry *)dentry;
	const unsigned char *name = BPF_CORE_READ(leaf, d_name.name);
	u32 length = parts & DIGEST_NAME ? BPF_CORE_READ(leaf, d_name.len) : 0;
	u64 last = 0, whole = length;
	struct digest d;

	digest_begin(&d);
	digest_word(&d, before);
	digest_inode(&d, parts & DIGEST_INODE ? BPF_CORE_READ(leaf, d_inode) : NULL);
	digest_inode(&d, BPF_CORE_READ(leaf, d_parent, d_inode));
	/* Whole words, then the rest: a loop that could go on behind the rest would be verified for each of its lengths. */
	for (u32 i = 0; i < NAME_WORDS; i++) {
		u64 word = 0;

		if (i * 8 + 8 > length)
			break;
		bpf_probe_read_kernel(&word, 8, name + i * 8);
		digest_word(&d, word);
	}
	/* What the verifier learned of the length in the loop would make each way out of it another state. */
	whole = untyped(whole);
	bpf_probe_read_kernel(&last, whole & 7, name + (whole & 0xf8));
	digest_word(&d, last);
	digest_word(&d, whole);
	return digest_end(&d);
}

#define DIGEST_TEXT_WORDS 64

/* A path that is known as text only: where it counts from, and its first 512 bytes. 0 where there is none. */
__noinline u64 digest_text(void)
{
	struct text *t = current_text();
	struct digest d;
	u64 last = 0;

	if (!t)
		return 0;
	digest_begin(&d);
	digest_word(&d, (u64)t->base.dentry);
	digest_word(&d, t->at.ino);
	digest_word(&d, (u64)t->at.dev << 32 | t->depth);
	digest_word(&d, t->name.a);
	digest_word(&d, t->name.b);
	for (u32 i = 0; i < DIGEST_TEXT_WORDS; i++) {
		u64 word = *(u64 *)&t->bytes[i * 8], ends = (word - 0x0101010101010101) & ~word & 0x8080808080808080;

		if (ends) {
			/* Behind the end is what an earlier path left. */
			last = word & (((ends & -ends) >> 7) - 1);
			break;
		}
		digest_word(&d, word);
	}
	digest_word(&d, last);
	return digest_end(&d);
}

static __always_inline struct asked *current_asked(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&asked_now, &thread);
}

static __always_inline void forget_asked(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&asked_now, &thread);
}

/*
 * Notes what the current thread is about to be judged for by rules that ask. 0: done, else there is no room. Global functions, so that each is
 * verified once a program; one for paths that are known as text, which most programs never see.
 */
__noinline int note_asked(u64 dentry, u32 ops)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct asked asked = { .ops = ops & JUDGE_OPS };

	asked.object = digest_dentry(dentry, ops & JUDGE_NAMELESS ? 0 : DIGEST_INODE | DIGEST_NAME, 0);
	asked.dev = BPF_CORE_READ((struct dentry *)dentry, d_parent, d_inode, i_sb, s_dev);
	if (ops & JUDGE_CREATED)
		asked.name = digest_dentry(dentry, DIGEST_NAME, 0);
	return bpf_map_update_elem(&asked_now, &thread, &asked, BPF_ANY);
}

__noinline int note_asked_text(u32 ops)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct asked asked = { .ops = ops & JUDGE_OPS };

	asked.object = digest_text();
	return bpf_map_update_elem(&asked_now, &thread, &asked, BPF_ANY);
}

/* The same for a rename or link, which is shown and answered as a whole. `ops`: of both sides. */
__noinline int note_asked_two(u64 from, u64 to, u32 ops)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct asked asked = { .ops = ops & JUDGE_OPS, .from = from, .to = to };

	asked.object = digest_dentry(to, DIGEST_INODE | DIGEST_NAME, digest_dentry(from, DIGEST_INODE | DIGEST_NAME, 0));
	asked.dev = BPF_CORE_READ((struct dentry *)from, d_parent, d_inode, i_sb, s_dev);
	return bpf_map_update_elem(&asked_now, &thread, &asked, BPF_ANY);
}

#endif
