// SPDX-License-Identifier: MIT
/*
 * container/driver, container/gpus: where the driver's files go in images of several
 * distributions, what their loaders are told, and which capabilities are chosen.
 */
#include "tap.h"

#include <errno.h>

#include "container/driver.h"
#include "container/gpus.h"
#include "driver_fixture.h"
#include "gpu/capabilities.h"

static struct gnv_driver driver;

/* A driver root of 64 and 32 bits, and beside it, in /image, what @folders name. */
static void make(const char *const *folders)
{
	static const char *const entries[] = {
		"libcuda.so.1",
		"/lib/libcuda.so." VERSION,
		"libnvidia-ml.so.1",
		"/lib32/libnvidia-ml.so." VERSION,
		NULL,
	};

	clear();
	library("/lib/libcuda.so." VERSION);
	elf("/lib32/libnvidia-ml.so." VERSION, ELFCLASS32, EM_386);
	file("/usr/bin/nvidia-smi", "#!", 2);
	cache(entries);
	for (; *folders; folders++)
		expect_int(gnv_mkdir_all(at(*folders), 0755, NULL), 0);
}

static int find(void)
{
	const struct gnv_driver_wish wish = {
		.root = root,
		.version = VERSION,
		.capabilities = GNV_DRIVER_DEFAULT | GNV_DRIVER_COMPAT32,
	};

	gnv_driver_fini(&driver);
	return gnv_driver_init(&driver, &wish, at("/image"), NULL);
}

static const struct gnv_put *get(const char *target)
{
	size_t i;

	for (i = 0; i < driver.n_puts; i++)
		if (!strcmp(driver.puts[i].target, target))
			return &driver.puts[i];
	return NULL;
}

static void where_libraries_go(void)
{
	static const struct {
		const char *folders[3], *folder, *folder_32;
	} cases[] = {
		{ { "/image/usr/lib/x86_64-linux-gnu" },
		  "/usr/lib/x86_64-linux-gnu",
		  "/usr/lib/i386-linux-gnu" },
		{ { "/image/lib/x86_64-linux-gnu", "/image/lib64" },
		  "/usr/lib/x86_64-linux-gnu",
		  "/usr/lib/i386-linux-gnu" },
		{ { "/image/usr/lib64", "/image/usr/lib" }, "/usr/lib64", "/usr/lib" },
		{ { "/image/lib64" }, "/usr/lib64", "/usr/lib" },
		{ { "/image/usr/lib", "/image/usr/lib32" }, "/usr/lib", "/usr/lib32" },
		{ { "/image" }, "/usr/lib", "/usr/lib" },
	};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *folders[4] = { cases[i].folders[0], cases[i].folders[1] };

		make(folders);
		expect_int(find(), 0);
		snprintf(path, sizeof(path), "%s/libcuda.so." VERSION, cases[i].folder);
		expect(get(path) && get(path)->fd >= 0 && !get(path)->link);
		snprintf(path, sizeof(path), "%s/libcuda.so.1", cases[i].folder);
		expect(get(path) && get(path)->link);
		expect_str(get(path)->link, "libcuda.so." VERSION);
		snprintf(path, sizeof(path), "%s/libnvidia-ml.so." VERSION, cases[i].folder_32);
		expect(get(path) && get(path)->fd >= 0);
		expect(get("/usr/bin/nvidia-smi"));
		/* An image without a cache is given none. */
		expect(!get("/etc/ld.so.cache"));
	}
}

/* Folders that are links are looked at within the image. */
static void folders_that_are_links(void)
{
	static const char *const folders[] = { "/image/usr", "/outside/x86_64-linux-gnu", NULL };

	make(folders);
	link_to("/image/usr/lib", "../../outside");
	link_to("/image/usr/lib64", "/usr/real");
	expect_int(mkdir(at("/image/usr/real"), 0755), 0);
	expect_int(find(), 0);
	expect(get("/usr/lib64/libcuda.so.1"));
}

static void put_cache(const char *path, const char *const *names)
{
	_cleanup_ld_cache_ struct gnv_ld_cache all = { 0 };
	_cleanup_free_ char *bytes = NULL;
	size_t n;

	for (; *names; names += 2)
		gnv_ld_cache_put(&all, names[0], names[1], GNV_LD_FLAGS);
	expect_int(gnv_ld_cache_format(&all, &bytes, &n), 0);
	file(path, bytes, n);
}

static const char *const folders_of_debian[] = { "/image/usr/lib/x86_64-linux-gnu", NULL };

static const char *const images_own[] = {
	"libc.so.6",
	"/lib/x86_64-linux-gnu/libc.so.6",
	"libcuda.so.1",
	"/opt/old/libcuda.so.1",
	NULL,
};

static const char *path_of(const struct gnv_ld_cache *cache, const char *name, uint32_t flags)
{
	size_t i;

	for (i = 0; i < cache->n; i++)
		if (!strcmp(cache->entries[i].name, name) && cache->entries[i].flags == flags)
			return cache->entries[i].path;
	return NULL;
}

static void expect_told(void)
{
	const struct gnv_put *put = get("/etc/ld.so.cache");
	_cleanup_ld_cache_ struct gnv_ld_cache told = { 0 };

	expect(put && put->data && !put->link);
	if (!put || !put->data)
		return;
	expect_int(gnv_ld_cache_parse(put->data, put->bytes, &told), 0);
	expect_str(path_of(&told, "libc.so.6", GNV_LD_FLAGS), images_own[1]);
	expect_str(path_of(&told, "libcuda.so.1", GNV_LD_FLAGS),
		   "/usr/lib/x86_64-linux-gnu/libcuda.so.1");
	expect_str(path_of(&told, "libcuda.so." VERSION, GNV_LD_FLAGS),
		   "/usr/lib/x86_64-linux-gnu/libcuda.so." VERSION);
	expect_str(path_of(&told, "libnvidia-ml.so.1", GNV_LD_FLAGS_32),
		   "/usr/lib/i386-linux-gnu/libnvidia-ml.so.1");
	expect(!path_of(&told, "nvidia-smi", GNV_LD_FLAGS));
}

static void what_the_loader_is_told(void)
{
	make(folders_of_debian);
	put_cache("/image/etc/ld.so.cache", images_own);
	expect_int(find(), 0);
	expect_told();
	/* Nothing is written yet. */
	expect(access(at("/image/usr/lib/x86_64-linux-gnu/libcuda.so.1"), F_OK) < 0);
}

static void caches_that_are_none(void)
{
	static const char *const outside[] = { "libc.so.6", "/outside", NULL };
	int kind;

	for (kind = 0; kind < 6; kind++) {
		make(folders_of_debian);
		put_cache("/outside", outside);
		parent("/image/etc/ld.so.cache");
		if (kind == 0)
			link_to("/image/etc/ld.so.cache", "../../outside");
		else if (kind == 1)
			link_to("/image/etc/ld.so.cache", "ld.so.cache");
		else if (kind == 2)
			expect(mkfifo(at("/image/etc/ld.so.cache"), 0644) == 0);
		else if (kind == 3)
			expect(mkdir(at("/image/etc/ld.so.cache"), 0755) == 0);
		else if (kind == 4)
			file("/image/etc/ld.so.cache", "glibc-ld.so.cache1.1", 20);
		else if (kind == 5) {
			file("/image/etc/ld.so.cache", "", 0);
			expect(truncate(at("/image/etc/ld.so.cache"), 1LL << 40) == 0);
		}
		expect_int(find(), 0);
		expect(get("/usr/lib/x86_64-linux-gnu/libcuda.so.1"));
		expect(!get("/etc/ld.so.cache"));
	}
}

/* Read through links within the image, and replaced by a file. */
static void cache_behind_a_link(void)
{
	make(folders_of_debian);
	put_cache("/image/var/cache", images_own);
	link_to("/image/etc/ld.so.cache", "/var/cache");
	expect_int(find(), 0);
	expect_told();
}

static void no_image(void)
{
	static const char *const none[] = { NULL };

	make(none);
	expect_int(find(), -ENOENT);
}

static void capabilities_of_images(void)
{
	static const struct {
		const char *wanted;
		char *env;
		int r;
		unsigned int chosen, refused;
	} cases[] = {
		{ NULL, "X=1", 0, GNV_DRIVER_DEFAULT, 0 },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=", 0, GNV_DRIVER_DEFAULT, 0 },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=utility", 0, GNV_DRIVER_UTILITY, 0 },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=all", 0, GNV_DRIVER_DEFAULT, 0 },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=compute,graphics", 0, GNV_DRIVER_COMPUTE,
		  GNV_DRIVER_GRAPHICS },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=display", 0, 0, GNV_DRIVER_DISPLAY },
		{ NULL, "NVIDIA_DRIVER_CAPABILITIES=magic", -EINVAL, 0, 0 },
		{ "all", "NVIDIA_DRIVER_CAPABILITIES=utility", 0, GNV_DRIVER_ALL, 0 },
		{ "video", "NVIDIA_DRIVER_CAPABILITIES=magic", 0, GNV_DRIVER_VIDEO, 0 },
		{ "none", "NVIDIA_DRIVER_CAPABILITIES=all", 0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *env[] = { cases[i].env, NULL };
		struct gnv_gpus gpus = { 0 };

		expect_int(gnv_gpus_choose_capabilities(&gpus, cases[i].wanted,
							GNV_DRIVER_DEFAULT, env, NULL),
			   cases[i].r);
		expect_int(gpus.capabilities, cases[i].chosen);
		expect_int(gpus.refused_capabilities, cases[i].refused);
	}
}

int main(void)
{
	fixture_init();
	test("driver:where_libraries_go", where_libraries_go);
	test("driver:folders_that_are_links", folders_that_are_links);
	test("driver:what_the_loader_is_told", what_the_loader_is_told);
	test("driver:caches_that_are_none", caches_that_are_none);
	test("driver:cache_behind_a_link", cache_behind_a_link);
	test("driver:no_image", no_image);
	test("driver:capabilities_of_images", capabilities_of_images);
	gnv_driver_fini(&driver);
	fixture_fini();
	return tap_end();
}
