// SPDX-License-Identifier: MIT
/*
 * The JSON documents of an image.  The first byte says which one the rest is.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/manifest.h"
#include "image/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_config(const char *text, size_t length, struct gnv_error **err)
{
	struct gnv_config_blob config;
	char **env;

	if (gnv_config_parse(text, length, &config, err) < 0)
		return;
	for (env = config.config.env; env && *env; env++)
		if (!strchr(*env, '=') || **env == '=')
			abort();
	if (config.config.workdir && *config.config.workdir != '/')
		abort();
	gnv_config_check_platform(&config, err);
	gnv_config_fini(&config);
}

static void check_index(const char *text, size_t length, struct gnv_error **err)
{
	const struct gnv_descriptor *found;
	struct gnv_index index;
	struct gnv_digest again;

	if (gnv_index_parse(text, length, &index, err) < 0)
		return;
	if (!gnv_index_select(&index, length % 2 ? "a" : NULL, &found, err) &&
	    gnv_digest_parse(found->digest.text, &again) < 0)
		abort();
	gnv_index_fini(&index);
}

static void check_docker(const char *text, size_t length, struct gnv_error **err)
{
	const struct gnv_docker_image *found;
	struct gnv_docker_archive archive;

	if (gnv_docker_parse(text, length, &archive, err) < 0)
		return;
	if (!gnv_docker_select(&archive, length % 2 ? "a" : NULL, &found, err) &&
	    (*found->config == '/' || !strncmp(found->config, "../", 3)))
		abort();
	gnv_docker_fini(&archive);
}

static void check_manifest(const char *text, size_t length, struct gnv_error **err)
{
	struct gnv_manifest manifest;

	if (gnv_manifest_parse(text, length, &manifest, err) < 0)
		return;
	if (manifest.n_layers > GNV_MANIFEST_LAYERS_MAX)
		abort();
	gnv_manifest_fini(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *, size_t, struct gnv_error **) = {
		check_index, check_manifest, check_config, check_docker
	};
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_free_ char *text = NULL;
	const char *c;

	if (size < 1)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	checks[data[0] % 4](text, size - 1, &err);
	/* A message is one printable line, whatever it quotes. */
	for (c = gnv_error_message(err); *c; c++)
		if ((unsigned char)*c < ' ')
			abort();
	return 0;
}
