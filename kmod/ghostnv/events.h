/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event records for the readers of /dev/ghostnv.  Each reader has a bounded
 * queue of its own; posting never waits and never allocates.
 */
#ifndef _GHOSTNV_EVENTS_H
#define _GHOSTNV_EVENTS_H

#include <linux/poll.h>
#include <linux/types.h>

#include <linux/ghostnv.h>

struct gnv_container;
struct gnv_events_reader;

void gnv_events_post(u32 type, struct gnv_container *container, u32 gpu,
		     u64 bytes);

struct gnv_events_reader *gnv_events_reader_create(void);
void gnv_events_reader_destroy(struct gnv_events_reader *reader);
int gnv_events_subscribe(struct gnv_events_reader *reader, u64 id, u64 by);
ssize_t gnv_events_read(struct gnv_events_reader *reader, char __user *buf,
			size_t size, bool wait);
__poll_t gnv_events_poll(struct gnv_events_reader *reader, struct file *file,
			 poll_table *wait);

#endif /* _GHOSTNV_EVENTS_H */
