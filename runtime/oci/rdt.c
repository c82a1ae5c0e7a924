// SPDX-License-Identifier: MIT
/*
 * Groups of resctrl.
 */
#include "oci/rdt.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/strv.h"

#define SCHEMATA_BYTES_MAX (1U << 20)

/* A group's groups that are monitored only. */
#define MONITORS "mon_groups/"

int oci_rdt_open(struct gnv_error **err)
{
	_cleanup_close_ int fd = open("/sys/fs/resctrl", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == RDTGROUP_SUPER_MAGIC)
		return STEAL_FD(fd);
	gnv_error_set(err, EOPNOTSUPP, "linux.intelRdt: no resctrl on `/sys/fs/resctrl`");
	return gnv_error_remedy(err, -EOPNOTSUPP,
				"mount one there, if the processors have it, or leave it out");
}

static bool is_bandwidth(const char *line)
{
	return !strncmp(line + strspn(line, " "), "MB:", 3);
}

/*
 * All lines that are asked for, in the order in which they are to be written.  memBwSchema stands
 * in the place of what l3CacheSchema says of that.
 */
static int list_lines(const struct oci_intel_rdt *rdt, char ***ret)
{
	const char *texts[] = { rdt->l3_cache_schema, rdt->mem_bw_schema };
	size_t i;

	for (i = 0; i < 2; i++) {
		_cleanup_free_ char *copy = texts[i] ? strdup(texts[i]) : NULL;
		char *next = copy, *line;

		if (texts[i] && !copy)
			return -ENOMEM;
		while ((line = strsep(&next, "\n")))
			if (*line && !(i == 0 && texts[1] && is_bandwidth(line)) &&
			    gnv_strv_append(ret, line) < 0)
				return -ENOMEM;
	}
	return gnv_strv_append_all(ret, rdt->schemata);
}

/* The value of a domain in "L3:0=ff;1=0f", or NULL. */
static const char *find_domain(const char *line, const char *domain, size_t length)
{
	const char *at = strchr(line, ':');

	while (at) {
		at++;
		at += strspn(at, " ");
		if (!strncmp(at, domain, length) && at[length] == '=')
			return at + length + 1;
		at = strchr(at, ';');
	}
	return NULL;
}

static bool is_same_value(const char *a, const char *b)
{
	size_t n;

	/* The kernel pads its masks. */
	a += strspn(a, " 0");
	b += strspn(b, " 0");
	n = strcspn(a, "; \n");
	return n == strcspn(b, "; \n") && !strncmp(a, b, n);
}

/* Whether the group's own line of that resource says the same of each domain. */
static bool is_same_line(const char *own, const char *line)
{
	const char *at = strchr(line, ':'), *value, *of_own;

	while (at) {
		at++;
		at += strspn(at, " ");
		value = strchr(at, '=');
		of_own = value ? find_domain(own, at, (size_t)(value - at)) : NULL;
		if (!of_own || !is_same_value(of_own, value + 1))
			return false;
		at = strchr(at, ';');
	}
	return true;
}

static const char *find_resource(char *const *own, const char *line)
{
	size_t n = strcspn(line, ":") + 1;

	for (; own && *own; own++) {
		const char *text = *own + strspn(*own, " ");

		if (!strncmp(text, line, n))
			return text;
	}
	return NULL;
}

/* A group of others' is taken as it is, and has to be what is asked for. */
static int compare(int fd, char *const *lines, const char *group, struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **own = NULL;
	char *next, *line;
	int r = gnv_file_read_at(fd, "schemata", SCHEMATA_BYTES_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	next = text;
	while ((line = strsep(&next, "\n")))
		if (gnv_strv_append(&own, line) < 0)
			return gnv_error_errno(err, ENOMEM, "linux.intelRdt");
	for (; lines && *lines; lines++) {
		const char *found = find_resource(own, *lines);

		if (!found || !is_same_line(found, *lines))
			return gnv_error_set(err, EEXIST,
					     "linux.intelRdt.closID: the group `%s` is there, without `%s`",
					     group, *lines);
	}
	return 0;
}

/* The kernel has better words for it than the number of an error. */
static int refused(int root_fd, int r, const char *line, struct gnv_error **err)
{
	_cleanup_free_ char *why = NULL;

	if (gnv_file_read_at(root_fd, "info/last_cmd_status", 1U << 12, &why, NULL, NULL) < 0)
		return gnv_error_errno(err, -r, "linux.intelRdt: write `%s`", line);
	why[strcspn(why, "\n")] = '\0';
	return gnv_error_set(err, -r, "linux.intelRdt: write `%s`: %s", line, why);
}

static int write_lines(int root_fd, int fd, char *const *lines, struct gnv_error **err)
{
	for (; lines && *lines; lines++) {
		_cleanup_close_ int file_fd = openat(fd, "schemata", O_WRONLY | O_CLOEXEC);

		/* Line by line, so that it is known which one the kernel refuses. */
		if (file_fd < 0 || dprintf(file_fd, "%s\n", *lines) < 0)
			return refused(root_fd, -errno, *lines, err);
	}
	return 0;
}

static int open_group(int root_fd, const char *group)
{
	int fd = openat(root_fd, group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int make_monitor(int fd, const char *group, const char *id, char **ret_group,
			char **ret_made, struct gnv_error **err)
{
	char name[256];

	snprintf(name, sizeof(name), MONITORS "%s", id);
	if (mkdirat(fd, name, 0755) < 0)
		return gnv_error_errno(err, errno, "linux.intelRdt.enableMonitoring");
	free(*ret_group);
	if (asprintf(ret_group, "%s/%s", group, name) < 0)
		*ret_group = NULL;
	/* With a group of ours, it goes together with that. */
	if (!*ret_made)
		*ret_made = *ret_group ? strdup(*ret_group) : NULL;
	return *ret_group && *ret_made ? 0 : gnv_error_errno(err, ENOMEM, "linux.intelRdt");
}

int oci_rdt_prepare(int root_fd, const struct oci_intel_rdt *rdt, const char *id,
		    char **ret_group, char **ret_made, struct gnv_error **err)
{
	const char *group = rdt->clos_id && *rdt->clos_id ? rdt->clos_id : id;
	_cleanup_strv_ char **lines = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r = 0;

	if (!strcmp(group, "/"))
		group = ".";
	if (list_lines(rdt, &lines) < 0)
		return gnv_error_errno(err, ENOMEM, "linux.intelRdt");
	/* Without a word of what is to be in it, it has to be there. */
	if (lines || group == id) {
		if (mkdirat(root_fd, group, 0755) == 0)
			*ret_made = strdup(group);
		else if (errno != EEXIST)
			return gnv_error_errno(err, errno, "linux.intelRdt: make the group `%s`",
					       group);
	}
	fd = open_group(root_fd, group);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "linux.intelRdt.closID: group `%s`", group);
	*ret_group = strdup(group);
	if (!*ret_group)
		return gnv_error_errno(err, ENOMEM, "linux.intelRdt");
	r = *ret_made ? write_lines(root_fd, fd, lines, err) : compare(fd, lines, group, err);
	if (r >= 0 && rdt->enable_monitoring)
		r = make_monitor(fd, group, id, ret_group, ret_made, err);
	return r;
}

static int join(int root_fd, const char *group, pid_t pid, struct gnv_error **err)
{
	_cleanup_close_ int fd = open_group(root_fd, group);
	_cleanup_close_ int tasks_fd = fd < 0 ? fd : openat(fd, "tasks", O_WRONLY | O_CLOEXEC);

	if (tasks_fd < 0 || dprintf(tasks_fd, "%d", pid) < 0)
		return gnv_error_errno(err, errno, "linux.intelRdt: join the group `%s`", group);
	return 0;
}

int oci_rdt_join(int root_fd, const char *group, pid_t pid, struct gnv_error **err)
{
	const char *monitor = strstr(group, "/" MONITORS);
	_cleanup_free_ char *whole = monitor ? strndup(group, (size_t)(monitor - group)) : NULL;
	int r = 0;

	if (monitor && !whole)
		return gnv_error_errno(err, ENOMEM, "linux.intelRdt");
	/* It takes only who is in the whole group. */
	if (monitor)
		r = join(root_fd, whole, pid, err);
	return r < 0 ? r : join(root_fd, group, pid, err);
}

int oci_rdt_remove(int root_fd, const char *made, struct gnv_error **err)
{
	if (unlinkat(root_fd, made, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return gnv_error_errno(err, errno, "remove the resctrl group `%s`", made);
	return 0;
}
