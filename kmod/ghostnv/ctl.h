/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/ghostnv: see uapi/linux/ghostnv.h, which is its whole contract.
 */
#ifndef _GHOSTNV_CTL_H
#define _GHOSTNV_CTL_H

int gnv_ctl_init(void);
void gnv_ctl_fini(void);

#endif /* _GHOSTNV_CTL_H */
