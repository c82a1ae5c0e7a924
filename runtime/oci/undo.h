/* SPDX-License-Identifier: MIT */
/*
 * What files of a cgroup held before they were written, so that a change of several that fails
 * in between is none.  Knows nothing of what is written.
 */
#ifndef GNV_OCI_UNDO_H
#define GNV_OCI_UNDO_H

#include <stddef.h>

#include "base/error.h"

struct oci_undo {
	struct oci_undo_file *files; /* in the order of the writing */
	size_t n;
};

/* Before @value is written to @name; of a file that cannot be read there is nothing to keep. */
int oci_undo_note(struct oci_undo *undo, int cgroup_fd, const char *name, const char *value,
		  struct gnv_error **err);

/*
 * Write all back, the last one first.  What cannot be is put in front of *err, which is why it
 * is done.
 */
void oci_undo_all(const struct oci_undo *undo, int cgroup_fd, struct gnv_error **err);

void oci_undo_fini(struct oci_undo *undo);

#define _cleanup_undo_ _cleanup_(oci_undo_fini)

#endif /* GNV_OCI_UNDO_H */
