/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/debug/ghostnv: what the module keeps, for those who debug it.
 */
#ifndef _GHOSTNV_DEBUGFS_H
#define _GHOSTNV_DEBUGFS_H

void gnv_debugfs_init(void);
void gnv_debugfs_fini(void);

#endif /* _GHOSTNV_DEBUGFS_H */
