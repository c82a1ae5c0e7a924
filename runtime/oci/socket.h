/* SPDX-License-Identifier: MIT */
/*
 * Sockets by which callers are handed descriptors: terminals, pidfds, listeners.
 */
#ifndef GNV_OCI_SOCKET_H
#define GNV_OCI_SOCKET_H

#include <stddef.h>

#include "base/error.h"

/* Connect to the Unix stream socket at @path; @what names it in errors. */
int oci_socket_connect(const char *path, const char *what, int *ret_fd, struct gnv_error **err);

/* Send @n bytes of @data, and with the first of them @fd.  Return: 0 or -errno. */
int oci_socket_send_fd(int socket_fd, const void *data, size_t n, int fd);

#endif /* GNV_OCI_SOCKET_H */
