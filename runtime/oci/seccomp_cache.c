// SPDX-License-Identifier: MIT
/*
 * A directory of a fixed number of files.  A hash of the profile says in which one its
 * program is; the profile itself is kept with it and compared, so two that have the same
 * hash take each other's place, and never each other's program.
 *
 * Whoever can write here chooses the filters of containers, so only what is the caller's
 * own and closed to all others is believed.  Nothing of it is in any container.
 *
 * The key of a profile is what its program depends on, one item a line.
 */
#include "oci/seccomp_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <seccomp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "oci/config.h"
#include "sandbox/seccomp.h"

#define SLOTS		   64
#define ENTRY_BYTES_MAX	   (4U << 20)
#define PROGRAM_BYTES(len) ((size_t)(len) * sizeof(struct sock_filter))

/* Filters are compiled differently from here on: counted up by who changes that. */
#define FORMAT		   2

/* The key follows, then the program. */
struct header {
	uint32_t key_bytes;
	uint32_t n_instructions;
};

struct key {
	char *text;
	size_t bytes;
};

/* --- the key ------------------------------------------------------------------------ */

static void put_errno(FILE *to, const struct oci_int *number)
{
	fprintf(to, "%d %" PRId64 "\n", number->set, number->set ? number->value : 0);
}

static void put_call(FILE *to, const struct oci_syscall *call)
{
	const struct oci_seccomp_arg *args = OCI_ITEMS(struct oci_seccomp_arg, call->args);
	char **name;
	size_t i;

	fprintf(to, "call %d %zu ", call->action, call->args.n);
	put_errno(to, &call->errno_ret);
	for (i = 0; i < call->args.n; i++)
		fprintf(to, "%" PRId64 " %" PRIu64 " %" PRIu64 " %d\n", args[i].index.value,
			args[i].value.value, args[i].value_two.value, args[i].op);
	for (name = call->names; name && *name; name++) {
		fputs_unlocked(*name, to);
		putc_unlocked('\n', to);
	}
}

static int make_key(const struct oci_seccomp *seccomp, struct key *ret)
{
	const struct oci_syscall *calls = OCI_ITEMS(struct oci_syscall, seccomp->syscalls);
	const struct scmp_version *version = seccomp_version();
	FILE *to = open_memstream(&ret->text, &ret->bytes);
	char **name;
	size_t i;

	if (!to)
		return -errno;
	fprintf(to, "%d " GHOSTNV_VERSION " %u.%u.%u %x\n", FORMAT, version->major,
		version->minor, version->micro, seccomp_arch_native());
	fprintf(to, "default %d ", seccomp->default_action);
	put_errno(to, &seccomp->default_errno_ret);
	for (name = seccomp->architectures; name && *name; name++)
		fprintf(to, "%s\n", *name);
	for (i = 0; i < seccomp->syscalls.n; i++)
		put_call(to, &calls[i]);
	return fclose(to) ? -ENOMEM : 0;
}

static void name_slot(const struct key *key, char name[8])
{
	snprintf(name, 8, "%u", (unsigned int)(gnv_hash(key->text, key->bytes) % SLOTS));
}

/* --- the directory -------------------------------------------------------------------- */

static bool is_ours(int fd, mode_t type, mode_t mode)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type &&
	       (st.st_mode & 07777) == mode && st.st_uid == geteuid() &&
	       (S_ISDIR(type) || st.st_nlink == 1);
}

static int open_directory(int root_fd)
{
	int fd = openat(root_fd, OCI_SECCOMP_CACHE,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !is_ours(fd, S_IFDIR, 0700))
		gnv_close(&fd);
	return fd;
}

static bool read_program(const char *entry, size_t bytes, const struct key *key,
			 struct sock_fprog *ret)
{
	struct header header;
	size_t wanted;

	if (bytes < sizeof(header))
		return false;
	memcpy(&header, entry, sizeof(header));
	wanted = sizeof(header) + key->bytes + PROGRAM_BYTES(header.n_instructions);
	if (header.key_bytes != key->bytes || !header.n_instructions ||
	    header.n_instructions > BPF_MAXINSNS || bytes != wanted ||
	    memcmp(entry + sizeof(header), key->text, key->bytes) != 0)
		return false;
	ret->filter = malloc(PROGRAM_BYTES(header.n_instructions));
	if (!ret->filter)
		return false;
	memcpy(ret->filter, entry + sizeof(header) + key->bytes,
	       PROGRAM_BYTES(header.n_instructions));
	ret->len = (unsigned short)header.n_instructions;
	return true;
}

static bool recall(int dir_fd, const struct key *key, struct sock_fprog *ret)
{
	_cleanup_free_ char *entry = NULL;
	_cleanup_close_ int fd = -EBADF;
	char name[8];
	size_t bytes;

	name_slot(key, name);
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && is_ours(fd, S_IFREG, 0600) &&
	       gnv_file_read_regular(fd, ENTRY_BYTES_MAX, &entry, &bytes) == 0 &&
	       read_program(entry, bytes, key, ret);
}

/* Only one at a time: the others can do without. */
static void keep(int dir_fd, const struct key *key, const struct sock_fprog *program)
{
	struct header header = { (uint32_t)key->bytes, program->len };
	size_t bytes = sizeof(header) + key->bytes + PROGRAM_BYTES(program->len);
	_cleanup_free_ char *entry = bytes > ENTRY_BYTES_MAX ? NULL : malloc(bytes);
	char name[8];

	if (!entry || flock(dir_fd, LOCK_EX | LOCK_NB) < 0)
		return;
	memcpy(entry, &header, sizeof(header));
	memcpy(entry + sizeof(header), key->text, key->bytes);
	memcpy(entry + sizeof(header) + key->bytes, program->filter,
	       PROGRAM_BYTES(program->len));
	name_slot(key, name);
	gnv_file_write_volatile_at(dir_fd, name, entry, bytes, NULL);
	flock(dir_fd, LOCK_UN);
}

int oci_seccomp_take(int root_fd, const struct oci_seccomp *seccomp, struct sock_fprog *ret,
		     unsigned int *ret_flags, struct gnv_error **err)
{
	_cleanup_close_ int dir_fd = open_directory(root_fd);
	_cleanup_(gnv_free) char *text = NULL;
	struct key key = { 0 };
	int r = make_key(seccomp, &key);

	text = key.text;
	if (r >= 0 && dir_fd >= 0 && recall(dir_fd, &key, ret)) {
		*ret_flags = oci_seccomp_flags(seccomp);
		return 0;
	}
	r = oci_seccomp_build(seccomp, ret, ret_flags, err);
	if (r < 0 || !key.text)
		return r;
	if (dir_fd < 0 && mkdirat(root_fd, OCI_SECCOMP_CACHE, 0700) == 0)
		dir_fd = open_directory(root_fd);
	if (dir_fd >= 0)
		keep(dir_fd, &key, ret);
	return 0;
}
