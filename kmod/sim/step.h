/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What can come of a method, or of a step of a queue.
 */
#ifndef SIM_STEP_H
#define SIM_STEP_H

enum sim_step {
	SIM_STEP_DONE,
	SIM_STEP_EMPTY, /* there is nothing to do */
	SIM_STEP_BUSY, /* again when what runs has ended */
	SIM_STEP_WAITS, /* again when a semaphore lets it pass */
	SIM_STEP_FAULT, /* the group is dead */
};

#endif /* SIM_STEP_H */
