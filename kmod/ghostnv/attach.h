/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching to NVIDIA's driver when it comes and letting go when it leaves,
 * whichever module is loaded first.
 */
#ifndef _GHOSTNV_ATTACH_H
#define _GHOSTNV_ATTACH_H

#include <linux/types.h>

#include <linux/ghostnv.h>

struct nvabi_branch;

#define GNV_REASON_LEN 128

/**
 * struct gnv_attach_state - what we are attached to
 * @attached: NVIDIA's control device is interposed
 * @branch: layouts of its ABI, NULL when they are not known
 * @own_limits: the driver has limits of its own, so ours are not offered
 * @version: of the driver, empty when none is there
 * @reason: why nothing is attached or limited containers are refused
 */
struct gnv_attach_state {
	bool attached;
	const struct nvabi_branch *branch;
	bool own_limits;
	char version[GHOSTNV_VERSION_LEN];
	char reason[GNV_REASON_LEN];
};

int gnv_attach_init(void);
void gnv_attach_fini(void);
void gnv_attach_now(void);
void gnv_attach_state(struct gnv_attach_state *state);
const struct nvabi_branch *gnv_attach_branch(void);

#endif /* _GHOSTNV_ATTACH_H */
