// SPDX-License-Identifier: MIT
/*
 * Giving back what no container needs.  Owns no state.
 */
#include "container/clean.h"
#include "container/container.h"
#include "image/image.h"

int gnv_container_prune(const struct gnv_root *root, size_t *ret_layers,
			size_t *ret_containers, struct gnv_error **err)
{
	int r;

	/* First: what is left of a container keeps the layers that it used. */
	*ret_containers = gnv_clean_lost(root);
	r = gnv_image_prune(root->store_dir, ret_layers, err);
	return r == -EBUSY ? gnv_error_remedy(err, r, "try again when no container is being started") :
			     r;
}
