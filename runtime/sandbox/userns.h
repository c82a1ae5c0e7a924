/* SPDX-License-Identifier: MIT */
/*
 * The range of the host's user and group ids that containers with a user
 * namespace get: one range for all containers of a host.  It is the first range
 * of at least 65536 ids that /etc/subuid and /etc/subgid give to "ghostnv" or
 * to "root", or else 2000000000 and up.
 */
#ifndef GNV_SANDBOX_USERNS_H
#define GNV_SANDBOX_USERNS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define GNV_USERNS_IDS 65536U
#define GNV_USERNS_DEFAULT_BASE 2000000000U

struct gnv_userns_range {
	uint32_t uid_base, gid_base; /* of GNV_USERNS_IDS ids each */
};

/* The first sufficient range in the text of a subuid file; 0 when there is none. */
uint32_t gnv_userns_parse(const char *text);

int gnv_userns_get_range(struct gnv_userns_range *ret, struct gnv_error **err);

/* One line of a map. */
struct gnv_id_mapping {
	uint32_t inside, outside, count;
};

/* @file: "uid_map" or "gid_map" of @pid, which waits in a new user namespace. */
int gnv_userns_write_map(pid_t pid, const char *file, const struct gnv_id_mapping *mappings,
			 size_t n_mappings, struct gnv_error **err);

/* A user namespace with these maps and nobody in it, for idmapped mounts. */
int gnv_userns_open_mapped(const struct gnv_id_mapping *uids, size_t n_uids,
			   const struct gnv_id_mapping *gids, size_t n_gids, int *ret_fd,
			   struct gnv_error **err);

/* Give @pid, which waits in a new user namespace, its ids. */
int gnv_userns_write_maps(pid_t pid, const struct gnv_userns_range *range,
			  struct gnv_error **err);

/*
 * A user namespace with that map and nobody in it, for idmapped mounts: what
 * root owns below such a mount is the container's root's.
 */
int gnv_userns_open(const struct gnv_userns_range *range, int *ret_fd,
		    struct gnv_error **err);

#endif /* GNV_SANDBOX_USERNS_H */
