/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Video memory that goes from one container to another: whether the driver cleans
 * it in between, who may have got whose, and who gets none where it does not.  It
 * knows nothing of ioctls and of limits.
 *
 * "Residue": freed memory of a container that nobody was given since.  Where on
 * the card memory lies is not told, so an allocation counts as made of the oldest
 * residue of others there is: the ledger has at least what was handed over.
 *
 * "Owner": the one container whose memory may lie uncleaned on a GPU.
 */
#ifndef _GHOSTNV_SCRUB_H
#define _GHOSTNV_SCRUB_H

#include <linux/types.h>

struct attribute_group;
struct seq_file;

/* In the place of a container's id. */
#define GNV_SCRUB_NOBODY	0
#define GNV_SCRUB_SEVERAL	(~0ULL)

extern const struct attribute_group gnv_scrub_gpu_group;
extern const struct attribute_group gnv_scrub_root_group;

void gnv_scrub_learn(u32 gpu, const char *pci, u32 scrub);
int gnv_scrub_claim(u64 container, u32 gpu);
void gnv_scrub_given(u64 container, u32 gpu, u64 bytes);
void gnv_scrub_freed(u64 container, u32 gpu, u64 bytes);
void gnv_scrub_show(struct seq_file *seq);

#endif /* _GHOSTNV_SCRUB_H */
