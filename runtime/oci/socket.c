// SPDX-License-Identifier: MIT
/*
 * Connecting to callers' sockets, and sending descriptors.
 */
#include "oci/socket.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int oci_socket_connect(const char *path, const char *what, int *ret_fd, struct gnv_error **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_close_ int path_fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 || path_fd < 0)
		return gnv_error_errno(err, errno, "%s `%s`", what, path);
	/* The path itself may be longer than an address. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", path_fd);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return gnv_error_errno(err, errno, "%s `%s`", what, path);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int oci_socket_send_fd(int socket_fd, const void *data, size_t n, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)data, n };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t sent;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	/* A stream may take a part. */
	while (sent >= 0 && (size_t)sent < n) {
		data = (const char *)data + sent;
		n -= (size_t)sent;
		sent = send(socket_fd, data, n, MSG_NOSIGNAL);
	}
	return sent < 0 ? -errno : 0;
}
