/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the driver is told of queues.
 */
#ifndef _GHOSTNV_RM_QUEUES_H
#define _GHOSTNV_RM_QUEUES_H

#include <linux/types.h>

struct gnv_bridge_channel;

int queues_set_slice(u32 client, u32 group, u64 us);
int queues_set_level(u32 client, u32 object, bool group, bool first);
int queues_preempt(u32 client, u32 group);
int queues_enable(u32 gpu_id, const struct gnv_bridge_channel *channels,
		  unsigned int count, bool on);

#endif /* _GHOSTNV_RM_QUEUES_H */
