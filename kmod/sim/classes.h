/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The classes of objects: for each, what may be its parent, which parameters an
 * allocation takes, and what to do when one is made, duplicated and freed.  A
 * new class is a line in the table of classes.c.
 */
#ifndef SIM_CLASSES_H
#define SIM_CLASSES_H

#include <linux/types.h>

#include "rm.h"

/* What an object is, whatever class it was asked for as: bits of a mask. */
#define SIM_KIND_ROOT		0x01
#define SIM_KIND_DEVICE		0x02
#define SIM_KIND_SUBDEVICE	0x04
#define SIM_KIND_VASPACE	0x08
#define SIM_KIND_MEMORY		0x10
#define SIM_KIND_VARANGE	0x20
#define SIM_KIND_EVENT		0x40
#define SIM_KIND_GROUP		0x80
#define SIM_KIND_CHANNEL	0x100
#define SIM_KIND_CTXSHARE	0x200
#define SIM_KIND_ENGINE		0x400
#define SIM_KIND_FIRMWARE	0x800
#define SIM_KIND_USERMODE	0x1000
#define SIM_KIND_DEVICELESS	0x2000
#define SIM_KIND_EVENT_BUFFER	0x4000
#define SIM_KIND_ANY		0x7fff

/* The largest parameters of any class. */
#define SIM_CLASS_PARAMS_MAX_BYTES	512

/* sim_class.flags */
#define SIM_CLASS_PARAMS_REQUIRED	0x1
#define SIM_CLASS_SINGLE		0x2 /* one below each parent */
#define SIM_CLASS_DUPLICABLE		0x4
#define SIM_CLASS_OTHERS		0x8 /* of other cards, or of none: not listed */

/**
 * struct sim_class - what objects of one class do
 * @id: NVIDIA's number
 * @kind: one SIM_KIND_*
 * @parents: SIM_KIND_*, what a parent may be; 0 for the root
 * @flags: SIM_CLASS_*
 * @params_bytes: gives the size of the parameters, NULL when there are none
 * @construct: fills in a new object; @params is zeroed behind what was given,
 *	and NULL when none were; called with sim_rm_lock held
 * @copy: fills in an object that is a duplicate of another
 * @destruct: undoes what @construct or @copy did; all children are gone
 */
struct sim_class {
	u32 id;
	u32 kind;
	u32 parents;
	u32 flags;
	u32 (*params_bytes)(void);
	u32 (*construct)(const struct sim_call *call, struct sim_object *object,
			 void *params);
	u32 (*copy)(struct sim_object *object, const struct sim_object *source);
	void (*destruct)(struct sim_object *object);
};

const struct sim_class *sim_class_find(u32 id);
u32 sim_class_list(u32 *ids, u32 max);

#endif /* SIM_CLASSES_H */
