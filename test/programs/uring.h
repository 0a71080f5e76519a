/* The smallest io_uring there is: one request at a time, by raw system calls. */
#ifndef URING_H
#define URING_H

#include "ways.h"
#include <linux/io_uring.h>

struct uring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *sq_flags, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned flags;
};

/* False: this kernel has none, or not with these flags. */
static inline int uring_open(struct uring *u, unsigned flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 50 };
	char *sq, *cq;

	u->fd = syscall(SYS_io_uring_setup, 8, &p);
	if (u->fd < 0)
		return 0;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_CQ_RING);
	u->sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_SQES);
	CHECK(sq != MAP_FAILED && cq != MAP_FAILED && u->sqes != MAP_FAILED);
	u->sq_tail = (unsigned *)(sq + p.sq_off.tail);
	u->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	u->sq_array = (unsigned *)(sq + p.sq_off.array);
	u->sq_flags = (unsigned *)(sq + p.sq_off.flags);
	u->cq_head = (unsigned *)(cq + p.cq_off.head);
	u->cq_tail = (unsigned *)(cq + p.cq_off.tail);
	u->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	u->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	u->flags = flags;
	return 1;
}

/* Submits a copy of `request`; with `wait`, waits for its result and returns it. */
static inline int uring_do(struct uring *u, const struct io_uring_sqe *request, int wait)
{
	unsigned tail = *u->sq_tail, index = tail & *u->sq_mask, head;
	int result;

	u->sqes[index] = *request;
	u->sq_array[index] = index;
	__atomic_store_n(u->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (u->flags & IORING_SETUP_SQPOLL) {
		if (__atomic_load_n(u->sq_flags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP)
			CHECK(syscall(SYS_io_uring_enter, u->fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) >= 0);
		if (wait)
			CHECK(syscall(SYS_io_uring_enter, u->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) >= 0);
	} else {
		CHECK(syscall(SYS_io_uring_enter, u->fd, 1, wait ? 1 : 0, wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0) == 1);
	}
	if (!wait)
		return 0;
	head = *u->cq_head;
	while (head == __atomic_load_n(u->cq_tail, __ATOMIC_ACQUIRE))
		usleep(100);
	result = u->cqes[head & *u->cq_mask].res;
	__atomic_store_n(u->cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

#endif
