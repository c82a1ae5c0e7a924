/* SPDX-License-Identifier: MIT */
/*
 * ghostnv.ko from outside: loaded where it is installed, opened, and asked
 * whether it can hold limits.
 */
#ifndef GNV_GPU_MODULE_H
#define GNV_GPU_MODULE_H

#include "base/error.h"
#include "lib/libghostnv.h"

/*
 * As root, load ghostnv and ghostnv-rm where they are installed and not loaded; what
 * fails shows when they are opened.
 */
void gnv_module_load(void);

/*
 * Open /dev/ghostnv.  Return: 0 with *ret, or -ENODEV (with the reason and the remedy)
 * on a host without the module.
 */
int gnv_module_open(struct ghostnv **ret, struct gnv_error **err);

/* 0 when containers with GPUs can be made; otherwise the module's own reason. */
int gnv_module_check(struct ghostnv *module, struct gnv_error **err);

static inline void gnv_module_closep(struct ghostnv **module)
{
	ghostnv_close(*module);
	*module = NULL;
}

#define _cleanup_module_ _cleanup_(gnv_module_closep)

#endif /* GNV_GPU_MODULE_H */
