/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of an allocation for which there is no room: the policies.  It is
 * called with no lock held, so that whoever may free memory can.
 */
#ifndef _GHOSTNV_OOM_H
#define _GHOSTNV_OOM_H

#include <linux/types.h>

#include "account.h"

struct gnv_container;

/**
 * struct gnv_oom - a charge that did not fit
 * @wanted: it did not
 * @kind: for what
 * @gpu: GPU's index
 * @bytes: how much
 * @charge: the token, once it was granted after all
 */
struct gnv_oom {
	bool wanted;
	enum gnv_quota_kind kind;
	u32 gpu;
	u64 bytes;
	struct gnv_charge charge;
};

int gnv_oom_handle(struct gnv_oom *oom, struct gnv_container *container);
void gnv_oom_throttle(struct gnv_container *container, u32 gpu);
void gnv_oom_stop(void);

ssize_t gnv_oom_report_read(struct gnv_container *container, char *buf,
			    loff_t offset, size_t size);

#endif /* _GHOSTNV_OOM_H */
