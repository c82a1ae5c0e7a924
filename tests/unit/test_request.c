// SPDX-License-Identifier: MIT
/*
 * container/request: volumes, variables and cores out of text; the program that
 * comes of the operator's wishes and the image's.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"
#include "container/request.h"

static void volumes(void)
{
	static const char *const bad[] = {
		"",
		":",
		"/tmp",
		"/tmp:",
		"/tmp:rel",
		"/tmp:/",
		"/tmp:///",
		":/a",
		"/tmp:/a:rx",
		"/tmp:/a:",
		"/tmp:/a:ro:x",
	};
	_cleanup_request_ struct gnv_request request = { 0 };
	size_t i;

	expect_int(gnv_request_add_volume(&request, "/tmp:/a", NULL), 0);
	expect_int(gnv_request_add_volume(&request, "/tmp/../tmp:/b:ro", NULL), 0);
	expect_int(gnv_request_add_volume(&request, "/tmp:/c:rw", NULL), 0);
	expect_int(request.n_mounts, 3);
	expect_str(request.mounts[1].source, "/tmp");
	expect_str(request.mounts[1].target, "/b");
	expect(!request.mounts[0].read_only && request.mounts[1].read_only);
	expect(!request.mounts[2].read_only);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_int(gnv_request_add_volume(&request, bad[i], NULL), -EINVAL);
	expect_int(gnv_request_add_volume(&request, "/no/such:/a", NULL), -ENOENT);
	expect_int(request.n_mounts, 3);
}

static void variables(void)
{
	_cleanup_request_ struct gnv_request request = { 0 };

	setenv("GNV_TEST", "from outside", 1);
	unsetenv("GNV_TEST_UNSET");
	expect_int(gnv_request_add_env(&request, "A=1", NULL), 0);
	expect_int(gnv_request_add_env(&request, "A=2=3", NULL), 0);
	expect_int(gnv_request_add_env(&request, "E=", NULL), 0);
	expect_int(gnv_request_add_env(&request, "GNV_TEST", NULL), 0);
	expect_int(gnv_request_add_env(&request, "GNV_TEST_UNSET", NULL), 0);
	expect_int(gnv_request_add_env(&request, "", NULL), -EINVAL);
	expect_int(gnv_request_add_env(&request, "=x", NULL), -EINVAL);
	expect_int(gnv_strv_length(request.env), 3);
	expect_str(gnv_env_get(request.env, "A"), "2=3");
	expect_str(gnv_env_get(request.env, "E"), "");
	expect_str(gnv_env_get(request.env, "GNV_TEST"), "from outside");
	expect(!gnv_env_get(request.env, "GNV"));
}

static void cores(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t millicores;
	} cases[] = {
		{ "1", 0, 1000 },
		{ "1.5", 0, 1500 },
		{ "0.01", 0, 10 },
		{ "0.125", 0, 125 },
		{ "8192", 0, 8192000 },
		{ "0.009", -ERANGE, 0 },
		{ "8192.001", -ERANGE, 0 },
		{ "0", -ERANGE, 0 },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ ".5", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ "1.0001", -EINVAL, 0 },
		{ "1.2.3", -EINVAL, 0 },
		{ "0x1", -EINVAL, 0 },
		{ "1.0x1", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1e1", -EINVAL, 0 },
		{ "111111111111111111111111111111", -EINVAL, 0 },
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		value = 0;
		expect_int(gnv_request_parse_cores(cases[i].text, &value), cases[i].r);
		expect_int(value, cases[i].millicores);
	}
}

static char *image_entrypoint[] = { (char *)"entry", (char *)"e1", NULL };
static char *image_cmd[] = { (char *)"cmd", NULL };
static char *image_env[] = { (char *)"A=image", (char *)"PATH=/image", NULL };

static const struct gnv_image_config image = {
	.entrypoint = image_entrypoint,
	.cmd = image_cmd,
	.env = image_env,
	.workdir = (char *)"/image",
	.user = (char *)"author",
};

static void expect_argv(const struct gnv_request *request, const char *wanted)
{
	_cleanup_program_ struct gnv_program program = { 0 };
	char joined[256] = "";
	char **word;

	expect_int(gnv_program_init(&program, request, &image, "h", NULL), 0);
	for (word = program.argv; word && *word; word++) {
		strcat(joined, *word);
		strcat(joined, " ");
	}
	expect_str(joined, wanted);
}

static void argv_of_image(void)
{
	expect_argv(&(struct gnv_request){ 0 }, "entry e1 cmd ");
}

static void argv_of_command(void)
{
	char *command[] = { (char *)"x", (char *)"y", NULL };

	expect_argv(&(struct gnv_request){ .command = command }, "entry e1 x y ");
}

static void argv_of_entrypoint(void)
{
	char *command[] = { (char *)"x", NULL };
	char entry[] = "mine", none[] = "";

	expect_argv(&(struct gnv_request){ .entrypoint = entry }, "mine ");
	expect_argv(&(struct gnv_request){ .entrypoint = entry, .command = command },
		    "mine x ");
	expect_argv(&(struct gnv_request){ .entrypoint = none, .command = command }, "x ");
}

static void no_program(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct gnv_request request = { .image = (char *)"img" };
	const struct gnv_image_config empty = { 0 };
	struct gnv_program program;

	expect_int(gnv_program_init(&program, &request, &empty, "h", &err), -EINVAL);
	expect(strstr(gnv_error_message(err), "`img`"));
	expect(gnv_error_get_remedy(err));
}

static void environment_is_merged(void)
{
	_cleanup_request_ struct gnv_request request = { 0 };
	_cleanup_program_ struct gnv_program program = { 0 };

	gnv_request_add_env(&request, "A=operator", NULL);
	expect_int(gnv_program_init(&program, &request, &image, "host", NULL), 0);
	expect_str(gnv_env_get(program.env, "A"), "operator");
	expect_str(gnv_env_get(program.env, "PATH"), "/image");
	expect_str(gnv_env_get(program.env, "HOSTNAME"), "host");
	expect_str(program.workdir, "/image");
	expect_str(program.user, "author");
}

static void operator_wins(void)
{
	struct gnv_request request = { .workdir = (char *)"/w", .user = (char *)"u" };
	_cleanup_program_ struct gnv_program program = { 0 };
	const struct gnv_image_config bare = { .cmd = image_cmd };

	expect_int(gnv_program_init(&program, &request, &bare, "h", NULL), 0);
	expect_str(program.workdir, "/w");
	expect_str(program.user, "u");
	expect_str(gnv_env_get(program.env, "PATH"),
		   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

int main(void)
{
	test("request:volumes", volumes);
	test("request:variables", variables);
	test("request:cores", cores);
	test("program:argv_of_image", argv_of_image);
	test("program:argv_of_command", argv_of_command);
	test("program:argv_of_entrypoint", argv_of_entrypoint);
	test("program:no_program", no_program);
	test("program:environment_is_merged", environment_is_merged);
	test("program:operator_wins", operator_wins);
	return tap_end();
}
