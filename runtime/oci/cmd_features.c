// SPDX-License-Identifier: MIT
/*
 * features: what this runtime does, in the specification's form.  The lists come
 * from the tables by which the work is done.
 */
#include <string.h>

#include "image/json.h"
#include "oci/command.h"
#include "oci/config.h"
#include "oci/gpu_request.h"
#include "oci/mount_options.h"
#include "oci/seccomp.h"

/* A NULL object is carried along; printing one is the failure. */
static struct json_object *list(const char *const *names)
{
	struct json_object *array = json_object_new_array();

	for (; array && *names; names++)
		json_object_array_add(array, json_object_new_string(*names));
	return array;
}

static struct json_object *list_by(const char *(*get)(size_t index))
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; array && get(i); i++)
		json_object_array_add(array, json_object_new_string(get(i)));
	return array;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (object)
		json_object_object_add(object, key, value);
}

static struct json_object *enabled(bool value)
{
	struct json_object *object = json_object_new_object();

	add(object, "enabled", json_object_new_boolean(value));
	return object;
}

static struct json_object *describe_cgroup(void)
{
	struct json_object *cgroup = json_object_new_object();

	add(cgroup, "v1", json_object_new_boolean(false));
	add(cgroup, "v2", json_object_new_boolean(true));
	add(cgroup, "systemd", json_object_new_boolean(true));
	add(cgroup, "systemdUser", json_object_new_boolean(true));
	add(cgroup, "rdma", json_object_new_boolean(true));
	return cgroup;
}

static struct json_object *describe_seccomp(void)
{
	struct json_object *seccomp = enabled(true);

	add(seccomp, "actions", list(oci_seccomp_action_names));
	add(seccomp, "operators", list(oci_seccomp_operator_names));
	add(seccomp, "archs", list_by(oci_seccomp_arch_name));
	add(seccomp, "knownFlags", list(oci_seccomp_flag_names));
	add(seccomp, "supportedFlags", list(oci_seccomp_flag_names));
	return seccomp;
}

static struct json_object *describe_mount_extensions(void)
{
	struct json_object *extensions = json_object_new_object();

	add(extensions, "idmap", enabled(true));
	return extensions;
}

static struct json_object *describe_memory_policy(void)
{
	struct json_object *policy = json_object_new_object();

	add(policy, "modes", list(oci_mempolicy_names));
	add(policy, "flags", list(oci_mempolicy_flag_names));
	return policy;
}

static struct json_object *describe_rdt(void)
{
	struct json_object *rdt = enabled(true);

	add(rdt, "schemata", json_object_new_boolean(true));
	add(rdt, "monitoring", json_object_new_boolean(true));
	return rdt;
}

static struct json_object *describe_linux(void)
{
	struct json_object *os = json_object_new_object();

	add(os, "namespaces", list(oci_namespace_names));
	add(os, "capabilities", list(oci_capability_names));
	add(os, "cgroup", describe_cgroup());
	add(os, "seccomp", describe_seccomp());
	add(os, "apparmor", enabled(true));
	add(os, "selinux", enabled(true));
	add(os, "intelRdt", describe_rdt());
	add(os, "mountExtensions", describe_mount_extensions());
	add(os, "memoryPolicy", describe_memory_policy());
	add(os, "netDevices", enabled(true));
	return os;
}

static int run(const struct oci_globals *globals, void *data, int argc, char **argv,
	       struct gnv_error **err)
{
	_cleanup_json_ struct json_object *features = json_object_new_object();
	const char *text;

	(void)globals, (void)data, (void)argc, (void)argv;
	add(features, "ociVersionMin", json_object_new_string("1.0.0"));
	add(features, "ociVersionMax", json_object_new_string(OCI_VERSION));
	add(features, "hooks", list(oci_hook_names));
	add(features, "mountOptions", list_by(oci_mount_option_name));
	add(features, "linux", describe_linux());
	add(features, "potentiallyUnsafeConfigAnnotations", list_by(oci_gpu_annotation));
	text = json_object_to_json_string_ext(features, JSON_C_TO_STRING_PRETTY);
	if (!features || !text)
		return gnv_error_errno(err, ENOMEM, "features");
	puts(text);
	return EXIT_SUCCESS;
}

const struct oci_command oci_cmd_features = {
	.name = "features",
	.synopsis = "",
	.help = "tell what this runtime does",
	.run = run,
};
