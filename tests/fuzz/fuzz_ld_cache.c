// SPDX-License-Identifier: MIT
/*
 * gpu/ld_cache: the input is a file; what can be read is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/ld_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnv_ld_cache cache, again;
	char *file = NULL;
	size_t bytes, n;

	if (gnv_ld_cache_parse((const char *)data, size, &cache) < 0)
		return 0;
	n = cache.n;
	if (gnv_ld_cache_put(&cache, "libcuda.so.1", "/usr/lib/libcuda.so.1", GNV_LD_FLAGS))
		abort();
	/* Never more than one for a name that was put. */
	if (cache.n > n + 1)
		abort();
	n = cache.n;
	if (gnv_ld_cache_format(&cache, &file, &bytes) == 0) {
		/* Strings that are shared may make it too long to be read again. */
		if (bytes <= GNV_LD_CACHE_BYTES_MAX) {
			if (gnv_ld_cache_parse(file, bytes, &again) < 0)
				abort();
			/* A hwcap bit that says "extension" is left out on reading alone. */
			if (again.n != n)
				abort();
			gnv_ld_cache_fini(&again);
		}
	}
	free(file);
	gnv_ld_cache_fini(&cache);
	return 0;
}
