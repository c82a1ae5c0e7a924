// SPDX-License-Identifier: MIT
/*
 * Opening ghostnv.ko.  Owns no state.
 */
#include "gpu/module.h"

#include <errno.h>
#include <string.h>

int gnv_module_open(struct ghostnv **ret, struct gnv_error **err)
{
	int r = ghostnv_open(ret);

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
	if (!(version->flags & GHOSTNV_DRIVER_ATTACHED))
		return "load the driver with `modprobe nvidia`";
	if (version->flags & GHOSTNV_DRIVER_LIMITS)
		return "set the driver's limits, or load an older driver";
	if (strstr(version->reason, "ghostnv-rm"))
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
