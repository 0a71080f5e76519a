// SPDX-License-Identifier: MIT
/*
 * The kernel part's sums (bpf/quota_charge.h), run by threads here: charger ROUNDS. Prints how often less was charged than may be written. A
 * guest has one processor, where these programs are never interrupted.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/quota.h"

/* What quota_charge.h takes from headers that only a BPF program can include. */
#define EXEMPT_H
#define QUOTA_FILES_H
#undef __always_inline
#define __always_inline inline
#define __noinline __attribute__((noinline))
#define BPF_ANY 0

typedef int32_t s32;
typedef uint32_t u32;
typedef long long s64;
typedef unsigned long long u64;

enum { ERROR_QUOTA = 122 };

static int quotas, usages, quota_writers;
static struct quota limit = { .bytes = 1ll << 60, .inodes = 1ll << 60, .state = QUOTA_ENFORCED };
static struct quota_usage usage;
static struct quota_written written;

static void (*meanwhile)(void);

/* All that charges looks up the quota: there another call can come between. */
static void *map_lookup(const int *map)
{
	void (*other)(void) = meanwhile;

	meanwhile = NULL;
	if (other)
		other();
	return map == &quotas ? (void *)&limit : map == &usages ? (void *)&usage : (void *)&written;
}

#define bpf_map_lookup_elem(map, key) ((void)(key), map_lookup(map))
#define bpf_map_update_elem(map, key, value, flags) ((void)(map), (void)(key), (void)(value))
#define bpf_get_current_comm(to, bytes) ((void)(to))
#define bpf_ktime_get_boot_ns() 0

static bool is_exempt(void) { return false; }
static struct process_key current_process(void) { return (struct process_key){}; }
static s64 blocks(s64 bytes) { return (bytes + QUOTA_BLOCK - 1) & ~(s64)(QUOTA_BLOCK - 1); }

#include "../../bpf/quota_charge.h"

static struct quota_file file;
static volatile s64 file_size;
static volatile s32 writers;
static s64 next_end;
static atomic_int arrived;
static int rounds, wrong;

/* Waits until both threads are here. */
static void meet(int times)
{
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < 2 * times)
		;
}

/* Two threads make the file end at the same place; then a call is let through up to where it is taken to end. */
static void *grow_at_once(void *counts)
{
	for (int i = 0; i < rounds; i++) {
		meet(2 * i + 1);
		grow(&file, file_size, next_end, 0, false);
		meet(2 * i + 2);
		if (counts) {
			grow(&file, file_size, file.end, 0, false);
			wrong += blocks(file.end) > usage.bytes;
			file_size = next_end;
			next_end = file.end + QUOTA_BLOCK;
		}
	}
	return NULL;
}

/* Another process opens the file and lengthens it by 4 blocks, within what was charged for a call that failed. */
static void write_four(void)
{
	writers++;
	grow(&file, file_size, 0, 5 * QUOTA_BLOCK, false);
	file_size = 5 * QUOTA_BLOCK;
}

static void write_four_and_close(void)
{
	write_four();
	settle_closed(&file, &file_size, &writers);
	writers--;
}

static int close_with(void (*other)(void))
{
	file = (struct quota_file){ .quota = 1 };
	usage = (struct quota_usage){};
	file_size = 0;
	writers = 1;
	grow(&file, file_size, 0, QUOTA_BLOCK, false);
	file_size = QUOTA_BLOCK;
	grow(&file, file_size, 0, 16 * QUOTA_BLOCK, true);
	meanwhile = other;
	settle_closed(&file, &file_size, &writers);
	return blocks(file_size) > usage.bytes;
}

int main(int argc, char **argv)
{
	pthread_t other;

	rounds = argc > 1 ? atoi(argv[1]) : 100000;
	file.quota = 1;
	next_end = QUOTA_BLOCK;
	pthread_create(&other, NULL, grow_at_once, NULL);
	grow_at_once(&file);
	pthread_join(other, NULL);
	printf("two that grow it at once: %d\n", wrong);
	printf("one that opens and writes during a close: %d\n", close_with(write_four));
	printf("one that opens, writes and closes during a close: %d\n", close_with(write_four_and_close));
	return 0;
}
