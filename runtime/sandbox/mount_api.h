/* SPDX-License-Identifier: MIT */
/*
 * Mounts by descriptor: made detached, given their flags, put in place last, so
 * that no path is walked twice.  All of it may be called between clone and exec.
 * Returns are a descriptor or 0, or -errno.
 */
#ifndef GNV_SANDBOX_MOUNT_API_H
#define GNV_SANDBOX_MOUNT_API_H

#include <stdbool.h>
#include <stdint.h>

struct gnv_mount_option {
	const char *key;
	const char *value; /* NULL: a mere word */
};

/*
 * A new file system, detached.  @options ends with a NULL key (or is NULL), and may
 * name its "source" first; @attributes are MOUNT_ATTR_*.
 */
int gnv_mount_new(const char *type, const struct gnv_mount_option *options,
		  unsigned int attributes);

/*
 * A detached copy of the mount at @path below @dir_fd ("" for @dir_fd itself).
 * Symbolic links in the last part of @path are not followed.
 */
int gnv_mount_copy(int dir_fd, const char *path, bool recursive);

/*
 * The same with MOUNT_ATTR_* set and cleared, and another propagation (MS_*), or 0 for each.
 * @flags: AT_RECURSIVE for all below it, copied and changed; AT_SYMLINK_FOLLOW.
 */
int gnv_mount_copy_changed(int dir_fd, const char *path, unsigned int flags, uint64_t set,
			   uint64_t clear, uint64_t propagation);

/*
 * Add MOUNT_ATTR_* to a mount, and with @recursive to all below it, and cut it off
 * from what is mounted or unmounted in its originals.
 */
int gnv_mount_restrict(int mount_fd, unsigned int attributes, bool recursive);

/*
 * Set and clear MOUNT_ATTR_*, and change the propagation where @propagation (MS_*) is
 * not 0.
 */
int gnv_mount_change(int mount_fd, uint64_t set, uint64_t clear, uint64_t propagation,
		     bool recursive);

/* Give the file system that is mounted at @target_fd other options of its own. */
int gnv_mount_reconfigure(int target_fd, const struct gnv_mount_option *options);

/* Show owners through the map of @userns_fd; only for a detached mount. */
int gnv_mount_map_owners(int mount_fd, int userns_fd, bool recursive);

/* Put a detached mount on top of what @target_fd is. */
int gnv_mount_attach(int mount_fd, int target_fd);

#endif /* GNV_SANDBOX_MOUNT_API_H */
