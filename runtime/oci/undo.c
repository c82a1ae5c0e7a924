// SPDX-License-Identifier: MIT
/*
 * Contents of cgroup files, and putting them back.
 */
#include "oci/undo.h"

#include <string.h>

#include "base/file.h"
#include "sandbox/cgroup.h"

#define TEXT_BYTES_MAX (1U << 20)

struct oci_undo_file {
	char *name;
	char *key; /* of the line that was changed; NULL: the file is one value */
	char *text; /* what makes it what it was */
};

/* Files that have a line for each device, and what takes such a line away. */
static const struct keyed {
	const char *name, *unset;
} keyed[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
};

static const struct keyed *find_keyed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keyed) / sizeof(keyed[0]); i++)
		if (!strcmp(keyed[i].name, name))
			return &keyed[i];
	return NULL;
}

/* The device that @value is for; a weight alone is everybody's. */
static char *key_of(const char *value)
{
	size_t length = strcspn(value, " \n");

	return value[length] == ' ' ? strndup(value, length) : strdup("default");
}

static char *find_line(char *text, const char *key)
{
	size_t length = strlen(key);
	char *line;

	while ((line = strsep(&text, "\n")))
		if (!strncmp(line, key, length) && line[length] == ' ')
			return line;
	return NULL;
}

/* What would have to be written so that nothing changed. */
static int read_present(int fd, const char *name, const char *key, char **ret)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	int r = gnv_file_read_at(fd, name, TEXT_BYTES_MAX, &text, NULL, NULL);

	if (r < 0)
		return r;
	if (!key) {
		*ret = STEAL_PTR(text);
		return 0;
	}
	line = find_line(text, key);
	if (line)
		*ret = strdup(line);
	else if (asprintf(ret, "%s %s", key, find_keyed(name)->unset) < 0)
		*ret = NULL;
	return *ret ? 0 : -ENOMEM;
}

static void file_fini(struct oci_undo_file *file)
{
	free(file->name);
	free(file->key);
	free(file->text);
}

static int note(struct oci_undo *undo, int fd, const char *name, const char *value)
{
	struct oci_undo_file *grown =
		reallocarray(undo->files, undo->n + 1, sizeof(undo->files[0]));
	_cleanup_(file_fini) struct oci_undo_file file = { .name = strdup(name) };
	int r;

	if (!grown)
		return -ENOMEM;
	undo->files = grown;
	if (find_keyed(name))
		file.key = key_of(value);
	if (!file.name || (find_keyed(name) && !file.key))
		return -ENOMEM;
	r = read_present(fd, name, file.key, &file.text);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	undo->files[undo->n++] = file;
	file = (struct oci_undo_file){ 0 };
	return 0;
}

int oci_undo_note(struct oci_undo *undo, int cgroup_fd, const char *name, const char *value,
		  struct gnv_error **err)
{
	int r = note(undo, cgroup_fd, name, value);

	return r < 0 ? gnv_error_errno(err, -r, "keep `%s` of the cgroup", name) : 0;
}

static bool is_as_it_was(const struct oci_undo_file *file, int fd)
{
	_cleanup_free_ char *text = NULL;

	return read_present(fd, file->name, file->key, &text) == 0 && !strcmp(text, file->text);
}

void oci_undo_all(const struct oci_undo *undo, int cgroup_fd, struct gnv_error **err)
{
	size_t i;
	int r;

	for (i = undo->n; i-- > 0;) {
		const struct oci_undo_file *file = &undo->files[i];

		if (is_as_it_was(file, cgroup_fd))
			continue;
		r = gnv_cgroup_write(cgroup_fd, file->name, file->text);
		/* The kernel may take it and do otherwise. */
		if (r >= 0 && !is_as_it_was(file, cgroup_fd))
			r = -EIO;
		if (r < 0)
			gnv_error_wrap(err, r, "`%s` could not be set back to `%.*s` (%s)",
				       file->name, (int)strcspn(file->text, "\n"), file->text,
				       strerror(-r));
	}
}

void oci_undo_fini(struct oci_undo *undo)
{
	while (undo->n)
		file_fini(&undo->files[--undo->n]);
	free(undo->files);
	undo->files = NULL;
}
