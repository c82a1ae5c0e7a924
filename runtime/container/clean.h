/* SPDX-License-Identifier: MIT */
/*
 * What a container leaves behind, and how it is taken away: processes,
 * registration, cgroup and mounts.  The same steps serve the launcher's own end,
 * its failures, and whoever comes after one that crashed.
 */
#ifndef GNV_CONTAINER_CLEAN_H
#define GNV_CONTAINER_CLEAN_H

#include "container/record.h"

/* The path that gnv_cgroup_create() gives for this container's cgroup. */
int gnv_clean_cgroup_path(const struct gnv_record *record, char **ret,
			  struct gnv_error **err);

/*
 * Take everything away but the record.  The caller has the record's lock.
 * Idempotent: each step takes what is gone already for done.  All steps are
 * tried; the first failure is reported.  @container_id 0: not registered, or
 * not known (the kernel then drops it with the cgroup).
 */
int gnv_clean(const struct gnv_record *record, uint64_t container_id,
	      struct gnv_error **err);

/*
 * The same for a container whose launcher is gone, and its record then tells
 * of the end: removed, or kept as exited with an unknown status.
 */
int gnv_clean_leftover(struct gnv_record *record, struct gnv_error **err);

/*
 * A record is lost when /run is, with a boot or by an accident; what the container
 * has elsewhere stays.  -EEXIST: processes are left in the container's cgroup,
 * although its record is new.
 */
int gnv_clean_check_lost(const struct gnv_record *record, struct gnv_error **err);

/* Clean up after all containers whose record is lost.  Return: how many. */
size_t gnv_clean_lost(const struct gnv_root *root);

#endif /* GNV_CONTAINER_CLEAN_H */
