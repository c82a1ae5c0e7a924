/* SPDX-License-Identifier: MIT */
/*
 * linux.netDevices: interfaces of the runtime's network namespace that become the container's,
 * with their permanent addresses, and up.
 */
#ifndef GNV_OCI_NETDEV_H
#define GNV_OCI_NETDEV_H

#include <sys/types.h>

#include "oci/config.h"

/* Move all of them into the network namespace of @pid. */
int oci_netdev_move(const struct oci_linux *os, pid_t pid, struct gnv_error **err);

#endif /* GNV_OCI_NETDEV_H */
