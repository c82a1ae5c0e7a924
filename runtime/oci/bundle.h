/* SPDX-License-Identifier: MIT */
/*
 * A bundle: the directory with config.json, and what is read of it.
 */
#ifndef GNV_OCI_BUNDLE_H
#define GNV_OCI_BUNDLE_H

#include "oci/config.h"

struct oci_bundle {
	char *path; /* absolute, no links */
	char *text; /* of config.json */
	char *rootfs; /* absolute; NULL where root.path is missing */
	bool lacks_rootfs; /* it is no directory */
	struct oci_config config;
};

/* @config_path: NULL for config.json in the bundle.  Faults are left in @reader. */
int oci_bundle_open(const char *path, const char *config_path, struct oci_reader *reader,
		    struct oci_bundle *ret, struct gnv_error **err);
void oci_bundle_fini(struct oci_bundle *bundle);

/* Beyond the text: is the root file system there? */
void oci_bundle_check(const struct oci_bundle *bundle, struct oci_reader *reader);

#define _cleanup_bundle_ _cleanup_(oci_bundle_fini)

#endif /* GNV_OCI_BUNDLE_H */
