// SPDX-License-Identifier: MIT
/*
 * sandbox/paths, userns, caps, gpu_proc, init_image: the parts of a sandbox that
 * need no sandbox.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/caps.h"
#include "sandbox/gpu_proc.h"
#include "sandbox/init_image.h"
#include "sandbox/paths.h"
#include "sandbox/sandbox.h"
#include "sandbox/userns.h"

/* --- paths: below a root that lies beside a place it must not reach */

static char scratch[] = "/tmp/test-sandbox-XXXXXX";
static int root_fd = -1;

static void enter_scratch(void)
{
	if (!mkdtemp(scratch) || chdir(scratch) < 0 || mkdir("root", 0755) < 0 ||
	    mkdir("outside", 0755) < 0 || mkdir("root/dir", 0755) < 0 ||
	    symlink("/outside", "root/absolute") < 0 ||
	    symlink("../../outside", "root/climbing") < 0 || symlink("dir", "root/link") < 0 ||
	    symlink("loop", "root/loop") < 0 || symlink("/proc/self/fd", "root/fds") < 0) {
		printf("Bail out! no scratch directory: %s\n", strerror(errno));
		exit(1);
	}
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void leave_scratch(void)
{
	close(root_fd);
	if (chdir("/") == 0)
		nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int make(const char *path, mode_t type)
{
	int fd = gnv_path_make_in_root(root_fd, path, type);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void make_directories(void)
{
	struct stat st;

	expect_int(make("/a/b//c/", S_IFDIR), 0);
	expect(exists("root/a/b/c"));
	expect_int(make("/a/b/c", S_IFDIR), 0);
	expect_int(make("/", S_IFDIR), 0);
	expect_int(make("/f/g", S_IFREG), 0);
	expect(stat("root/f/g", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
}

static void make_through_link(void)
{
	expect_int(make("/link/x", S_IFDIR), 0);
	expect(exists("root/dir/x"));
}

static void links_do_not_lead_out(void)
{
	/* Both mean root/outside, which is not there. */
	expect_int(make("/absolute/x", S_IFDIR), -ENOENT);
	expect_int(make("/climbing/x", S_IFREG), -ENOENT);
	expect_int(gnv_path_open_in_root(root_fd, "/climbing", O_PATH), -ENOENT);
	expect_int(make("/outside", S_IFDIR), 0);
	expect_int(make("/climbing/x", S_IFREG), 0);
	expect(exists("root/outside/x"));
	expect(!exists("outside/x"));
}

static void climbing_stays_below(void)
{
	int fd = gnv_path_open_in_root(root_fd, "/../../..", O_PATH);
	struct stat a, b;

	expect(fd >= 0 && !fstat(fd, &a) && !stat("root", &b) && a.st_ino == b.st_ino);
	close(fd);
	expect_int(make("/new/../../escape", S_IFDIR), 0);
	expect(exists("root/escape"));
	expect(!exists("escape"));
	expect_int(make("/missing/..", S_IFDIR), 0);
}

static void wrong_paths(void)
{
	static char name[5000];

	memset(name, 'n', sizeof(name) - 1);
	name[0] = '/';
	expect_int(make(name, S_IFDIR), -ENAMETOOLONG);
	expect_int(make("/loop/x", S_IFDIR), -ELOOP);
	expect_int(make("/f/g/below", S_IFDIR), -ENOTDIR);
}

static void plain_takes_no_link(void)
{
	expect_int(gnv_path_open_plain(root_fd, "/link", O_PATH), -ELOOP);
	expect_int(gnv_path_open_plain(root_fd, "/link/x", O_PATH), -ELOOP);
}

/* --- userns */

static void subid_ranges(void)
{
	expect_int(gnv_userns_parse(""), 0);
	expect_int(gnv_userns_parse("root:100000:65536\n"), 100000);
	expect_int(gnv_userns_parse("root:100000:65536"), 100000);
	expect_int(gnv_userns_parse("user:100000:65536\nroot:200000:65536\n"), 200000);
	expect_int(gnv_userns_parse("root:1000:65535\nroot:300000:70000\n"), 300000);
	expect_int(gnv_userns_parse("root:100000:65536\nghostnv:400000:65536\n"), 400000);
}

static void subid_ranges_that_are_none(void)
{
	/* Never the host's own ids, whatever the file says. */
	expect_int(gnv_userns_parse("root:0:65536\n"), 0);
	expect_int(gnv_userns_parse("root:-1:65536\n"), 0);
	expect_int(gnv_userns_parse("root:4294967295:65536\n"), 0);
	expect_int(gnv_userns_parse("root:4294901761:65536\n"), 0);
	expect_int(gnv_userns_parse("root:100000\n"), 0);
	expect_int(gnv_userns_parse("root:100000:65536:x\n"), 0);
	expect_int(gnv_userns_parse("roots:100000:65536\n:100000:65536\n"), 0);
	expect_int(gnv_userns_parse("::\n\n:::\n"), 0);
}

/* --- caps */

static void default_capabilities(void)
{
	expect_int(gnv_caps_default(), 0xa80425fb);
}

/* --- gpu_proc */

static void expect_params(const char *text, const char *wanted)
{
	char *got = gnv_gpu_proc_edit_params(text);

	expect_str(got, wanted);
	free(got);
}

static void params_make_no_nodes(void)
{
	expect_params("A: 1\nModifyDeviceFiles: 1\nDeviceFileUID: 0\n",
		      "A: 1\nModifyDeviceFiles: 0\nDeviceFileUID: 0\n");
	expect_params("ModifyDeviceFiles: 1", "ModifyDeviceFiles: 0\n");
	expect_params("", "ModifyDeviceFiles: 0\n");
	expect_params("A: 1\n", "A: 1\nModifyDeviceFiles: 0\n");
	expect_params("NoModifyDeviceFiles: 1\n",
		      "NoModifyDeviceFiles: 1\nModifyDeviceFiles: 0\n");
}

/* --- init_image */

static void init_cannot_be_changed(void)
{
	struct gnv_error *error = NULL;
	char path[64];
	int fd = -1;

	expect_int(gnv_init_image_open(&fd, &error), 0);
	expect(pwrite(fd, "x", 1, 0) < 0 && errno == EPERM);
	expect(ftruncate(fd, 0) < 0 && errno == EPERM);
	expect(ftruncate(fd, 1 << 20) < 0 && errno == EPERM);
	expect(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	close(open(path, O_RDWR | O_TRUNC));
	expect(lseek(fd, 0, SEEK_END) > 0);
	close(fd);
}

/* Run by hand, without its descriptors: it must give up, not go on. */
static void init_needs_its_launcher(void)
{
	struct gnv_error *error = NULL;
	char *const argv[] = { (char *)"init", (char *)"/bin/true", NULL }, *const env[] = { NULL };
	int fd = -1, status = -1;
	pid_t pid;

	expect_int(gnv_init_image_open(&fd, &error), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd, 9);
		close(3);
		close(4);
		syscall(SYS_execveat, 9, "", argv, env, AT_EMPTY_PATH);
		_exit(1);
	}
	expect_int(waitpid(pid, &status, 0), pid);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 126);
	close(fd);
}

/* --- what is refused before anything is made */

static void expect_refusal(const struct gnv_sandbox *sandbox, int error, const char *message)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct gnv_process process;

	expect_int(gnv_sandbox_start(sandbox, &process, &err), -error);
	expect_str(gnv_error_message(err), message);
}

static void wrong_requests(void)
{
	char *const argv[] = { (char *)"true", NULL }, *const none[] = { NULL };
	struct gnv_mount mount = { .source = (char *)"relative", .target = (char *)"/x" };
	struct gnv_sandbox sandbox = { .rootfs = "/nowhere/at/all",
				       .hostname = "x",
				       .argv = none,
				       .cgroup_fd = -1,
				       .stdio = { -1, -1, -1 } };

	expect_refusal(&sandbox, EINVAL, "no program is given");
	sandbox.argv = argv;
	expect_refusal(&sandbox, ENOENT,
		       "root file system `/nowhere/at/all`: No such file or directory");
	sandbox.workdir = "relative";
	expect_refusal(&sandbox, EINVAL, "working directory `relative`: not absolute");
	sandbox.workdir = NULL;
	sandbox.mounts = &mount;
	sandbox.n_mounts = 1;
	expect_refusal(&sandbox, EINVAL, "volume `relative:/x`: not absolute");
	sandbox.rootfs = "relative";
	expect_refusal(&sandbox, EINVAL, "the root file system's path is not absolute");
}

int main(void)
{
	if (geteuid() != 0) {
		puts("1..0 # SKIP sandboxes are made by root");
		return 0;
	}
	enter_scratch();
	test("paths:make_directories", make_directories);
	test("paths:make_through_link", make_through_link);
	test("paths:links_do_not_lead_out", links_do_not_lead_out);
	test("paths:climbing_stays_below", climbing_stays_below);
	test("paths:wrong_paths", wrong_paths);
	test("paths:plain_takes_no_link", plain_takes_no_link);
	leave_scratch();
	test("userns:subid_ranges", subid_ranges);
	test("userns:subid_ranges_that_are_none", subid_ranges_that_are_none);
	test("caps:default_capabilities", default_capabilities);
	test("gpu_proc:params_make_no_nodes", params_make_no_nodes);
	test("init_image:init_cannot_be_changed", init_cannot_be_changed);
	test("init_image:init_needs_its_launcher", init_needs_its_launcher);
	test("sandbox:wrong_requests", wrong_requests);
	return tap_end();
}
