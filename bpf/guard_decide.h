/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* What happens when a rule matches: who is exempt, what is counted, what is done. */
#ifndef GUARD_DECIDE_H
#define GUARD_DECIDE_H

#include "exempt.h"
#include "guard_match.h"
#include "guard_text.h"
#include "guard_ask.h"

#define HITS_WAKE_BYTES 0 /* a hit is rare, and somebody waits for it */
/* Times are CLOCK_BOOTTIME: bpf_ktime_get_boot_ns() exists from 5.8, and setting the wall clock does not move it. */
#define FREEZING_NS 100000000 /* a stop signal has reached all threads by then, and nobody has answered yet */

static __noinline void count_process(u32 index, u32 serial, u64 now)
{
	struct rule_process key = { .rule = index, .serial = serial, .process = current_process() };
	struct process_hits *have = bpf_map_lookup_elem(&hits_by_process, &key);
	struct process_hits first = { .hits = 1, .last_ns = now };

	if (have) {
		__sync_fetch_and_add(&have->hits, 1);
		have->last_ns = now;
	} else
		bpf_map_update_elem(&hits_by_process, &key, &first, BPF_ANY);
}

/* The path as the kernel knows it; or, where a call was judged by the text it gave, that text. PATH_* flags and length as walk() has them. */
static __always_inline u32 hit_path(struct scratch *s, struct dentry *dentry)
{
	struct text *t;
	long bytes;

	if (dentry)
		return walk((u64)dentry, 0, 0);
	t = current_text();
	bytes = t ? bpf_probe_read_kernel_str(s->path, PATH_BYTES / 2, t->bytes) : 0;
	if (bytes <= 0 || bytes > PATH_BYTES / 2)
		return PATH_UNREADABLE << 16;
	if (!t || s->path[0] == '/')
		return bytes | PATH_AS_GIVEN << 16;
	return walk((u64)t->base.dentry, (u64)t->base.mnt, bytes) | PATH_AS_GIVEN << 16;
}

/* Tells user space. `which`: the rule's index, and its serial above; `ops` has STORE_* above bit 16: each argument costs stack. 0: told. */
static __noinline int report_hit(u64 which, u32 ops, struct dentry *dentry, s32 result)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct scratch *s = scratch_get(thread);
	struct asked *asked;
	struct inode *inode;
	struct hit_record *r;
	u32 walked;
	int failed;

	if (!s)
		return -1;
	r = RECORD(s, hit_record);
	asked = result == -ERROR_RESTARTNOINTR ? current_asked() : NULL;
	if (asked && asked->from)
		dentry = (struct dentry *)asked->from;
	walked = hit_path(s, dentry);
	r->source_len = 0;
	r->store = ops >> 16;
	r->object = 0;
	if (asked) {
		r->object = asked->object;
		ops = asked->ops;
	}
	if (asked && asked->to) {
		r->source_len = WALKED_LENGTH(walked);
		walked = walk(asked->to, 0, WALKED_LENGTH(walked)) | WALKED_FLAGS(walked) << 16;
	}
	r->header.type = RECORD_HIT;
	r->header.flags = WALKED_FLAGS(walked);
	r->header.path_len = WALKED_LENGTH(walked);
	r->time_ns = bpf_ktime_get_boot_ns();
	r->process = current_process();
	inode = dentry ? BPF_CORE_READ(dentry, d_inode) : NULL;
	if (!dentry)
		r->file = (struct file_key){};
	else if (inode)
		r->file = inode_key(inode);
	else /* not made yet */
		r->file = (struct file_key){ .dev = BPF_CORE_READ(dentry, d_parent, d_inode, i_sb, s_dev) };
	r->rule = which;
	r->serial = which >> 32;
	r->ops = ops & JUDGE_OPS;
	r->tid = thread;
	r->uid = bpf_get_current_uid_gid();
	r->result = result;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	failed = SEND(hits, s, hit_record, WALKED_LENGTH(walked), HITS_WAKE_BYTES, LOSS_EVENTS_FULL);
	scratch_put(thread);
	return failed;
}

/* Nothing is refused: the call goes on, whatever it is. */
#define GOES_ON 1

/*
 * A process is frozen at its first touch: it stops inside the call, which is made again when it goes on, and then passes. Other
 * threads that come while it is being stopped are stopped the same way. A request of io_uring or AIO cannot be made again, so it is
 * interrupted. A process that cannot be noted or stopped is refused. 0: it passes; else what the call returns, or GOES_ON.
 */
static __noinline s32 freeze(u32 index, u32 serial, struct rule_hits *h, u64 now)
{
	struct rule_process key = { .rule = index, .serial = serial, .process = current_process() };
	u64 *since = bpf_map_lookup_elem(&frozen, &key);
	bool noted;

	if (since && now - *since > FREEZING_NS)
		return 0;
	/* Where nothing can be refused, one signal does what can be done. */
	if (since && !can_refuse)
		return 0;
	/* Another thread of the process may have come first. */
	noted = since || !bpf_map_update_elem(&frozen, &key, &now, BPF_NOEXIST) || bpf_map_lookup_elem(&frozen, &key);
	if (!noted || stop_thread()) {
		__sync_fetch_and_add(&h->signals_failed, 1);
		return can_refuse ? -ERROR_PERMITTED : 0;
	}
	if (!can_refuse)
		return GOES_ON;
	return can_call_again() ? -ERROR_RESTARTNOINTR : -ERROR_INTR;
}

/*
 * A store through a mapping. The page fault cannot be refused; a signal is delivered when it returns to the program, before the store is
 * made. Returns STORE_*.
 */
static __noinline u32 stop_store(u32 index, struct rule *rule, struct rule_hits *h, u64 now)
{
	u32 does = mapped_stores, signal = SIGNAL_KILL;

	if (rule->action == ACTION_AUDIT)
		return STORE_PASSED;
	if (rule->action == ACTION_FREEZE)
		does = STORE_STOPPED;
	if (rule->action == ACTION_KILL) {
		does = STORE_KILLED;
		signal = rule->signal & 63;
	}
	/* The program has died, and rules are kept: it could not be resumed from there. */
	if (does == STORE_STOPPED && rules_over)
		return STORE_PASSED;
	if (does == STORE_STOPPED) {
		s32 result = freeze(index, rule->serial, h, now);

		return result && result != -ERROR_PERMITTED ? STORE_STOPPED : STORE_PASSED;
	}
	if (does != STORE_KILLED)
		return STORE_PASSED;
	if (!bpf_send_signal(signal))
		return STORE_KILLED;
	__sync_fetch_and_add(&h->signals_failed, 1);
	return STORE_PASSED;
}

/* How a rule came to match. */
enum { UNSURE = 1 /* decided on the safe side */, REFUSED_ALREADY = 2 /* by another rule */ };

/* A rule matched: 0, or what the call returns. `how`: UNSURE, … */
static __always_inline s32 decide(u32 index, struct rule *rule, u32 ops, u64 dentry, u32 how)
{
	struct rule_hits *h = bpf_map_lookup_elem(&rule_hits, &index);
	u64 now = bpf_ktime_get_boot_ns();
	u32 store = STORE_NONE;
	s32 result = 0;

	if (!h)
		return 0;
	if (!(rule->flags & RULE_SELF_TEST) && is_exempt()) {
		__sync_fetch_and_add(&h->exempted, 1);
		return 0;
	}
	if (ops & JUDGE_STORE) {
		if (rule->action == ACTION_ASK && answer_for(index, ops | JUDGE_NO_HOLD) == ANSWER_ALLOW)
			return 0;
		store = stop_store(index, rule, h, now);
		/* Resumed, as a call of a frozen process passes. */
		if (rule->action == ACTION_FREEZE && store == STORE_PASSED)
			return 0;
	} else if (rule->action == ACTION_FREEZE) {
		result = freeze(index, rule->serial, h, now);
		if (!result)
			return 0;
		if (result == GOES_ON)
			result = 0;
	} else if (rule->action == ACTION_ASK) {
		/* Another rule asks already. */
		if (how & REFUSED_ALREADY)
			return 0;
		result = asked_for(index, h, ops);
		if (!result)
			return 0;
	} else if (can_refuse && rule->action != ACTION_AUDIT)
		result = -(s32)(rule->errno_ & 4095);
	if (!store && rule->action == ACTION_KILL && bpf_send_signal(rule->signal & 63))
		__sync_fetch_and_add(&h->signals_failed, 1);
	__sync_fetch_and_add(&h->hits, 1);
	if (how & UNSURE)
		__sync_fetch_and_add(&h->unsure, 1);
	h->last_ns = now;
	h->last = current_process();
	if (rule->flags & RULE_SELF_TEST)
		return result;
	count_process(index, rule->serial, now);
	if (!report_hit((u64)rule->serial << 32 | index, (ops & JUDGE_OPS) | store << 16, (struct dentry *)dentry, result))
		return result;
	__sync_fetch_and_add(&h->unreported, 1);
	/* Nobody knows that it waits: nobody would answer. */
	return rule->action == ACTION_ASK && result == -ERROR_RESTARTNOINTR ? let_go() : result;
}

#endif
