/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * What the guard and user space share: rules, where they are anchored, what they did. User space compiles the rule language
 * (src/rules) into these tables (src/kernel/guard); the guard only looks things up in them.
 *
 *   anchors {ino, dev} ──> file_chain, tree_chain ──> chains[id] = up to 64 rules ──> rules[index]
 *   named   {parent, name} ───────────────────────────┘
 *   names   {base name}    ───────────────────────────┘
 *   suffixes{end of name}  ───────────────────────────┘
 */
#ifndef GUARD_H
#define GUARD_H

#include "fswatch.h"
#include "learned.h"
#include "exemption.h"

enum guard_limits {
	RULES = 10240,	       /* 10,000 of the user, and room for our own */
	CHAINS = 32768,	       /* distinct sets of rules, in two halves that take turns; 0 is the empty one */
	CHAIN_RULES = 64,      /* rules on one object */
	NESTED_TREES = 256,    /* trees with rules on one path; the walk of more is not finished, and decides on the safe side */
	SUFFIX_BYTES = 31,     /* longest suffix */
	FAMILIES = 64,	       /* different processes named with '+' at a time */
	FAMILY_TASKS = 65536,  /* living threads of families that were made after their rule was armed */
	CLEAN_SLOTS = 8192,
	EDGES = 65536,	       /* components of rules' paths, where paths are walked as text */
	TEXTS = 64,	       /* threads that walk a path at the same instant */
	SELF_TEST_RULE = 0,    /* index of the self-test's rule */
	HELD = 8192,	       /* threads held at a time */
	FROZEN = 8192,	       /* processes that freeze rules have stopped, by rule */
	HELD_ASKS = 8,	       /* questions about one call: more are refused */
	ASKED = 4096,	       /* threads that are judged by rules that ask at the same instant */
	ANSWERS = 16384,       /* answers for processes and programs that stand */
};

/* What a rule can name. The numbers are those of RULE_OPS in src/rules. */
enum rule_op {
	RULE_OPEN = 1 << 0,
	RULE_READ = 1 << 1,
	RULE_WRITE = 1 << 2,
	RULE_CREATE = 1 << 3,
	RULE_DELETE = 1 << 4,
	RULE_RENAME = 1 << 5,
	RULE_LINK = 1 << 6,
	RULE_ATTR = 1 << 7,
	RULE_EXEC = 1 << 8,
	/* Of the guard alone: a file is about to be made by opening it. Who wants to ask of opens is asked before, not half way through. */
	RULE_OPEN_NEW = 1 << 9,
	/* Of the guard alone: with RULE_WRITE, all that the file holds goes first. An answer to a write is none to this. */
	RULE_TRUNCATE = 1 << 10,
};

/*
 * What goes with the ops that are judged. Rules are gone through twice, those that ask the second time: what another rule refuses is
 * not asked about.
 */
enum judging {
	JUDGE_ASKS = 1u << 31, /* the second time */
	JUDGE_NO_ASKS = 1u << 30, /* rules that ask do not count here */
	JUDGE_NO_HOLD = 1u << 29, /* whoever would have to wait here is refused */
	JUDGE_CREATED = 1u << 28, /* this call made the file that it opens now */
	JUDGE_NAMELESS = 1u << 27, /* the file has no name, and another number each time the call is made (O_TMPFILE) */
	JUDGE_REFUSED = 1u << 26, /* the other side of a rename or link is refused: rules that kill act, others do not */
	JUDGE_STORE = 1u << 25, /* a store through a mapping: nothing can be refused, a signal comes before the store is made */
	JUDGE_OPS = (1u << 11) - 1,
};

/*
 * All rules that match one call act, in no order that counts: each kill sends its signal, each freeze stops, each audit reports. What the
 * call returns is of the strongest: kill, then deny, then freeze. Rules that ask come last, and only where none of these refused.
 */
enum rule_action { ACTION_AUDIT = 0, ACTION_DENY = 1, ACTION_KILL = 2, ACTION_FREEZE = 3, ACTION_ASK = 4 };

/*
 * Which rules hold. RULES_OVER: none, but what is held gets its answer. RULES_KEPT: the program died and left its rules in force for a
 * time. Then freeze rules do not hold, since no user can resume a process from the program any more. Ask rules give the default answer.
 */
enum rules_over { RULES_HOLD = 0, RULES_OVER = 1, RULES_KEPT = 2 };
/* What became of a store through a shared writable mapping that a rule names. */
enum guard_store {
	STORE_NONE = 0,	   /* it was a call */
	STORE_PASSED = 1,  /* it is only told */
	STORE_STOPPED = 2, /* the process got SIGSTOP; the store is made when it is resumed */
	STORE_KILLED = 3,  /* the process got the rule's signal, or SIGKILL where the rule denies or asks */
};

/* Which conditions a rule has; all must hold, or must not where `negated` says so. */
enum rule_condition { BY_PID = 1, BY_FAMILY = 2, BY_COMM = 4, BY_EXE = 8, BY_UID = 16, BY_CGROUP = 32 };

enum rule_flags {
	RULE_ARMED = 1,
	RULE_SELF_TEST = 2, /* hits our own process, and is not reported */
};

struct rule {
	unsigned int flags; /* RULE_ARMED, … */
	unsigned int ops;
	unsigned int action;
	unsigned int errno_; /* positive; what a refused call returns */
	unsigned int signal;
	unsigned int conditions; /* BY_* */
	unsigned int negated;	 /* BY_* */
	unsigned int uid;
	unsigned int serial; /* its number may have been another rule's before, this one not */
	unsigned int subuid;	     /* the first of the subordinate ids of `uid` */
	unsigned int subuids;	     /* how many there are */
	unsigned int program_generation; /* of the program's inode; 0: it is not known */
	unsigned long long expires_ns; /* CLOCK_BOOTTIME; 0: never */
	unsigned long long cgroup_id;
	unsigned long long family; /* its bit in a member's `families` */
	struct process_key process;
	struct file_key exe; /* as inode_id() has it */
	char comm[COMM_LEN];
};

/* A member of families that was there when a rule named one, a bit each. */
struct family_process {
	unsigned long long families;
	unsigned int birth; /* as in struct process_key: tgids are used again */
	unsigned int epoch; /* of `families`: see guard_family.h */
};

/* A member that was made by another one. */
struct family_task {
	unsigned long long families;
	unsigned int epoch;
	unsigned int pad;
};

/* What a rule did; monotonic. */
struct rule_hits {
	unsigned long long hits;     /* touches it matched and acted on */
	unsigned long long exempted; /* touches it matched, by somebody it must not hit */
	unsigned long long unsure;   /* of the hits: decided on the safe side, since the way up was too long */
	unsigned long long signals_failed;
	unsigned long long unreported; /* hits without a record in the ring */
	unsigned long long last_ns;    /* CLOCK_BOOTTIME */
	struct process_key last;
};

struct rule_process {
	unsigned int rule;
	unsigned int serial;
	struct process_key process;
};
struct process_hits {
	unsigned long long hits;
	unsigned long long last_ns;
};

/* What an ask rule is answered. */
enum answer {
	ANSWER_NONE = 0,
	ANSWER_ALLOW = 1,
	ANSWER_DENY = 2,
	/* of the guard alone */
	ANSWER_HOLD = 3,    /* nobody has answered: stop it */
	ANSWER_UNHELD = 4,  /* it cannot be held, so it is refused */
};

/*
 * A thread that is stopped inside a call until somebody answers; user space writes the answer here and resumes it. The call is made
 * again and finds the answer. One call may be asked about by several rules, and about several objects, one after the other. An answer
 * is for its rule, the object that was shown and the operations that were shown: another thread can change the path, the flags and
 * the files meanwhile.
 */
struct held_ask {
	unsigned int rule;
	unsigned int serial;
	unsigned int answer; /* ANSWER_* */
	unsigned int times;  /* asked: more than once where somebody else resumed it */
	unsigned int taken;  /* the call has found its answer */
	unsigned int ops;    /* RULE_* that were shown */
	unsigned int dev;    /* device of the object */
	unsigned long long object; /* what was shown, as in struct asked */
};
struct held {
	struct process_key process;
	unsigned long long since_ns; /* CLOCK_BOOTTIME, of the latest stop */
	unsigned long long ip, sp;   /* where the call was made: a signal's handler that runs before it is made again is another */
	int call;		     /* its number */
	unsigned int waiting;	     /* the ask that is not answered */
	unsigned int used;	     /* asks */
	unsigned int pad;
	struct held_ask asks[HELD_ASKS];
};

/* An answer that stands, for a process {tgid, birth, ANSWER_OF_PROCESS} or a program {inode, device ^ generation}. */
enum answer_subject { ANSWER_OF_PROGRAM = 0, ANSWER_OF_PROCESS = 1 };
struct answer_key {
	unsigned int rule;
	unsigned int serial;
	unsigned int subject; /* ANSWER_OF_* */
	unsigned int second;  /* birth, or device ^ generation */
	unsigned long long first; /* tgid, or inode number */
	unsigned int subvolume;	  /* of the program's inode */
	unsigned int pad;
};
struct answer_value {
	unsigned int answer; /* ANSWER_* */
	unsigned int pad;
	unsigned long long expires_ns; /* CLOCK_BOOTTIME; 0: never */
};

/* An inode that rules are anchored at. Its key is as inode_id() has it; the generation is compared once it is found. */
struct anchor {
	unsigned int file_chain; /* for the inode itself */
	unsigned int tree_chain; /* for it and all below it */
	unsigned int named;	 /* some rule names a file in this directory: look it up in `named` */
	unsigned int generation;
	unsigned int any_generation; /* it is not known */
	unsigned int marked;	 /* by the guard, when it got a second name: its place may have rules that it has not */
};

struct chain {
	unsigned int count;
	unsigned short rules[CHAIN_RULES];
};

/* A name of up to 255 bytes as two hashes with secret beginnings: a collision could refuse too much, never too little. */
struct name_hash {
	unsigned long long a, b;
};
struct named_key {
	struct file_key parent;
	struct name_hash name;
};
struct named_value {
	unsigned int chain;
	unsigned int pad;
	unsigned long long ino; /* what the name led to when the rule was anchored: that inode has the rules itself; 0: nothing */
};
struct suffix_key {
	struct name_hash end;
	unsigned long long length;
};

/* How a hook's arguments lie; read from the kernel's BTF, since they moved between kernels and differ between lsm and fmod_ret. */
enum guard_hook {
	HOOK_FILE_OPEN,
	HOOK_FILE_PERMISSION,
	HOOK_PATH_TRUNCATE,
	HOOK_FILE_TRUNCATE,
	HOOK_INODE_SETATTR,
	HOOK_INODE_CREATE,
	HOOK_INODE_MKNOD,
	HOOK_INODE_MKDIR,
	HOOK_INODE_SYMLINK,
	HOOK_INODE_LINK,
	HOOK_INODE_UNLINK,
	HOOK_INODE_RMDIR,
	HOOK_INODE_RENAME,
	HOOK_INODE_SETXATTR,
	HOOK_INODE_REMOVEXATTR,
	HOOK_INODE_SET_ACL,
	HOOK_INODE_REMOVE_ACL,
	HOOK_INODE_FILE_SETATTR,
	HOOK_MMAP_FILE,
	HOOK_FILE_MPROTECT,
	HOOK_FILE_IOCTL,
	HOOK_FILE_IOCTL_COMPAT,
	HOOK_FILE_RECEIVE,
	HOOK_SB_MOUNT,
	HOOK_MOVE_MOUNT,
	HOOK_BPRM_CHECK,
	HOOK_COUNT,
};
struct hook_places {
	unsigned char dentry;	 /* the first dentry, or what leads to it (file, path) */
	unsigned char second;	 /* the second dentry, or the iattr of setattr */
	unsigned char arguments; /* how many: the earlier verdict lies behind the last */
	unsigned char pad;
};

/*
 * How a system call's arguments name what it is done to, for the ways that see calls and not hooks (override, signal); indexed like
 * struct syscall_rule.
 */
enum call_kind {
	CALL_NOTHING = 0,
	CALL_FD = 1,	   /* a descriptor */
	CALL_PATH = 2,	   /* a path, in directory `dirfd`; an empty one is the descriptor itself */
	CALL_OPEN = 3,	   /* the same, with open's flags in argument `flags` */
	CALL_OPEN_HOW = 4, /* the same, with the address of a struct open_how */
	CALL_MMAP = 5,	   /* a descriptor, protection in `dirfd`, flags in `flags` */
	CALL_IOCTL = 6,	   /* a descriptor, the number in `flags` */
};
enum call_arguments { CALL_NO_ARGUMENT = 7, CALL_OBJECTS = 2 };
struct call_object {
	unsigned char kind; /* CALL_* */
	unsigned char argument, dirfd, flags; /* places 0-5, or CALL_NO_ARGUMENT */
	unsigned int ops; /* RULE_*; those of open, mmap and ioctl are found out */
};
struct guarded_call {
	struct call_object objects[CALL_OBJECTS];
};

/* A rule hit; the path of the file follows. */
struct hit_record {
	struct record_header header;
	unsigned long long time_ns; /* CLOCK_BOOTTIME */
	struct process_key process;
	struct file_key file;
	unsigned int rule;
	unsigned int ops;
	unsigned int tid;
	unsigned int uid;
	int result; /* 0, or -errno */
	unsigned int serial;
	unsigned int source_len;   /* bytes of the path that are the source of a rename or link, the rest is its target; 0: one path */
	unsigned int store;	   /* STORE_* */
	unsigned long long object; /* of a held call: as in struct held_ask */
	char comm[COMM_LEN];
};

/* What rules that ask judge: how it would be shown, and told from others. */
struct asked {
	unsigned long long object; /* see struct held_ask */
	unsigned long long name;   /* the same without the inode: what a file that is not made yet is told by */
	unsigned long long from, to; /* dentries of a rename or link; 0 for other calls */
	unsigned int ops;	     /* RULE_*; of both sides */
	unsigned int dev;
};

struct guard_vocabulary {
	struct rule rule;
	struct rule_hits rule_hits;
	struct family_process family_process;
	struct rule_process rule_process;
	struct process_hits process_hits;
	struct held held;
	struct held_ask held_ask;
	struct answer_key answer_key;
	struct answer_value answer_value;
	struct anchor anchor;
	struct chain chain;
	struct named_key named_key;
	struct named_value named_value;
	struct suffix_key suffix_key;
	struct hook_places hook_places;
	struct hit_record hit_record;
	struct learned learned;
	struct exempt_process exempt_process;
	enum exemption_limits exemption_limits;
	struct call_object call_object;
	struct guarded_call guarded_call;
	enum call_kind call_kind;
	enum call_arguments call_arguments;
	enum guard_limits guard_limits;
	enum rule_op rule_op;
	enum rule_action rule_action;
	enum guard_store guard_store;
	enum answer answer;
	enum answer_subject answer_subject;
	enum rule_condition rule_condition;
	enum rule_flags rule_flags;
	enum guard_hook guard_hook;
};

#endif
