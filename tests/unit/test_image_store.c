// SPDX-License-Identifier: MIT
/*
 * Whole images: layouts and archives made here are opened, whole, damaged, and in
 * forms that are none.
 */
#include "image_open.h"

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

int main(void)
{
	if (!images_begin("image_store"))
		return tap_end();
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
	images_end();
	return tap_end();
}
