/* SPDX-License-Identifier: MIT */
/*
 * A queue on the graphics engine with a page of semaphores and of kernels that take
 * their time: what the commands of rmqueue that look at turns work with.
 */
#ifndef TESTS_E2E_LIB_TENANT_H
#define TESTS_E2E_LIB_TENANT_H

#include "queue.h"

#define WAIT_MS 30000
#define KERNELS 100
#define KERNEL_NS 500000

struct tenant {
	struct queue queue;
	struct queue_buffer page;
};

/* Where in the page what is. */
enum { DESCRIPTOR = 0, ENDLESS = 256, DONE = 512, STAMPS = 1024 };

__u32 tenant_open(struct queue_space *space, struct tenant *tenant);
__u32 tenant_open_two(struct queue_space *space, struct tenant *a, struct tenant *b);
void tenant_close(struct tenant *tenant);

void tenant_run(struct tenant *tenant);
void tenant_load(struct tenant *tenant, __u64 gate);
bool tenant_is_done(const struct tenant *tenant);
__u64 tenant_stamp(const struct tenant *tenant, __u32 i);
__u32 tenant_ended_until(const struct tenant *tenant, __u64 time);

#endif /* TESTS_E2E_LIB_TENANT_H */
