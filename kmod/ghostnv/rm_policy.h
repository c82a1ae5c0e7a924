/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a limited container may ask of RM: allowlists of classes and control
 * calls.  Pure.  What is not listed is refused.
 */
#ifndef _GHOSTNV_RM_POLICY_H
#define _GHOSTNV_RM_POLICY_H

#include "pure.h"

/* What is to be done with a control call. */
enum gnv_rm_action {
	GNV_RM_REFUSE,		/* not in the tables */
	GNV_RM_ABSENT,		/* known, and for a container not there */
	GNV_RM_DENY,		/* known, and not a container's to ask */
	GNV_RM_PASS,		/* forward */
	GNV_RM_NAMES_GPU,	/* its first word is the id of a GPU */
	GNV_RM_NAMES_GPUS,	/* it begins with a list of ids of GPUs */
	GNV_RM_LISTS_GPUS,	/* its answer is lists of ids of GPUs */
	GNV_RM_LISTS_DEVICES,	/* its answer is a mask of device instances */
	GNV_RM_FB_INFO,		/* its answer tells of video memory, elsewhere */
	GNV_RM_FB_INFO_V2,	/* the same, in place */
	GNV_RM_PIDS,		/* its answer lists processes */
	GNV_RM_PID_INFO,	/* its answer describes processes */
	GNV_RM_UUID_INFO,	/* its answer names a GPU */
	GNV_RM_SCHEDULES,	/* it puts channels on the runlist */
};

enum gnv_rm_action gnv_rm_policy_class(u32 class);
enum gnv_rm_action gnv_rm_policy_control(u32 cmd);

#endif /* _GHOSTNV_RM_POLICY_H */
