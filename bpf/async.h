/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* Workers for what happens without a call that returns bytes: AIO, io_uring, shared mappings. */
#ifndef ASYNC_H
#define ASYNC_H

#include "count.h"

/* AIO, at submission: who asked, since the completion may run in an interrupt. */
static __always_inline int on_aio_start(u32 op, struct kiocb *request)
{
	struct aio aio = { .process = current_process(), .op = op };
	u64 id = (u64)request;

	if (watched(aio.process.tgid) && bpf_map_update_elem(&aios, &id, &aio, BPF_ANY))
		lose(LOSS_CALL_UNMATCHED);
	return 0;
}

/* aio_complete_rw is the one end of every AIO read and write, immediate or not; the kiocb still holds its file. */
static __always_inline int on_aio_done(struct kiocb *request, s64 result)
{
	u64 id = (u64)request;
	struct aio *aio = bpf_map_lookup_elem(&aios, &id);
	struct counter_key key;
	u32 op;

	if (!aio)
		return 0;
	key.process = aio->process;
	op = aio->op;
	bpf_map_delete_elem(&aios, &id);
	count_transfer(&key, op == OP_WRITE ? OP_WRITE : OP_READ, BPF_CORE_READ(request, ki_filp), result, false, true);
	return 0;
}

/* IORING_OP_* (ABI). */
enum { URING_READV = 1, URING_WRITEV = 2, URING_READ_FIXED = 4, URING_WRITE_FIXED = 5, URING_READ = 22, URING_WRITE = 23,
       URING_READV_FIXED = 60, URING_WRITEV_FIXED = 61, URING_READ_MULTISHOT = 49 };

static __always_inline int op_of_uring(u8 opcode)
{
	switch (opcode) {
	case URING_WRITE:
	case URING_WRITEV:
	case URING_WRITE_FIXED:
	case URING_WRITEV_FIXED:
		return OP_WRITE;
	case URING_READ:
	case URING_READV:
	case URING_READ_FIXED:
	case URING_READV_FIXED:
	case URING_READ_MULTISHOT:
		return OP_READ;
	default:
		return -1;
	}
}

/* Bytes of a request that was cut short and went on: only the last part is in the result. */
static __always_inline s64 uring_bytes_before(struct io_kiocb *request)
{
	void *data = BPF_CORE_READ(request, async_data);

	if (bpf_core_enum_value_exists(enum req_flag_bits___here, REQ_F_ASYNC_DATA_BIT___here)) {
		u32 bit = bpf_core_enum_value(enum req_flag_bits___here, REQ_F_ASYNC_DATA_BIT___here);

		if (!(BPF_CORE_READ(request, flags) >> (bit & 31) & 1))
			return 0;
	}
	return data ? (s64)BPF_CORE_READ((struct io_async_rw *)data, bytes_done) : 0;
}

/*
 * Every io_uring read and write ends in one of two functions. kiocb_done (`inline_end`) is told the result of the call into the
 * file system: a result >= 0 ends there; an error it passes on to io_complete_rw, and EIOCBQUEUED means that will come later.
 */
static __always_inline int on_uring_done(struct io_kiocb *request, s64 result, const bool inline_end)
{
	int op = op_of_uring(BPF_CORE_READ(request, opcode));
	struct counter_key key;

	if (op < 0 || (inline_end && result < 0))
		return 0;
	if (result >= 0)
		result += uring_bytes_before(request);
	key.process = current_process();
	if (watched(key.process.tgid))
		count_transfer(&key, op, BPF_CORE_READ(request, file), result, false, true);
	return 0;
}

/* fault_dirty_shared_page: a write fault on a shared file mapping, one page each. Huge pages and DAX do not come this way. */
static __always_inline int on_page_dirtied(struct vm_fault *fault)
{
	struct file *file = BPF_CORE_READ(fault, vma, vm_file);

	if (!file)
		return 0;
	return on_mmap_write(BPF_CORE_READ(file, f_inode), BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), 1);
}

#endif
