// SPDX-License-Identifier: MIT
/*
 * Layers as tar streams: what becomes of entries, friendly and hostile.  Beside
 * the layer lies a canary that no stream may read or change.
 */
#include <locale.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "image/unpack.h"
#include "image_fixture.h"

#define N255 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" \
	"ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" \
	"dddddddddddddddddddddddd"

struct row {
	const char *what;
	int error; /* negative errno, 0: it unpacks */
	/*
	 * What is in the layer then, by words: f NAME TEXT (file), d NAME (directory),
	 * o NAME (opaque directory), t NAME (directory that is not opaque), l NAME TARGET
	 * (link), w NAME (whiteout), - NAME (nothing), h NAME NAME (one file),
	 * m NAME MODE, u NAME UID, c NAME (character device), p NAME (FIFO)
	 */
	const char *shape[6];
	struct tar_entry entries[7];
};

#define F(name_, content_) \
	{ \
		.type = '0', .name = name_, .content = content_ \
	}
#define D(name_) \
	{ \
		.type = '5', .name = name_ \
	}
#define L(name_, link_) \
	{ \
		.type = '2', .name = name_, .link = link_ \
	}
#define H(name_, link_) \
	{ \
		.type = '1', .name = name_, .link = link_ \
	}

static const struct row rows[] = {
	/* Friendly. */
	{ "plain entries", 0, { "d usr/bin", "f usr/bin/x hello", "l bin usr/bin" }, { D("usr/"), D("usr/bin/"), F("usr/bin/x", "hello"), L("bin", "usr/bin") } },
	{ "absolute and dotted names", 0, { "f etc/x a", "f etc/y b" }, { F("/etc/x", "a"), F("./etc//./y", "b") } },
	{ "missing parents are made", 0, { "d a/b/c", "m a 755", "f a/b/c/f x" }, { F("a/b/c/f", "x") } },
	{ "set-user-ID and owner are kept", 0, { "m su 4755", "u su 1000" }, { { .type = '0', .name = "su", .mode = 04755, .uid = 1000 } } },
	{ "sticky directory", 0, { "m tmp 1777" }, { { .type = '5', .name = "tmp", .mode = 01777 }, F("tmp/x", "") } },
	{ "mode of the root", 0, { "m . 700" }, { { .type = '5', .name = "./", .mode = 0700 } } },
	{ "root without an entry is 0755", 0, { "m . 755" }, { F("x", "") } },
	{ "hard link", 0, { "h a b", "f b x" }, { F("a", "x"), H("b", "a") } },
	{ "hard link by an absolute name", 0, { "h etc/a b" }, { F("etc/a", "x"), H("b", "/etc/a") } },
	{ "hard link to itself", 0, { "f a x" }, { F("a", "x"), H("a", "./a") } },
	{ "hard link in place of a file", 0, { "h a b" }, { F("a", "x"), F("b", "y"), H("b", "a") } },
	{ "hard link to a symbolic link", 0, { "l b target" }, { L("a", "target"), H("b", "a") } },
	{ "FIFO and device", 0, { "p p", "c null" }, { { .type = '6', .name = "p" }, { .type = '3', .name = "null", .major = 1, .minor = 3 } } },
	{ "name of 255 bytes", 0, { "f " N255 " x" }, { F(N255, "x") } },
	{ "bytes that are no UTF-8", 0, { "f \xff\xfe x" }, { F("\xff\xfe", "x") } },
	{ "pax name is not normalised", 0, { "f e\xcc\x81 x" }, { { .type = '0', .name = "x", .content = "x", .pax = "path=e\xcc\x81" } } },
	{ "newline in a name", 0, { "d a\nb" }, { D("a\nb") } },
	{ "empty archive", 0, { "d ." }, { { 0 } } },
	{ "path through the layer's own link", 0, { "f usr/bin/x 1", "l bin usr/bin" }, { D("usr/bin"), L("bin", "usr/bin"), F("bin/x", "1") } },
	{ "absolute link is the layer's", 0, { "f usr/x 1" }, { D("usr"), L("abs", "/usr"), F("abs/x", "1") } },

	/* Replacing. */
	{ "the later of two files", 0, { "f a 2" }, { F("a", "1"), F("a", "2") } },
	{ "file in place of a directory", 0, { "f a x" }, { D("a"), F("a/b/c", ""), F("a", "x") } },
	{ "directory in place of a file", 0, { "o a", "f a/b x" }, { F("a", "1"), F("b", ""), D("a"), F("a/b", "x") } },
	{ "directory twice", 0, { "t a", "f a/b x", "m a 700" }, { D("a"), F("a/b", "x"), { .type = '5', .name = "a", .mode = 0700 } } },
	{ "parent that was replaced in between", 0, { "f d/e/2 2", "- d/e/1" }, { F("d/e/1", "1"), F("d", "x"), D("d"), F("d/e/2", "2") } },
	{ "link on the way to its own place is replaced", -EINVAL, { "f a/s x", "- a/t" }, { D("a"), L("a/s", "/a"), F("a/s/s", "x"), F("a/s/t", "y") } },

	/* Whiteouts. */
	{ "whiteout", 0, { "w etc/gone" }, { F("etc/.wh.gone", "") } },
	{ "whiteout before the file", 0, { "f a x" }, { F(".wh.a", ""), F("a", "x") } },
	{ "whiteout after the file", 0, { "f a x" }, { F("a", "x"), F(".wh.a", "") } },
	{ "whiteout before the directory", 0, { "o a", "f a/b x" }, { F(".wh.a", ""), D("a"), F("a/b", "x") } },
	{ "whiteout after the directory", 0, { "o a", "f a/b x" }, { D("a"), F("a/b", "x"), F(".wh.a", "") } },
	{ "whiteout above a path", 0, { "o a", "f a/b/c x" }, { F(".wh.a", ""), F("a/b/c", "x") } },
	{ "whiteout of a link", 0, { "l a x" }, { L("a", "x"), F(".wh.a", "") } },
	{ "opaque", 0, { "o a", "f a/b x" }, { D("a"), F("a/b", "x"), F("a/.wh..wh..opq", "") } },
	{ "opaque before its directory", 0, { "o a", "m a 700" }, { F("a/.wh..wh..opq", ""), { .type = '5', .name = "a", .mode = 0700 } } },
	{ "opaque root", 0, { "o ." }, { F(".wh..wh..opq", "") } },
	{ "AUFS bookkeeping is ignored", 0, { "- .wh..wh.plnk", "- .wh..wh.aufs" }, { D(".wh..wh.plnk"), F(".wh..wh.plnk/1.2", "x"), F(".wh..wh.aufs", "") } },
	{ "whiteout without a name", -EINVAL, { 0 }, { F(".wh.", "") } },
	{ "whiteout of the parent", -EINVAL, { 0 }, { F("a/.wh...", "") } },
	{ "whiteout of the directory", -EINVAL, { 0 }, { F("a/.wh..", "") } },
	{ "entry below a whiteout's name", -EINVAL, { 0 }, { F(".wh.a/b", "") } },

	/* Hostile. */
	{ "dot-dot", -EINVAL, { 0 }, { F("../outside/x", "") } },
	{ "dot-dot in the middle", -EINVAL, { 0 }, { F("a/../../outside/canary", "bad") } },
	{ "dot-dot at the end", -EINVAL, { 0 }, { D("a/..") } },
	{ "link out, then a file below it", -EINVAL, { "- x" }, { L("l", "../outside"), F("l/canary", "bad") } },
	{ "absolute link out, then a file below it", -EINVAL, { 0 }, { L("l", "/proc/self/cwd/outside"), F("l/canary", "bad") } },
	{ "link up, then a file below it", 0, { "f x y" }, { L("l", "../../../.."), F("l/x", "y") } },
	{ "link out, then a file of its name", 0, { "f l bad" }, { L("l", "../outside/canary"), F("l", "bad") } },
	{ "link out, then a directory of its name", 0, { "o l", "m l 777" }, { L("l", "../outside"), { .type = '5', .name = "l", .mode = 0777 } } },
	{ "link out, then a mode through a hard link", 0, { "l l ../outside/canary", "f h bad" }, { L("l", "../outside/canary"), H("h", "l"), { .type = '0', .name = "h", .content = "bad", .mode = 04777 } } },
	{ "link out, then a whiteout below it", -EINVAL, { 0 }, { L("l", "../outside"), F("l/.wh.canary", "") } },
	{ "link out, then opaque below it", -EINVAL, { 0 }, { L("l", "../outside"), F("l/.wh..wh..opq", "") } },
	{ "hard link by dot-dot", -EINVAL, { 0 }, { H("h", "../outside/canary") } },
	{ "hard link through a link out", -EINVAL, { 0 }, { L("l", "../outside"), H("h", "l/canary") } },
	{ "hard link to the host's file", -EINVAL, { 0 }, { H("h", "/etc/passwd") } },
	{ "hard link to a directory", -EINVAL, { 0 }, { D("d"), H("h", "d") } },
	{ "hard link to the root", -EINVAL, { 0 }, { H("h", "/") } },
	{ "hard link before its target", -EINVAL, { 0 }, { H("b", "a"), F("a", "x") } },
	{ "loop of links", -ELOOP, { 0 }, { L("a", "b"), L("b", "a"), F("a/x", "") } },
	{ "link to itself is replaced", 0, { "f a x" }, { L("a", "a"), F("a", "x") } },
	{ "file below a file", -EINVAL, { 0 }, { F("a", ""), F("a/b", "") } },
	{ "file below a device", -EINVAL, { 0 }, { { .type = '3', .name = "a", .major = 1, .minor = 3 }, F("a/b", "") } },
	{ "file as the root", -EINVAL, { 0 }, { F("./", "x") } },
	{ "link as the root", -EINVAL, { 0 }, { L("/", "../outside") } },
	{ "hard link as the root", -EINVAL, { 0 }, { F("a", ""), H(".", "a") } },
	{ "name of 256 bytes", -EINVAL, { 0 }, { F(N255 "e", "x") } },
	{ "owner of 32 ones", -EINVAL, { 0 }, { { .type = '0', .name = "a", .pax = "uid=4294967295" } } },
	{ "owner of 33 bits", -EINVAL, { 0 }, { { .type = '0', .name = "a", .pax = "gid=4294967296" } } },
	{ "device by the whiteout's number", 0, { "w a" }, { { .type = '3', .name = "a" } } },
	{ "size beyond any file system", -EINVAL, { 0 }, { { .type = '0', .name = "a", .pax = "size=9223372036854775807" } } },
};

struct stream {
	const char *data;
	size_t left;
	size_t piece; /* how much one read gives */
};

static ssize_t read_stream(void *data, const void **ret, struct gnv_error **err)
{
	struct stream *s = data;
	size_t n = s->left < s->piece ? s->left : s->piece;

	(void)err;
	*ret = s->data;
	s->data += n;
	s->left -= n;
	return (ssize_t)n;
}

static int unpack(const struct bytes *tar, size_t piece, struct gnv_error **err)
{
	struct stream s = { .data = tar->data, .left = tar->n, .piece = piece };
	_cleanup_close_ int fd = -EBADF;

	remove_all("layer");
	need(!mkdir("layer", 0700));
	fd = open("layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(fd >= 0);
	return gnv_unpack(fd, read_stream, &s, err);
}

static bool is_opaque(const char *path)
{
	char value;

	return lgetxattr(path, GNV_XATTR_OPAQUE, &value, 1) == 1 && value == 'y';
}

static void expect_shape(const char *shape)
{
	char verb = shape[0], path[600], other[600] = "layer/", target[256] = "";
	const char *name = shape + 2, *rest = strchr(name, ' ');
	struct stat st = { 0 }, st2 = { 0 };
	bool there;

	snprintf(path, sizeof(path), "layer/%.*s", rest ? (int)(rest - name) : 512, name);
	rest = rest ? rest + 1 : "";
	there = !lstat(path, &st);
	if (verb == '-') {
		check(!there, "%s is there", path);
		return;
	}
	check(there, "%s is not there", path);
	switch (verb) {
	case 'f':
		check(S_ISREG(st.st_mode) && !strcmp(file_text(path), rest), "%s", shape);
		break;
	case 'd':
		check(S_ISDIR(st.st_mode), "%s", shape);
		break;
	case 'o':
		check(S_ISDIR(st.st_mode) && is_opaque(path), "%s", shape);
		break;
	case 't':
		check(S_ISDIR(st.st_mode) && !is_opaque(path), "%s", shape);
		break;
	case 'l':
		check(readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, rest), "%s",
		      shape);
		break;
	case 'w':
		check(S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0), "%s", shape);
		break;
	case 'c':
		check(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3), "%s", shape);
		break;
	case 'p':
		check(S_ISFIFO(st.st_mode), "%s", shape);
		break;
	case 'h':
		strncat(other, rest, sizeof(other) - 8);
		lstat(other, &st2);
		check(st.st_ino == st2.st_ino && st.st_nlink == 2, "%s", shape);
		break;
	case 'm':
		check((st.st_mode & 07777) == strtoul(rest, NULL, 8), "%s: %o", shape, st.st_mode);
		break;
	case 'u':
		check(st.st_uid == strtoul(rest, NULL, 10), "%s: %u", shape, st.st_uid);
		break;
	default:
		check(false, "unknown shape %s", shape);
	}
}

static struct stat canary;

static void expect_canary(void)
{
	struct stat st = { 0 };

	lstat("outside/canary", &st);
	check(st.st_ino == canary.st_ino && st.st_mode == canary.st_mode && st.st_nlink == 1 &&
		      st.st_ctim.tv_nsec == canary.st_ctim.tv_nsec &&
		      st.st_ctim.tv_sec == canary.st_ctim.tv_sec,
	      "the canary was changed");
	check(!strcmp(file_text("outside/canary"), "safe"), "the canary was written");
	check(count_entries("outside") == 1 && count_entries(".") == 2, "something is new outside");
	check(!is_opaque("outside"), "the directory outside was marked");
}

static void test_row(const struct row *row)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct bytes tar = tar_of(row->entries);
	size_t i;
	int r;

	begin("image_unpack:%s", row->what);
	r = unpack(&tar, 700, &err);
	check(r == row->error, "%d (%s)", r, gnv_error_message(err));
	check(!r == !err && (!err || !strchr(gnv_error_message(err), '\n')), "message");
	for (i = 0; i < 6 && row->shape[i]; i++)
		expect_shape(row->shape[i]);
	expect_canary();
	done();
	bytes_free(&tar);
}

static void test_long_path(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct tar_entry entries[2] = { { .type = '0' } };
	struct bytes path = { 0 }, tar;
	int r;

	begin("image_unpack:path of more than 4095 bytes");
	while (path.n < 4200)
		bytes_print(&path, "dddddddddd/");
	bytes_print(&path, "f");
	entries[0].name = path.data;
	tar = tar_of(entries);
	r = unpack(&tar, 4096, &err);
	check(r == -EINVAL, "%d", r);
	done();
	bytes_free(&tar);
	bytes_free(&path);
}

static void test_xattrs(void)
{
	/* Of version 2, CAP_NET_RAW permitted and effective. */
	static const char cap[20] = "\x01\x00\x00\x02\x00\x20";
	_cleanup_error_ struct gnv_error *err = NULL;
	struct tar_entry e = { .type = '0', .name = "f", .uid = 7 };
	struct bytes tar = { 0 }, pax = { 0 };
	char value[64];
	int r;

	begin("image_unpack:extended attributes: capabilities and user's are kept, the kernel's dropped");
	pax_record(&pax, "SCHILY.xattr.security.capability", cap, sizeof(cap));
	pax_record(&pax, "SCHILY.xattr.user.note", "hello", 5);
	pax_record(&pax, "SCHILY.xattr.user.overlay.opaque", "y", 1);
	pax_record(&pax, "SCHILY.xattr.trusted.overlay.redirect", "/etc", 4);
	pax_record(&pax, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
	pax_record(&pax, "SCHILY.xattr.security.selinux", "label", 5);
	tar_pax(&tar, &pax);
	tar_header(&tar, &e, "f", '0', 0);
	tar_end(&tar);
	r = unpack(&tar, 512, &err);
	check(r == 0, "%s", gnv_error_message(err));
	check(lgetxattr("layer/f", "security.capability", value, sizeof(value)) == 20, "capability");
	check(lgetxattr("layer/f", "user.note", value, sizeof(value)) == 5 || errno == EOPNOTSUPP,
	      "user");
	check(lgetxattr("layer/f", "user.overlay.opaque", value, sizeof(value)) < 0, "user.overlay");
	check(lgetxattr("layer/f", "trusted.overlay.redirect", value, sizeof(value)) < 0, "redirect");
	check(lgetxattr("layer/f", "trusted.overlay.opaque", value, sizeof(value)) < 0, "opaque");
	check(lgetxattr("layer/f", "security.selinux", value, sizeof(value)) < 0, "selinux");
	done();
	bytes_free(&tar);
	bytes_free(&pax);
}

static void test_times(void)
{
	static const struct tar_entry entries[] = { D("d"), F("d/f", "x"), L("d/l", "f"), F("d/e/f", ""), { 0 } };
	static const char *const paths[] = { "layer/d", "layer/d/f", "layer/d/l" };
	_cleanup_error_ struct gnv_error *err = NULL;
	struct bytes tar = tar_of(entries);
	struct stat st;
	size_t i;

	begin("image_unpack:times are the archive's, of directories too");
	check(unpack(&tar, 4096, &err) == 0, "%s", gnv_error_message(err));
	for (i = 0; i < 3; i++)
		check(!lstat(paths[i], &st) && st.st_mtime == 1000000000, "%s", paths[i]);
	done();
	bytes_free(&tar);
}

static void test_sparse(void)
{
	static const struct tar_entry entries[] = {
		{ .type = 'S', .name = "f", .content = "end", .real_size = 4 << 20 }, { 0 }
	};
	_cleanup_error_ struct gnv_error *err = NULL;
	struct bytes tar = tar_of(entries);
	struct stat st = { 0 };
	char tail[3] = "";
	int fd;

	begin("image_unpack:sparse file keeps its holes");
	check(unpack(&tar, 4096, &err) == 0, "%s", gnv_error_message(err));
	stat("layer/f", &st);
	check(st.st_size == 4 << 20, "size %lld", (long long)st.st_size);
	check(st.st_blocks * 512 < 1 << 20, "%lld blocks", (long long)st.st_blocks);
	fd = open("layer/f", O_RDONLY | O_CLOEXEC);
	check(pread(fd, tail, 3, (4 << 20) - 3) == 3 && !memcmp(tail, "end", 3), "content");
	close(fd);
	done();
	bytes_free(&tar);
}

/* Every length of a good archive's beginning: an error or a part, never more. */
static void test_truncation(void)
{
	static const struct tar_entry entries[] = {
		{ .type = '0', .name = "a", .content = "x", .pax = "path=b" }, D("d"), { 0 }
	};
	struct bytes tar = tar_of(entries);
	size_t whole = tar.n;
	int refused = 0;

	begin("image_unpack:archive that is cut short");
	for (tar.n = 0; tar.n < whole; tar.n += 256) {
		int r = unpack(&tar, 100, NULL);

		check(r == 0 || r == -EINVAL, "%d at %zu", r, tar.n);
		refused += r != 0;
		expect_canary();
	}
	check(refused > 4, "%d refused", refused);
	done();
	bytes_free(&tar);
}

static void test_garbage(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct bytes tar = { 0 };
	int i;

	begin("image_unpack:bytes that are no archive");
	for (i = 0; i < 4096; i++)
		bytes_add(&tar, &(char){ (char)(i * 37 + 11) }, 1);
	check(unpack(&tar, 512, &err) == -EINVAL, "taken");
	expect_canary();
	done();
	bytes_free(&tar);
}

static ssize_t fail_to_read(void *data, const void **ret, struct gnv_error **err)
{
	(void)data, (void)ret;
	return gnv_error_set(err, EBADMSG, "the reader's own reason");
}

static void test_reader_failure(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_close_ int fd = -EBADF;

	begin("image_unpack:failure of the reader is passed on");
	remove_all("layer");
	need(!mkdir("layer", 0700));
	fd = open("layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(gnv_unpack(fd, fail_to_read, NULL, &err) == -EBADMSG, "number");
	check(strstr(gnv_error_message(err), "the reader's own reason"), "%s",
	      gnv_error_message(err));
	done();
}

int main(void)
{
	size_t i;

	if (geteuid() != 0) {
		begin("image_unpack:all");
		skip("devices and owners are only root's to make");
		return tap_end();
	}
	/* In the locale in which libarchive would change names, if it were let. */
	setlocale(LC_ALL, "C.UTF-8");
	umask(077);
	scratch_make();
	need(!mkdir("outside", 0755));
	write_file("outside/canary", "safe", 4);
	need(!lstat("outside/canary", &canary));

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&rows[i]);
	test_long_path();
	test_xattrs();
	test_times();
	test_sparse();
	test_truncation();
	test_garbage();
	test_reader_failure();
	scratch_remove();
	return tap_end();
}
