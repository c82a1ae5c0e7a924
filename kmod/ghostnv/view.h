/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a container sees: answers of the driver's that tell of the whole card or
 * of other tenants, rewritten to its own share.
 */
#ifndef _GHOSTNV_VIEW_H
#define _GHOSTNV_VIEW_H

#include "rm_policy.h"

struct gnv_call;

long gnv_view_control(struct gnv_call *call, enum gnv_rm_action action);
long gnv_view_heap_info(struct gnv_call *call);
long gnv_view_card_info(struct gnv_call *call);

#endif /* _GHOSTNV_VIEW_H */
