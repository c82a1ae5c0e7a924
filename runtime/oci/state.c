// SPDX-License-Identifier: MIT
/*
 * Containers on disk.
 */
#include "oci/state.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/process.h"
#include "base/strv.h"
#include "image/json.h"
#include "image/tree.h"
#include "oci/log.h"
#include "sandbox/cgroup.h"
#include "sandbox/init_image.h"

#define STATE_FILE	"state.json"
#define CONFIG_FILE	"config.json"

#define STATE_BYTES_MAX (16U << 20)

/* As long as a file's name may be, with room for what callers put around it. */
#define ID_LEN_MAX	200

#define AT(member)	.offset = offsetof(struct oci_state, member)

static const struct oci_field fields[] = {
	{ "ociVersion", OCI_STRING, .required = true, AT(version) },
	{ "bundle", OCI_STRING, .required = true, AT(bundle) },
	{ "rootfs", OCI_STRING, .required = true, AT(rootfs) },
	{ "cgroup", OCI_STRING, .required = true, AT(cgroup) },
	{ "unit", OCI_STRING, AT(unit) },
	{ "rdtGroup", OCI_STRING, AT(rdt_group) },
	{ "rdtMade", OCI_STRING, AT(rdt_made) },
	{ "created", OCI_STRING, .required = true, AT(created) },
	{ "pid", OCI_INT, AT(pid), .min = 0, .max = INT_MAX },
	{ "startTime", OCI_U64, AT(start_time) },
	{ "started", OCI_BOOL, AT(started) },
	{ "asksLater", OCI_BOOL, AT(asks_later) },
	{ "annotations", OCI_PAIRS, AT(annotations) },
	{ 0 },
};
static const struct oci_table table = { sizeof(struct oci_state), fields, NULL };

bool oci_id_is_valid(const char *id)
{
	size_t i, length = strlen(id);

	if (!length || length > ID_LEN_MAX || !strcmp(id, ".") || !strcmp(id, ".."))
		return false;
	for (i = 0; i < length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-",
			    id[i]))
			return false;
	return true;
}

static int check_id(const char *id, struct gnv_error **err)
{
	if (oci_id_is_valid(id))
		return 0;
	gnv_error_set(err, EINVAL, "container id `%s`: this is no id", id);
	return gnv_error_remedy(err, -EINVAL,
				"use 1 to %d letters, digits, `_`, `.`, `+` and `-`", ID_LEN_MAX);
}

static int lock(const struct oci_entry *entry, struct gnv_error **err)
{
	int r;

	do {
		r = flock(entry->dir_fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? gnv_error_errno(err, errno, "lock container `%s`", entry->id) : 0;
}

static int open_dir(struct oci_entry *entry, const char *id, struct gnv_error **err)
{
	struct stat st;

	entry->id = strdup(id);
	if (!entry->id)
		return gnv_error_errno(err, ENOMEM, "open container `%s`", id);
	entry->dir_fd = openat(entry->root_fd, id,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Its owner could keep us waiting for the lock, for one. */
	if (entry->dir_fd >= 0 && fstat(entry->dir_fd, &st) == 0 && st.st_uid != geteuid())
		return gnv_error_set(err, EPERM, "container `%s` belongs to another user", id);
	if (entry->dir_fd >= 0)
		return 0;
	if (errno == ENOENT)
		return gnv_error_set(err, ENOENT, "container `%s` does not exist", id);
	return gnv_error_errno(err, errno, "open container `%s`", id);
}

static int check_root(const char *root, struct gnv_error **err)
{
	return *root ? 0 :
		       gnv_error_set(err, EINVAL, "without root, give --root or XDG_RUNTIME_DIR");
}

/* It is made where there is none. */
static int open_root(const char *root, struct gnv_error **err)
{
	int fd, r = check_root(root, err);

	if (r < 0)
		return r;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		r = gnv_mkdir_all(root, 0700, err);
		if (r < 0)
			return r;
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? gnv_error_errno(err, errno, "open `%s`", root) : fd;
}

int oci_root_lock(const char *root, struct gnv_error **err)
{
	_cleanup_close_ int fd = open_root(root, err);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX) < 0)
		return gnv_error_errno(err, errno, "lock `%s`", root);
	return STEAL_FD(fd);
}

int oci_entry_create(const char *root, const char *id, struct oci_entry *ret,
		     struct gnv_error **err)
{
	int r = check_id(id, err);

	if (r < 0)
		return r;
	ret->root_fd = open_root(root, err);
	if (ret->root_fd < 0)
		return ret->root_fd;
	if (mkdirat(ret->root_fd, id, 0700) < 0) {
		if (errno == EEXIST) {
			gnv_error_set(err, EEXIST, "container `%s` exists already", id);
			return gnv_error_remedy(err, -EEXIST, "`delete` it, or take another id");
		}
		return gnv_error_errno(err, errno, "make container `%s`", id);
	}
	r = open_dir(ret, id, err);
	return r < 0 ? r : lock(ret, err);
}

/* It may have been removed while we waited for the lock. */
static int check_there(const struct oci_entry *entry, struct gnv_error **err)
{
	struct stat st;

	if (fstat(entry->dir_fd, &st) == 0 && st.st_nlink == 0)
		return gnv_error_set(err, ENOENT, "container `%s` does not exist", entry->id);
	return 0;
}

int oci_entry_lock(const struct oci_entry *entry, struct gnv_error **err)
{
	int r = lock(entry, err);

	return r < 0 ? r : check_there(entry, err);
}

void oci_entry_unlock(const struct oci_entry *entry)
{
	flock(entry->dir_fd, LOCK_UN);
}

int oci_entry_open(const char *root, const char *id, bool with_lock, struct oci_entry *ret,
		   struct gnv_error **err)
{
	int r = check_id(id, err);

	if (r >= 0)
		r = check_root(root, err);
	if (r < 0)
		return r;
	ret->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->root_fd < 0 && errno == ENOENT)
		return gnv_error_set(err, ENOENT, "container `%s` does not exist", id);
	if (ret->root_fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", root);
	r = open_dir(ret, id, err);
	if (r >= 0 && with_lock)
		r = lock(ret, err);
	return r < 0 ? r : check_there(ret, err);
}

/* Mostly there are these alone; else whatever somebody has put there. */
int oci_entry_remove(struct oci_entry *entry, struct gnv_error **err)
{
	int r;

	unlinkat(entry->dir_fd, STATE_FILE, 0);
	unlinkat(entry->dir_fd, CONFIG_FILE, 0);
	if (unlinkat(entry->root_fd, entry->id, AT_REMOVEDIR) == 0)
		return 0;
	r = gnv_tree_remove(entry->root_fd, entry->id, err);
	return gnv_error_wrap(err, r, "remove container `%s`", entry->id);
}

void oci_entry_fini(struct oci_entry *entry)
{
	gnv_close(&entry->dir_fd);
	gnv_close(&entry->root_fd);
	free(entry->id);
	entry->id = NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int oci_entry_ids(const char *root, char ***ret, struct gnv_error **err)
{
	_cleanup_closedir_ DIR *dir = opendir(root);
	_cleanup_strv_ char **ids = NULL;
	struct dirent *entry;
	int r = check_root(root, err);

	*ret = NULL;
	if (r < 0)
		return r;
	if (!dir)
		return errno == ENOENT ? 0 : gnv_error_errno(err, errno, "open `%s`", root);
	while ((entry = readdir(dir)))
		if (oci_id_is_valid(entry->d_name) && gnv_strv_append(&ids, entry->d_name) < 0)
			return gnv_error_errno(err, ENOMEM, "list containers");
	if (ids)
		qsort(ids, gnv_strv_length(ids), sizeof(*ids), compare);
	*ret = STEAL_PTR(ids);
	return 0;
}

static int spoilt(struct gnv_error **err, const char *what)
{
	return gnv_error_set(err, EINVAL, "%s", what);
}

/* What we have not written tells nothing: a pipe, a link, what is another user's. */
static int read_own(int dir_fd, const char *name, size_t limit, char **ret, size_t *ret_length,
		    struct gnv_error **err)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return spoilt(err, "it is no regular file");
	if (fd < 0 || fstat(fd, &st) < 0)
		return gnv_error_errno(err, errno, "open it");
	if (!S_ISREG(st.st_mode))
		return spoilt(err, "it is no regular file");
	if (st.st_uid != geteuid())
		return spoilt(err, "it belongs to another user");
	r = gnv_file_read_regular(fd, limit, ret, ret_length);
	if (r == -EFBIG)
		return spoilt(err, "it is too large");
	return r < 0 ? gnv_error_errno(err, -r, "read it") : 0;
}

/* @r is what came of reading the file. */
static int tell_file(const struct oci_entry *entry, const char *name, int r,
		     struct gnv_error **err)
{
	gnv_error_wrap(err, r, "`%s` of container `%s`", name, entry->id);
	return r == -EINVAL ? gnv_error_remedy(err, r, "`delete --force` takes it away") : r;
}

int oci_state_read(const struct oci_entry *entry, struct oci_state *ret, struct gnv_error **err)
{
	_cleanup_reader_ struct oci_reader reader = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = read_own(entry->dir_fd, STATE_FILE, STATE_BYTES_MAX, &text, &length, err);

	if (r >= 0)
		r = oci_table_parse(&reader, &table, text, length, ret, err);
	if (r >= 0)
		r = oci_reader_result(&reader, err);
	return tell_file(entry, STATE_FILE, r, err);
}

void oci_state_fini(struct oci_state *state)
{
	oci_table_free(&table, state);
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (object)
		json_object_object_add(object, key, value);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	if (text)
		add(object, key, json_object_new_string(text));
}

static void add_annotations(struct json_object *object, const struct oci_state *state)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, state->annotations);
	struct json_object *annotations = json_object_new_object();
	size_t i;

	for (i = 0; i < state->annotations.n; i++)
		add(annotations, pairs[i].key, json_object_new_string(pairs[i].value));
	add(object, "annotations", annotations);
}

int oci_state_write(const struct oci_entry *entry, const struct oci_state *state,
		    struct gnv_error **err)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const char *text;

	add(object, "ociVersion", json_object_new_string(state->version));
	add(object, "bundle", json_object_new_string(state->bundle));
	add(object, "rootfs", json_object_new_string(state->rootfs));
	add(object, "cgroup", json_object_new_string(state->cgroup));
	add_text(object, "unit", state->unit);
	add_text(object, "rdtGroup", state->rdt_group);
	add_text(object, "rdtMade", state->rdt_made);
	add(object, "created", json_object_new_string(state->created));
	add(object, "pid", json_object_new_int64(state->pid.value));
	add(object, "startTime", json_object_new_uint64(state->start_time.value));
	add(object, "started", json_object_new_boolean(state->started));
	add(object, "asksLater", json_object_new_boolean(state->asks_later));
	add_annotations(object, state);
	text = object ? json_object_to_json_string_ext(object, OCI_JSON_PLAIN) : NULL;
	if (!text)
		return gnv_error_errno(err, ENOMEM, "write the state of container `%s`", entry->id);
	return gnv_file_write_volatile_at(entry->dir_fd, STATE_FILE, text, strlen(text), err);
}

void oci_state_note_started(const struct oci_entry *entry, struct oci_state *state,
			    const struct oci_log *log)
{
	_cleanup_error_ struct gnv_error *reason = NULL;

	state->started = true;
	if (oci_state_write(entry, state, &reason) < 0)
		oci_log_warning(log, reason);
}

int oci_state_need_cgroup(const struct oci_state *state, const char *id, struct gnv_error **err)
{
	if (state->cgroup[0])
		return 0;
	return gnv_error_set(err, EOPNOTSUPP,
			     "container `%s` has no cgroup: it was created without root", id);
}

int oci_entry_config(const struct oci_entry *entry, struct oci_config *ret,
		     struct gnv_error **err)
{
	_cleanup_reader_ struct oci_reader reader = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = read_own(entry->dir_fd, CONFIG_FILE, OCI_CONFIG_BYTES_MAX, &text, &length, err);

	if (r >= 0)
		r = oci_config_read(text, length, &reader, ret, err);
	if (r >= 0)
		r = oci_reader_result(&reader, err);
	return tell_file(entry, CONFIG_FILE, r, err);
}

int oci_state_open_process(const struct oci_state *state)
{
	_cleanup_close_ int pidfd = gnv_process_open((pid_t)state->pid.value,
						     state->start_time.value);

	if (pidfd < 0)
		return pidfd;
	/* One that nobody has waited for has ended all the same. */
	if (gnv_process_wait(pidfd, 0) != 0)
		return -ESRCH;
	return STEAL_FD(pidfd);
}

/* Whoever started it may have been killed before it could write that down. */
static bool is_gate(pid_t pid)
{
	char path[32], exe[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n < 0 ? 0 : n] = '\0';
	return n < 0 || gnv_gate_image_is(exe);
}

enum oci_status oci_state_status(const struct oci_state *state)
{
	_cleanup_close_ int pidfd = -EBADF;

	if (!state->pid.value)
		return OCI_CREATING;
	pidfd = oci_state_open_process(state);
	if (pidfd < 0)
		return OCI_STOPPED;
	if (gnv_cgroup_is_frozen(state->cgroup))
		return OCI_PAUSED;
	return state->started || !is_gate((pid_t)state->pid.value) ? OCI_RUNNING : OCI_CREATED;
}

const char *oci_status_name(enum oci_status status)
{
	static const char *const names[] = { "creating", "created", "running", "paused",
					     "stopped" };

	return names[status];
}

struct json_object *oci_state_json(const char *id, const struct oci_state *state,
				   enum oci_status status)
{
	struct json_object *object = json_object_new_object();

	add(object, "ociVersion", json_object_new_string(OCI_VERSION));
	add(object, "id", json_object_new_string(id));
	add(object, "status", json_object_new_string(oci_status_name(status)));
	if (status != OCI_STOPPED)
		add(object, "pid", json_object_new_int64(state->pid.value));
	else
		add(object, "pid", json_object_new_int(0));
	add(object, "bundle", json_object_new_string(state->bundle));
	add(object, "rootfs", json_object_new_string(state->rootfs));
	add(object, "created", json_object_new_string(state->created));
	add_annotations(object, state);
	return object;
}

int oci_state_format(const char *id, const struct oci_state *state, enum oci_status status,
		     char **ret, struct gnv_error **err)
{
	_cleanup_json_ struct json_object *json = oci_state_json(id, state, status);
	const char *text = json ? json_object_to_json_string_ext(json, OCI_JSON_PLAIN) :
				  NULL;

	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "describe the container");
}
