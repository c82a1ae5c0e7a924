// SPDX-License-Identifier: MIT
/*
 * A strict, bounded reader of passwd and group files.
 *
 * Words: a "span" is a piece of the database's text, not NUL-terminated.
 */
#include "sandbox/user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FIELDS_MAX 7
#define ID_LAST 0x7fffffffU

struct span {
	const char *text;
	size_t bytes;
};

static struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static bool span_equal(struct span a, struct span b)
{
	return a.bytes == b.bytes && !memcmp(a.text, b.text, a.bytes);
}

static bool span_to_id(struct span s, uint32_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (s.bytes == 0 || s.bytes > 10)
		return false;
	for (i = 0; i < s.bytes; i++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(s.text[i] - '0');
	}
	if (value > ID_LAST)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Cut the part before @separator off the front of @rest. */
static struct span span_cut(struct span *rest, char separator)
{
	const char *end = rest->bytes ? memchr(rest->text, separator, rest->bytes) : NULL;
	struct span head = *rest;

	if (!end) {
		*rest = (struct span){ rest->text + rest->bytes, 0 };
		return head;
	}
	head.bytes = (size_t)(end - rest->text);
	*rest = (struct span){ end + 1, rest->bytes - head.bytes - 1 };
	return head;
}

/* The fields of a line.  Return: how many, 0 for a line that is to be skipped. */
static size_t split_line(struct span line, struct span fields[FIELDS_MAX])
{
	size_t n = 0;
	bool more = true;

	if (line.bytes == 0 || memchr(line.text, '\0', line.bytes))
		return 0;
	while (more) {
		if (n == FIELDS_MAX)
			return 0;
		more = memchr(line.text, ':', line.bytes);
		fields[n++] = span_cut(&line, ':');
	}
	return n;
}

struct passwd_entry {
	struct span name, home;
	uint32_t uid, gid;
};

static bool passwd_next(struct span *rest, struct passwd_entry *ret)
{
	struct span fields[FIELDS_MAX];

	while (rest->bytes) {
		if (split_line(span_cut(rest, '\n'), fields) != 7 || !fields[0].bytes)
			continue;
		if (!span_to_id(fields[2], &ret->uid) || !span_to_id(fields[3], &ret->gid))
			continue;
		ret->name = fields[0];
		ret->home = fields[5];
		return true;
	}
	return false;
}

struct group_entry {
	struct span name, members;
	uint32_t gid;
};

static bool group_next(struct span *rest, struct group_entry *ret)
{
	struct span fields[FIELDS_MAX];

	while (rest->bytes) {
		if (split_line(span_cut(rest, '\n'), fields) != 4 || !fields[0].bytes)
			continue;
		if (!span_to_id(fields[2], &ret->gid))
			continue;
		ret->name = fields[0];
		ret->members = fields[3];
		return true;
	}
	return false;
}

static bool is_member(struct span members, struct span name)
{
	while (members.bytes)
		if (span_equal(span_cut(&members, ','), name))
			return true;
	return false;
}

/* A name goes before a number: "1000" may be somebody's name. */
static bool find_user(struct span passwd, struct span wanted, struct passwd_entry *ret)
{
	struct span rest = passwd;
	uint32_t uid;

	while (passwd_next(&rest, ret))
		if (span_equal(ret->name, wanted))
			return true;
	if (!span_to_id(wanted, &uid))
		return false;
	rest = passwd;
	while (passwd_next(&rest, ret))
		if (ret->uid == uid)
			return true;
	return false;
}

static int find_group(struct span group, struct span wanted, gid_t *ret)
{
	struct group_entry entry;
	uint32_t gid;

	while (group_next(&group, &entry))
		if (span_equal(entry.name, wanted)) {
			*ret = entry.gid;
			return 0;
		}
	if (!span_to_id(wanted, &gid))
		return -ENOENT;
	*ret = gid;
	return 0;
}

static int add_groups(struct span group, struct span name, struct gnv_user *user)
{
	struct group_entry entry;

	while (group_next(&group, &entry)) {
		if (entry.gid == user->gid || !is_member(entry.members, name))
			continue;
		if (user->n_groups == GNV_USER_GROUPS_MAX)
			return -E2BIG;
		user->groups[user->n_groups++] = entry.gid;
	}
	return 0;
}

static void set_home(struct gnv_user *user, struct span home)
{
	if (home.bytes == 0 || home.bytes >= sizeof(user->home) || home.text[0] != '/')
		return;
	memcpy(user->home, home.text, home.bytes);
	user->home[home.bytes] = '\0';
}

int gnv_user_lookup(const char *spec, const struct gnv_user_db *db,
		    struct gnv_user *ret)
{
	struct span rest = span_of(spec && *spec ? spec : "0");
	struct span passwd = { db->passwd, db->passwd_bytes };
	struct span group = { db->group, db->group_bytes };
	bool has_group = memchr(rest.text, ':', rest.bytes);
	struct span wanted = span_cut(&rest, ':');
	struct passwd_entry entry;
	uint32_t uid;
	bool known;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->home[0] = '/';
	if (wanted.bytes == 0 || (has_group && rest.bytes == 0))
		return -EINVAL;
	if (memchr(rest.text, ':', rest.bytes))
		return -EINVAL;
	known = find_user(passwd, wanted, &entry);
	if (known) {
		ret->uid = entry.uid;
		ret->gid = entry.gid;
		set_home(ret, entry.home);
	} else if (span_to_id(wanted, &uid)) {
		ret->uid = uid;
	} else {
		return -ENOENT;
	}
	if (has_group)
		return find_group(group, rest, &ret->gid);
	r = known ? add_groups(group, entry.name, ret) : 0;
	return r;
}
