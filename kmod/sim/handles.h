/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Handles that the server chooses.  Pure: which numbers they are and when one
 * that a caller chose will do.
 */
#ifndef SIM_HANDLES_H
#define SIM_HANDLES_H

#include <linux/types.h>

/* Clients are 0xc1d00000 and up, objects of a client 0xcaf00000 and up. */
#define SIM_CLIENT_HANDLE_FIRST	0xc1d00000U
#define SIM_CLIENT_HANDLES	0x00100000U
#define SIM_OBJECT_HANDLE_FIRST	0xcaf00000U
#define SIM_OBJECT_HANDLES	0x00080000U

u32 sim_handle_next(u32 first, u32 count, u32 *cursor);
u32 sim_handle_check_object(u32 hclient, u32 handle);

#endif /* SIM_HANDLES_H */
