/* SPDX-License-Identifier: MIT */
/*
 * The commands of rmqueue: each says in lines of key=yes or no what came out, and
 * returns 0 when all was as it should be.
 */
#ifndef TESTS_E2E_LIB_QUEUES_H
#define TESTS_E2E_LIB_QUEUES_H

#include "nvabi/nvstatus.h"

#include "queue.h"

int queue_does_copy(struct queue_space *space);
int queue_does_fill(struct queue_space *space);
int queue_does_semaphore(struct queue_space *space);
int queue_does_kernel(struct queue_space *space);
int queue_does_share(struct queue_space *space);
int queue_does_control(struct queue_space *space);
int queue_does_switches(struct queue_space *space);
int queue_does_fault(struct queue_space *space);
int queue_does_full(struct queue_space *space);
int queue_does_endless(struct queue_space *space);

#endif /* TESTS_E2E_LIB_QUEUES_H */
