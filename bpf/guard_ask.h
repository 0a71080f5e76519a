/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Hold and ask: a call that an ask rule names is given ERESTARTNOINTR and its process SIGSTOP, so that it waits at the end of the call
 * as if it had not begun, and makes the same call again when it is resumed. What was answered then is in `held` for this call, or in
 * `answers` for the process or its program.
 */
#ifndef GUARD_ASK_H
#define GUARD_ASK_H

#include "guard_match.h"
#include "guard_digest.h"
#include "task.h"

/*
 * Can the call be made again? Requests of io_uring and AIO are no calls, wherever they are worked on; ioctls may have done half of what
 * they do, or keep what they are told for themselves. Inside a call, what it will return is not known yet (ENOSYS).
 */
static __always_inline bool can_call_again(void)
{
	struct pt_regs *regs = registers_of(current_task());
	s64 call = BPF_CORE_READ(regs, orig_ax) & ~X32_CALL_BIT;

	if (is_uring_thread(current_task()) || call < 0 || (s32)BPF_CORE_READ(regs, ax) != -ERROR_NO_CALL)
		return false;
	switch (call) {
	case CALL_IO_URING_ENTER:
	case CALL_IO_SUBMIT:
	case CALL_IO_SUBMIT_COMPAT:
	case CALL_IO_SUBMIT_X32:
	case CALL_IOCTL_NUMBER:
	case CALL_IOCTL_COMPAT:
		return false;
	}
	return true;
}

/* Is it replacing the program? Then there is no way back to the call. */
static __always_inline bool is_exec(s64 call)
{
	return call == CALL_EXECVE || call == CALL_EXECVEAT || call == CALL_EXECVE_COMPAT || call == CALL_EXECVEAT_COMPAT;
}

static __always_inline u32 standing(const struct answer_key *key)
{
	struct answer_value *value = bpf_map_lookup_elem(&answers, key);

	if (!value || (value->expires_ns && bpf_ktime_get_boot_ns() > value->expires_ns))
		return ANSWER_NONE;
	return value->answer;
}

/* For the process, or else for its program. */
static __always_inline u32 standing_answer(u32 index, u32 serial)
{
	struct process_key process = current_process();
	struct answer_key key = { .rule = index, .serial = serial, .subject = ANSWER_OF_PROCESS, .second = process.birth, .first = process.tgid };
	u32 answer = standing(&key);
	struct file_key program;
	struct file *exe;

	if (answer)
		return answer;
	exe = program_of(current_task());
	if (!exe)
		return ANSWER_NONE;
	key.subject = ANSWER_OF_PROGRAM;
	program = inode_id(BPF_CORE_READ(exe, f_inode));
	/* The number of a program that was deleted goes to a new file: the generation tells them apart. */
	key.second = program.dev ^ BPF_CORE_READ(exe, f_inode, i_generation);
	key.first = program.ino;
	key.subvolume = program.generation;
	return standing(&key);
}

static __always_inline struct held *current_held(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&held, &tid);
}

/* The ask at a place that was compared with HELD_ASKS. Masked where the compiler does not see it: the verifier loses the comparison. */
static __always_inline struct held_ask *ask_at(struct held *have, u64 at)
{
	asm volatile("%0 &= %1" : "+r"(at) : "i"(HELD_ASKS - 1));
	return &have->asks[at];
}

/*
 * The place of a question among the asks of the current thread's call, or HELD_ASKS: the same rule, the same object, and no operation that was
 * not shown. A global function, so that the places are no states of its callers for the verifier.
 */
__noinline u32 ask_of(u32 index, u32 serial, u64 object, u32 ops)
{
	struct held *have = current_held();

	if (!have)
		return HELD_ASKS;
	for (u32 i = 0; i < HELD_ASKS; i++) {
		struct held_ask *ask = &have->asks[i];

		if (i < have->used && ask->rule == index && ask->serial == serial && ask->object == object && !(ops & ~ask->ops))
			return i;
	}
	return HELD_ASKS;
}

/*
 * A stacked file system (overlayfs) repeats the call below, where the object is another. That was chosen by the kernel, after the call
 * on the object above had its answer.
 */
__noinline int is_repeated_below(u32 index, u32 serial, u32 dev)
{
	struct held *have = current_held();

	if (!have || !inside_stacked_call())
		return 0;
	for (u32 i = 0; i < HELD_ASKS; i++) {
		struct held_ask *ask = &have->asks[i];

		if (i < have->used && ask->rule == index && ask->serial == serial && ask->taken && ask->answer == ANSWER_ALLOW && ask->dev != dev)
			return 1;
	}
	return 0;
}

/* Another question about the same call, or the same one again: a SIGCONT that was no answer resumed it. */
static __always_inline u32 hold_again(struct held *have, u32 at, const struct rule *rule, u32 index, const struct asked *asked)
{
	struct held_ask *ask;

	if (at >= HELD_ASKS) {
		at = have->used;
		if (at >= HELD_ASKS)
			return ANSWER_UNHELD;
		ask = ask_at(have, at);
		ask->rule = index;
		ask->serial = rule->serial;
		ask->times = 0;
		ask->taken = 0;
		ask->dev = asked->dev;
		ask->object = asked->object;
		have->used = at + 1;
	} else
		ask = ask_at(have, at);
	ask->answer = ANSWER_NONE;
	ask->ops = asked->ops;
	ask->times++;
	have->waiting = at;
	have->since_ns = bpf_ktime_get_boot_ns();
	return ANSWER_HOLD;
}

/* The first question about a call. `have`: what is left of an earlier call. */
static __always_inline u32 hold_first(struct held *have, u32 tid, const struct rule *rule, u32 index, const struct asked *asked)
{
	struct pt_regs *regs = registers_of(current_task());

	/* Filled in where it lies: the stack has no room for one, and nobody looks before the hit is reported. */
	if (!have) {
		if (bpf_map_update_elem(&held, &tid, (void *)&nobody_held, BPF_NOEXIST))
			return ANSWER_UNHELD;
		have = bpf_map_lookup_elem(&held, &tid);
	}
	if (!have)
		return ANSWER_UNHELD;
	have->process = current_process();
	have->ip = BPF_CORE_READ(regs, ip);
	have->sp = BPF_CORE_READ(regs, sp);
	have->call = BPF_CORE_READ(regs, orig_ax);
	have->used = 0;
	return hold_again(have, HELD_ASKS, rule, index, asked);
}

/* Is the current thread in the call that was held? */
static __always_inline bool is_same_call(const struct held *have)
{
	struct pt_regs *regs = registers_of(current_task());
	struct process_key process = current_process();

	return have->process.tgid == process.tgid && have->process.birth == process.birth && have->ip == BPF_CORE_READ(regs, ip) &&
	       have->sp == BPF_CORE_READ(regs, sp) && have->call == (s32)BPF_CORE_READ(regs, orig_ax);
}

/*
 * The answer of this call, or ANSWER_NONE; its place in `at`. An answer to the making of a file under a name is also one to the opening
 * of the file that this call made there.
 */
static __always_inline u32 answer_of_call(struct held *have, u32 *at, const struct rule *rule, u32 index, const struct asked *asked)
{
	if (asked->name)
		*at = ask_of(index, rule->serial, asked->name, RULE_OPEN_NEW);
	if (*at >= HELD_ASKS)
		*at = ask_of(index, rule->serial, asked->object, asked->ops);
	if (*at < HELD_ASKS) {
		struct held_ask *ask = ask_at(have, *at);

		if (ask->answer) {
			ask->taken = 1;
			return ask->answer;
		}
	}
	return is_repeated_below(index, rule->serial, asked->dev) ? ANSWER_ALLOW : ANSWER_NONE;
}

/* ANSWER_* for the current call, which note_asked() has described. `ops`: JUDGE_NO_HOLD among them where it must not be held. */
__noinline int answer_for(u32 index, u32 ops)
{
	struct rule *rule = bpf_map_lookup_elem(&rules, &index);
	u32 tid = bpf_get_current_pid_tgid(), zero = 0, answer, at = HELD_ASKS, *over;
	struct asked *asked = current_asked();
	struct held *have;
	bool same = false;

	if (!rule)
		return ANSWER_ALLOW;
	have = bpf_map_lookup_elem(&held, &tid);
	if (have && asked && is_same_call(have)) {
		same = true;
		answer = answer_of_call(have, &at, rule, index, asked);
		if (answer)
			return answer;
	}
	answer = standing_answer(index, rule->serial);
	if (answer)
		return answer;
	over = bpf_map_lookup_elem(&asks_over, &zero);
	if (over && *over)
		return have ? *over : ANSWER_ALLOW;
	if (rules_over)
		return have || rules_over == RULES_KEPT ? default_answer : ANSWER_ALLOW;
	if (!asked || (ops & JUDGE_NO_HOLD) || !can_call_again())
		return ANSWER_UNHELD;
	return same ? hold_again(have, at, rule, index, asked) : hold_first(have, tid, rule, index, asked);
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
static __always_inline s32 asked_for(u32 index, struct rule_hits *h, u32 ops)
{
	int answer = answer_for(index, ops);

	if (answer == ANSWER_ALLOW)
		return 0;
	if (answer != ANSWER_HOLD)
		return -ERROR_PERMITTED;
	if (!stop_thread())
		return -ERROR_RESTARTNOINTR;
	__sync_fetch_and_add(&h->signals_failed, 1);
	return let_go();
}

/* The call is over, and with it the answer that was for it alone. Attached only while somebody waits. */
SEC("raw_tp/sys_exit")
int guard_call_over(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
	u32 tid = bpf_get_current_pid_tgid();
	s64 result = ctx->args[1];
	struct held *have;

	if (result == -ERROR_RESTARTNOINTR)
		return 0;
	have = bpf_map_lookup_elem(&held, &tid);
	/* A signal's handler has calls of its own, and a new program has other registers. */
	if (have && ((have->ip == BPF_CORE_READ(regs, ip) && have->sp == BPF_CORE_READ(regs, sp)) || (is_exec(have->call) && !result)))
		bpf_map_delete_elem(&held, &tid);
	return 0;
}

#endif
