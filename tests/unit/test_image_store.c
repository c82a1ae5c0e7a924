// SPDX-License-Identifier: MIT
/*
 * Whole images: layouts and archives made here are opened, mounted, damaged,
 * opened by several processes at once, interrupted and pruned.
 */
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "image/image.h"
#include "image/tree.h"
#include "image_fixture.h"

#define F(name_, content_)	{ .type = '0', .name = name_, .content = content_ }
#define D(name_)		{ .type = '5', .name = name_ }

static const struct tar_entry base_entries[] = {
	D("etc"), F("etc/a", "a1"), F("etc/b", "b1"), D("old"), F("old/x", "x"), D("gone"),
	{ .type = '0', .name = "su", .content = "s", .mode = 04755 },
	{ .type = '3', .name = "null", .major = 1, .minor = 3, .mode = 0666 }, { 0 }
};
static const struct tar_entry top_entries[] = {
	D("etc"), F("etc/a", "a2"), F("etc/.wh.b", ""), D("old"), F("old/.wh..wh..opq", ""),
	F("old/y", "y"), F(".wh.gone", ""), { 0 }
};

static struct bytes layers[2]; /* base, top */

static struct layout_image two_layers(const char *filter)
{
	return (struct layout_image){ .layers = layers, .n_layers = 2, .filter = filter };
}

static int messages;

static void count_message(const char *text, void *data)
{
	(void)data;
	check(!strncmp(text, "unpacking layer ", 16), "%s", text);
	messages++;
}

static int open_image(const char *argument, struct gnv_image **ret, struct gnv_error **err)
{
	messages = 0;
	return gnv_image_open(argument, "store", count_message, NULL, ret, err);
}

/* Open what must open, and close it. */
static void opens(const char *argument, int layers_unpacked)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	int r = open_image(argument, &image, &err);

	check(!r, "`%s`: %s", argument, gnv_error_message(err));
	check(messages == layers_unpacked, "`%s` unpacked %d layers", argument, messages);
}

/* What must not open: the number, a word of the message, and nothing is left. */
static void refuses(const char *argument, int number, const char *word)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	int before = count_entries("store/layers/sha256");
	int r = open_image(argument, &image, &err);
	const char *message = gnv_error_message(err);

	check(r == number, "`%s`: %d (%s)", argument, r, message);
	check(gnv_error_get_remedy(err), "no remedy: %s", message);
	check(strstr(message, word) && !strchr(message, '\n'), "`%s` is not in: %s", word, message);
	check(count_entries("store/tmp") <= 0, "tmp is not empty");
	check(before < 0 || count_entries("store/layers/sha256") - before <= 1, "layers");
}

static void fresh_store(void)
{
	remove_all("store");
}

static void compressions(void)
{
	static const char *const filters[] = { NULL, "gzip", "zstd", "xz" };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct layout_image image = two_layers(filters[i]);

		fresh_store();
		remove_all("img");
		layout_of("img", &image);
		opens("img", 2);
		opens("img", 0);
		expect_int(count_entries("store/layers/sha256"), 2);
		expect_int(count_entries("store/tmp"), 0);
	}
}

static void config_is_given(void)
{
	struct layout_image image = two_layers(NULL);
	_cleanup_image_ struct gnv_image *opened = NULL;
	const struct gnv_image_config *config;
	struct bytes descriptor = { 0 };
	char name[128];

	image.config = "\"Env\":[\"A=b\"],\"Cmd\":[\"sh\"],\"WorkingDir\":\"/srv\"";
	layout_manifest("named", &image, &descriptor);
	bytes_print(&descriptor, ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"t:1\"}}");
	layout_index("named", descriptor.data);
	bytes_free(&descriptor);

	expect_int(open_image("./named:t:1", &opened, NULL), 0);
	if (!opened)
		return;
	config = gnv_image_get_config(opened);
	expect_str(config->env[0], "A=b");
	expect_str(config->cmd[0], "sh");
	expect_str(config->workdir, "/srv");
	expect(!config->entrypoint && !config->user);
	snprintf(name, sizeof(name), "%s/named:t:1", scratch);
	expect_str(gnv_image_get_name(opened), name);
	refuses("named:t:2", -ENOENT, "t:2");
	refuses("named:", -EINVAL, "colon");
}

static void nested_index(void)
{
	struct layout_image image = two_layers(NULL);
	struct bytes descriptor = { 0 }, index = { 0 };
	struct sha256 sum;
	int depth;

	image.architecture = "s390x";
	layout_manifest("nest", &image, &descriptor);
	bytes_print(&descriptor, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}},");
	image.architecture = NULL;
	layout_manifest("nest", &image, &descriptor);
	bytes_print(&descriptor, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}",
		    THIS_ARCHITECTURE);
	for (depth = 2; depth <= 5; depth++) {
		bytes_print(&index, "{\"schemaVersion\":2,\"manifests\":[%s]}", descriptor.data);
		sum = layout_blob("nest", &index);
		bytes_free(&descriptor);
		bytes_print(&descriptor,
			    "{\"mediaType\":\"" OCI "index.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu}",
			    sum.hex, index.n);
		bytes_free(&index);
		layout_index("nest", descriptor.data);
		if (depth <= 4)
			opens("nest", depth == 2 ? 0 : 0);
		else
			refuses("nest", -E2BIG, "nest deeper");
	}
	bytes_free(&descriptor);

	image.architecture = "s390x";
	layout_of("foreign", &image);
	refuses("foreign", -EINVAL, "s390x");
}

/* Change, cut or lengthen one blob of a layout. */
static void damage(const char *dir, const char *hex, off_t size_change)
{
	char path[512], byte;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/blobs/sha256/%s", dir, hex);
	fd = open(path, O_RDWR | O_CLOEXEC);
	need(fd >= 0 && !fstat(fd, &st));
	if (size_change) {
		need(!ftruncate(fd, st.st_size + size_change));
	} else {
		need(pread(fd, &byte, 1, st.st_size / 2) == 1);
		byte ^= 1;
		need(pwrite(fd, &byte, 1, st.st_size / 2) == 1);
	}
	close(fd);
}

static void damaged_blobs(void)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct layout_image image = two_layers(filters[i]);
		struct bytes blob = compressed(&layers[0], filters[i]);
		struct sha256 sum = sha256_of(blob.data, blob.n);
		_cleanup_error_ struct gnv_error *err = NULL;
		_cleanup_image_ struct gnv_image *opened = NULL;
		int r;

		bytes_free(&blob);
		fresh_store();
		remove_all("bad");
		layout_of("bad", &image);
		damage("bad", sum.hex, 0);
		r = open_image("bad", &opened, &err);
		check(r == -EBADMSG, "%d: %s", r, gnv_error_message(err));
		expect(strstr(gnv_error_message(err), "layer 1/2"));
		expect_int(count_entries("store/tmp"), 0);
		expect_int(count_entries("store/layers/sha256"), 0);

		layout_of("bad", &image);
		damage("bad", sum.hex, -1);
		refuses("bad", -EBADMSG, "it should have");
		damage("bad", sum.hex, 2);
		refuses("bad", -EBADMSG, "it should have");
	}
}

static void wrong_diff_id(void)
{
	struct layout_image image = two_layers("gzip");

	fresh_store();
	image.wrong_diff_id = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	layout_of("diff", &image);
	refuses("diff", -EBADMSG, "uncompressed");
	expect_int(count_entries("store/layers/sha256"), 0);
}

/* Every document is protected by its digest, and a blob that is gone is named. */
static void damaged_documents(void)
{
	struct layout_image image = two_layers(NULL);
	DIR *dir;
	struct dirent *entry;
	int n = 0;

	fresh_store();
	remove_all("bad");
	layout_of("bad", &image);
	dir = opendir("bad/blobs/sha256");
	need(dir);
	while ((entry = readdir(dir))) {
		char path[600];

		if (entry->d_name[0] == '.')
			continue;
		damage("bad", entry->d_name, 0);
		refuses("bad", -EBADMSG, "digest");
		damage("bad", entry->d_name, 0);
		snprintf(path, sizeof(path), "bad/blobs/sha256/%s", entry->d_name);
		need(!rename(path, "aside"));
		refuses("bad", -ENOENT, entry->d_name);
		need(!symlink("/etc/passwd", path));
		refuses("bad", -ELOOP, "symbolic link");
		need(!unlink(path) && !mkfifo(path, 0600));
		refuses("bad", -EINVAL, "regular");
		need(!unlink(path) && !rename("aside", path));
		n++;
		fresh_store();
	}
	closedir(dir);
	expect_int(n, 4);
	opens("bad", 2);
}

/* A stream that is good, and then goes on: the digest is of all of it. */
static void bytes_behind_the_end(void)
{
	struct bytes more[2] = { { 0 }, { 0 } };
	struct layout_image image = { .layers = more, .n_layers = 1 };

	fresh_store();
	bytes_add(&more[0], layers[0].data, layers[0].n);
	bytes_print(&more[0], "%0*d", 100000, 0);
	layout_of("tail", &image);
	opens("tail", 1);
	image.filter = "gzip";
	fresh_store();
	remove_all("tail");
	layout_of("tail", &image);
	opens("tail", 1);
	bytes_free(&more[0]);
}

static void hostile_layer(void)
{
	static const struct tar_entry entries[] = { F("good", "x"), F("../canary", "bad"), { 0 } };
	struct bytes tar = tar_of(entries);
	struct layout_image image = { .layers = &tar, .n_layers = 1 };

	fresh_store();
	layout_of("hostile", &image);
	refuses("hostile", -EINVAL, "its entry `../canary`");
	expect_int(count_entries("store/layers/sha256"), 0);
	bytes_free(&tar);
}

static void counts_differ(void)
{
	struct layout_image image = two_layers(NULL);

	image.n_layers = 0;
	layout_of("none", &image);
	refuses("none", -EINVAL, "no layers");
}

/* The tree @dir as a tar archive, by the system's tar. */
static void tar_up(const char *dir, const char *options, const char *archive)
{
	char command[512];

	snprintf(command, sizeof(command), "tar -C %s %s -cf %s .", dir, options, archive);
	need(system(command) == 0);
}

static void archived_layout(void)
{
	struct layout_image image = two_layers("gzip");

	remove_all("img");
	layout_of("img", &image);
	tar_up("img", "", "img.tar");
	tar_up("img", "-z", "img.tar.gz");
	fresh_store();
	opens("img.tar", 2);
	fresh_store();
	opens("img.tar.gz", 2);
	need(!truncate("img.tar", 700));
	fresh_store();
	refuses("img.tar", -EINVAL, "");
}

/* As `docker save` wrote it for years: one layer is a link to another's. */
static void docker_archive(void)
{
	struct bytes tar = { 0 }, config = { 0 }, manifest = { 0 };
	struct sha256 ids[2], sum;
	struct tar_entry e = { .type = '0' };
	char name[128];
	int i;

	for (i = 0; i < 2; i++)
		ids[i] = sha256_of(layers[i].data, layers[i].n);
	bytes_print(&config,
		    "{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":\"layers\","
		    "\"diff_ids\":[\"sha256:%s\",\"sha256:%s\",\"sha256:%s\"]}}",
		    THIS_ARCHITECTURE, ids[0].hex, ids[1].hex, ids[0].hex);
	sum = sha256_of(config.data, config.n);
	bytes_print(&manifest,
		    "[{\"Config\":\"%s.json\",\"RepoTags\":[\"x:1\"],"
		    "\"Layers\":[\"c/layer.tar\",\"b/layer.tar\",\"a/layer.tar\"]}]",
		    sum.hex);
	/* Layers first: what is looked for may stand anywhere. */
	tar_header(&tar, &e, "a/layer.tar", '0', layers[0].n);
	tar_block(&tar, layers[0].data, layers[0].n);
	tar_header(&tar, &e, "b/layer.tar", '0', layers[1].n);
	tar_block(&tar, layers[1].data, layers[1].n);
	tar_add(&tar, &(struct tar_entry){ .type = '2', .name = "c/layer.tar", .link = "../a/./layer.tar" });
	snprintf(name, sizeof(name), "%s.json", sum.hex);
	tar_header(&tar, &e, name, '0', config.n);
	tar_block(&tar, config.data, config.n);
	tar_header(&tar, &e, "manifest.json", '0', manifest.n);
	tar_block(&tar, manifest.data, manifest.n);
	tar_end(&tar);
	write_file("docker.tar", tar.data, tar.n);

	fresh_store();
	opens("docker.tar", 2);
	opens("docker.tar:x:1", 0);
	refuses("docker.tar:y", -ENOENT, "y");
	bytes_free(&tar);
	bytes_free(&config);
	bytes_free(&manifest);
}

static void damaged_docker_archive(void)
{
	_cleanup_free_ char *config = NULL;
	struct bytes tar = { 0 };
	char *at;
	int fd = open("docker.tar", O_RDWR | O_CLOEXEC);
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		bytes_add(&tar, buf, (size_t)n);
	at = memmem(tar.data, tar.n, "\"os\":\"linux\"", 12);
	need(at);
	/* Still good JSON for the same platform, but not what the name says. */
	at[1] = 'O';
	need(pwrite(fd, tar.data, tar.n, 0) == (ssize_t)tar.n);
	refuses("docker.tar", -EBADMSG, "configuration");
	at[1] = 'o';
	/* A link out of the archive, in a header whose checksum stays as it is. */
	at = memmem(tar.data, tar.n, "../a/./layer.tar", 16);
	need(at);
	memcpy(at, "../../a/layertar", 16);
	need(pwrite(fd, tar.data, tar.n, 0) == (ssize_t)tar.n);
	fresh_store();
	refuses("docker.tar", -EINVAL, "leads nowhere");
	close(fd);
	bytes_free(&tar);
}

static void no_images(void)
{
	remove_all("empty");
	need(!mkdir("empty", 0755) && !mkfifo("fifo", 0600));
	write_file("text", "hello, this is no archive\n", 26);
	refuses("missing", -ENOENT, "no such file");
	refuses("missing:tag", -ENOENT, "no such file");
	refuses("", -ENOENT, "");
	refuses("empty", -EINVAL, "bin, sbin, usr, etc, lib");
	refuses("text", -EINVAL, "tar");
	refuses("fifo", -EINVAL, "neither a directory nor a regular file");
	refuses("/dev/null", -EINVAL, "neither a directory nor a regular file");
	remove_all("root");
	need(!mkdir("root", 0755) && !mkdir("root/etc", 0755));
	refuses("root:tag", -EINVAL, "root directory");
	tar_up("root", "", "root.tar");
	refuses("root.tar", -EINVAL, "manifest.json");
	write_file("zero", "", 0);
	refuses("zero", -EINVAL, "");
}

static void store_of_others(void)
{
	struct layout_image image = two_layers(NULL);

	remove_all("img");
	layout_of("img", &image);
	fresh_store();
	need(!mkdir("store", 0755) && !chmod("store", 0777));
	refuses("img", -EPERM, "others may write");
	fresh_store();
}

/* --- mounts; in a mount namespace of this process's own */

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
	need(there("tmpfs") || !mkdir("tmpfs", 0700));
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

int main(void)
{
	tap_good = true;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		begin("image_store:all");
		skip("mounts, devices and owners are only root's to make");
		return tap_end();
	}
	umask(022);
	scratch_make();
	write_file("canary", "safe", 4);
	layers[0] = tar_of(base_entries);
	layers[1] = tar_of(top_entries);

	test("image_store:compressions", compressions);
	test("image_store:config_is_given", config_is_given);
	test("image_store:nested_index", nested_index);
	test("image_store:damaged_blobs", damaged_blobs);
	test("image_store:wrong_diff_id", wrong_diff_id);
	test("image_store:damaged_documents", damaged_documents);
	test("image_store:bytes_behind_the_end", bytes_behind_the_end);
	test("image_store:hostile_layer", hostile_layer);
	test("image_store:counts_differ", counts_differ);
	test("image_store:archived_layout", archived_layout);
	test("image_store:docker_archive", docker_archive);
	test("image_store:damaged_docker_archive", damaged_docker_archive);
	test("image_store:no_images", no_images);
	test("image_store:store_of_others", store_of_others);
	test("image_store:layers_are_stacked", layers_are_stacked);
	test("image_store:image_is_never_written", image_is_never_written);
	test("image_store:bundle_that_is_in_use", bundle_that_is_in_use);
	test("image_store:many_layers_with_odd_paths", many_layers_with_odd_paths);
	test("image_store:opaque_root", opaque_root);
	test("image_store:hostile_left_overs", hostile_left_overs);
	test("image_store:removal_stops_at_mounts", removal_stops_at_mounts);
	test("image_store:overlay_on_overlay", overlay_on_overlay);
	test("image_store:on_tmpfs", on_tmpfs);
	test("image_store:full_disk", full_disk);
	test("image_store:pruning", pruning);
	make_large_image();
	test("image_store:open_at_once", open_at_once);
	test("image_store:killed_in_the_middle", killed_in_the_middle);
	scratch_remove();
	bytes_free(&layers[0]);
	bytes_free(&layers[1]);
	bytes_free(&large[0]);
	bytes_free(&large[1]);
	bytes_free(&large[2]);
	return tap_end();
}
