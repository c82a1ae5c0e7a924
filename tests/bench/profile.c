// SPDX-License-Identifier: MIT
/*
 * Prints the capabilities and system calls that ghostnv-container allows as parts of
 * an OCI runtime configuration, so that other runtimes can be asked for the same:
 * {"capabilities": [...], "seccomp": {...}}. Knows the tables, not the filter.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/capability.h>

#include "sandbox/caps.h"
#include "sandbox/seccomp.h"

static bool is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

static void add_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *make_capabilities(uint64_t mask)
{
	struct json_object *array = json_object_new_array();
	cap_value_t cap;

	for (cap = 0; cap < 64; cap++) {
		char *name = mask >> cap & 1 ? cap_to_name(cap) : NULL;
		char *c;

		for (c = name; c && *c; c++)
			*c = (char)toupper(*c);
		if (name)
			json_object_array_add(array, json_object_new_string(name));
		cap_free(name);
	}
	return array;
}

static struct json_object *make_rule(struct json_object *names, const char *action)
{
	struct json_object *rule = json_object_new_object();

	json_object_object_add(rule, "names", names);
	add_string(rule, "action", action);
	return rule;
}

static struct json_object *make_group_rule(uint64_t mask)
{
	struct json_object *names = json_object_new_array();
	const char *const *name;
	size_t i;

	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		int capability = gnv_seccomp_groups[i].capability;

		if (capability != GNV_SECCOMP_ALWAYS && !(mask >> capability & 1))
			continue;
		for (name = gnv_seccomp_groups[i].names; *name; name++)
			if (is_known(*name))
				json_object_array_add(names, json_object_new_string(*name));
	}
	return make_rule(names, "SCMP_ACT_ALLOW");
}

static struct json_object *make_check_rule(const char *name,
					   const struct gnv_seccomp_pattern *pattern)
{
	struct json_object *names = json_object_new_array(), *rule;
	struct json_object *args = json_object_new_array(), *arg = json_object_new_object();

	json_object_array_add(names, json_object_new_string(name));
	rule = make_rule(names, "SCMP_ACT_ALLOW");
	json_object_object_add(arg, "index", json_object_new_int(0));
	json_object_object_add(arg, "value", json_object_new_int64(pattern->mask));
	json_object_object_add(arg, "valueTwo", json_object_new_int64(pattern->value));
	add_string(arg, "op", "SCMP_CMP_MASKED_EQ");
	json_object_array_add(args, arg);
	json_object_object_add(rule, "args", args);
	return rule;
}

static struct json_object *make_seccomp(uint64_t mask)
{
	struct json_object *seccomp = json_object_new_object();
	struct json_object *rules = json_object_new_array();
	size_t i, k;

	add_string(seccomp, "defaultAction", "SCMP_ACT_ERRNO");
	json_object_array_add(rules, make_group_rule(mask));
	for (i = 0; i < gnv_seccomp_n_checks; i++) {
		const struct gnv_seccomp_check *check = &gnv_seccomp_checks[i];

		for (k = 0; is_known(check->name) && k < check->n_patterns; k++)
			json_object_array_add(rules, make_check_rule(check->name,
								     &check->patterns[k]));
	}
	json_object_object_add(seccomp, "syscalls", rules);
	return seccomp;
}

int main(void)
{
	uint64_t mask = gnv_caps_default();
	struct json_object *profile = json_object_new_object();

	json_object_object_add(profile, "capabilities", make_capabilities(mask));
	json_object_object_add(profile, "seccomp", make_seccomp(mask));
	puts(json_object_to_json_string(profile));
	json_object_put(profile);
	return 0;
}
