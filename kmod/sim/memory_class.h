/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The classes of objects that are memory or GPU addresses: what the parameters
 * of an allocation mean.  Used by the table in classes.c only.
 */
#ifndef SIM_MEMORY_CLASS_H
#define SIM_MEMORY_CLASS_H

#include <linux/types.h>

/* The address space of a range that belongs to none. */
#define SIM_NO_VASPACE	0xffffffffU

struct sim_call;
struct sim_object;

u32 sim_memory_class_bytes(void);
u32 sim_memory_class_video(const struct sim_call *call,
			   struct sim_object *object, void *params);
u32 sim_memory_class_system(const struct sim_call *call,
			    struct sim_object *object, void *params);
u32 sim_memory_class_deviceless(const struct sim_call *call,
				struct sim_object *object, void *params);
u32 sim_memory_class_copy(struct sim_object *object,
			  const struct sim_object *source);
void sim_memory_class_destruct(struct sim_object *object);

u32 sim_memory_class_usermode_bytes(void);
u32 sim_memory_class_usermode(const struct sim_call *call,
			      struct sim_object *object, void *params);
u32 sim_memory_class_virtual(const struct sim_call *call,
			     struct sim_object *object, void *params);
u32 sim_memory_class_window_bytes(void);
u32 sim_memory_class_window(const struct sim_call *call,
			    struct sim_object *object, void *params);
void sim_memory_class_virtual_destruct(struct sim_object *object);

#endif /* SIM_MEMORY_CLASS_H */
