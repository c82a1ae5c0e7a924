/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * OS events: files on which a client waits for what objects tell it.  Protected
 * by sim_rm_lock.
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct sim_call;
struct sim_file;
struct sim_gpu;
struct sim_object;

u32 sim_os_event_alloc(struct sim_file *file, u32 hclient, u32 fd);
u32 sim_os_event_free(u32 hclient, u32 fd);
void sim_os_event_free_client(u32 hclient);
void sim_os_event_free_file(struct sim_file *file);

u32 sim_event_bytes(void);
u32 sim_event_construct(const struct sim_call *call, struct sim_object *object,
			void *params);
void sim_event_destruct(struct sim_object *object);

void sim_event_tell_later(struct sim_gpu *gpu);
void sim_event_tell(struct work_struct *work);

#endif /* SIM_EVENT_H */
