/* SPDX-License-Identifier: MIT */
/*
 * Who the program runs as, by the container's own /etc/passwd and /etc/group.
 * Both files are the image's and may hold anything: pure text in, numbers out, no
 * allocation.
 */
#ifndef GNV_SANDBOX_USER_H
#define GNV_SANDBOX_USER_H

#include <stddef.h>
#include <sys/types.h>

#define GNV_USER_GROUPS_MAX 256
#define GNV_USER_HOME_LEN 256

/* A database is read up to here; the rest of a larger one is not looked at. */
#define GNV_USER_DB_BYTES_MAX (1U << 20)

struct gnv_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[GNV_USER_GROUPS_MAX]; /* supplementary */
	size_t n_groups;
	char home[GNV_USER_HOME_LEN]; /* "/" where the database has none */
};

struct gnv_user_db {
	const char *passwd;
	size_t passwd_bytes;
	const char *group;
	size_t group_bytes;
};

/*
 * Read a database of the container whose root is @root_fd into @text, of
 * GNV_USER_DB_BYTES_MAX.  May be called between clone and exec.
 * Return: bytes read; 0 where the image has no such file.
 */
size_t gnv_user_read_db(int root_fd, const char *path, char *text);

/*
 * @spec is "name|uid[:group|gid]", NULL or "" for root.  A number that the
 * database does not know is taken as it is, with group 0.  A group that is given
 * replaces the user's own ones.  Lines that are ill-formed or have numbers above
 * 2^31 - 1 count as absent.
 * Return: 0; -ENOENT when a name is unknown, -EINVAL when @spec is ill-formed,
 * -E2BIG when the user is in more groups than GNV_USER_GROUPS_MAX.
 */
int gnv_user_lookup(const char *spec, const struct gnv_user_db *db,
		    struct gnv_user *ret);

#endif /* GNV_SANDBOX_USER_H */
