// SPDX-License-Identifier: MIT
/*
 * The documents of an image: digests, index, manifest, configuration, `docker
 * save`, names of entries, and the choice among several images.
 */
#include "image/reading.h"
#include "image/entry_name.h"
#include "image/manifest.h"
#include "image/quote.h"
#include "image_fixture.h"

#define HEX	      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DIGEST	      "\"sha256:" HEX "\""
#define SIZED	      "\"digest\":" DIGEST ",\"size\":5"
#define MANIFEST_TYPE "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\""
#define CONFIG	      "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"," SIZED "}"
#define LAYER	      "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\"," SIZED "}"
#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

static void digests(void)
{
	static const struct {
		const char *text;
		int r;
	} cases[] = {
		{ "sha256:" HEX, 0 },
		{ "sha512:" HEX HEX, 0 },
		{ "", -EINVAL },
		{ ":", -EINVAL },
		{ "sha256", -EINVAL },
		{ "sha256:", -EINVAL },
		{ ":" HEX, -EINVAL },
		{ HEX, -EINVAL },
		{ "sha256:" HEX "0", -EINVAL },
		{ "sha256:" HEX "/../../../etc/passwd", -EINVAL },
		{ "sha256:../../../../../../../../../../../../../../../../../../etc/shadow/x", -EINVAL },
		{ "sha256:E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", -EINVAL },
		{ "SHA256:" HEX, -EINVAL },
		{ "sha256/x:" HEX, -EINVAL },
		{ "sha512:" HEX, -EINVAL },
		{ "md5:d41d8cd98f00b204e9800998ecf8427e", -EOPNOTSUPP },
		{ "sha256+b64:abc", -EOPNOTSUPP },
		{ "sha:" HEX, -EOPNOTSUPP },
	};
	struct gnv_digest digest;
	char path[GNV_DIGEST_PATH_LEN];
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		check(gnv_digest_parse(cases[i].text, &digest) == cases[i].r, "`%s`", cases[i].text);
	expect_int(gnv_digest_parse("sha256:" HEX, &digest), 0);
	expect_str(gnv_digest_path(&digest, path), "sha256/" HEX);
	expect_str(gnv_digest_hex(&digest), HEX);
	expect_int(gnv_digest_verify(&digest, "", 0, NULL), 0);
	expect_int(gnv_digest_verify(&digest, "x", 1, NULL), -EBADMSG);
}

struct document {
	const char *what;
	int r;
	const char *text;
};

static const struct document indexes[] = {
	{ "empty", 0, "{\"schemaVersion\":2,\"manifests\":[]}" },
	{ "one", 0, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE "," SIZED "}]}" },
	{ "other things are left out", 0,
	  "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"text/plain\"," SIZED "}]}" },
	{ "nothing", -EINVAL, "" },
	{ "no JSON", -EINVAL, "<html>" },
	{ "cut short", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[" },
	{ "text behind it", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[]} x" },
	{ "an array", -EINVAL, "[]" },
	{ "a number", -EINVAL, "2" },
	{ "no version", -EOPNOTSUPP, "{\"manifests\":[]}" },
	{ "version 1", -EOPNOTSUPP, "{\"schemaVersion\":1,\"manifests\":[]}" },
	{ "version as text", -EINVAL, "{\"schemaVersion\":\"2\",\"manifests\":[]}" },
	{ "no manifests", -EINVAL, "{\"schemaVersion\":2}" },
	{ "manifests of another type", -EINVAL, "{\"schemaVersion\":2,\"manifests\":{}}" },
	{ "index and manifest at once", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}" },
	{ "of the other's media type", -EINVAL, "{\"schemaVersion\":2," MANIFEST_TYPE ",\"manifests\":[]}" },
	{ "entry that is no object", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[null]}" },
	{ "no digest", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"size\":5}]}" },
	{ "bad digest", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"digest\":\"sha256:../../x\",\"size\":5}]}" },
	{ "NUL in a digest", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"digest\":\"sha256:" HEX "\\u0000\",\"size\":5}]}" },
	{ "no size", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"digest\":" DIGEST "}]}" },
	{ "negative size", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"digest\":" DIGEST ",\"size\":-1}]}" },
	{ "size as a fraction", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE ",\"digest\":" DIGEST ",\"size\":5.5}]}" },
	{ "annotations of another type", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE "," SIZED ",\"annotations\":[]}]}" },
	{ "reference of another type", -EINVAL, "{\"schemaVersion\":2,\"manifests\":[{" MANIFEST_TYPE "," SIZED ",\"annotations\":{\"org.opencontainers.image.ref.name\":7}}]}" },
	{ "deep", -EINVAL, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" },
};

static const struct document manifests[] = {
	{ "one layer", 0, "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER "]}" },
	{ "unknown members", 0, "{\"schemaVersion\":2,\"x\":{},\"subject\":null," CONFIG ",\"layers\":[]}" },
	{ "schema 1", -EOPNOTSUPP, "{\"schemaVersion\":1,\"fsLayers\":[]}" },
	{ "no configuration", -EINVAL, "{\"schemaVersion\":2,\"layers\":[]}" },
	{ "no layers", -EINVAL, "{\"schemaVersion\":2," CONFIG "}" },
	{ "artifact", -EOPNOTSUPP, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\"," SIZED "},\"layers\":[]}" },
	{ "encrypted layer", -EOPNOTSUPP, "{\"schemaVersion\":2," CONFIG ",\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip+encrypted\"," SIZED "}]}" },
	{ "layer as configuration", -EINVAL, "{\"schemaVersion\":2,\"config\":" LAYER ",\"layers\":[]}" },
	{ "manifest as layer", -EINVAL, "{\"schemaVersion\":2," CONFIG ",\"layers\":[{" MANIFEST_TYPE "," SIZED "}]}" },
	{ "manifest and index at once", -EINVAL, "{\"schemaVersion\":2," CONFIG ",\"layers\":[],\"manifests\":[]}" },
};

#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" DIGEST "]}"

static const struct document configs[] = {
	{ "least", 0, "{" ROOTFS "}" },
	{ "null members", 0, "{\"config\":{\"Env\":null,\"Cmd\":null,\"Entrypoint\":null,\"User\":null}," ROOTFS "}" },
	{ "null config", 0, "{\"config\":null," ROOTFS "}" },
	{ "no rootfs", -EINVAL, "{}" },
	{ "rootfs of another type", -EOPNOTSUPP, "{\"rootfs\":{\"type\":\"disk\"}}" },
	{ "bad diff id", -EINVAL, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:x\"]}}" },
	{ "diff id of another type", -EINVAL, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[5]}}" },
	{ "environment without =", -EINVAL, "{\"config\":{\"Env\":[\"PATH\"]}," ROOTFS "}" },
	{ "environment without a key", -EINVAL, "{\"config\":{\"Env\":[\"=x\"]}," ROOTFS "}" },
	{ "NUL in the environment", -EINVAL, "{\"config\":{\"Env\":[\"A=b\\u0000LD_PRELOAD=x\"]}," ROOTFS "}" },
	{ "NUL in the command", -EINVAL, "{\"config\":{\"Cmd\":[\"a\\u0000\"]}," ROOTFS "}" },
	{ "command as text", -EINVAL, "{\"config\":{\"Cmd\":\"sh -c x\"}," ROOTFS "}" },
	{ "null in the command", -EINVAL, "{\"config\":{\"Cmd\":[null]}," ROOTFS "}" },
	{ "newline in the user", -EINVAL, "{\"config\":{\"User\":\"a\\nroot\"}," ROOTFS "}" },
	{ "environment of another type", -EINVAL, "{\"config\":{\"Env\":{\"A\":\"b\"}}," ROOTFS "}" },
};

static const struct document dockers[] = {
	{ "one", 0, "[{\"Config\":\"c.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"a/layer.tar\"]}]" },
	{ "no tags", 0, "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":[\"a/layer.tar\"]}]" },
	{ "dots in a name", 0, "[{\"Config\":\"..c/d..\",\"Layers\":[]}]" },
	{ "an object", -EINVAL, "{}" },
	{ "no configuration", -EINVAL, "[{\"Layers\":[]}]" },
	{ "configuration outside", -EINVAL, "[{\"Config\":\"../../etc/shadow\",\"Layers\":[]}]" },
	{ "absolute configuration", -EINVAL, "[{\"Config\":\"/etc/shadow\",\"Layers\":[]}]" },
	{ "layer outside", -EINVAL, "[{\"Config\":\"c\",\"Layers\":[\"a/../../b\"]}]" },
	{ "layer that is a number", -EINVAL, "[{\"Config\":\"c\",\"Layers\":[1]}]" },
};

#define RUN_DOCUMENTS(table, kind, parse, fini) \
	do { \
		size_t i_; \
		for (i_ = 0; i_ < COUNT(table); i_++) { \
			const struct document *d_ = &(table)[i_]; \
			_cleanup_error_ struct gnv_error *err_ = NULL; \
			struct kind got_; \
			int r_ = parse(d_->text, strlen(d_->text), &got_, &err_); \
			begin("image_manifest:" #kind ", %s", d_->what); \
			check(r_ == d_->r, "%d (%s)", r_, gnv_error_message(err_)); \
			check(!r_ == !err_, "message"); \
			if (!r_) \
				fini(&got_); \
			done(); \
		} \
	} while (0)

static void too_much(void)
{
	struct bytes text = { 0 };
	struct gnv_manifest manifest;
	struct gnv_config_blob config;
	int i;

	bytes_print(&text, "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER);
	for (i = 0; i < GNV_MANIFEST_LAYERS_MAX; i++)
		bytes_print(&text, "," LAYER);
	bytes_print(&text, "]}");
	expect_int(gnv_manifest_parse(text.data, text.n, &manifest, NULL), -E2BIG);
	bytes_free(&text);

	bytes_print(&text, "{\"config\":{\"Env\":[\"A=b\"");
	for (i = 0; i < GNV_CONFIG_STRINGS_MAX; i++)
		bytes_print(&text, ",\"A=b\"");
	bytes_print(&text, "]}," ROOTFS "}");
	expect_int(gnv_config_parse(text.data, text.n, &config, NULL), -E2BIG);
	bytes_free(&text);

	bytes_print(&text, "{\"config\":{\"Env\":[\"A=%0*d\"]}," ROOTFS "}",
		    (int)GNV_CONFIG_STRING_BYTES_MAX, 0);
	expect_int(gnv_config_parse(text.data, text.n, &config, NULL), -E2BIG);
	bytes_free(&text);
}

static void config_content(void)
{
	static const char text[] =
		"{\"os\":\"linux\",\"architecture\":\"riscv64\",\"config\":{\"Entrypoint\":[\"/bin/sh\",\"-c\"],"
		"\"Cmd\":[\"\"],\"Env\":[\"A=\",\"B=c=d\"],\"WorkingDir\":\"srv\",\"User\":\"1000:daemon\"}," ROOTFS "}";
	struct gnv_config_blob config;

	expect_int(gnv_config_parse(text, strlen(text), &config, NULL), 0);
	expect_str(config.config.entrypoint[1], "-c");
	expect(!config.config.entrypoint[2]);
	expect_str(config.config.cmd[0], "");
	expect_str(config.config.env[1], "B=c=d");
	expect_str(config.config.workdir, "/srv");
	expect_str(config.config.user, "1000:daemon");
	expect_int(config.n_diff_ids, 1);
	expect_str(config.diff_ids[0].text, "sha256:" HEX);
	expect_int(gnv_config_check_platform(&config, NULL), -EINVAL);
	gnv_config_fini(&config);
}

/* Descriptors by what tells them apart; the digest counts up with the place. */
struct choice {
	const char *reference, *full_reference, *architecture, *variant;
};

static int choose(const struct choice *choices, size_t n, const char *reference, char **message)
{
	struct gnv_descriptor items[8] = { { 0 } };
	const struct gnv_index index = { .items = items, .n_items = n };
	_cleanup_error_ struct gnv_error *err = NULL;
	const struct gnv_descriptor *found = NULL;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		items[i].media = GNV_MEDIA_MANIFEST;
		items[i].reference = (char *)choices[i].reference;
		items[i].full_reference = (char *)choices[i].full_reference;
		items[i].platform.architecture = (char *)choices[i].architecture;
		items[i].platform.variant = (char *)choices[i].variant;
		snprintf(items[i].digest.text, sizeof(items[i].digest.text), "sha256:%064zu", i);
	}
	r = gnv_index_select(&index, reference, &found, &err);
	free(*message);
	if (asprintf(message, "%s; %s", gnv_error_message(err), gnv_error_get_remedy(err) ?: "") < 0)
		*message = NULL;
	return r < 0 ? r : (int)(found - items);
}

static void choice_by_name(void)
{
	static const struct choice two[] = { { "a", NULL, NULL, NULL }, { "b:1", NULL, NULL, NULL } };
	static const struct choice docker[] = {
		{ "latest", "docker.io/library/alpine:latest", NULL, NULL },
		{ "1", "registry.example/x/y:1", NULL, NULL },
	};
	_cleanup_free_ char *message = NULL;

	expect_int(choose(two, 1, NULL, &message), 0);
	expect_int(choose(two, 2, "a", &message), 0);
	expect_int(choose(two, 2, "b:1", &message), 1);
	expect_int(choose(two, 2, "b", &message), -ENOENT);
	expect(strstr(message, "no image `b`") && strstr(message, "a, b:1"));
	expect_int(choose(two, 2, NULL, &message), -EINVAL);
	expect(strstr(message, "more than one") && strstr(message, "a, b:1"));
	expect_int(choose(two, 0, NULL, &message), -EINVAL);
	expect_int(choose(docker, 2, "latest", &message), 0);
	expect_int(choose(docker, 2, "alpine", &message), 0);
	expect_int(choose(docker, 2, "alpine:latest", &message), 0);
	expect_int(choose(docker, 2, "library/alpine:latest", &message), 0);
	expect_int(choose(docker, 2, "docker.io/library/alpine", &message), 0);
	expect_int(choose(docker, 2, "alp", &message), -ENOENT);
	expect_int(choose(docker, 2, "registry.example/x/y:1", &message), 1);
}

static void choice_by_platform(void)
{
	const char *variant = !strcmp(THIS_ARCHITECTURE, "arm64") ? "v8" : NULL;
	const struct choice many[] = {
		{ NULL, NULL, "s390x", NULL },
		{ NULL, NULL, THIS_ARCHITECTURE, "v3" },
		{ NULL, NULL, THIS_ARCHITECTURE, variant },
		{ NULL, NULL, "unknown", NULL },
	};
	_cleanup_free_ char *message = NULL;

	expect_int(choose(many, 4, NULL, &message), 2);
	expect_int(choose(many, 2, NULL, &message), 1);
	expect_int(choose(many, 1, NULL, &message), -EINVAL);
	expect(strstr(message, "s390x"));
}

static void choice_in_docker_archive(void)
{
	static char *one[] = { (char *)"docker.io/library/x:1", NULL },
		    *other[] = { (char *)"example/y:2", (char *)"example/z:1", NULL };
	struct gnv_docker_image images[] = { { .tags = one }, { .tags = other }, { 0 } };
	struct gnv_docker_archive archive = { .images = images, .n_images = 3 };
	const struct gnv_docker_image *found;

	expect_int(gnv_docker_select(&archive, "x:1", &found, NULL), 0);
	expect(found == &images[0]);
	expect_int(gnv_docker_select(&archive, "example/y:2", &found, NULL), 0);
	expect(found == &images[1]);
	expect_int(gnv_docker_select(&archive, "2", &found, NULL), 0);
	expect(found == &images[1]);
	expect_int(gnv_docker_select(&archive, "1", &found, NULL), -EINVAL);
	expect_int(gnv_docker_select(&archive, "3", &found, NULL), -ENOENT);
	expect_int(gnv_docker_select(&archive, NULL, &found, NULL), -EINVAL);
	archive.n_images = 1;
	expect_int(gnv_docker_select(&archive, NULL, &found, NULL), 0);
}

static void entry_names(void)
{
	static const struct {
		const char *path, *parent, *name; /* name NULL: refused */
		enum gnv_entry_kind kind;
	} cases[] = {
		{ "a", "", "a", GNV_ENTRY_PLAIN },
		{ "./a/b//c/", "a/b", "c", GNV_ENTRY_PLAIN },
		{ "/", "", "", GNV_ENTRY_PLAIN },
		{ "a/.", "", "a", GNV_ENTRY_PLAIN },
		{ "...", "", "...", GNV_ENTRY_PLAIN },
		{ "a/.wh.b", "a", "b", GNV_ENTRY_WHITEOUT },
		{ ".wh..b", "", ".b", GNV_ENTRY_WHITEOUT },
		{ "a/.wh..wh..opq", "a", "", GNV_ENTRY_OPAQUE },
		{ ".wh..wh.x/y/z", ".wh..wh.x/y", "z", GNV_ENTRY_IGNORED },
		{ ".wh", "", ".wh", GNV_ENTRY_PLAIN },
		{ "..", NULL, NULL, 0 },
		{ "a/../b", NULL, NULL, 0 },
		{ ".wh.", NULL, NULL, 0 },
		{ ".wh...", NULL, NULL, 0 },
		{ ".wh.a/b", NULL, NULL, 0 },
	};
	struct gnv_entry_name name;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const char *refused = gnv_entry_name_parse(cases[i].path, &name);

		check(!refused == !!cases[i].name, "`%s`: %s", cases[i].path, refused ?: "taken");
		if (refused || !cases[i].name)
			continue;
		expect_str(name.parent, cases[i].parent);
		expect_str(name.name, cases[i].name);
		expect_int(name.kind, cases[i].kind);
	}
}

static void quoting(void)
{
	char buf[GNV_QUOTE_LEN], *longest = malloc(5000);

	expect_str(gnv_quote("plain text", buf), "plain text");
	expect_str(gnv_quote("a\n\x1b[31m\\", buf), "a\\x0a\\x1b[31m\\x5c");
	memset(longest, '\x01', 4999);
	longest[4999] = '\0';
	expect(strlen(gnv_quote(longest, buf)) < GNV_QUOTE_LEN && strstr(buf, "..."));
	free(longest);
}

static void compressions(void)
{
	expect_int(gnv_archive_filter("\x1f\x8b\x08", 3), ARCHIVE_FILTER_GZIP);
	expect_int(gnv_archive_filter("\x28\xb5\x2f\xfd\x00\x00", 6), ARCHIVE_FILTER_ZSTD);
	expect_int(gnv_archive_filter("\xfd\x37zXZ\0",
				      6),
		   ARCHIVE_FILTER_XZ);
	expect_int(gnv_archive_filter("\xfd\x37zXZ",
				      5),
		   ARCHIVE_FILTER_NONE);
	expect_int(gnv_archive_filter("", 0), ARCHIVE_FILTER_NONE);
	expect_int(gnv_archive_filter("BZh91A", 6), ARCHIVE_FILTER_NONE);
}

int main(void)
{
	test("image_manifest:digests", digests);
	RUN_DOCUMENTS(indexes, gnv_index, gnv_index_parse, gnv_index_fini);
	RUN_DOCUMENTS(manifests, gnv_manifest, gnv_manifest_parse, gnv_manifest_fini);
	RUN_DOCUMENTS(configs, gnv_config_blob, gnv_config_parse, gnv_config_fini);
	RUN_DOCUMENTS(dockers, gnv_docker_archive, gnv_docker_parse, gnv_docker_fini);
	test("image_manifest:too_much", too_much);
	test("image_manifest:config_content", config_content);
	test("image_manifest:choice_by_name", choice_by_name);
	test("image_manifest:choice_by_platform", choice_by_platform);
	test("image_manifest:choice_in_docker_archive", choice_in_docker_archive);
	test("image_manifest:entry_names", entry_names);
	test("image_manifest:quoting", quoting);
	test("image_manifest:compressions", compressions);
	return tap_end();
}
