// SPDX-License-Identifier: MIT
/*
 * Names of driver capabilities.  Owns no state.
 */
#include "gpu/capabilities.h"

#include <string.h>

static const char *const names[] = {
	"utility",
	"compute",
	"video",
	"graphics",
	"display",
	"ngx",
	"compat32",
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

_Static_assert(GNV_DRIVER_ALL == (1u << N_NAMES) - 1, "a name for each");

const char *gnv_capabilities_name(unsigned int capabilities)
{
	size_t i;

	for (i = 0; i < N_NAMES; i++)
		if (capabilities & 1u << i)
			return names[i];
	return NULL;
}

static int take(const char *part, unsigned int *capabilities, struct gnv_error **err)
{
	size_t i;

	for (i = 0; i < N_NAMES; i++) {
		if (strcmp(part, names[i]))
			continue;
		*capabilities |= 1u << i;
		return 0;
	}
	if (!strcmp(part, "all")) {
		*capabilities = GNV_DRIVER_ALL;
		return 0;
	}
	gnv_error_set(err, EINVAL, "driver capability `%.32s`: there is no such one", part);
	return gnv_error_remedy(err, -EINVAL,
				"they are utility, compute, video, graphics, display, ngx, compat32, and all");
}

int gnv_capabilities_parse(const char *text, unsigned int *ret, struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(text);
	unsigned int capabilities = 0;
	char *rest = copy;
	int r;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "read driver capabilities");
	if (!*text || !strcmp(text, "none")) {
		*ret = *text ? 0 : GNV_DRIVER_DEFAULT;
		return 0;
	}
	while (rest) {
		r = take(strsep(&rest, ","), &capabilities, err);
		if (r < 0)
			return r;
	}
	*ret = capabilities;
	return 0;
}
