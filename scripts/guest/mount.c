// SPDX-License-Identifier: MIT
/*
 * The guest's file systems. Knows the two kinds of machine (QEMU: the host comes
 * over 9p, whose modules are in the initial file system; UML: the root is the
 * host's already) and nothing of what runs in them.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* In QEMU's initial file system, numbered in the order of loading. */
#define INITRD_MODULES "/modules"

/* Where the new root is put together; a host has this folder in any case. */
#define STAGE "/tmp"
#define ROOT STAGE "/root"

#define HOST_9P "trans=virtio,version=9p2000.L,msize=512000"

static void make_folder(const char *path)
{
	char buf[8192];

	snprintf(buf, sizeof(buf), "%s", path);
	for (char *p = strchr(buf + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(buf, 0755);
		*p = '/';
	}
	if (mkdir(buf, 0755) < 0 && errno != EEXIST)
		guest_die("make folder", path);
}

static void mount_or_die(const char *source, const char *target,
			 const char *type, unsigned long flags,
			 const char *options)
{
	make_folder(target);
	if (mount(source, target, type, flags, options) < 0)
		guest_die("mount", target);
}

static void load_transport(void)
{
	char path[64];

	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), INITRD_MODULES "/%02d.ko", i);
		if (access(path, R_OK) < 0)
			return;
		guest_load_module(path);
	}
}

/* A folder of the host that the guest may write to. */
static void mount_shared(const char *tag, const char *host, const char *target)
{
	if (access(INITRD_MODULES, R_OK) == 0)
		mount_or_die(tag, target, "9p", 0, HOST_9P ",cache=none");
	else
		mount_or_die(tag, target, "hostfs", 0, host);
}

/* The host's root, as it is below STAGE "/lower". */
static void mount_lower(void)
{
	if (access(INITRD_MODULES, R_OK) == 0)
		mount_or_die("root", STAGE "/lower", "9p", MS_RDONLY,
			     HOST_9P ",cache=loose");
	else
		mount_or_die("/", STAGE "/lower", NULL, MS_BIND, NULL);
}

/* Shows one path of the host though a tmpfs was mounted above it. */
static void keep_path(const char *path)
{
	char from[8192], to[8192];

	snprintf(from, sizeof(from), STAGE "/lower%s", path);
	snprintf(to, sizeof(to), ROOT "%s", path);
	mount_or_die(from, to, NULL, MS_BIND, NULL);
}

static void keep_paths(void)
{
	FILE *f = fopen(ROOT GUEST_RUN "/keep", "re");
	char line[4096];

	if (!f)
		guest_die("open", GUEST_RUN "/keep");
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		keep_path(line);
	}
	fclose(f);
}

void guest_mount_root(void)
{
	const char *run = getenv("GNV_RUN");
	const char *share = getenv("GNV_SHARE");
	char path[8192];

	if (access(INITRD_MODULES, R_OK) == 0)
		load_transport();
	/* Not by mount_or_die(): the root may be read-only still. */
	if (mount("tmpfs", STAGE, "tmpfs", 0, NULL) < 0)
		guest_die("mount", STAGE);
	mount_lower();
	make_folder(STAGE "/upper");
	make_folder(STAGE "/work");
	mount_or_die("overlay", ROOT, "overlay", 0,
		     "lowerdir=" STAGE "/lower,upperdir=" STAGE
		     "/upper,workdir=" STAGE "/work");
	mount_or_die("tmpfs", ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV,
		     "mode=0755");
	mount_or_die("tmpfs", ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		     "mode=1777");
	/* Containers' writable layers: an overlay cannot be another's upper one. */
	mount_or_die("tmpfs", ROOT "/var/lib/ghostnv", "tmpfs", MS_NODEV,
		     "mode=0755");
	mount_shared("run", run, ROOT GUEST_RUN);
	keep_paths();
	if (share) {
		snprintf(path, sizeof(path), ROOT "%s", share);
		mount_shared("share", share, path);
	}

	/* What a root that cannot be pivoted away from takes instead. */
	if (chdir(ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		guest_die("change the root to", ROOT);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		guest_die("open", path);
	if (write(fd, text, strlen(text)) < 0)
		guest_die("write", path);
	close(fd);
}

/* Every controller that this kernel has, for the groups below the root's. */
static void enable_controllers(void)
{
	FILE *f = fopen("/sys/fs/cgroup/cgroup.controllers", "re");
	char name[64], change[80];

	if (!f)
		guest_die("open", "/sys/fs/cgroup/cgroup.controllers");
	while (fscanf(f, "%63s", name) == 1) {
		snprintf(change, sizeof(change), "+%s", name);
		write_file("/sys/fs/cgroup/cgroup.subtree_control", change);
	}
	fclose(f);
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		guest_die("raise", "lo");
	close(fd);
}

void guest_mount_system(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	mount_or_die("proc", "/proc", "proc", safe, NULL);
	mount_or_die("sysfs", "/sys", "sysfs", safe, NULL);
	mount_or_die("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			guest_die("link", links[i][1]);
	mount_or_die("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		     "gid=5,mode=0620,ptmxmode=0666");
	mount_or_die("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV,
		     "mode=1777");
	mount_or_die("mqueue", "/dev/mqueue", "mqueue", safe, NULL);
	mount_or_die("cgroup2", "/sys/fs/cgroup", "cgroup2", safe,
		     "nsdelegate");
	mount_or_die("debugfs", "/sys/kernel/debug", "debugfs", safe, NULL);
	/* A kernel to measure in has no tracing. */
	if (access("/sys/kernel/tracing", F_OK) == 0)
		mount_or_die("tracefs", "/sys/kernel/tracing", "tracefs", safe, NULL);
	enable_controllers();
	raise_loopback();
	if (sethostname("ghostnv", 7) < 0)
		guest_die("set the name of", "the host");
}
