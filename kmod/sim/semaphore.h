/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the operations of semaphores say and do.  Pure: values come in, values come
 * out; it must not know where a semaphore lies.
 */
#ifndef SIM_SEMAPHORE_H
#define SIM_SEMAPHORE_H

#include <linux/types.h>

bool sim_semaphore_is_acquire(u32 execute);
bool sim_semaphore_lets_pass(u32 execute, u64 value, u64 payload);
u64 sim_semaphore_reduce(u32 execute, u64 value, u64 payload);

#endif /* SIM_SEMAPHORE_H */
