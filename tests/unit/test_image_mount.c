// SPDX-License-Identifier: MIT
/*
 * Images in use: mounted, written to, pruned, opened by several processes at once,
 * interrupted.
 */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "image_open.h"
#include "sandbox/userns.h"

static int mounted(const char *argument, const char *bundle)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	_cleanup_free_ char *rootfs = NULL;
	int r = open_image(argument, &image, &err);

	if (!r)
		r = gnv_image_mount(image, bundle, &rootfs, &err);
	check(!r, "%s", gnv_error_message(err));
	return r;
}

static void unmounts(const char *bundle)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	check(!gnv_image_unmount(bundle, &err), "%s", gnv_error_message(err));
	expect_int(count_entries(bundle), 0);
}

static bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void fresh_bundle(void)
{
	gnv_image_unmount("bundle", NULL);
	remove_all("bundle");
	need(!mkdir("bundle", 0700));
}

static void layers_are_stacked(void)
{
	struct stat st = { 0 };

	fresh_store();
	fresh_bundle();
	if (mounted("img", "bundle"))
		return;
	expect_str(file_text("bundle/rootfs/etc/a"), "a2");
	expect(!there("bundle/rootfs/etc/b"));
	expect(!there("bundle/rootfs/gone"));
	expect(!there("bundle/rootfs/old/x"));
	expect(there("bundle/rootfs/old/y"));
	expect(!stat("bundle/rootfs/su", &st) && (st.st_mode & 07777) == 04755);
	expect(open("bundle/rootfs/null", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	expect(!stat("bundle/rootfs", &st) && (st.st_mode & 07777) == 0755);
	unmounts("bundle");
	unmounts("bundle");
	expect_int(gnv_image_unmount("nowhere", NULL), 0);
}

static void image_is_never_written(void)
{
	fresh_bundle();
	if (mounted("root", "bundle"))
		return;
	write_file("bundle/rootfs/etc/new", "x", 1);
	expect(!there("root/etc/new"));
	unmounts("bundle");
	expect(!there("root/etc/new"));
	expect_int(mounted("root", "bundle"), 0);
	expect(!there("bundle/rootfs/etc/new"));
	unmounts("bundle");
}

static void bundle_that_is_in_use(void)
{
	_cleanup_image_ struct gnv_image *image = NULL;
	_cleanup_free_ char *rootfs = NULL;

	fresh_bundle();
	if (mounted("root", "bundle"))
		return;
	expect_int(open_image("root", &image, NULL), 0);
	expect_int(gnv_image_mount(image, "bundle", &rootfs, NULL), -EEXIST);
	expect(there("bundle/rootfs/etc"));
	unmounts("bundle");
	expect_int(gnv_image_mount(image, "missing", &rootfs, NULL), -ENOENT);
}

static void many_layers_with_odd_paths(void)
{
	struct bytes *tars = calloc(300, sizeof(*tars));
	struct layout_image image = { .layers = tars, .n_layers = 300 };
	_cleanup_image_ struct gnv_image *opened = NULL;
	_cleanup_free_ char *rootfs = NULL;
	_cleanup_error_ struct gnv_error *err = NULL;
	size_t i;

	for (i = 0; i < 300; i++) {
		char name[32], text[32];
		const struct tar_entry entries[] = { F(name, text), F("last", text), { 0 } };

		snprintf(name, sizeof(name), "f%zu", i);
		/* Each fifth layer is the same: overlayfs takes no directory twice. */
		snprintf(text, sizeof(text), "%zu", i % 5 ? i : 0);
		if (i % 5 == 0)
			snprintf(name, sizeof(name), "same");
		tars[i] = tar_of(entries);
	}
	layout_of("many", &image);
	need(!mkdir("odd:dir,\\ x", 0700));
	check(!gnv_image_open("many", "odd:dir,\\ x/store", NULL, NULL, &opened, &err), "%s",
	      gnv_error_message(err));
	fresh_bundle();
	if (opened)
		check(!gnv_image_mount(opened, "bundle", &rootfs, &err), "%s",
		      gnv_error_message(err));
	expect_str(file_text("bundle/rootfs/f1"), "1");
	expect_str(file_text("bundle/rootfs/f299"), "299");
	expect_str(file_text("bundle/rootfs/last"), "299");
	expect_str(file_text("bundle/rootfs/same"), "0");
	unmounts("bundle");
	for (i = 0; i < 300; i++)
		bytes_free(&tars[i]);
	free(tars);
}

static void opaque_root(void)
{
	static const struct tar_entry entries[] = { F(".wh..wh..opq", ""), F("only", "x"), { 0 } };
	struct bytes tars[2] = { layers[0], tar_of(entries) };
	struct layout_image image = { .layers = tars, .n_layers = 2 };

	layout_of("opaque", &image);
	fresh_bundle();
	if (!mounted("opaque", "bundle")) {
		expect(there("bundle/rootfs/only"));
		expect(!there("bundle/rootfs/etc"));
		unmounts("bundle");
	}
	bytes_free(&tars[1]);
}

/* What a container may leave: links out, depth without end, a file still open. */
static void hostile_left_overs(void)
{
	struct stat before, after;
	int fd, i, dir;

	need(!lstat("canary", &before));
	fresh_bundle();
	if (mounted("root", "bundle"))
		return;
	need(!symlink("../../..", "bundle/rootfs/out") && !mkdir("bundle/rootfs/d", 0));
	dir = open("bundle/rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < 3000; i++) {
		int below;

		need(!mkdirat(dir, "deep", 0700));
		below = openat(dir, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		need(below >= 0 && !symlinkat("../canary", below, "l"));
		close(dir);
		dir = below;
	}
	close(dir);
	fd = open("bundle/rootfs/etc/open", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	need(fd >= 0);
	unmounts("bundle");
	close(fd);
	expect(!lstat("canary", &after) && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

static void removal_stops_at_mounts(void)
{
	fresh_bundle();
	need(!mkdir("bundle/upper", 0700) && !mkdir("bundle/upper/m", 0700));
	need(!mount("root", "bundle/upper/m", NULL, MS_BIND, NULL));
	expect(gnv_image_unmount("bundle", NULL) < 0);
	expect(there("root/etc"));
	need(!umount("bundle/upper/m"));
	unmounts("bundle");
}

/* Killed while it had layers mounted to map their owners. */
static void mapped_layers_that_were_left(void)
{
	fresh_bundle();
	need(!mkdir("bundle/mapped", 0700) && !mkdir("bundle/mapped/0", 0700));
	need(!mount("root", "bundle/mapped/0", NULL, MS_BIND, NULL));
	unmounts("bundle");
	expect(there("root/etc"));
}

static void overlay_on_overlay(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	_cleanup_free_ char *rootfs = NULL;

	fresh_bundle();
	if (mounted("root", "bundle"))
		return;
	need(!mkdir("bundle/rootfs/b", 0700));
	expect_int(open_image("root", &image, NULL), 0);
	expect(gnv_image_mount(image, "bundle/rootfs/b", &rootfs, &err) < 0);
	check(strstr(gnv_error_message(err), "overlay") && gnv_error_get_remedy(err), "%s",
	      gnv_error_message(err));
	expect_int(count_entries("bundle/rootfs/b"), 0);
	unmounts("bundle");
}

static void on_tmpfs(void)
{
	need(!mount("none", "tmpfs", "tmpfs", 0, NULL));
	need(!mkdir("tmpfs/b", 0700));
	if (!mounted("img", "tmpfs/b"))
		expect_str(file_text("tmpfs/b/rootfs/etc/a"), "a2");
	unmounts("tmpfs/b");
	need(!umount("tmpfs"));
}

static void full_disk(void)
{
	struct bytes tar = { 0 };
	struct layout_image image = { .layers = &tar, .n_layers = 1 };
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *opened = NULL;
	struct tar_entry e = { .type = '0' };
	_cleanup_free_ char *zeros = calloc(1, 4 << 20);

	tar_header(&tar, &e, "big", '0', 4 << 20);
	tar_block(&tar, zeros, 4 << 20);
	tar_end(&tar);
	image.filter = "gzip";
	layout_of("big", &image);
	need(!mount("none", "tmpfs", "tmpfs", 0, "size=1m"));
	expect_int(gnv_image_open("big", "tmpfs/store", NULL, NULL, &opened, &err), -ENOSPC);
	expect(gnv_error_get_remedy(err) && strstr(gnv_error_get_remedy(err), "free space"));
	expect_int(count_entries("tmpfs/store/tmp"), 0);
	expect_int(count_entries("tmpfs/store/layers/sha256"), 0);
	need(!umount("tmpfs"));
	bytes_free(&tar);
}

static void pruning(void)
{
	_cleanup_image_ struct gnv_image *image = NULL;
	size_t removed;

	fresh_store();
	fresh_bundle();
	expect_int(open_image("img", &image, NULL), 0);
	expect_int(gnv_image_prune("store", &removed, NULL), -EBUSY);
	gnv_image_close(STEAL_PTR(image));
	if (mounted("img", "bundle"))
		return;
	expect_int(gnv_image_prune("store", &removed, NULL), 0);
	expect_int(removed, 0);
	expect_str(file_text("bundle/rootfs/etc/a"), "a2");
	unmounts("bundle");
	expect_int(gnv_image_prune("store", &removed, NULL), 0);
	expect_int(removed, 2);
	expect_int(count_entries("store/users"), 0);
	expect_int(count_entries("store/tmp"), 0);
	expect_int(mounted("img", "bundle"), 0);
	expect_int(count_entries("store/users"), 1);
	unmounts("bundle");
	opens("img", 0);
	expect_int(count_entries("store/users"), 0);
}

/* --- several processes */

static struct bytes large[3];

/* Enough work that processes meet in it. */
static void make_large_image(void)
{
	struct layout_image image = { .layers = large, .n_layers = 3, .filter = "gzip" };
	int i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < 400; k++) {
			char name[32], text[600];
			struct tar_entry e = F(name, text);

			snprintf(name, sizeof(name), "l%d/f%d", i, k);
			snprintf(text, sizeof(text), "%d %0500d", k, i);
			tar_add(&large[i], &e);
		}
		tar_end(&large[i]);
	}
	layout_of("large", &image);
}

static void open_at_once(void)
{
	pid_t children[4];
	int start[2], i, status;

	fresh_store();
	need(!pipe(start));
	fflush(stdout);
	for (i = 0; i < 4; i++) {
		children[i] = fork();
		need(children[i] >= 0);
		if (children[i] == 0) {
			struct gnv_image *image = NULL;
			char byte;

			/* The start is when the last end for writing is closed. */
			close(start[1]);
			if (read(start[0], &byte, 1) != 0)
				_exit(2);
			_exit(gnv_image_open("large", "store", NULL, NULL, &image, NULL) ? 1 : 0);
		}
	}
	close(start[0]);
	close(start[1]);
	for (i = 0; i < 4; i++) {
		need(waitpid(children[i], &status, 0) == children[i]);
		check(WIFEXITED(status) && !WEXITSTATUS(status), "process %d: %x", i, status);
	}
	expect_int(count_entries("store/layers/sha256"), 3);
	expect_int(count_entries("store/tmp"), 0);
	opens("large", 0);
}

static int kill_pipe[2];

static void tell_parent(const char *text, void *data)
{
	(void)text, (void)data;
	if (write(kill_pipe[1], "x", 1) != 1)
		_exit(3);
}

/*
 * Killed while it unpacks the @n-th layer: the message says that it begins, then a
 * file of that layer is waited for.
 */
static void kill_in_layer(int n)
{
	struct pollfd readable;
	char byte;
	pid_t child;
	int i;

	fresh_store();
	need(!pipe(kill_pipe));
	fflush(stdout);
	child = fork();
	need(child >= 0);
	if (child == 0) {
		struct gnv_image *image = NULL;

		close(kill_pipe[0]);
		_exit(gnv_image_open("large", "store", tell_parent, NULL, &image, NULL) ? 1 : 0);
	}
	close(kill_pipe[1]);
	readable = (struct pollfd){ .fd = kill_pipe[0], .events = POLLIN };
	for (i = 0; i < n; i++)
		need(poll(&readable, 1, 10000) == 1 && read(kill_pipe[0], &byte, 1) == 1);
	/* Until it has begun to write, or has gone on to the next layer already. */
	while (count_entries("store/tmp") == 0 && count_entries("store/layers/sha256") < n)
		sched_yield();
	need(!kill(child, SIGKILL) && waitpid(child, NULL, 0) == child);
	close(kill_pipe[0]);
}

static void killed_in_the_middle(void)
{
	int n, left_over = 0;

	for (n = 1; n <= 3; n++) {
		_cleanup_image_ struct gnv_image *image = NULL;

		kill_in_layer(n);
		left_over += count_entries("store/tmp") > 0;
		expect(count_entries("store/layers/sha256") < 3);
		/* Another image clears what the killed one left. */
		opens("img", 2);
		expect_int(count_entries("store/tmp"), 0);
		expect_int(open_image("large", &image, NULL), 0);
		expect_int(count_entries("store/layers/sha256"), 5);
		fresh_bundle();
		if (image) {
			_cleanup_free_ char *rootfs = NULL;

			expect_int(gnv_image_mount(image, "bundle", &rootfs, NULL), 0);
			expect_int(count_entries("bundle/rootfs/l0"), 400);
			expect_int(count_entries("bundle/rootfs/l2"), 400);
			unmounts("bundle");
		}
	}
	/* Otherwise the kills came too late to show anything. */
	expect(left_over > 0);
}

/* A layout of two layers, and a root directory. */
static void make_images(void)
{
	struct layout_image image = two_layers(NULL);

	write_file("canary", "safe", 4);
	layout_of("img", &image);
	need(!mkdir("root", 0755) && !mkdir("root/etc", 0755) && !mkdir("tmpfs", 0700));
	make_large_image();
}

static size_t count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t n = 0;
	int c;

	need(file);
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

/* A user namespace in which root is 2000000000. */
static void owners_are_mapped(void)
{
	static const struct gnv_userns_range range = { 2000000000, 2000000000 };
	struct gnv_image_owners owners = { -1, range.uid_base, range.gid_base };
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	_cleanup_free_ char *rootfs = NULL;
	size_t mounts = count_mounts();
	struct stat st = { 0 };

	fresh_store();
	fresh_bundle();
	need(!gnv_userns_open(&range, &owners.userns_fd, &err));
	need(!open_image("img", &image, &err));
	gnv_image_map_owners(image, &owners);
	check(!gnv_image_mount(image, "bundle", &rootfs, &err), "%s", gnv_error_message(err));
	close(owners.userns_fd);
	/* Only the overlay is there: what it was made of has been taken away. */
	expect_int(count_mounts(), mounts + 1);
	expect_int(count_entries("bundle/mapped"), 0);
	expect(!stat("bundle/rootfs", &st));
	expect_int(st.st_uid, range.uid_base);
	expect(!stat("bundle/rootfs/etc/a", &st));
	/* 0: the layers lie on a file system whose owners cannot be mapped. */
	expect(st.st_uid == range.uid_base || st.st_uid == 0);
	expect_str(file_text("bundle/rootfs/etc/a"), "a2");
	unmounts("bundle");
	expect_int(count_mounts(), mounts);
}

int main(void)
{
	if (!images_begin("image_mount"))
		return tap_end();
	make_images();
	test("image_mount:layers_are_stacked", layers_are_stacked);
	test("image_mount:image_is_never_written", image_is_never_written);
	test("image_mount:bundle_that_is_in_use", bundle_that_is_in_use);
	test("image_mount:many_layers_with_odd_paths", many_layers_with_odd_paths);
	test("image_mount:opaque_root", opaque_root);
	test("image_mount:hostile_left_overs", hostile_left_overs);
	test("image_mount:removal_stops_at_mounts", removal_stops_at_mounts);
	test("image_mount:mapped_layers_that_were_left", mapped_layers_that_were_left);
	test("image_mount:overlay_on_overlay", overlay_on_overlay);
	test("image_mount:owners_are_mapped", owners_are_mapped);
	test("image_mount:on_tmpfs", on_tmpfs);
	test("image_mount:full_disk", full_disk);
	test("image_mount:pruning", pruning);
	test("image_mount:open_at_once", open_at_once);
	test("image_mount:killed_in_the_middle", killed_in_the_middle);
	images_end();
	bytes_free(&large[0]);
	bytes_free(&large[1]);
	bytes_free(&large[2]);
	return tap_end();
}
