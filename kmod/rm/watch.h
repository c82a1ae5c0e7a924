/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the graphics engines do, by the records of the driver.
 */
#ifndef _GHOSTNV_RM_WATCH_H
#define _GHOSTNV_RM_WATCH_H

#include <linux/types.h>

struct gnv_bridge_switch;
struct gnv_bridge_switches;

int watch_set(u32 gpu_id, bool on);
int watch_read(u32 gpu_id, struct gnv_bridge_switch *records, unsigned int max,
	       struct gnv_bridge_switches *switches);
int watch_client(u32 gpu_id, u32 *client);
void watch_fini(void);

#endif /* _GHOSTNV_RM_WATCH_H */
