/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What the kernel side and user space share: keys, counters, and the records of the two ring buffers.
 * TypeScript decoders are generated from these declarations (npm run gen), so a field is named in one place only.
 * All integers are little endian; every struct is free of implicit padding.
 */
#ifndef FSWATCH_H
#define FSWATCH_H

enum limits {
	COMM_LEN = 16,        /* TASK_COMM_LEN */
	FSTYPE_LEN = 16,      /* longest file system name kept, with its NUL */
	PATH_BYTES = 4096,    /* PATH_MAX: longer paths are cut at the root end */
	PATH_COMPONENTS = 64, /* deeper paths are cut at the root end */
	KEPT_FILES = 16384,   /* inodes of files and directories that rules are about */
	KEPT_ROOM = 8192,     /* entries of `counters` beyond those for all: see room.h */
	TOTALS_SLOTS = 64,    /* CPUs share slots modulo this; adds are atomic, so sharing stays exact */
};

/* What was done. The numbers are part of the recording format: append only. */
enum op {
	OP_OPEN = 0,
	OP_CREATE = 1,
	OP_READ = 2,
	OP_WRITE = 3,
	OP_MMAP_WRITE = 4, /* a page of a shared mapping became dirty */
	OP_TRUNCATE = 5,   /* truncate, ftruncate, O_TRUNC, fallocate */
	OP_UNLINK = 6,
	OP_RENAME = 7,
	OP_LINK = 8, /* hard and symbolic links */
	OP_MKDIR = 9,
	OP_RMDIR = 10,
	OP_ATTR = 11, /* mode, owner, times, extended attributes */
	OP_COUNT = 12,
	OP_SLOTS = 16, /* tables are a power of two, so that a masked index is a safe index */
};

/* Why something is missing from the picture. Each has a counter; none is silent. */
enum loss {
	LOSS_COUNTERS_FULL = 0, /* an operation counted in the totals, but in no {process, file} entry: the map is full */
	LOSS_EVENTS_FULL = 1,   /* an event not streamed: the events ring is full */
	LOSS_FACTS_FULL = 2,    /* a process or file record postponed: the facts ring is full (sent again at the next operation) */
	LOSS_PATH_CUT = 3,      /* a path longer than PATH_BYTES or deeper than PATH_COMPONENTS */
	LOSS_SCRATCH_BUSY = 4,  /* a path walk postponed: no scratch buffer */
	LOSS_CALL_UNMATCHED = 5, /* a call seen entering but never returning (kretprobe slots exhausted), or no room to remember it */
	LOSS_COUNT = 6,
};

/* A process for as long as the machine is up: pids are reused, {tgid, birth} is not. */
struct process_key {
	unsigned int tgid;
	unsigned int birth; /* start_boottime >> 24, in units of 16.8 ms */
};

/* A file as the file system knows it. Sockets, pipes and anonymous inodes share one entry a kind: ino and generation 0. */
struct file_key {
	unsigned long long ino;
	unsigned int dev; /* s_dev: major << 20 | minor */
	unsigned int generation;
};

struct counter_key {
	struct file_key file; /* all zero: operations that named no existing file (failed opens, and by tracepoint all operations by path) */
	struct process_key process;
};

/* Monotonic since the entry was created; never reset by a reader. */
struct counters {
	unsigned long long opens; /* successful */
	unsigned long long reads; /* calls that returned >= 0 */
	unsigned long long read_bytes;
	unsigned long long writes; /* calls that returned >= 0 */
	unsigned long long write_bytes;
	unsigned long long mmap_pages; /* pages dirtied through shared mappings */
	unsigned long long changes;    /* create, truncate, unlink, rename, link, mkdir, rmdir, attr */
	unsigned long long errors;     /* calls that failed */
	unsigned int flags;	       /* COUNTERS_* */
	unsigned int tick;	       /* value of the `tick` global at the last change: a reader skips rows older than its last read */
};
enum counters_flags {
	COUNTERS_FILE_SENT = 1,	   /* the file's record is in the facts ring */
	COUNTERS_FILTERED_OUT = 2, /* below no watched directory: kept so that the walk is done once, never counted */
};

/* What a rule is about, by inode: the file alone, or all below the directory too. */
enum kept_file { KEPT_FILE = 1, KEPT_TREE = 2 };

/* Ground truth: per CPU slot, written whether or not a {process, file} entry could be had. */
struct totals {
	unsigned long long calls[OP_SLOTS];  /* successful calls, by op; OP_MMAP_WRITE: pages */
	unsigned long long errors[OP_SLOTS]; /* failed calls, by op */
	unsigned long long read_bytes;
	unsigned long long write_bytes;
	unsigned long long losses[LOSS_COUNT];
};

/* Records of the facts and the events ring start with this. */
struct record_header {
	unsigned short type;  /* RECORD_* */
	unsigned short flags; /* PATH_* */
	unsigned int path_len; /* bytes of path after the fixed part */
};
enum record_type { RECORD_FILE = 1, RECORD_PROCESS = 2, RECORD_EXIT = 3, RECORD_EVENT = 4, RECORD_HIT = 5 };
enum path_flags {
	PATH_CUT = 1,	     /* the root end is missing */
	PATH_NO_MOUNT = 2,   /* walked to the root of the file system only: no mount was at hand */
	PATH_DELETED = 4,    /* the name was already unlinked */
	PATH_AS_GIVEN = 8,   /* text from the program (`base` components, then NUL NUL, then the string), not resolved */
	PATH_UNREADABLE = 16 /* user memory could not be read */
};

/*
 * Path layout: components leaf first, each ended by a NUL ("hosts\0etc\0"); the root itself is the empty path.
 * Leaf first, because a walk from the leaf can then append, and a cut loses the root end, which people miss least.
 * With PATH_AS_GIVEN: the string as given, NUL, then the components of the directory it is relative to (none if it starts with '/').
 */
struct file_record {
	struct record_header header;
	struct file_key file;
	unsigned int mode; /* i_mode */
	unsigned int links; /* i_nlink */
	char fstype[FSTYPE_LEN];
	/* path */
};

struct process_record {
	struct record_header header;
	struct process_key process;
	struct process_key parent; /* 0,0 when there is none */
	unsigned long long start_ns; /* since boot, CLOCK_BOOTTIME */
	unsigned long long cgroup_id;
	struct file_key exe; /* all zero for kernel threads */
	unsigned int uid; /* in the initial user namespace */
	unsigned int gid;
	unsigned int session; /* number of its leader; 0: the kernel's own */
	unsigned int reserved;
	char comm[COMM_LEN];
	char parent_comm[COMM_LEN];
	char session_comm[COMM_LEN]; /* of its session's leader; empty once that has ended */
	char tty[COMM_LEN];	     /* of its session, as the driver names it: pts0, tty1; empty for none */
	/* path of exe */
};

struct exit_record {
	struct record_header header;
	struct process_key process;
	unsigned long long time_ns; /* since boot, CLOCK_MONOTONIC */
};

struct event_record {
	struct record_header header;
	unsigned long long time_ns; /* since boot, CLOCK_MONOTONIC, when the call returned */
	struct process_key process;
	struct file_key file;
	long long result; /* what the call returned: bytes, 0 or -errno; for opens 0 or -errno */
	long long duration_ns; /* from the entry of the system call until then; negative: not known */
	unsigned int tid;
	unsigned int op;
	unsigned int open_flags; /* O_* of opens, else 0 */
	unsigned int uid;
	char comm[COMM_LEN];
	/* path, only where `file` does not say it: failed opens, operations by path seen by tracepoint, new name of a rename */
};

/*
 * Functions that change a name or an inode. Their arguments moved between kernels (a mount's id map came first in 5.12, directory
 * and flag arguments went and came), so user space reads the places out of the kernel's BTF and writes them into `signatures`.
 */
enum name_function {
	NAME_UNLINK = 0,
	NAME_RMDIR = 1,
	NAME_MKDIR = 2,
	NAME_MKNOD = 3,
	NAME_CREATE = 4,
	NAME_SYMLINK = 5,
	NAME_LINK = 6,
	NAME_RENAME = 7,
	NAME_NOTIFY_CHANGE = 8,
	NAME_SETXATTR = 9,
	NAME_REMOVEXATTR = 10,
	NAME_SET_ACL = 11,
	NAME_COUNT = 12,
};
struct signature {
	unsigned char dentry;	       /* which argument is the (last) dentry, or the renamedata; 0 is the first */
	unsigned char arguments;       /* how many there are */
	unsigned char returns_pointer; /* a dentry or an ERR_PTR instead of 0 or -errno (vfs_mkdir from 6.15) */
	unsigned char pad;
};

/* How the tracepoint way reads a system call; indexed by number, 32-bit calls at SYSCALLS_COMPAT + number. */
enum syscall_table { SYSCALLS_COMPAT = 512, SYSCALLS = 1024 };
enum syscall_kind {
	SYSCALL_IGNORED = 0,
	SYSCALL_TRANSFER = 1, /* bytes returned, by descriptor a */
	SYSCALL_COPY = 2,     /* bytes returned, from descriptor a to descriptor b */
	SYSCALL_OPEN = 3,     /* descriptor returned; path a, directory b, flags c */
	SYSCALL_OPEN_HOW = 4, /* the same, flags in the struct open_how at c */
	SYSCALL_FD = 5,	      /* a change by descriptor a */
	SYSCALL_PATH = 6,     /* a change by path a in directory b */
	SYSCALL_GETEVENTS = 7, /* AIO: descriptors and results are in the events array at a */
};
enum syscall_arguments { SYSCALL_NO_ARGUMENT = 7, SYSCALL_ARGUMENTS = 6 };
struct syscall_rule {
	unsigned char kind;
	unsigned char op;
	unsigned char a, b, c; /* argument places 0-5, or SYSCALL_NO_ARGUMENT */
	unsigned char flags;   /* the place of flags that make another operation of it, or SYSCALL_NO_ARGUMENT */
	unsigned char bit;     /* the number of the bit that does */
	unsigned char other;   /* that operation */
};

/* What is counted; written by user space, read at every operation. */
struct filter {
	unsigned int flags; /* FILTER_* */
	unsigned int uid;
	unsigned long long cgroup_id;
	char comm[COMM_LEN];
};
enum filter_flags {
	FILTER_PIDS = 1, /* only processes in the `pids` map */
	FILTER_DESCENDANTS = 2, /* children of those join it */
	FILTER_COMM = 4,
	FILTER_UID = 8,
	FILTER_CGROUP = 16,
	FILTER_PATH = 32, /* only files below an inode in the `roots` map */
};

/*
 * Which events are streamed, of those that are counted: written by user space while it shows only these and more come than it could keep.
 * What is left out is counted (struct hidden).
 */
enum narrowing_limits { NARROWING_MOST = 4 };
struct narrowing {
	unsigned int flags; /* NARROW_* */
	unsigned int tgid;
	unsigned int done_ops, failed_ops; /* 1 << op: of calls that succeeded, of those that failed */
	long long least_ns, most_ns;	   /* that the call took; what is not known is left out */
	char comm[COMM_LEN];
	unsigned int other_tgids[NARROWING_MOST]; /* left out; 0: none */
	char other_comms[NARROWING_MOST][COMM_LEN]; /* left out; empty: none */
};
enum narrowing_flags {
	NARROW_ON = 1, /* 0: all are streamed */
	NARROW_PID = 2,
	NARROW_COMM = 4,
	NARROW_TOOK = 8,
	NARROW_FILES = 16, /* no sockets, unnamed pipes and anonymous inodes */
};

/* Events left out by `narrowing`; a cache line for each CPU. */
struct hidden {
	unsigned long long events;
	unsigned long long pad[7];
};

/* Every type above that user space decodes; the compiler describes in BTF only what something uses (fswatch.bpf.c does). */
struct vocabulary {
	struct file_record file_record;
	struct process_record process_record;
	struct exit_record exit_record;
	struct event_record event_record;
	enum limits limits;
	enum kept_file kept_file;
	enum op op;
	enum loss loss;
	enum counters_flags counters_flags;
	enum record_type record_type;
	enum path_flags path_flags;
	enum name_function name_function;
	enum syscall_table syscall_table;
	enum syscall_kind syscall_kind;
	enum syscall_arguments syscall_arguments;
	enum filter_flags filter_flags;
	enum narrowing_limits narrowing_limits;
	enum narrowing_flags narrowing_flags;
};

#endif
