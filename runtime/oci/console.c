// SPDX-License-Identifier: MIT
/*
 * Terminals by descriptor: no path of a terminal is ever walked.
 */
#include "oci/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include "sandbox/paths.h"

int oci_console_connect(const char *path, int *ret_fd, struct gnv_error **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_close_ int path_fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 || path_fd < 0)
		return gnv_error_errno(err, errno, "--console-socket `%s`", path);
	/* The path itself may be longer than an address. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", path_fd);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return gnv_error_errno(err, errno, "--console-socket `%s`", path);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

static int send_master(int console_fd, int master_fd, struct gnv_error **err)
{
	static char name[] = "/dev/ptmx";
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { name, sizeof(name) - 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &master_fd, sizeof(int));
	if (sendmsg(console_fd, &message, MSG_NOSIGNAL) < 0)
		return gnv_error_errno(err, errno, "send the terminal to the console socket");
	return 0;
}

static int open_master(int root_fd, struct gnv_error **err)
{
	_cleanup_close_ int fd = gnv_path_open_plain(root_fd, "dev/pts/ptmx",
						     O_RDWR | O_NOCTTY);
	struct statfs fs;
	int unlocked = 0;

	if (fd < 0)
		return gnv_error_errno(err, -fd, "open the container's `/dev/pts/ptmx`");
	if (fstatfs(fd, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return gnv_error_set(err, EPERM, "the container's `/dev/pts` is no devpts");
	if (ioctl(fd, TIOCSPTLCK, &unlocked) < 0)
		return gnv_error_errno(err, errno, "unlock the terminal");
	return STEAL_FD(fd);
}

int oci_console_make(int root_fd, const struct oci_process *process, int console_fd,
		     int *ret_slave, struct gnv_error **err)
{
	_cleanup_close_ int master_fd = open_master(root_fd, err);
	_cleanup_close_ int slave_fd = -EBADF;
	struct winsize size = { 0 };

	if (master_fd < 0)
		return master_fd;
	if (process->console_size) {
		size.ws_row = (unsigned short)process->console_size->height.value;
		size.ws_col = (unsigned short)process->console_size->width.value;
		ioctl(master_fd, TIOCSWINSZ, &size);
	}
	slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave_fd < 0)
		return gnv_error_errno(err, errno, "open the other end of the terminal");
	*ret_slave = STEAL_FD(slave_fd);
	return send_master(console_fd, master_fd, err);
}

int oci_console_take(int slave_fd, uid_t uid, struct gnv_error **err)
{
	int i;

	if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
		return gnv_error_errno(err, errno, "take the terminal");
	if (fchown(slave_fd, uid, (gid_t)-1) < 0)
		return gnv_error_errno(err, errno, "give the terminal to the user");
	for (i = 0; i < 3; i++)
		if (dup2(slave_fd, i) < 0)
			return gnv_error_errno(err, errno, "take the terminal");
	return 0;
}
