// SPDX-License-Identifier: MIT
/*
 * gpu/driver_files: what is found of a driver in a root that is made here, whose
 * libraries are the heads of ELF files.
 */
#include "tap.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "driver_fixture.h"
#include "gpu/capabilities.h"
#include "gpu/driver_files.h"

static struct gnv_driver_files found;

static void find(unsigned int capabilities, bool sockets)
{
	const struct gnv_driver_wish wish = {
		.root = root,
		.version = VERSION,
		.capabilities = capabilities,
		.sockets = sockets,
	};

	gnv_driver_files_fini(&found);
	expect_int(gnv_driver_files_find(&wish, &found, NULL), 0);
}

static const struct gnv_driver_file *get(const char *target)
{
	size_t i;

	for (i = 0; i < found.n_files; i++)
		if (!strcmp(found.files[i].target, target))
			return &found.files[i];
	return NULL;
}

static const char *led_to(const char *name)
{
	size_t i;

	for (i = 0; i < found.n_links; i++)
		if (!strcmp(found.links[i].name, name))
			return found.links[i].to;
	return NULL;
}

/* As Debian has it: links to links, absolute ones. */
static void make_debian(void)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		LIB "/libcuda.so.1",
		"libnvidia-ml.so.1",
		LIB "/libnvidia-ml.so.1",
		"libnvidia-encode.so.1",
		LIB "/libnvidia-encode.so.1",
		"libc.so.6",
		LIB "/libc.so.6",
		"libcudart.so.12",
		LIB "/libcudart.so.12",
		NULL,
	};

	clear();
	library(LIB "/nvidia/current/libcuda.so." VERSION);
	library(LIB "/nvidia/current/libnvidia-ml.so." VERSION);
	library(LIB "/libnvidia-encode.so." VERSION);
	library(LIB "/libc.so.6");
	library(LIB "/libcudart.so.12");
	link_to("/etc/alternatives/cuda", LIB "/nvidia/current/libcuda.so." VERSION);
	link_to(LIB "/libcuda.so.1", "/etc/alternatives/cuda");
	link_to(LIB "/libnvidia-ml.so.1", "nvidia/current/libnvidia-ml.so." VERSION);
	link_to(LIB "/libnvidia-encode.so.1", "libnvidia-encode.so." VERSION);
	link_to("/usr/bin/nvidia-smi", "/usr/lib/nvidia/current/nvidia-smi");
	file("/usr/lib/nvidia/current/nvidia-smi", "#!", 2);
	file("/usr/sbin/nvidia-cuda-mps-server", "#!", 2);
	file("/lib/firmware/nvidia/" VERSION "/gsp_ga10x.bin", "x", 1);
	file("/lib/firmware/nvidia/" VERSION "/readme", "x", 1);
	file("/lib/firmware/nvidia/535.1/gsp_ga10x.bin", "x", 1);
	file("/etc/OpenCL/vendors/nvidia.icd", "x", 1);
	cache(entries);
}

static void by_capability(void)
{
	make_debian();
	find(GNV_DRIVER_UTILITY, false);
	expect_int(found.n_libraries, 1);
	expect(get("libnvidia-ml.so." VERSION));
	expect(get("/usr/bin/nvidia-smi"));
	expect(get("/lib/firmware/nvidia/" VERSION "/gsp_ga10x.bin"));
	expect_int(found.n_files, 3);
	expect_str(led_to("libnvidia-ml.so.1"), "libnvidia-ml.so." VERSION);
	find(GNV_DRIVER_COMPUTE, false);
	expect_int(found.n_libraries, 1);
	expect(get("libcuda.so." VERSION));
	expect(get("/usr/bin/nvidia-cuda-mps-server"));
	expect(get("/etc/OpenCL/vendors/nvidia.icd"));
	expect_str(led_to("libcuda.so.1"), "libcuda.so." VERSION);
	expect_str(led_to("libcuda.so"), "libcuda.so.1");
	find(GNV_DRIVER_ALL, false);
	expect_int(found.n_libraries, 3);
	find(0, true);
	expect_int(found.n_files, 0);
	expect_int(found.n_links, 0);
}

static void descriptors_are_of_the_files(void)
{
	const struct gnv_driver_file *cuda;
	struct stat by_fd, by_path;

	make_debian();
	find(GNV_DRIVER_COMPUTE, false);
	cuda = get("libcuda.so." VERSION);
	expect(cuda && fstat(cuda->fd, &by_fd) == 0);
	expect(stat(at(LIB "/nvidia/current/libcuda.so." VERSION), &by_path) == 0);
	expect_int(by_fd.st_ino, by_path.st_ino);
	expect(cuda && fcntl(cuda->fd, F_GETFD) & FD_CLOEXEC);
}

static void of_another_version(void)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		"/lib/libcuda.so.1",
		"libnvidia-ml.so.1",
		"/lib/libnvidia-ml.so.550.163.011",
		"libnvidia-cfg.so.1",
		"/lib/libnvidia-cfg.so.1",
		NULL,
	};

	clear();
	library("/lib/libcuda.so.535.216.01");
	link_to("/lib/libcuda.so.1", "libcuda.so.535.216.01");
	library("/lib/libnvidia-ml.so.550.163.011");
	library("/lib/libnvidia-cfg.so.1");
	cache(entries);
	find(GNV_DRIVER_ALL, false);
	expect_int(found.n_files, 0);
	expect_int(found.n_links, 0);
}

static void of_other_machines(void)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		"/lib32/libcuda.so." VERSION,
		"libnvidia-ml.so.1",
		"/arm/libnvidia-ml.so." VERSION,
		"libnvidia-cfg.so.1",
		"/x32/libnvidia-cfg.so." VERSION,
		NULL,
	};

	clear();
	elf("/lib32/libcuda.so." VERSION, ELFCLASS32, EM_386);
	elf("/arm/libnvidia-ml.so." VERSION, ELFCLASS64, EM_AARCH64);
	elf("/x32/libnvidia-cfg.so." VERSION, ELFCLASS32, EM_X86_64);
	cache(entries);
	find(GNV_DRIVER_DEFAULT, false);
	expect_int(found.n_files, 0);
	find(GNV_DRIVER_DEFAULT | GNV_DRIVER_COMPAT32, false);
	expect_int(found.n_files, 1);
	expect(get("libcuda.so." VERSION));
	expect_int(found.files[0].kind, GNV_DRIVER_LIBRARY_32);
	expect_int(found.links[0].kind, GNV_DRIVER_LIBRARY_32);
}

/* Whatever has the name of a library and is none is passed over, and none hangs. */
static void what_is_no_library(void)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		"/lib/libcuda.so." VERSION,
		"libnvidia-ml.so.1",
		"/lib/libnvidia-ml.so." VERSION,
		"libnvidia-cfg.so.1",
		"/lib/libnvidia-cfg.so." VERSION,
		"libnvidia-nvvm.so.4",
		"/lib/none/libnvidia-nvvm.so." VERSION,
		"../libcuda.so.2",
		"/lib/good/libcuda.so." VERSION,
		"libcudax.so.1",
		"/lib/good/libcuda.so." VERSION,
		NULL,
	};

	clear();
	parent("/lib/libcuda.so." VERSION);
	expect(mkfifo(at("/lib/libcuda.so." VERSION), 0644) == 0);
	expect(mkdir(at("/lib/libnvidia-ml.so." VERSION), 0755) == 0);
	file("/lib/libnvidia-cfg.so." VERSION, "short", 5);
	library("/lib/good/libcuda.so." VERSION);
	cache(entries);
	find(GNV_DRIVER_ALL, false);
	expect_int(found.n_files, 0);
	expect_int(found.n_links, 0);
}

static void links_stay_in_the_root(void)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		"/lib/libcuda.so.1",
		"libnvidia-ml.so.1",
		"/../../lib/libnvidia-ml.so." VERSION,
		NULL,
	};
	char outside[64], full[128];

	clear();
	/* Outside there is what the link names; within, there is not. */
	snprintf(outside, sizeof(outside), "%s-outside", root);
	snprintf(full, sizeof(full), "%s/libcuda.so." VERSION, outside);
	library("/lib/libnvidia-ml.so." VERSION);
	expect(mkdir(outside, 0755) == 0);
	expect(rename(at("/lib/libnvidia-ml.so." VERSION), full) == 0);
	library("/lib/libnvidia-ml.so." VERSION);
	link_to("/lib/libcuda.so.1", full);
	cache(entries);
	find(GNV_DRIVER_ALL, false);
	expect(!get("libcuda.so." VERSION));
	expect(get("libnvidia-ml.so." VERSION));
	expect(unlink(full) == 0 && rmdir(outside) == 0);
}

static void without_a_cache(void)
{
	static const char *const broken[] = { "", "glibc-ld.so.cache1.1", "garbage" };
	size_t i;

	for (i = 0; i < 3; i++) {
		clear();
		library("/usr/lib64/libcuda.so." VERSION);
		library("/usr/lib64/libcuda.so.1.0");
		link_to("/usr/lib64/libcuda.so.1", "libcuda.so." VERSION);
		if (i)
			file("/etc/ld.so.cache", broken[i], strlen(broken[i]));
		find(GNV_DRIVER_DEFAULT, false);
		expect_int(found.n_files, 1);
		expect_str(led_to("libcuda.so.1"), "libcuda.so." VERSION);
		expect_int(found.n_links, 2);
	}
}

static void cache_is_a_pipe(void)
{
	clear();
	library("/usr/lib64/libcuda.so." VERSION);
	parent("/etc/ld.so.cache");
	expect(mkfifo(at("/etc/ld.so.cache"), 0644) == 0);
	find(GNV_DRIVER_DEFAULT, false);
	expect_int(found.n_files, 1);
}

static void sockets_by_wish_alone(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	clear();
	parent("/run/nvidia-persistenced/socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 at("/run/nvidia-persistenced/socket"));
	expect(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	file("/run/nvidia-fabricmanager/socket", "no socket", 9);
	parent("/tmp/nvidia-mps/control");
	find(GNV_DRIVER_ALL, false);
	expect_int(found.n_files, 0);
	find(GNV_DRIVER_ALL, true);
	expect_int(found.n_files, 2);
	expect(get("/run/nvidia-persistenced/socket"));
	expect(get("/tmp/nvidia-mps"));
	find(GNV_DRIVER_UTILITY, true);
	expect_int(found.n_files, 1);
	close(fd);
}

static void no_root_and_no_version(void)
{
	static const char *const versions[] = { "", "../x", "550/1", "x", "-1" };
	struct gnv_driver_wish wish = { .root = "/nonexistent/ghostnv", .version = VERSION };
	size_t i;

	expect_int(gnv_driver_files_find(&wish, &found, NULL), -ENOENT);
	wish.root = root;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		wish.version = versions[i];
		expect_int(gnv_driver_files_find(&wish, &found, NULL), -EINVAL);
	}
}

int main(void)
{
	fixture_init();
	test("driver_files:by_capability", by_capability);
	test("driver_files:descriptors_are_of_the_files", descriptors_are_of_the_files);
	test("driver_files:of_another_version", of_another_version);
	test("driver_files:of_other_machines", of_other_machines);
	test("driver_files:what_is_no_library", what_is_no_library);
	test("driver_files:links_stay_in_the_root", links_stay_in_the_root);
	test("driver_files:without_a_cache", without_a_cache);
	test("driver_files:cache_is_a_pipe", cache_is_a_pipe);
	test("driver_files:sockets_by_wish_alone", sockets_by_wish_alone);
	test("driver_files:no_root_and_no_version", no_root_and_no_version);
	gnv_driver_files_fini(&found);
	fixture_fini();
	return tap_end();
}
