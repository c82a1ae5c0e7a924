/* SPDX-License-Identifier: MIT */
/*
 * The options of one mount of config.json, sorted by who they are for: the mount
 * API, or the file system itself.
 */
#ifndef GNV_OCI_MOUNT_OPTIONS_H
#define GNV_OCI_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct oci_mount;
struct gnv_mount_option;

/* MOUNT_ATTR_* to set and to clear. */
struct oci_attributes {
	uint64_t set, clear;
};

struct oci_mount_options {
	bool bind, recursive;
	struct oci_attributes flat; /* of the mount itself */
	struct oci_attributes deep; /* of it and all below it */
	unsigned long propagation; /* MS_SHARED, …, or 0 */
	bool propagation_deep;
	bool map_owners; /* idmap or ridmap */
	bool map_owners_deep;
	bool copy_up;
	bool remount; /* no new one: the one that is there is changed */
	bool count_versions; /* iversion */
	bool of_file_system; /* `data` has words that are any file system's */
	char **data; /* "key=value" or "key", for the file system; a strv */
};

/* -EINVAL: options that contradict each other or cannot be done. */
int oci_mount_options_parse(const struct oci_mount *mount, struct oci_mount_options *ret,
			    struct gnv_error **err);
void oci_mount_options_fini(struct oci_mount_options *options);

/*
 * What a new file system is made with: its source, its own options, and @label where that
 * is not NULL.  The keys and
 * values lie in *words, a strv.  NULL without memory; free() it.
 */
struct gnv_mount_option *oci_mount_fs_options(const struct oci_mount *mount,
					      const struct oci_mount_options *options,
					      const char *label, char ***words);

/* All words that are not the file system's, for `features`; ends with NULL. */
const char *oci_mount_option_name(size_t index);

#endif /* GNV_OCI_MOUNT_OPTIONS_H */
