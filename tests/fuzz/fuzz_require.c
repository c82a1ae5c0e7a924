// SPDX-License-Identifier: MIT
/*
 * gpu/require, gpu/visible, gpu/capabilities: each line is a variable of a
 * container's environment.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "gpu/capabilities.h"
#include "gpu/require.h"
#include "gpu/visible.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gnv_gpu_list list = {
	.n = 2,
	.gpus = { { .index = 0, .uuid = "GPU-aaaa" }, { .index = 5, .uuid = "GPU-bbbb" } },
};

static void look(char *const *env)
{
	static const struct gnv_require_facts facts = { "12.4", "550.163.01", "8.9", "tesla" };
	static const struct gnv_require_facts unknown;
	_cleanup_error_ struct gnv_error *err = NULL;
	const char *capabilities = gnv_env_get(env, "NVIDIA_DRIVER_CAPABILITIES");
	const char *required = gnv_env_get(env, "NVIDIA_REQUIRE_CUDA");
	enum gnv_visible kind;
	unsigned int mask = 0;
	uint64_t gpus = 0;

	if (gnv_visible_read(env, &list, 1, &kind, &gpus, NULL, NULL) == 0 && gpus & ~1ULL)
		abort();
	if (capabilities && gnv_capabilities_parse(capabilities, &mask, NULL) == 0 &&
	    mask & ~GNV_DRIVER_ALL)
		abort();
	gnv_require_check(env, &facts, 1, &err);
	/* What is well-formed is so whatever the facts are. */
	if (required && (gnv_require_holds(required, &facts) == -EINVAL) !=
				(gnv_require_holds(required, &unknown) == -EINVAL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_strv_ char **env = NULL;
	_cleanup_free_ char *text = strndup((const char *)data, size);
	char *rest = text;

	while (rest)
		if (gnv_strv_append(&env, strsep(&rest, "\n")) < 0)
			abort();
	look(env);
	return 0;
}
