// SPDX-License-Identifier: MIT
/*
 * The operator's wishes, merged with the image's.  Owns no state.
 */
#include "container/request.h"

#include <string.h>

#include "base/parse.h"
#include "base/strv.h"

#define DEFAULT_PATH   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define MILLICORES_MIN 10
#define MILLICORES_MAX (8192 * 1000)

void gnv_request_fini(struct gnv_request *request)
{
	size_t i;

	for (i = 0; i < request->n_mounts; i++) {
		free(request->mounts[i].source);
		free(request->mounts[i].target);
	}
	free(request->mounts);
	free(request->name);
	free(request->image);
	gnv_strv_free(request->command);
	free(request->entrypoint);
	gnv_strv_free(request->env);
	free(request->workdir);
	free(request->user);
	free(request->hostname);
	free(request->gpu_devices);
	free(request->driver_capabilities);
	free(request->driver_root);
	memset(request, 0, sizeof(*request));
}

static int bad_volume(const char *text, const char *why, struct gnv_error **err)
{
	gnv_error_set(err, EINVAL, "--volume `%s`: %s", text, why);
	return gnv_error_remedy(err, -EINVAL,
				"write it as SOURCE:TARGET[:ro], TARGET an absolute path");
}

/* Takes @source and @target over on success. */
static int add_mount(struct gnv_request *request, char *source, char *target, bool read_only)
{
	struct gnv_mount *grown =
		realloc(request->mounts, (request->n_mounts + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	request->mounts = grown;
	grown[request->n_mounts++] = (struct gnv_mount){
		.source = source,
		.target = target,
		.read_only = read_only,
	};
	return 0;
}

int gnv_request_add_volume(struct gnv_request *request, const char *text,
			   struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(text), *source = NULL, *target = NULL;
	char *rest = copy, *from, *to, *mode;
	int r;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "--volume `%s`", text);
	from = strsep(&rest, ":");
	to = strsep(&rest, ":");
	mode = rest;
	if (!*from || !to)
		return bad_volume(text, "this is no pair of paths", err);
	if (to[0] != '/' || !to[strspn(to, "/")])
		return bad_volume(text, "the target is no path below the container's `/`", err);
	if (mode && strcmp(mode, "ro") && strcmp(mode, "rw"))
		return bad_volume(text, "behind the second `:` stands neither `ro` nor `rw`",
				  err);
	source = realpath(from, NULL);
	if (!source) {
		r = gnv_error_errno(err, errno, "--volume `%s`: source `%s`", text, from);
		return gnv_error_remedy(err, r, "make it first");
	}
	target = strdup(to);
	r = target ? add_mount(request, source, target, mode && !strcmp(mode, "ro")) : -ENOMEM;
	if (r < 0)
		return gnv_error_errno(err, -r, "--volume `%s`", text);
	/* The mount has them now. */
	source = target = NULL;
	return 0;
}

int gnv_request_add_env(struct gnv_request *request, const char *text, struct gnv_error **err)
{
	_cleanup_free_ char *assignment = NULL;
	const char *value;
	int r;

	if (!*text || *text == '=') {
		gnv_error_set(err, EINVAL, "--env `%s`: the name is missing", text);
		return gnv_error_remedy(err, -EINVAL, "write it as KEY=value or KEY");
	}
	if (strchr(text, '=')) {
		r = gnv_env_set(&request->env, text);
	} else {
		value = getenv(text);
		if (!value)
			return 0;
		if (asprintf(&assignment, "%s=%s", text, value) < 0) {
			assignment = NULL;
			r = -ENOMEM;
		} else {
			r = gnv_env_set(&request->env, assignment);
		}
	}
	return r < 0 ? gnv_error_errno(err, -r, "--env `%s`", text) : 0;
}

int gnv_request_parse_cores(const char *text, uint64_t *ret_millicores)
{
	uint64_t whole, fraction = 0, millicores;
	char part[24];
	size_t length = strcspn(text, "."), digits;
	int r;

	if (length >= sizeof(part))
		return -EINVAL;
	memcpy(part, text, length);
	part[length] = '\0';
	if (part[strspn(part, "0123456789")])
		return -EINVAL;
	r = gnv_parse_u64(part, &whole);
	if (r < 0)
		return r;
	if (text[length]) {
		text += length + 1;
		digits = strlen(text);
		if (!digits || digits > 3 || text[strspn(text, "0123456789")])
			return -EINVAL;
		gnv_parse_u64(text, &fraction);
		for (; digits < 3; digits++)
			fraction *= 10;
	}
	if (__builtin_mul_overflow(whole, 1000, &millicores) ||
	    __builtin_add_overflow(millicores, fraction, &millicores) ||
	    millicores < MILLICORES_MIN || millicores > MILLICORES_MAX)
		return -ERANGE;
	*ret_millicores = millicores;
	return 0;
}

/* --entrypoint also drops the image's command: that was meant for its own one. */
static int make_argv(char ***argv, const struct gnv_request *request,
		     const struct gnv_image_config *image)
{
	char *const *command = request->command;
	int r = 0;

	if (!request->entrypoint)
		r = gnv_strv_append_all(argv, image->entrypoint);
	else if (*request->entrypoint)
		r = gnv_strv_append(argv, request->entrypoint);
	if (r < 0)
		return r;
	if (!command && !request->entrypoint)
		command = image->cmd;
	return gnv_strv_append_all(argv, command);
}

static int make_env(char ***env, const struct gnv_request *request,
		    const struct gnv_image_config *image, const char *hostname)
{
	_cleanup_free_ char *host = NULL;
	size_t i;
	int r;

	if (asprintf(&host, "HOSTNAME=%s", hostname) < 0) {
		host = NULL;
		return -ENOMEM;
	}
	r = gnv_env_set(env, DEFAULT_PATH);
	if (!r)
		r = gnv_env_set(env, host);
	for (i = 0; !r && image->env && image->env[i]; i++)
		r = gnv_env_set(env, image->env[i]);
	for (i = 0; !r && request->env && request->env[i]; i++)
		r = gnv_env_set(env, request->env[i]);
	return r;
}

void gnv_program_fini(struct gnv_program *program)
{
	gnv_strv_free(program->argv);
	gnv_strv_free(program->env);
	memset(program, 0, sizeof(*program));
}

int gnv_program_init(struct gnv_program *program, const struct gnv_request *request,
		     const struct gnv_image_config *image, const char *hostname,
		     struct gnv_error **err)
{
	int r;

	memset(program, 0, sizeof(*program));
	r = make_argv(&program->argv, request, image);
	if (!r)
		r = make_env(&program->env, request, image, hostname);
	if (r < 0) {
		gnv_program_fini(program);
		return gnv_error_errno(err, -r, "merge the image's configuration");
	}
	if (!program->argv) {
		gnv_program_fini(program);
		gnv_error_set(err, EINVAL, "image `%s`: it names no program to run",
			      request->image);
		return gnv_error_remedy(err, -EINVAL, "give a COMMAND behind the image");
	}
	program->workdir = request->workdir ? request->workdir : image->workdir;
	program->user = request->user ? request->user : image->user;
	return 0;
}
