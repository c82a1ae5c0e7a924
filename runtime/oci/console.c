// SPDX-License-Identifier: MIT
/*
 * Terminals by descriptor: no path of a terminal is ever walked.
 */
#include "oci/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "oci/socket.h"
#include "sandbox/paths.h"

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
	static const char name[] = "/dev/ptmx";
	_cleanup_close_ int master_fd = open_master(root_fd, err);
	_cleanup_close_ int slave_fd = -EBADF;
	struct winsize size = { 0 };
	int r;

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
	r = oci_socket_send_fd(console_fd, name, sizeof(name) - 1, master_fd);
	return r < 0 ? gnv_error_errno(err, -r, "send the terminal to the console socket") : 0;
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
