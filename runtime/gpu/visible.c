// SPDX-License-Identifier: MIT
/*
 * NVIDIA_VISIBLE_DEVICES.  Owns no state.
 */
#include "gpu/visible.h"

#include <string.h>

#include "base/strv.h"

#define VISIBLE "NVIDIA_VISIBLE_DEVICES"

bool gnv_visible_is_legacy(char *const *env)
{
	const char *version = gnv_env_get(env, "CUDA_VERSION");

	return version && *version && !gnv_env_get(env, "NVIDIA_REQUIRE_CUDA");
}

int gnv_visible_read(char *const *env, const struct gnv_gpu_list *list, uint64_t granted,
		     enum gnv_visible *ret, uint64_t *ret_mask, uint64_t *ret_refused,
		     struct gnv_error **err)
{
	const char *text = gnv_env_get(env, VISIBLE);
	uint64_t mask = 0;
	int r;

	if (ret_refused)
		*ret_refused = 0;
	if (!text || !*text) {
		*ret = GNV_VISIBLE_UNSET;
		*ret_mask = granted;
		return 0;
	}
	if (!strcmp(text, "void") || !strcmp(text, "none")) {
		*ret = *text == 'v' ? GNV_VISIBLE_VOID : GNV_VISIBLE_NONE;
		*ret_mask = 0;
		return 0;
	}
	*ret = GNV_VISIBLE_SOME;
	if (!strcmp(text, "all")) {
		*ret_mask = granted;
		return 0;
	}
	r = gnv_gpu_select(list, text, &mask, err);
	if (r < 0)
		return gnv_error_wrap(err, r, VISIBLE);
	*ret_mask = mask & granted;
	if (ret_refused)
		*ret_refused = mask & ~granted;
	return 0;
}
