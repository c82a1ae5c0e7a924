// SPDX-License-Identifier: MIT
/*
 * Refuses what would otherwise be passed over: a container that was to have a limit must
 * not run without one.
 */
#include "oci/gpu.h"

#include <string.h>

int oci_gpu_register(const struct oci_config *config, int cgroup_fd, struct gnv_error **err)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	size_t i;

	(void)cgroup_fd;
	for (i = 0; i < config->annotations.n; i++)
		if (!strncmp(pairs[i].key, OCI_GPU_ANNOTATIONS, strlen(OCI_GPU_ANNOTATIONS)))
			return gnv_error_set(err, EOPNOTSUPP,
					     "annotations[\"%s\"]: is not supported by this runtime yet",
					     pairs[i].key);
	return 0;
}
