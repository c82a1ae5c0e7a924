/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds what: which container has to make room, and the report of it that is
 * kept with the container on whose behalf it was done.
 */
#ifndef _GHOSTNV_OOM_REPORT_H
#define _GHOSTNV_OOM_REPORT_H

#include <linux/types.h>

struct gnv_container;
struct gnv_oom;

struct gnv_container *gnv_oom_reach(const struct gnv_container *by, u32 policy);
struct gnv_container *gnv_oom_largest(struct gnv_container *top, u32 gpu);
struct gnv_container *gnv_oom_lowest(struct gnv_container *top,
				     struct gnv_container *by, u32 gpu,
				     const u64 *spared, unsigned int n_spared);
void gnv_oom_report(struct gnv_container *keeper, struct gnv_container *top,
		    struct gnv_container *by, struct gnv_container *victim,
		    const struct gnv_oom *oom, u32 gpu);

#endif /* _GHOSTNV_OOM_REPORT_H */
