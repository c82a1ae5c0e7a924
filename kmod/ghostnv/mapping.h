/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges and external mappings of UVM, by the session of its file: a mapping
 * refers to its allocation for as long as UVM may.
 *
 * What UVM answers is a hint, so nothing here depends on it.  A range is noted
 * before UVM is asked to make it, and none that overlaps another is asked for: so
 * all ranges of UVM's are noted, and each is alone at its place.  When a range that
 * is noted is freed, there is nothing of UVM's left at its place, whether it was
 * there or not.
 */
#ifndef _GHOSTNV_MAPPING_H
#define _GHOSTNV_MAPPING_H

#include <linux/types.h>

struct gnv_allocation;
struct gnv_mapping;
struct gnv_session;

void gnv_mapping_init(struct gnv_session *session);
struct gnv_mapping *gnv_mapping_alloc(struct gnv_session *session);
void gnv_mapping_free(struct gnv_mapping *mapping);
void gnv_mapping_add(struct gnv_session *session, struct gnv_mapping *mapping,
		     u64 base, u64 length, const u8 *uuid,
		     struct gnv_allocation *allocation);
int gnv_mapping_add_range(struct gnv_session *session,
			  struct gnv_mapping *mapping, u64 base, u64 length);
void gnv_mapping_open_pool(struct gnv_session *session, u64 base);
bool gnv_mapping_in_range(struct gnv_session *session, u64 base, u64 length);
bool gnv_mapping_in_pool(struct gnv_session *session, u64 base, u64 length);
void gnv_mapping_close_pools(struct gnv_session *session, u64 base, u64 length);
void gnv_mapping_unmap(struct gnv_session *session, u64 base, u64 length,
		       const u8 *uuid);
void gnv_mapping_remove_range(struct gnv_session *session, u64 base, u64 length);
void gnv_mapping_keep_channel(struct gnv_session *session, u32 channel,
			      const u8 *uuid, struct gnv_mapping *mapping,
			      struct gnv_allocation *allocation);
void gnv_mapping_drop_channels(struct gnv_session *session, const u8 *uuid);
void gnv_mapping_hold(struct gnv_session *session,
		      struct gnv_allocation *allocation);
bool gnv_mapping_any(struct gnv_session *session);
void gnv_mapping_end(struct gnv_session *session);

#endif /* _GHOSTNV_MAPPING_H */
