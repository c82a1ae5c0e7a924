// SPDX-License-Identifier: MIT
/*
 * Prints the facts of one branch of NVIDIA's driver: compiled by ./record with
 * that branch's own headers, never with ours.
 */
#include <stddef.h>
#include <stdio.h>

#include "nvtypes.h"
#include "nvstatus.h"
#include "nvos.h"
#include "nv-ioctl.h"
#include "nv-ioctl-numbers.h"
#include "nv-ioctl-numa.h"
#include "nv-chardev-numbers.h"
#include "nv_escape.h"
#include "nv-unix-nvos-params-wrappers.h"
#include "nv-kernel-rmapi-ops.h"
#include "nv-gpu-info.h"
#include "nv-modeset-interface.h"
#include "uvm_ioctl.h"
#include "uvm_linux_ioctl.h"
#include "rs_access.h"
#include "alloc/alloc_channel.h"
#include "nverror.h"
#include "all_classes.h"
#include "all_controls.h"

/* In 595 the typedef has another name; the tag is the same everywhere. */
#define nv_ioctl_query_device_intr struct nv_ioctl_query_device_intr

#define C(name) \
	printf(#name " = 0x%x\n", (unsigned int)(name));
#define C_SINCE(name, r) \
	printf(#name " = 0x%x\n", (unsigned int)(name));
#define C_UNTIL(name, r) \
	printf(#name " = 0x%x\n", (unsigned int)(name));
#define C_BY(name, field) \
	printf(#name " = 0x%x\n", (unsigned int)(name));
/* NVIDIA's bit ranges are written hi:lo, which ?: takes apart. */
#define B(name) \
	printf(#name " = %d:%d\n", 1 ? name, 0 ? name);
/* .. and its capabilities byte:bits. */
#define CAP(name) \
	printf(#name " = 0x%x\n", (1 ? name) << 8 | (0 ? name));
#define S(type) \
	printf(#type " size=%zu\n", sizeof(type));
#define S_SINCE(type, r)	S(type)
#define S_BY(type, field)	S(type)
#define S_AS(type, ours)	S(type)
#define S2(type, r)		S(type)
#define F(type, member) \
	printf("  ." #member " @%zu (%zu)\n", offsetof(type, member), \
	       sizeof(((type *)0)->member));
#define F_SINCE(type, member, r)	F(type, member)
#define F_UNTIL(type, member, r)	F(type, member)
#define F_LIST(type, member, field)	F(type, member)
#define F2(type, r, member)		F(type, member)
#define F_OLD(type, r, member)		F(type, member)
#define F_NEW(type, r, member)		F(type, member)
#define F_AS(type, r, member)		F(type, member)

int main(void)
{
#include "layouts.h"
	return 0;
}
