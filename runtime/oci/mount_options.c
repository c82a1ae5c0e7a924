// SPDX-License-Identifier: MIT
/*
 * Mount options from a table.  Owns no state.
 */
#include "oci/mount_options.h"

#include <stddef.h>
#include <string.h>
#include <sys/mount.h>

#include "base/strv.h"
#include "oci/config.h"
#include "oci/lsm.h"
#include "sandbox/mount_api.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

enum kind { ATTRIBUTE,
	    PROPAGATION,
	    BIND,
	    IDMAP,
	    COPY_UP,
	    REMOUNT,
	    COUNT_VERSIONS,
	    OF_FILE_SYSTEM, /* of any, and so no data of one */
	    NOTHING };

#define IS_ATTRIBUTE(name, set, clear) \
	{ \
		name, ATTRIBUTE, set, clear, .deep_name = "r" name \
	}

static const struct option {
	const char *name;
	enum kind kind;
	uint64_t set, clear; /* of PROPAGATION: set is MS_* */
	bool deep;
	const char *deep_name; /* for all mounts below, too */
} words[] = {
	IS_ATTRIBUTE("ro", MOUNT_ATTR_RDONLY, 0),
	IS_ATTRIBUTE("rw", 0, MOUNT_ATTR_RDONLY),
	IS_ATTRIBUTE("nosuid", MOUNT_ATTR_NOSUID, 0),
	IS_ATTRIBUTE("suid", 0, MOUNT_ATTR_NOSUID),
	IS_ATTRIBUTE("nodev", MOUNT_ATTR_NODEV, 0),
	IS_ATTRIBUTE("dev", 0, MOUNT_ATTR_NODEV),
	IS_ATTRIBUTE("noexec", MOUNT_ATTR_NOEXEC, 0),
	IS_ATTRIBUTE("exec", 0, MOUNT_ATTR_NOEXEC),
	IS_ATTRIBUTE("nodiratime", MOUNT_ATTR_NODIRATIME, 0),
	IS_ATTRIBUTE("diratime", 0, MOUNT_ATTR_NODIRATIME),
	IS_ATTRIBUTE("noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME),
	IS_ATTRIBUTE("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0),
	IS_ATTRIBUTE("symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW),
	{ "private", PROPAGATION, MS_PRIVATE, 0 },
	{ "rprivate", PROPAGATION, MS_PRIVATE, 0, true },
	{ "shared", PROPAGATION, MS_SHARED, 0 },
	{ "rshared", PROPAGATION, MS_SHARED, 0, true },
	{ "slave", PROPAGATION, MS_SLAVE, 0 },
	{ "rslave", PROPAGATION, MS_SLAVE, 0, true },
	{ "unbindable", PROPAGATION, MS_UNBINDABLE, 0 },
	{ "runbindable", PROPAGATION, MS_UNBINDABLE, 0, true },
	{ "bind", BIND, 0, 0 },
	{ "rbind", BIND, 0, 0, true },
	{ "idmap", IDMAP, 0, 0 },
	{ "ridmap", IDMAP, 0, 0, true },
	{ "sync", OF_FILE_SYSTEM, 0, 0 },
	{ "async", OF_FILE_SYSTEM, 0, 0 },
	{ "dirsync", OF_FILE_SYSTEM, 0, 0 },
	{ "lazytime", OF_FILE_SYSTEM, 0, 0 },
	{ "nolazytime", OF_FILE_SYSTEM, 0, 0 },
	{ "mand", OF_FILE_SYSTEM, 0, 0 },
	{ "nomand", OF_FILE_SYSTEM, 0, 0 },
	{ "iversion", COUNT_VERSIONS, 0, 0 },
	{ "noiversion", NOTHING, 0, 0 },
	/* What the kernel would print is not ours to choose. */
	{ "silent", NOTHING, 0, 0 },
	{ "loud", NOTHING, 0, 0 },
	{ "defaults", NOTHING, 0, 0 },
	{ "remount", REMOUNT, 0, 0 },
	{ "tmpcopyup", COPY_UP, 0, 0 },
	{ 0 },
};

const char *oci_mount_option_name(size_t index)
{
	size_t n = sizeof(words) / sizeof(words[0]) - 1, i;

	if (index < n)
		return words[index].name;
	for (i = 0; i < n; i++)
		if (words[i].deep_name && index-- == n)
			return words[i].deep_name;
	return NULL;
}

static const struct option *find(const char *name, bool *deep)
{
	const struct option *option;

	for (option = words; option->name; option++) {
		*deep = option->deep;
		if (!strcmp(option->name, name))
			return option;
		*deep = true;
		if (option->deep_name && !strcmp(option->deep_name, name))
			return option;
	}
	return NULL;
}

static void add_attributes(struct oci_attributes *attributes, const struct option *option)
{
	uint64_t touched = option->set | option->clear;

	attributes->set = (attributes->set & ~touched) | option->set;
	attributes->clear = (attributes->clear & ~touched) | option->clear;
}

static int take(const struct option *option, bool deep, struct oci_mount_options *ret,
		struct gnv_error **err)
{
	switch (option->kind) {
	case ATTRIBUTE:
		add_attributes(deep ? &ret->deep : &ret->flat, option);
		break;
	case PROPAGATION:
		if (ret->propagation && ret->propagation != option->set)
			return gnv_error_set(err, EINVAL, "`%s` contradicts another propagation",
					     option->name);
		ret->propagation = option->set;
		ret->propagation_deep |= deep;
		break;
	case BIND:
		ret->bind = true;
		ret->recursive |= deep;
		break;
	case IDMAP:
		ret->map_owners = true;
		ret->map_owners_deep |= deep;
		break;
	case COPY_UP:
		ret->copy_up = true;
		break;
	case REMOUNT:
		ret->remount = true;
		break;
	case COUNT_VERSIONS:
		ret->count_versions = true;
		break;
	case OF_FILE_SYSTEM:
		ret->of_file_system = true;
		break;
	case NOTHING:
		break;
	}
	return 0;
}

/* Below a new file system there is nothing yet. */
static void flatten(struct oci_mount_options *options)
{
	struct oci_attributes *flat = &options->flat, *deep = &options->deep;

	flat->set |= deep->set & ~flat->clear;
	flat->clear |= deep->clear;
	*deep = (struct oci_attributes){ 0 };
}

static int check(const struct oci_mount *mount, const struct oci_mount_options *options,
		 struct gnv_error **err)
{
	if (options->copy_up && (!mount->type || strcmp(mount->type, "tmpfs") != 0))
		return gnv_error_set(err, EINVAL, "`tmpcopyup` is for a tmpfs only");
	if (options->remount && (options->copy_up || options->map_owners || options->propagation))
		return gnv_error_set(err, EINVAL, "`remount` changes attributes and the file system's own options only");
	return 0;
}

int oci_mount_options_parse(const struct oci_mount *mount, struct oci_mount_options *ret,
			    struct gnv_error **err)
{
	const struct option *option;
	bool deep;
	char **text;
	int r = 0, taken;

	for (text = mount->options; text && *text; text++) {
		option = find(*text, &deep);
		if ((!option || option->kind == OF_FILE_SYSTEM) && **text &&
		    gnv_strv_append(&ret->data, *text) < 0)
			return gnv_error_errno(err, ENOMEM, "read mount options");
		if (!option)
			continue;
		/* The rest is read all the same: a check of the whole goes on with it. */
		taken = take(option, deep, ret, r < 0 ? NULL : err);
		r = taken < 0 ? taken : r;
	}
	/* Podman leaves it to the type. */
	if (mount->type && !strcmp(mount->type, "bind"))
		ret->bind = true;
	if (!ret->bind && !ret->remount)
		flatten(ret);
	return r < 0 ? r : check(mount, ret, err);
}

struct gnv_mount_option *oci_mount_fs_options(const struct oci_mount *mount,
					      const struct oci_mount_options *options,
					      const char *label, char ***ret_words)
{
	size_t i, n = gnv_strv_length(options->data);
	struct gnv_mount_option *result = calloc(n + 3, sizeof(*result));

	if (!result || gnv_strv_append_all(ret_words, options->data) < 0) {
		free(result);
		return NULL;
	}
	result[0] = (struct gnv_mount_option){
		"source", mount->source && *mount->source ? mount->source : mount->type
	};
	for (i = 0; i < n; i++) {
		char *word = (*ret_words)[i], *equals = strchr(word, '=');

		if (equals)
			*equals++ = '\0';
		result[i + 1] = (struct gnv_mount_option){ word, equals };
	}
	if (label && oci_lsm_mount(mount->type) == OCI_LSM_BY_OPTION)
		result[n + 1] = (struct gnv_mount_option){ "context", label };
	return result;
}

void oci_mount_options_fini(struct oci_mount_options *options)
{
	gnv_strv_freep(&options->data);
}
