/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What the quotas and user space share. A quota is a limit on what the regular files below a directory promise to hold: each file's
 * size, rounded up to whole blocks. User space counts it once by a walk; from then on the kernel adds what changes:
 *
 *   quota_roots {dev, ino of the directory} ──> quotas[index], usages[index]
 *   quota_files {an inode seen to change}   ──> which quota it is in, and how much of it is charged there
 */
#ifndef QUOTA_H
#define QUOTA_H

#include "fswatch.h"
#include "learned.h"

enum quota_numbers {
	QUOTAS = 64,
	QUOTA_FILES = 65536,   /* files below quotas (or found to be below none) that are known at a time */
	QUOTA_LEAVING = 65536, /* files whose last name is gone, and which are still open */
	QUOTA_WRITERS = 4096,
	QUOTA_BLOCK = 4096,    /* what du counts in, on most file systems */
	QUOTA_TREE_BITS = 50,  /* for what lies below a directory that changes its place: as good as anything */
};

enum quota_state {
	QUOTA_COUNTED = 0,   /* nothing is refused */
	QUOTA_ENFORCED = 1,
	QUOTA_SELF_TEST = 2, /* enforced against ourselves as well */
};

/* Set by user space. */
struct quota {
	long long bytes;  /* limits: so much may be used */
	long long inodes;
	/* what user space has counted: added to what the kernel adds up */
	long long base_bytes;
	long long base_inodes;
	unsigned int state; /* QUOTA_* */
	unsigned int serial;   /* its number may have been another quota's before */
};

/* Added up by the kernel; user space reads differences. Signed ones go down as well. */
struct quota_usage {
	long long bytes;
	long long inodes;
	unsigned long long moved;    /* bytes that came or went, whichever: how much may have changed while user space counted */
	unsigned long long shuffled; /* bytes that changed their place within it: a count may miss them, or have them twice */
	unsigned long long refused;  /* calls */
	unsigned long long exempted; /* calls beyond the limit, by somebody no rule may stop */
	unsigned long long unforeseen; /* bytes that were there before anybody asked: by another client of a server, by RWF_APPEND */
	unsigned long long last_ns;  /* CLOCK_BOOTTIME, of the last refusal */
	struct process_key last;     /* who was refused */
};

struct quota_file {
	unsigned long long inode; /* its address: another inode may have the same number */
	unsigned int quota;	  /* index + 1, or 0 */
	unsigned int epoch;	  /* of the set of quotas */
	long long end;		  /* bytes: where it is taken to end, once all calls in progress are done */
	long long charged;	  /* bytes */
	unsigned int unforeseen;  /* it has grown by itself while the quota was full: nothing more is written to it until it is not */
	unsigned int left;	  /* index + 1 of a quota that it is charged in as well, while a rename moves it out of there; 0: none */
	unsigned int either;	  /* a process has set or cleared O_APPEND: a call may append or not, whatever the flag says */
	unsigned int pad;
};

/* A file that loses a name, maybe its last: it holds what it has until its inode goes. */
struct quota_leaving {
	unsigned int quota; /* index + 1 */
	unsigned int epoch;
	long long bytes; /* charged */
	unsigned int links; /* before */
	unsigned int named; /* 1: it counts as an inode; 0: it has had no name yet */
};

/* Who has made a quota's files grow. */
struct quota_writer {
	unsigned int quota; /* index */
	unsigned int serial;
	struct process_key process;
};

struct quota_written {
	unsigned long long bytes;
	char comm[COMM_LEN];
};

/* A call that will be refused when the kernel asks, in the same thread. */
struct quota_refusal {
	unsigned long long inode; /* its address */
	int result;		  /* -errno */
	unsigned int pad;
};

/* What is known of a thread's call before it asks whether it may write. */
struct quota_note {
	unsigned long long inode; /* address of what it writes to */
	unsigned long long bytes; /* it copies no more than that */
	unsigned int appends;	  /* wherever it says it writes */
	unsigned int pad;
};

/* A file that a thread's rename moves from one quota into another. It is charged in both until the rename has ended. */
struct quota_crossing {
	struct file_key key;
	unsigned long long inode; /* its address */
	unsigned long long to;	  /* address of the dentry that it replaces */
	long long charged;	  /* bytes, when the rename began */
	unsigned int left;	  /* index + 1, or 0 */
	unsigned int entered;	  /* index + 1, or 0 */
};

struct quota_vocabulary {
	struct quota quota;
	struct quota_usage quota_usage;
	struct quota_writer quota_writer;
	struct quota_written quota_written;
	struct quota_file quota_file;
	struct quota_leaving quota_leaving;
	struct learned learned;
	struct file_key file_key;
	enum quota_numbers quota_numbers;
	enum quota_state quota_state;
};

#endif
