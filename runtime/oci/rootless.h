/* SPDX-License-Identifier: MIT */
/*
 * Without the host's privileges: as another user than root, or as root of a user
 * namespace that a caller (Podman) has made.
 *
 * Another user cannot make a mount, on whichever side of the clone.  So the runtime itself
 * goes into the user namespace that the configuration asks for, and all the rest is done by
 * the root of that.
 */
#ifndef GNV_OCI_ROOTLESS_H
#define GNV_OCI_ROOTLESS_H

#include "oci/config.h"

bool oci_is_rootless(void);

/* Where state is kept without --root; "" where there is no such place. */
const char *oci_default_root(void);

/*
 * Does nothing for a root.  Else @config is left as it looks from inside: without a new user
 * namespace, and without mappings.
 */
int oci_rootless_enter(struct oci_config *config, struct gnv_error **err);

#endif /* GNV_OCI_ROOTLESS_H */
