// SPDX-License-Identifier: MIT
/*
 * The engines, and what changes of their texts share.
 */
#include "oci/register.h"

#include <ctype.h>
#include <json-c/json_object.h>
#include <string.h>

#define NAME_MAX_BYTES 64

const struct oci_engine oci_engines[] = {
	{ "docker", "/etc/docker/daemon.json", "systemctl reload docker", oci_register_json_add,
	  oci_register_json_remove },
	{ "containerd", "/etc/containerd/config.toml", "systemctl restart containerd",
	  oci_register_toml_add, oci_register_toml_remove },
	{ "crio", "/etc/crio/crio.conf.d/99-%s.conf", "systemctl restart crio",
	  oci_register_toml_add, oci_register_toml_remove },
	{ "podman", "/etc/containers/containers.conf.d/99-%s.conf", NULL, oci_register_toml_add,
	  oci_register_toml_remove },
	{ 0 },
};

bool oci_register_name_is_valid(const char *name)
{
	const char *p = name;

	/* Docker keeps runc for its own. */
	if (!isalnum((unsigned char)*p) || !strcmp(name, "runc"))
		return false;
	while (isalnum((unsigned char)*p) || *p == '-' || *p == '_')
		p++;
	return !*p && p - name <= NAME_MAX_BYTES;
}

char *oci_text_splice(const char *text, size_t from, size_t end, const char *put)
{
	char *changed;

	if (asprintf(&changed, "%.*s%s%s", (int)from, text, put, text + end) < 0)
		return NULL;
	return changed;
}

char *oci_text_quote(const char *text)
{
	struct json_object *string = json_object_new_string(text);
	const char *quoted = json_object_to_json_string_ext(
		string, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *copy = string && quoted ? strdup(quoted) : NULL;

	json_object_put(string);
	return copy;
}
