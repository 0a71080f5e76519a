/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Hold and ask: a call that an ask rule names is given ERESTARTNOINTR and its process SIGSTOP, so that it waits at the end of the call
 * as if it had not begun, and makes the same call again when it is resumed. What was answered then is in `held` for this call, or in
 * `answers` for the process or its program.
 */
#ifndef GUARD_ASK_H
#define GUARD_ASK_H

#include "guard_match.h"
#include "task.h"

/* Requests of io_uring and AIO are no calls: whoever works on one cannot make it again. */
static __always_inline bool can_call_again(void)
{
	s64 call = system_call_of(current_task());

	if (is_uring_thread(current_task()))
		return false;
	return call != CALL_IO_URING_ENTER && call != CALL_IO_SUBMIT && call != CALL_IO_SUBMIT_COMPAT;
}

static __always_inline u32 standing(const struct answer_key *key)
{
	struct answer_value *value = bpf_map_lookup_elem(&answers, key);

	if (!value || (value->expires_ns && bpf_ktime_get_ns() > value->expires_ns))
		return ANSWER_NONE;
	return value->answer;
}

/* For the process, or else for its program. */
static __always_inline u32 standing_answer(u32 index, u32 serial)
{
	struct process_key process = current_process();
	struct answer_key key = { .rule = index, .serial = serial, .subject = ANSWER_OF_PROCESS, .second = process.birth, .first = process.tgid };
	u32 answer = standing(&key);
	struct file *exe;

	if (answer)
		return answer;
	exe = BPF_CORE_READ(current_task(), mm, exe_file);
	if (!exe)
		return ANSWER_NONE;
	key.subject = ANSWER_OF_PROGRAM;
	key.second = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);
	key.first = BPF_CORE_READ(exe, f_inode, i_ino);
	return standing(&key);
}

/* The place of a rule among the asks of a call, or HELD_ASKS. */
static __always_inline u32 ask_of(struct held *have, u32 index, u32 serial)
{
	for (u32 i = 0; i < HELD_ASKS; i++)
		if (i < have->used && have->asks[i].rule == index && have->asks[i].serial == serial)
			return i;
	return HELD_ASKS;
}

/* Another ask of the same call, or the same one again: somebody resumed it before it was answered. */
static __always_inline u32 hold_again(struct held *have, u32 at, u32 index, u32 serial)
{
	if (at >= HELD_ASKS) {
		at = have->used;
		if (at >= HELD_ASKS)
			return ANSWER_UNHELD;
		have->asks[at] = (struct held_ask){ .rule = index, .serial = serial };
		have->used = at + 1;
	}
	have->asks[at].times++;
	have->waiting = at;
	have->since_ns = bpf_ktime_get_ns();
	return ANSWER_HOLD;
}

/* The first ask of a call. */
static __always_inline u32 hold_first(u32 tid, u32 index, u32 serial)
{
	struct held *fresh;

	/* Filled in where it lies: the stack has no room for one, and nobody looks before the hit is reported. */
	if (bpf_map_update_elem(&held, &tid, (void *)&nobody_held, BPF_NOEXIST))
		return ANSWER_UNHELD;
	fresh = bpf_map_lookup_elem(&held, &tid);
	if (!fresh)
		return ANSWER_UNHELD;
	fresh->process = current_process();
	return hold_again(fresh, HELD_ASKS, index, serial);
}

/* ANSWER_* for the current call. */
__noinline int answer_for(u32 index)
{
	struct rule *rule = bpf_map_lookup_elem(&rules, &index);
	u32 tid = bpf_get_current_pid_tgid(), zero = 0, answer, at = HELD_ASKS, *over;
	struct held *have;

	if (!rule)
		return ANSWER_ALLOW;
	have = bpf_map_lookup_elem(&held, &tid);
	if (have) {
		at = ask_of(have, index, rule->serial);
		if (at < HELD_ASKS && have->asks[at].answer) {
			have->asks[at].taken = 1;
			return have->asks[at].answer;
		}
	}
	answer = standing_answer(index, rule->serial);
	if (answer)
		return answer;
	over = bpf_map_lookup_elem(&asks_over, &zero);
	if (over && *over)
		return have ? *over : ANSWER_ALLOW;
	if (!can_call_again())
		return ANSWER_UNHELD;
	return have ? hold_again(have, at, index, rule->serial) : hold_first(tid, index, rule->serial);
}

/* Stops waiting for an answer that cannot come. Returns what the call returns. */
static __noinline s32 let_go(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&held, &tid);
	bpf_send_signal(SIGNAL_CONTINUE);
	return -ERROR_PERMITTED;
}

/* 0: it passes; else what the call returns. */
static __noinline s32 asked_for(u32 index, struct rule_hits *h)
{
	int answer = answer_for(index);

	if (answer == ANSWER_ALLOW)
		return 0;
	if (answer != ANSWER_HOLD)
		return -ERROR_PERMITTED;
	if (!bpf_send_signal(SIGNAL_STOP))
		return -ERROR_RESTARTNOINTR;
	__sync_fetch_and_add(&h->signals_failed, 1);
	return let_go();
}

/* The call is over, and with it the answer that was for it alone. Attached only while somebody waits. */
SEC("raw_tp/sys_exit")
int guard_call_over(struct bpf_raw_tracepoint_args *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();

	if ((s64)ctx->args[1] != -ERROR_RESTARTNOINTR)
		bpf_map_delete_elem(&held, &tid);
	return 0;
}

#endif
