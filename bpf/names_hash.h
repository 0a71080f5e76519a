/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Names as hash keys: 255 bytes do not fit the stack twice. User space computes the same (src/kernel/guard/name-hash.ts). */
#ifndef NAMES_HASH_H
#define NAMES_HASH_H

#include "guard_maps.h"

#define NAME_WORDS 32 /* of 8 bytes: NAME_MAX is 255 */

static __always_inline void mix_word(struct name_hash *h, u64 word)
{
	h->a = (h->a ^ word) * 0x9e3779b97f4a7c15;
	h->a ^= h->a >> 29;
	h->b = (h->b + word) * 0xbf58476d1ce4e5b9;
	h->b ^= h->b >> 31;
}

/* Of `length` bytes at a kernel address. */
static __noinline void hash_name(struct name_hash *h, const unsigned char *name, u32 length)
{
	if (!h)
		return;
	h->a = secrets[0];
	h->b = secrets[1];
	for (u32 i = 0; i < NAME_WORDS; i++) {
		u32 at = i * 8, rest = length - at;
		u64 word = 0;

		if (at >= length)
			break;
		bpf_probe_read_kernel(&word, rest >= 8 ? 8 : rest & 7, name + at);
		mix_word(h, word);
	}
	mix_word(h, length);
}

/* Of a text in the caller's memory, which has room for a longest name. The same hash. */
static __noinline void hash_user_name(struct name_hash *h, u64 address)
{
	u32 length = 0;

	if (!h)
		return;
	h->a = secrets[0];
	h->b = secrets[1];
	for (u32 i = 0; i < NAME_WORDS; i++) {
		u64 word = 0, kept = 0;
		u32 bytes = 0;

		if (bpf_probe_read_user(&word, sizeof(word), (void *)(address + i * 8)))
			break;
		for (u32 j = 0; j < 8; j++) {
			u64 byte = word >> j * 8 & 255;

			if (!byte)
				break;
			kept |= byte << j * 8;
			bytes++;
		}
		if (bytes)
			mix_word(h, kept);
		length += bytes;
		if (bytes < 8)
			break;
	}
	mix_word(h, length);
}

#endif
