// SPDX-License-Identifier: MIT
/*
 * sandbox/user: who a container's program is, by databases that its author wrote.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "sandbox/user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "daemon:*:1:1::/usr/sbin:\n"
			     "app:x:1000:1001:An App:/home/app:/bin/sh\n"
			     "2000:x:7:8::/named/2000:/bin/sh\n"
			     "other:x:2000:2000::/home/other:/bin/sh\n"
			     "homeless:x:9:9:::/bin/sh\n"
			     "relative:x:10:10::home:/bin/sh\n"
			     "last:x:11:11::/last:/bin/sh"; /* no newline */
static const char group[] = "root:x:0:\n"
			    "video:x:44:app,other\n"
			    "apps:x:1001:app\n"
			    "render:x:106:other,xapp,app\n"
			    "appendix:x:50:apple,appl\n"
			    "staff:x:60:app\n";

static struct gnv_user user;

static int look_up_in(const char *spec, const char *p, size_t p_bytes, const char *g,
		      size_t g_bytes)
{
	/* Exact copies, so that a read beyond the end is seen. */
	char *p_copy = malloc(p_bytes + 1), *g_copy = malloc(g_bytes + 1);
	struct gnv_user_db db = { p_copy + 1, p_bytes, g_copy + 1, g_bytes };
	int r;

	memcpy(p_copy + 1, p, p_bytes);
	memcpy(g_copy + 1, g, g_bytes);
	r = gnv_user_lookup(spec, &db, &user);
	free(p_copy);
	free(g_copy);
	return r;
}

static int look_up(const char *spec)
{
	return look_up_in(spec, passwd, strlen(passwd), group, strlen(group));
}

static int look_up_passwd(const char *spec, const char *text, size_t bytes)
{
	return look_up_in(spec, text, bytes, "", 0);
}

static void root_when_nothing_is_asked(void)
{
	expect_int(look_up(NULL), 0);
	expect_int(user.uid, 0);
	expect_int(user.gid, 0);
	expect_str(user.home, "/root");
	expect_int(look_up(""), 0);
	expect_int(user.uid, 0);
}

static void by_name(void)
{
	expect_int(look_up("app"), 0);
	expect_int(user.uid, 1000);
	expect_int(user.gid, 1001);
	expect_str(user.home, "/home/app");
	expect_int(user.n_groups, 3);
	expect_int(user.groups[0], 44);
	expect_int(user.groups[1], 106);
	expect_int(user.groups[2], 60);
}

static void by_number(void)
{
	expect_int(look_up("1000"), 0);
	expect_int(user.gid, 1001);
	expect_int(user.n_groups, 3);
	expect_int(look_up("4711"), 0);
	expect_int(user.uid, 4711);
	expect_int(user.gid, 0);
	expect_int(user.n_groups, 0);
	expect_str(user.home, "/");
}

static void name_goes_before_number(void)
{
	expect_int(look_up("2000"), 0);
	expect_int(user.uid, 7);
}

static void with_group(void)
{
	expect_int(look_up("app:video"), 0);
	expect_int(user.gid, 44);
	expect_int(user.n_groups, 0);
	expect_int(look_up("app:77"), 0);
	expect_int(user.gid, 77);
	expect_int(look_up("4711:staff"), 0);
	expect_int(user.uid, 4711);
	expect_int(user.gid, 60);
}

static void last_line_without_newline(void)
{
	expect_int(look_up("last"), 0);
	expect_int(user.uid, 11);
	expect_str(user.home, "/last");
}

static void home_is_absolute_or_root(void)
{
	expect_int(look_up("homeless"), 0);
	expect_str(user.home, "/");
	expect_int(look_up("relative"), 0);
	expect_str(user.home, "/");
}

static void unknown(void)
{
	expect_int(look_up("nobody"), -ENOENT);
	expect_int(look_up("app:nogroup"), -ENOENT);
	expect_int(look_up("ap"), -ENOENT);
	expect_int(look_up("appp"), -ENOENT);
	expect_int(look_up("-1"), -ENOENT);
	expect_int(look_up("+0"), -ENOENT);
	expect_int(look_up("0x0"), -ENOENT);
	expect_int(look_up(" 0"), -ENOENT);
	expect_int(look_up("2147483648"), -ENOENT);
	expect_int(look_up("4294967296"), -ENOENT);
	expect_int(look_up("99999999999999999999"), -ENOENT);
	expect_int(look_up("0:4294967295"), -ENOENT);
}

static void ill_formed(void)
{
	expect_int(look_up(":"), -EINVAL);
	expect_int(look_up(":0"), -EINVAL);
	expect_int(look_up("app:"), -EINVAL);
	expect_int(look_up("app:0:0"), -EINVAL);
	expect_int(look_up("0:0:"), -EINVAL);
}

static void largest_number(void)
{
	expect_int(look_up("2147483647:2147483647"), 0);
	expect_int(user.uid, 2147483647);
	expect_int(user.gid, 2147483647);
}

static void empty_databases(void)
{
	expect_int(look_up_in("0", "", 0, "", 0), 0);
	expect_int(user.uid, 0);
	expect_int(look_up_in("app", "", 0, "", 0), -ENOENT);
	expect_int(look_up_in("0:0", "\n\n\n", 3, "\n", 1), 0);
}

static void bad_lines_are_absent(void)
{
	static const char *const lines[] = {
		"app:x:4294967296:0::/:/bin/sh\n", "app:x:-1:0::/:/bin/sh\n",
		"app:x:2147483648:0::/:/bin/sh\n", "app:x::0::/:/bin/sh\n",
		"app:x: 0:0::/:/bin/sh\n",	   "app:x:0:::/:/bin/sh\n",
		"app:x:0:0::/\n",		   "app:x:0:0::/:/bin/sh:extra\n",
		"app\n",			   "app:::::::::::::::::::\n",
		"+app::0:0:::\n",		   " app:x:0:0::/:/bin/sh\n",
		"app :x:0:0::/:/bin/sh\n",	   "#app:x:0:0::/:/bin/sh\n",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int r = look_up_passwd("app", lines[i], strlen(lines[i]));

		if (r != -ENOENT)
			printf("# line %zu: %s", i, lines[i]);
		expect_int(r, -ENOENT);
	}
}

static void nul_does_not_cut_a_line(void)
{
	static const char text[] = "app:x:0:0::/\0:/bin/sh\nnext:x:5:5::/:/bin/sh\n";

	expect_int(look_up_passwd("app", text, sizeof(text) - 1), -ENOENT);
	expect_int(look_up_passwd("next", text, sizeof(text) - 1), 0);
	expect_int(user.uid, 5);
}

static void long_lines(void)
{
	size_t bytes = GNV_USER_DB_BYTES_MAX, n;
	char *text = malloc(bytes);

	memset(text, 'a', bytes);
	expect_int(look_up_passwd("app", text, bytes), -ENOENT);
	memset(text, ':', bytes);
	expect_int(look_up_passwd("app", text, bytes), -ENOENT);
	memset(text, '\n', bytes);
	expect_int(look_up_passwd("app", text, bytes), -ENOENT);
	/* A home that does not fit is none. */
	n = (size_t)sprintf(text, "app:x:3:3::/");
	memset(text + n, 'h', 1000);
	n += 1000 + (size_t)sprintf(text + n + 1000, ":/bin/sh\n");
	expect_int(look_up_passwd("app", text, n), 0);
	expect_int(user.uid, 3);
	expect_str(user.home, "/");
	free(text);
}

static void too_many_groups(void)
{
	char *text = malloc(64 * 1024);
	size_t n = 0;
	int i;

	for (i = 0; i < GNV_USER_GROUPS_MAX; i++)
		n += (size_t)sprintf(text + n, "g%d:x:%d:app\n", i, 100000 + i);
	expect_int(look_up_in("app", passwd, strlen(passwd), text, n), 0);
	expect_int(user.n_groups, GNV_USER_GROUPS_MAX);
	n += (size_t)sprintf(text + n, "more:x:9:app\n");
	expect_int(look_up_in("app", passwd, strlen(passwd), text, n), -E2BIG);
	free(text);
}

int main(void)
{
	test("user:root_when_nothing_is_asked", root_when_nothing_is_asked);
	test("user:by_name", by_name);
	test("user:by_number", by_number);
	test("user:name_goes_before_number", name_goes_before_number);
	test("user:with_group", with_group);
	test("user:last_line_without_newline", last_line_without_newline);
	test("user:home_is_absolute_or_root", home_is_absolute_or_root);
	test("user:unknown", unknown);
	test("user:ill_formed", ill_formed);
	test("user:largest_number", largest_number);
	test("user:empty_databases", empty_databases);
	test("user:bad_lines_are_absent", bad_lines_are_absent);
	test("user:nul_does_not_cut_a_line", nul_does_not_cut_a_line);
	test("user:long_lines", long_lines);
	test("user:too_many_groups", too_many_groups);
	return tap_end();
}
