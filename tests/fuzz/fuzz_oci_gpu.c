// SPDX-License-Identifier: MIT
/*
 * What the OCI face reads of GPUs: the administrator's file up to a line "---", then a
 * line each for annotations (those with a slash in their name) and variables of the
 * container's environment.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "oci/gpu_admin.h"
#include "oci/gpu_request.h"

#define PAIRS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct oci_pair pairs[PAIRS_MAX];
	char *env[PAIRS_MAX + 1];
	struct oci_process process;
	struct oci_linux os;
	struct oci_config config;
};

static void take(struct input *input, char *line, size_t *n_env)
{
	struct oci_pair *pair = &input->pairs[input->config.annotations.n];
	char *sign = strchr(line, '=');

	if (!sign || input->config.annotations.n == PAIRS_MAX || *n_env == PAIRS_MAX)
		return;
	if (!memchr(line, '/', (size_t)(sign - line))) {
		input->env[(*n_env)++] = line;
		return;
	}
	*sign = '\0';
	*pair = (struct oci_pair){ line, sign + 1 };
	input->config.annotations.n++;
}

static void take_lines(struct input *input, char *rest)
{
	size_t n_env = 0;

	input->process.env = input->env;
	input->config.process = &input->process;
	input->config.os = &input->os;
	input->config.annotations.items = input->pairs;
	while (rest)
		take(input, strsep(&rest, "\n"), &n_env);
}

/* The one that counts is the last; NULL where there is none. */
static const struct gnv_gpu_limit *find(const struct gnv_gpu_limits *limits,
					const struct gnv_gpu_limit *like)
{
	size_t i;

	for (i = limits->n; i > 0; i--)
		if (limits->limits[i - 1].limit == like->limit &&
		    limits->limits[i - 1].gpu == like->gpu)
			return &limits->limits[i - 1];
	return NULL;
}

/* Of a cap, its part of the time. */
static double worth(const struct gnv_gpu_limit *limit)
{
	if (limit->limit != GHOSTNV_LIMIT_GPU_MAX || limit->value == GHOSTNV_UNLIMITED)
		return (double)limit->value;
	return (double)GHOSTNV_GPU_MAX_QUOTA_US(limit->value) /
	       (double)GHOSTNV_GPU_MAX_PERIOD_US(limit->value);
}

/* An image's author has written the environment. */
static void must_not_raise(const struct gnv_gpu_limits *before, struct input *input)
{
	struct gnv_gpu_limits after = *before;
	size_t i;

	if (oci_gpu_limits_lower(input->env, &after, NULL) < 0)
		return;
	if (after.n > GNV_GPU_LIMITS_MAX || after.n < before->n)
		abort();
	for (i = 0; i < before->n; i++) {
		const struct gnv_gpu_limit *was = find(before, &before->limits[i]);
		const struct gnv_gpu_limit *is = find(&after, was);

		if (!is || worth(is) > worth(was))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_gpu_request_ struct oci_gpu_request request = { 0 };
	_cleanup_gpu_admin_ struct oci_gpu_admin admin = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct input input = { 0 };
	char *lines = text ? strstr(text, "---\n") : NULL;

	if (!lines)
		return 0;
	*lines = '\0';
	take_lines(&input, lines + 4);
	if (oci_gpu_admin_parse(text, strlen(text), &admin, &err) < 0) {
		if (!err || !*gnv_error_message(err))
			abort();
		return 0;
	}
	if (admin.driver_root && admin.driver_root[0] != '/')
		abort();
	oci_gpu_is_concerned(&input.config);
	if (oci_gpu_request_read(&input.config, !admin.ignore_environment, &request, NULL) < 0)
		return 0;
	/* Its own words were found good when it was read. */
	if (oci_gpu_limits_read(&admin.limits, "", &request.limits, NULL) < 0 &&
	    request.limits.n < GNV_GPU_LIMITS_MAX)
		abort();
	must_not_raise(&request.limits, &input);
	return 0;
}
