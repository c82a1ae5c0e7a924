/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Control commands: how their parameters come in, and which function answers
 * each.  The answers are in controls_<class>.c, a table for each class.
 */
#ifndef SIM_CONTROLS_H
#define SIM_CONTROLS_H

#include <linux/types.h>

#include "nvabi/nvos.h"
#include "params.h"
#include "rm.h"

/* The most lists that the parameters of one command point at. */
#define SIM_CONTROL_LISTS	3

/**
 * struct sim_control_call - one command under way
 * @call: who asks
 * @object: the object that it goes to
 * @params: the parameters, zeroed behind what was given
 * @bytes: how much was given
 * @lists: what they point at, in the order of sim_control.lists
 */
struct sim_control_call {
	const struct sim_call *call;
	struct sim_object *object;
	void *params;
	u32 bytes;
	struct sim_params lists[SIM_CONTROL_LISTS];
};

/**
 * struct sim_control_list - a list that parameters point at
 * @pointer: offset of the pointer
 * @count: offset of the 32 bits that tell how long it is
 * @element_bytes: size of one element; 0: there is no such list
 */
struct sim_control_list {
	u16 pointer;
	u16 count;
	u16 element_bytes;
};

/**
 * struct sim_control - one command
 * @cmd: NVIDIA's number; its upper half is a class
 * @bytes: size of the parameters
 * @branch_bytes: gives the size where it depends on the branch, else NULL
 * @since: the first branch that has it; 0: all have
 * @lists: what they point at
 * @answer: does it; called with sim_rm_lock held
 */
struct sim_control {
	u32 cmd;
	u32 bytes;
	u32 (*branch_bytes)(void);
	u32 since;
	struct sim_control_list lists[SIM_CONTROL_LISTS];
	u32 (*answer)(struct sim_control_call *cc);
};

/**
 * struct sim_control_table - the commands of one class
 * @kind: SIM_KIND_* of the objects that take them
 * @controls: the commands
 * @count: how many
 */
struct sim_control_table {
	u32 kind;
	const struct sim_control *controls;
	unsigned int count;
};

extern const struct sim_control_table sim_controls_root;
extern const struct sim_control_table sim_controls_export;
extern const struct sim_control_table sim_controls_device;
extern const struct sim_control_table sim_controls_subdevice;
extern const struct sim_control_table sim_controls_monitor;
extern const struct sim_control_table sim_controls_memory;
extern const struct sim_control_table sim_controls_group;
extern const struct sim_control_table sim_controls_channel;
extern const struct sim_control_table sim_controls_fifo;
extern const struct sim_control_table sim_controls_event_buffer;
extern const struct sim_control_table sim_controls_switches;

void sim_control(const struct sim_call *call, struct NVOS54_PARAMETERS *api);

#endif /* SIM_CONTROLS_H */
