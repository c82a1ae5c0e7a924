// SPDX-License-Identifier: MIT
/*
 * register, unregister: engines are told of this runtime in their configuration's file.
 * What the text becomes is register.h's; here are the file, its backup and what is said.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/utf8.h"
#include "image/json.h"
#include "oci/command.h"
#include "oci/register.h"
#include "oci/state.h"

#define BYTES_MAX (1U << 20)
#define BACKUP	  ".before-ghostnv"

/* Of editors on Windows; nobody sees it. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct wish {
	const struct oci_engine *engine; /* NULL: Docker */
	const char *config;
	struct oci_registration what;
	bool dry_run, json;
};

/* A configuration's file, found behind all links. */
struct config_file {
	char *path; /* the file's own */
	char *backup; /* its last part, or NULL: none may be made */
	int dir_fd; /* -EBADF: there is no such directory, nor needs it to be */
	bool exists, has_backup;
	struct stat st;
	char *text; /* "" where there is none */
	char *backup_text;
};

static void file_fini(struct config_file *file)
{
	free(file->path);
	free(file->backup);
	free(file->text);
	free(file->backup_text);
	gnv_close(&file->dir_fd);
}

#define _cleanup_file_ _cleanup_(file_fini)

static const char *last_part(const struct config_file *file)
{
	return strrchr(file->path, '/') + 1;
}

static int tell_where(const struct config_file *file, int r, struct gnv_error **err)
{
	gnv_error_wrap(err, r, "`%s`", file->path);
	return gnv_error_remedy(err, r, "mend that first; the file is as it was");
}

/* --- which file ---------------------------------------------------------------------------- */

static char *usual_path(const struct oci_engine *engine, const char *name)
{
	const char *place = strstr(engine->config, "%s");

	if (!place)
		return strdup(engine->config);
	return oci_text_splice(engine->config, (size_t)(place - engine->config),
			       (size_t)(place + 2 - engine->config), name);
}

/* An absolute path without links but for its last part, which does not exist. */
static int find_new(const char *path, bool make, struct config_file *file,
		    struct gnv_error **err)
{
	_cleanup_free_ char *folder = strdup(path), *real = NULL;
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct stat st;
	int r = 0;

	if (!folder)
		return gnv_error_errno(err, ENOMEM, "find `%s`", path);
	if (!lstat(path, &st)) {
		gnv_error_set(err, ENOENT, "`%s` is a link to what does not exist", path);
		return gnv_error_remedy(err, -ENOENT, "make the file that it leads to");
	}
	if (!*name)
		return gnv_error_set(err, EISDIR, "`%s` is no file", path);
	snprintf(folder + (name - path), 2, "%s", name == path ? "." : "");
	if (make)
		r = gnv_mkdir_all(folder, 0755, err);
	if (r < 0)
		return r;
	real = realpath(folder, NULL);
	if (asprintf(&file->path, "%s/%s", real ? real : folder, name) < 0) {
		file->path = NULL;
		return gnv_error_errno(err, ENOMEM, "find `%s`", path);
	}
	return 0;
}

static int find_file(const char *path, bool make, struct config_file *file,
		     struct gnv_error **err)
{
	file->path = realpath(path, NULL);
	if (file->path)
		return *last_part(file) ? 0 : gnv_error_set(err, EISDIR, "`%s` is no file", path);
	if (errno != ENOENT)
		return gnv_error_errno(err, errno, "find `%s`", path);
	return find_new(path, make, file, err);
}

/* Engines read whatever lies in such a folder. */
static bool is_in_drop_ins(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash - path > 2 && !strncmp(slash - 2, ".d", 2);
}

/* --- its text ------------------------------------------------------------------------------ */

static int check_text(const char *text, size_t length, struct gnv_error **err)
{
	unsigned int line = 1;
	size_t i, n;

	if (!strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		return gnv_error_set(err, EINVAL, "line 1: it begins with a byte order mark");
	for (i = 0; i < length; i += n) {
		n = gnv_utf8_length(text + i);
		if (!n || !text[i])
			return gnv_error_set(err, EINVAL, "line %u: it is no text of UTF-8", line);
		line += text[i] == '\n';
	}
	return 0;
}

static int read_text(struct config_file *file, struct gnv_error **err)
{
	_cleanup_close_ int fd = openat(file->dir_fd, last_part(file),
					O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t length = 0;
	int r;

	if (fd < 0 && (errno == ENOENT || file->dir_fd < 0)) {
		file->text = strdup("");
		return file->text ? 0 : gnv_error_errno(err, ENOMEM, "read it");
	}
	if (fd < 0 || fstat(fd, &file->st) < 0)
		return gnv_error_errno(err, errno, "open it");
	file->exists = true;
	if (!S_ISREG(file->st.st_mode))
		return gnv_error_set(err, EINVAL, "it is no regular file");
	r = gnv_file_read_regular(fd, BYTES_MAX, &file->text, &length);
	if (r == -EFBIG)
		return gnv_error_set(err, EFBIG, "it has more than %u bytes", BYTES_MAX);
	if (r < 0)
		return gnv_error_errno(err, -r, "read it");
	return check_text(file->text, length, err);
}

static int open_file(const struct wish *wish, bool make, struct config_file *file,
		     struct gnv_error **err)
{
	_cleanup_free_ char *usual = NULL, *folder = NULL;
	int r;

	usual = wish->config ? strdup(wish->config) : usual_path(wish->engine, wish->what.name);
	if (!usual)
		return gnv_error_errno(err, ENOMEM, "find the configuration");
	r = find_file(usual, make, file, err);
	if (r < 0)
		return r;
	folder = strndup(file->path, (size_t)(last_part(file) - file->path));
	if (!folder ||
	    (!is_in_drop_ins(file->path) &&
	     asprintf(&file->backup, "%s" BACKUP, last_part(file)) < 0))
		return gnv_error_errno(err, ENOMEM, "find `%s`", usual);
	file->dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir_fd < 0 && (make || errno != ENOENT))
		return gnv_error_errno(err, errno, "open `%s`", folder);
	r = read_text(file, err);
	if (r < 0)
		return tell_where(file, r, err);
	file->has_backup = file->backup && file->dir_fd >= 0 &&
			   gnv_file_read_at(file->dir_fd, file->backup, BYTES_MAX,
					    &file->backup_text, NULL, NULL) >= 0;
	return 0;
}

/* What was there before the first register; not what register itself has made. */
static int make_backup(const struct wish *wish, struct config_file *file,
		       struct gnv_error **err)
{
	_cleanup_free_ char *without = NULL;
	int r = wish->engine->remove(wish->engine, &wish->what, file->text, &without, err);

	if (r < 0 || strcmp(without, file->text) != 0)
		return r;
	r = gnv_file_write_like_at(file->dir_fd, file->backup, file->text, &file->st, err);
	file->has_backup = r >= 0;
	return r;
}

static int write_text(struct config_file *file, const char *text, struct gnv_error **err)
{
	static const struct stat fresh = { .st_mode = 0644 };
	struct stat like = file->exists ? file->st : fresh;

	if (!file->exists) {
		like.st_uid = geteuid();
		like.st_gid = getegid();
	}
	if (*text || file->has_backup)
		return gnv_file_write_like_at(file->dir_fd, last_part(file), text, &like, err);
	if (unlinkat(file->dir_fd, last_part(file), 0) < 0)
		return gnv_error_errno(err, errno, "remove it");
	return 0;
}

static int change(const struct wish *wish, bool away, struct config_file *file,
		  const char *text, struct gnv_error **err)
{
	int r = 0;

	if (!away && file->exists && file->backup && !file->has_backup)
		r = make_backup(wish, file, err);
	if (!r)
		r = write_text(file, text, err);
	/* All is as it was: there is nothing to go back to. */
	if (!r && away && file->has_backup && !strcmp(text, file->backup_text) &&
	    !unlinkat(file->dir_fd, file->backup, 0))
		file->has_backup = false;
	return r;
}

/* --- what is said -------------------------------------------------------------------------- */

static const char *next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p ? p + 1 : p;
}

static const char *skip_lines(const char *p, unsigned int n)
{
	while (n--)
		p = next_line(p);
	return p;
}

static bool same_line(const char *a, const char *b)
{
	size_t length = (size_t)(next_line(a) - a);

	return length == (size_t)(next_line(b) - b) && !memcmp(a, b, length);
}

static void print_lines(char sign, const char *from, const char *end)
{
	for (; from < end; from = next_line(from))
		printf("%c%.*s\n", sign, (int)strcspn(from, "\n"), from);
}

/* The nearest lines from which on both texts go on alike. */
static void meet(const char **a, const char **b)
{
	unsigned int distance, i;
	const char *p, *q;

	for (distance = 1;; distance++)
		for (i = 0; i <= distance; i++) {
			p = skip_lines(*a, i);
			q = skip_lines(*b, distance - i);
			if (same_line(p, q)) {
				*a = p;
				*b = q;
				return;
			}
		}
}

/* Few lines differ, so nothing better than `meet` is needed. */
static void print_difference(const char *path, const char *a, const char *b)
{
	const char *old, *new;
	unsigned int line = 1;

	printf("--- %s\n+++ %s\n", path, path);
	while (*a || *b) {
		old = a;
		new = b;
		if (!same_line(a, b)) {
			meet(&a, &b);
			printf("@@ line %u @@\n", line);
			print_lines('-', old, a);
			print_lines('+', new, b);
		}
		for (; old < a; old = next_line(old))
			line++;
		if (*a && *b) {
			a = next_line(a);
			b = next_line(b);
			line++;
		}
	}
}

static int print_json(const struct wish *wish, const struct config_file *file, bool changed,
		      struct gnv_error **err)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const char *apply = changed ? wish->engine->apply : NULL, *text;
	_cleanup_free_ char *backup = NULL;

	if (file->has_backup &&
	    asprintf(&backup, "%.*s%s", (int)(last_part(file) - file->path), file->path,
		     file->backup) < 0)
		return gnv_error_errno(err, ENOMEM, "print the result");
	json_object_object_add(object, "target", json_object_new_string(wish->engine->name));
	json_object_object_add(object, "config", json_object_new_string(file->path));
	json_object_object_add(object, "name", json_object_new_string(wish->what.name));
	json_object_object_add(object, "changed", json_object_new_boolean(changed));
	json_object_object_add(object, "dry_run", json_object_new_boolean(wish->dry_run));
	json_object_object_add(object, "backup", backup ? json_object_new_string(backup) : NULL);
	json_object_object_add(object, "apply", apply ? json_object_new_string(apply) : NULL);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!object || !text)
		return gnv_error_errno(err, ENOMEM, "print the result");
	puts(text);
	return 0;
}

static void print_text(const struct wish *wish, const struct config_file *file, bool away,
		       const char *text)
{
	if (!strcmp(file->text, text)) {
		printf("%s: nothing to change, `%s` is%s registered\n", file->path,
		       wish->what.name, away ? " not" : "");
		return;
	}
	if (wish->dry_run) {
		print_difference(file->path, file->text, text);
		return;
	}
	printf("%s: `%s` is%s registered%s\n", file->path, wish->what.name,
	       away ? " no longer" : "", !away && wish->what.set_default ? ", the default" : "");
	if (wish->engine->apply)
		printf("`%s` makes it known to %s\n", wish->engine->apply, wish->engine->name);
}

/* --- the verbs ----------------------------------------------------------------------------- */

static int edit(const struct wish *wish, bool away, struct gnv_error **err)
{
	_cleanup_file_ struct config_file file = { .dir_fd = -EBADF };
	const struct oci_engine *engine = wish->engine;
	struct wish informed = *wish;
	_cleanup_free_ char *text = NULL;
	int r = open_file(wish, !away && !wish->dry_run, &file, err);

	if (r < 0)
		return r;
	informed.what.former = file.has_backup ? file.backup_text : NULL;
	r = (away ? engine->remove : engine->add)(engine, &informed.what, file.text, &text, err);
	if (r >= 0 && !wish->dry_run && strcmp(text, file.text) != 0)
		r = change(&informed, away, &file, text, err);
	if (r < 0)
		return tell_where(&file, r, err);
	if (wish->json)
		return print_json(wish, &file, strcmp(text, file.text) != 0, err);
	print_text(wish, &file, away, text);
	return 0;
}

static int own_path(char *path, struct gnv_error **err)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n < 0)
		return gnv_error_errno(err, errno, "read `/proc/self/exe`");
	path[n] = '\0';
	return 0;
}

static int run(const struct oci_globals *globals, struct wish *wish, bool away,
	       struct gnv_error **err)
{
	_cleanup_close_ int lock_fd = -EBADF;
	char path[PATH_MAX];
	int r = 0;

	if (!wish->engine)
		wish->engine = oci_engines;
	if (!wish->what.name)
		wish->what.name = "ghostnv";
	if (!wish->what.path) {
		r = own_path(path, err);
		wish->what.path = path;
	}
	/* Two of us at a time would lose one's change. */
	if (!r && !wish->dry_run)
		r = lock_fd = oci_root_lock(globals->root, err);
	if (r >= 0)
		r = edit(wish, away, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

static int run_register(const struct oci_globals *globals, void *data, int argc, char **argv,
			struct gnv_error **err)
{
	(void)argc, (void)argv;
	return run(globals, data, false, err);
}

static int run_unregister(const struct oci_globals *globals, void *data, int argc, char **argv,
			  struct gnv_error **err)
{
	(void)argc, (void)argv;
	return run(globals, data, true, err);
}

static int take_target(void *data, const char *value, struct gnv_error **err)
{
	struct wish *wish = data;

	for (wish->engine = oci_engines; wish->engine->name; wish->engine++)
		if (!strcmp(wish->engine->name, value))
			return 0;
	return gnv_error_set(err, EINVAL,
			     "--target `%s`: it is docker, containerd, crio or podman", value);
}

static int take_config(void *data, const char *value, struct gnv_error **err)
{
	if (!*value)
		return gnv_error_set(err, EINVAL, "--config: the file is missing");
	((struct wish *)data)->config = value;
	return 0;
}

static int take_name(void *data, const char *value, struct gnv_error **err)
{
	if (!oci_register_name_is_valid(value))
		return gnv_error_set(err, EINVAL,
				     "--name `%s`: letters, digits, - and _, and not runc", value);
	((struct wish *)data)->what.name = value;
	return 0;
}

static int take_path(void *data, const char *value, struct gnv_error **err)
{
	const char *p;

	for (p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return gnv_error_set(err, EINVAL, "--runtime-path: a control character");
	if (*value != '/' || check_text(value, strlen(value), NULL) < 0)
		return gnv_error_set(err, EINVAL, "--runtime-path `%s`: it is not an absolute path",
				     value);
	((struct wish *)data)->what.path = value;
	return 0;
}

static int take_default(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct wish *)data)->what.set_default = true;
	return 0;
}

static int take_dry_run(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct wish *)data)->dry_run = true;
	return 0;
}

static int take_format(void *data, const char *value, struct gnv_error **err)
{
	struct wish *wish = data;

	wish->json = !strcmp(value, "json");
	if (wish->json || !strcmp(value, "text"))
		return 0;
	return gnv_error_set(err, EINVAL, "--format `%s`: it is text or json", value);
}

#define COMMON_OPTIONS \
	{ "target", 0, "ENGINE", "docker (the default), containerd, crio or podman", \
	  take_target }, \
		{ "config", 0, "FILE", "the engine's configuration, where it is not the usual", \
		  take_config }, \
		{ "name", 0, "NAME", "what the engine calls this runtime (ghostnv)", take_name }, \
		{ "dry-run", 0, NULL, "print what would change", take_dry_run }, \
	{ \
		"format", 0, "text|json", "how to answer (text)", take_format \
	}

static const struct cli_option register_options[] = {
	COMMON_OPTIONS,
	{ "runtime-path", 0, "FILE", "the program (this one)", take_path },
	{ "set-default", 0, NULL, "of containers that ask for no runtime", take_default },
	{ 0 },
};

static const struct cli_option unregister_options[] = {
	COMMON_OPTIONS,
	{ 0 },
};

const struct oci_command oci_cmd_register = {
	.name = "register",
	.synopsis = "",
	.help = "tell an engine of this runtime",
	.options = register_options,
	.data_size = sizeof(struct wish),
	.run = run_register,
};

const struct oci_command oci_cmd_unregister = {
	.name = "unregister",
	.synopsis = "",
	.help = "take that back",
	.options = unregister_options,
	.data_size = sizeof(struct wish),
	.run = run_unregister,
};
