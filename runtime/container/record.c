// SPDX-License-Identifier: MIT
/*
 * Records of containers on disk, and who answers for them.
 */
#include "container/record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/process.h"
#include "base/strv.h"

#define STATE_FILE	"state.json"
#define STATE_BYTES_MAX (4u << 20)
#define LOG_FILE	"log"
#define BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define BOOT_ID_BYTES	64
#define LOCK_POLL_NS	20000000L

#define OPEN_DIRECTORY	(O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

static int lock_run_dir(const struct gnv_root *root, int *ret, struct gnv_error **err)
{
	_cleanup_close_ int fd = open(root->run_dir, OPEN_DIRECTORY);

	if (fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", root->run_dir);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return gnv_error_errno(err, errno, "lock `%s`", root->run_dir);
	*ret = STEAL_FD(fd);
	return 0;
}

static int init(struct gnv_record *record, const struct gnv_root *root, const char *name,
		struct gnv_error **err)
{
	memset(record, 0, sizeof(*record));
	record->dir_fd = -EBADF;
	record->root = root;
	record->name = strdup(name);
	if (asprintf(&record->data_path, "%s/%s", root->data_dir, name) < 0)
		record->data_path = NULL;
	if (record->name && record->data_path)
		return 0;
	gnv_record_fini(record);
	return gnv_error_errno(err, ENOMEM, "remember `%s`", name);
}

void gnv_record_fini(struct gnv_record *record)
{
	gnv_close(&record->dir_fd);
	free(record->name);
	free(record->data_path);
	record->name = record->data_path = NULL;
}

int gnv_record_taken(const char *name, struct gnv_error **err)
{
	gnv_error_set(err, EEXIST, "`%s`: a container with this name exists", name);
	return gnv_error_remedy(err, -EEXIST,
				"choose another --name, or `ghostnv-container delete %s`", name);
}

/* Whether a record that nobody answers for may be taken over. */
static int check_leftover(struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = gnv_record_read(record, &state, NULL);

	if (r == -ENOENT)
		return 0;
	if (r < 0 || state.status == GNV_STATUS_EXITED || gnv_state_is_alive(&state))
		return gnv_record_taken(record->name, err);
	return 0;
}

static int create_locked(struct gnv_record *record, int run_fd, bool *ret_leftover,
			 struct gnv_error **err)
{
	const char *name = record->name;
	bool made = mkdirat(run_fd, name, 0700) == 0;
	int r = 0;

	if (!made && errno != EEXIST)
		return gnv_error_errno(err, errno, "create `%s/%s`", record->root->run_dir, name);
	record->dir_fd = openat(run_fd, name, OPEN_DIRECTORY);
	if (record->dir_fd < 0)
		r = gnv_error_errno(err, errno, "open `%s/%s`", record->root->run_dir, name);
	else if (flock(record->dir_fd, LOCK_EX | LOCK_NB) < 0)
		r = gnv_record_taken(name, err);
	else if (!made)
		r = check_leftover(record, err);
	*ret_leftover = !made;
	if (r < 0 && made)
		unlinkat(run_fd, name, AT_REMOVEDIR);
	return r;
}

int gnv_record_create(const struct gnv_root *root, const char *name, struct gnv_record *ret,
		      bool *ret_leftover, struct gnv_error **err)
{
	_cleanup_close_ int run_fd = -EBADF;
	struct gnv_record record;
	int r = gnv_root_create(root, err);

	if (r < 0)
		return r;
	r = lock_run_dir(root, &run_fd, err);
	if (r < 0)
		return r;
	r = init(&record, root, name, err);
	if (r < 0)
		return r;
	r = create_locked(&record, run_fd, ret_leftover, err);
	if (r < 0) {
		gnv_record_fini(&record);
		return r;
	}
	*ret = record;
	return 0;
}

static int no_such(const char *name, struct gnv_error **err)
{
	gnv_error_set(err, ENOENT, "`%s`: no container has this name", name);
	return gnv_error_remedy(err, -ENOENT, "`ghostnv-container list` shows what there is");
}

int gnv_record_open(const struct gnv_root *root, const char *name, struct gnv_record *ret,
		    struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL;
	struct gnv_record record;
	int r;

	if (!gnv_name_is_valid(name))
		return no_such(name, err);
	if (asprintf(&path, "%s/%s", root->run_dir, name) < 0) {
		path = NULL;
		return gnv_error_errno(err, ENOMEM, "open the record of `%s`", name);
	}
	r = init(&record, root, name, err);
	if (r < 0)
		return r;
	record.dir_fd = open(path, OPEN_DIRECTORY);
	if (record.dir_fd < 0) {
		r = errno == ENOENT ? no_such(name, err) :
				      gnv_error_errno(err, errno, "open `%s`", path);
		if (r == -EACCES)
			gnv_error_remedy(err, r, "run as root");
		gnv_record_fini(&record);
		return r;
	}
	*ret = record;
	return 0;
}

/* flock() knows no timeout, so it is tried again until there is none left. */
int gnv_record_lock(struct gnv_record *record, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = LOCK_POLL_NS };
	long tries = timeout_ms / (LOCK_POLL_NS / 1000000L);
	struct stat st;

	while (flock(record->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (tries-- <= 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	if (fstat(record->dir_fd, &st) < 0)
		return -errno;
	/* A directory that was removed while we waited has no name any more. */
	return st.st_nlink ? 1 : -ENOENT;
}

int gnv_record_is_answered_for(const struct gnv_record *record)
{
	_cleanup_close_ int run_fd = -EBADF;
	struct stat st;
	int r;

	/* A lock of ours, however short, must not look like a launcher's. */
	r = lock_run_dir(record->root, &run_fd, NULL);
	if (r < 0)
		return r;
	if (fstat(record->dir_fd, &st) < 0)
		return -errno;
	if (!st.st_nlink)
		return -ENOENT;
	if (flock(record->dir_fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 1 : -errno;
	return flock(record->dir_fd, LOCK_UN) < 0 ? -errno : 0;
}

static int remove_data(const struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_close_ int fd = open(record->data_path, OPEN_DIRECTORY);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", record->data_path);
	if (unlinkat(fd, LOG_FILE, 0) < 0 && errno != ENOENT)
		return gnv_error_errno(err, errno, "remove the log of `%s`", record->name);
	if (rmdir(record->data_path) < 0 && errno != ENOENT)
		return gnv_error_errno(err, errno, "remove `%s`", record->data_path);
	return 0;
}

void gnv_record_forget(struct gnv_record *record)
{
	unlinkat(record->dir_fd, STATE_FILE, 0);
	unlinkat(record->dir_fd, STATE_FILE ".new", 0);
}

int gnv_record_drop(struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_close_ int run_fd = -EBADF;
	int r;

	r = lock_run_dir(record->root, &run_fd, err);
	if (r < 0)
		return r;
	gnv_record_forget(record);
	if (unlinkat(run_fd, record->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return gnv_error_errno(err, errno, "remove `%s/%s`", record->root->run_dir,
				       record->name);
	return 0;
}

int gnv_record_remove(struct gnv_record *record, struct gnv_error **err)
{
	int r = remove_data(record, err);

	return r < 0 ? r : gnv_record_drop(record, err);
}

static int read_boot(char **ret, struct gnv_error **err)
{
	int r = gnv_file_read_at(AT_FDCWD, BOOT_ID, BOOT_ID_BYTES, ret, NULL, err);

	if (!r)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

/* Numbers of another boot mean nothing now, or somebody else. */
static int check_boot(struct gnv_state *state, struct gnv_error **err)
{
	_cleanup_free_ char *boot = NULL;
	int r = read_boot(&boot, err);

	if (r < 0)
		return r;
	if (strcmp(state->boot, boot)) {
		state->pid = 0;
		state->container_id = 0;
	}
	return 0;
}

int gnv_record_read(const struct gnv_record *record, struct gnv_state *ret,
		    struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	_cleanup_free_ char *text = NULL;
	int r = gnv_file_read_at(record->dir_fd, STATE_FILE, STATE_BYTES_MAX, &text, NULL, err);

	if (!r)
		r = gnv_state_parse(text, &state, err);
	if (!r)
		r = check_boot(&state, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "read the state of `%s`", record->name);
	*ret = state;
	memset(&state, 0, sizeof(state));
	return 0;
}

int gnv_record_write(const struct gnv_record *record, const struct gnv_state *state,
		     struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL, *boot = NULL;
	struct gnv_state dated = *state;
	int r = read_boot(&boot, err);

	dated.boot = boot;
	if (!r)
		r = gnv_state_format(&dated, &text, err);
	/* It could never be read again. */
	if (!r && strlen(text) > STATE_BYTES_MAX) {
		r = gnv_error_errno(err, E2BIG, "describe the command");
		gnv_error_remedy(err, r, "pass long arguments in a file");
	}
	if (!r)
		r = gnv_file_write_at(record->dir_fd, STATE_FILE, text, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "write the state of `%s`", record->name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, none where it is not there. */
static int list_names(const char *path, char ***ret, struct gnv_error **err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	int r;

	if (!dir && errno == ENOENT) {
		*ret = NULL;
		return 0;
	}
	if (!dir) {
		r = gnv_error_errno(err, errno, "open `%s`", path);
		return r == -EACCES ? gnv_error_remedy(err, r, "run as root") : r;
	}
	while ((entry = readdir(dir))) {
		if (!gnv_name_is_valid(entry->d_name))
			continue;
		r = gnv_strv_append(&names, entry->d_name);
		if (r < 0)
			return gnv_error_errno(err, -r, "list `%s`", path);
	}
	*ret = STEAL_PTR(names);
	return 0;
}

int gnv_record_names(const struct gnv_root *root, char ***ret, struct gnv_error **err)
{
	int r = list_names(root->run_dir, ret, err);

	if (!r && *ret)
		qsort(*ret, gnv_strv_length(*ret), sizeof(**ret), compare);
	return r;
}

int gnv_record_lost_names(const struct gnv_root *root, char ***ret, struct gnv_error **err)
{
	_cleanup_strv_ char **all = NULL, **lost = NULL;
	char **name;
	int r = list_names(root->data_dir, &all, err);

	for (name = all; !r && name && *name; name++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", root->run_dir, *name) < 0) {
			path = NULL;
			r = -ENOMEM;
		} else if (access(path, F_OK) < 0 && errno == ENOENT) {
			r = gnv_strv_append(&lost, *name);
		}
		if (r < 0)
			return gnv_error_errno(err, -r, "list `%s`", root->data_dir);
	}
	*ret = STEAL_PTR(lost);
	return r;
}

int gnv_record_open_log(const struct gnv_record *record, bool create, struct gnv_error **err)
{
	const int flags = create ? O_WRONLY | O_APPEND | O_CREAT | O_TRUNC : O_RDONLY;
	_cleanup_free_ char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/" LOG_FILE, record->data_path) < 0) {
		path = NULL;
		return gnv_error_errno(err, ENOMEM, "open the log of `%s`", record->name);
	}
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? gnv_error_errno(err, errno, "open `%s`", path) : fd;
}

bool gnv_state_is_alive(const struct gnv_state *state)
{
	uint64_t start_time;

	return state->pid > 0 && !gnv_process_start_time(state->pid, &start_time) &&
	       start_time == state->start_time;
}
