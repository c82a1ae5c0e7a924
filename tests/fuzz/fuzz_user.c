// SPDX-License-Identifier: MIT
/*
 * sandbox/user: the first line is what is asked for, then comes /etc/passwd, then,
 * behind a line of "%", /etc/group.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gnv_user user;
	struct gnv_user_db db = { 0 };
	const char *text = (const char *)data, *line, *group;
	char *spec;
	int r;

	line = size ? memchr(text, '\n', size) : NULL;
	if (!line)
		return 0;
	spec = strndup(text, (size_t)(line - text));
	db.passwd = line + 1;
	db.passwd_bytes = size - (size_t)(line + 1 - text);
	group = memmem(db.passwd, db.passwd_bytes, "\n%\n", 3);
	if (group) {
		db.group = group + 3;
		db.group_bytes = db.passwd_bytes - (size_t)(db.group - db.passwd);
		db.passwd_bytes = (size_t)(group + 1 - db.passwd);
	}
	r = gnv_user_lookup(spec, &db, &user);
	/* Whatever the text: a home that is a path, and ids that setresuid() takes. */
	if (r == 0 && (user.home[0] != '/' || user.home[GNV_USER_HOME_LEN - 1] ||
		       user.uid > 0x7fffffff || user.gid > 0x7fffffff ||
		       user.n_groups > GNV_USER_GROUPS_MAX))
		abort();
	free(spec);
	return 0;
}
