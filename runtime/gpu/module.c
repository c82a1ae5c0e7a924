// SPDX-License-Identifier: MIT
/*
 * Loading and opening ghostnv.ko.  Owns no state.
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

static void load_all(void)
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (!ctx)
		return;
	kmod_set_log_fn(ctx, no_log, NULL);
	load(ctx, "ghostnv");
	load(ctx, "ghostnv-rm");
}

int gnv_module_open(struct ghostnv **ret, struct gnv_error **err)
{
	int r;

	if (geteuid() == 0 && access("/sys/module/ghostnv_rm", F_OK) < 0)
		load_all();
	r = ghostnv_open(ret);
	if (!r)
		return 0;
	if (r == -ENOENT || r == -ENODEV) {
		gnv_error_set(err, ENODEV,
			      "open `/dev/ghostnv`: the ghostnv module is not loaded");
		return gnv_error_remedy(err, -ENODEV,
					geteuid() ? "run as root, or `modprobe ghostnv` first" :
						    "install it, then `modprobe ghostnv`");
	}
	return gnv_error_errno(err, -r, "open `/dev/ghostnv`");
}

/* The module says itself why it cannot; what to do depends on what is missing. */
static const char *remedy(const struct ghostnv_version *version)
{
	const unsigned int known = GHOSTNV_DRIVER_ATTACHED | GHOSTNV_DRIVER_KNOWN;

	if (!(version->flags & GHOSTNV_DRIVER_ATTACHED))
		return "load the driver with `modprobe nvidia`";
	if (version->flags & GHOSTNV_DRIVER_LIMITS)
		return "set the driver's limits, or load an older driver";
	if ((version->flags & known) == known && !(version->flags & GHOSTNV_BRIDGE_PRESENT))
		return "`modprobe ghostnv-rm`";
	return "README.md lists the drivers that ghostnv knows";
}

int gnv_module_check(struct ghostnv *module, struct gnv_error **err)
{
	struct ghostnv_version version = { 0 };
	int r = ghostnv_version_get(module, &version);

	if (r < 0)
		return gnv_error_errno(err, -r, "ask ghostnv for its version");
	if (!version.reason[0])
		return 0;
	gnv_error_set(err, ENODEV, "ghostnv cannot hold limits on this host: %.*s",
		      (int)sizeof(version.reason), version.reason);
	return gnv_error_remedy(err, -ENODEV, "%s", remedy(&version));
}
