// SPDX-License-Identifier: MIT
/*
 * Loading ghostnv.ko.  Apart from what opens it, for a program without libkmod.
 */
#include "gpu/module.h"

#include <libkmod.h>

static void kmod_unrefp(struct kmod_ctx **ctx)
{
	if (*ctx)
		kmod_unref(*ctx);
}

/* Load a module if it is installed; what fails shows when the device is opened. */
static void load(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_list *list = NULL, *item;
	struct kmod_module *module;

	if (kmod_module_new_from_lookup(ctx, name, &list) < 0)
		return;
	kmod_list_foreach(item, list) {
		module = kmod_module_get_module(item);
		kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL,
						NULL, NULL, NULL);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
}

static void no_log(void *data, int priority, const char *file, int line,
		   const char *function, const char *format, va_list args)
{
	(void)data, (void)priority, (void)file, (void)line;
	(void)function, (void)format, (void)args;
}

void gnv_module_load(void)
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;

	if (geteuid() != 0 || access("/sys/module/ghostnv_rm", F_OK) == 0)
		return;
	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return;
	kmod_set_log_fn(ctx, no_log, NULL);
	load(ctx, "ghostnv");
	load(ctx, "ghostnv-rm");
}
