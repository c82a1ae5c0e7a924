/* SPDX-License-Identifier: MIT */
/*
 * A container's terminal.
 */
#ifndef GNV_OCI_CONSOLE_H
#define GNV_OCI_CONSOLE_H

#include <sys/types.h>

#include "oci/config.h"

/*
 * A new terminal of the devpts below the container's root @root_fd; *ret_slave is its
 * other end.  Nothing that the image may have put there is trusted.
 */
int oci_console_make(int root_fd, const struct oci_process *process, int console_fd,
		     int *ret_slave, struct gnv_error **err);

/* Make it the controlling terminal and the three standard descriptors. */
int oci_console_take(int slave_fd, uid_t uid, struct gnv_error **err);

#endif /* GNV_OCI_CONSOLE_H */
