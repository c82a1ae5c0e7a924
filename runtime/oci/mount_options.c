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
	    NOTHING };

/* Each attribute is also there as "r<name>", for all mounts below. */
static const struct option {
	const char *name;
	enum kind kind;
	uint64_t set, clear; /* of PROPAGATION: set is MS_* */
	bool deep;
} words[] = {
	{ "ro", ATTRIBUTE, MOUNT_ATTR_RDONLY, 0 },
	{ "rw", ATTRIBUTE, 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", ATTRIBUTE, MOUNT_ATTR_NOSUID, 0 },
	{ "suid", ATTRIBUTE, 0, MOUNT_ATTR_NOSUID },
	{ "nodev", ATTRIBUTE, MOUNT_ATTR_NODEV, 0 },
	{ "dev", ATTRIBUTE, 0, MOUNT_ATTR_NODEV },
	{ "noexec", ATTRIBUTE, MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", ATTRIBUTE, 0, MOUNT_ATTR_NOEXEC },
	{ "nodiratime", ATTRIBUTE, MOUNT_ATTR_NODIRATIME, 0 },
	{ "diratime", ATTRIBUTE, 0, MOUNT_ATTR_NODIRATIME },
	{ "noatime", ATTRIBUTE, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "atime", ATTRIBUTE, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "relatime", ATTRIBUTE, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "norelatime", ATTRIBUTE, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "strictatime", ATTRIBUTE, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "nostrictatime", ATTRIBUTE, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "nosymfollow", ATTRIBUTE, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow", ATTRIBUTE, 0, MOUNT_ATTR_NOSYMFOLLOW },
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
	{ "defaults", NOTHING, 0, 0 },
	{ "remount", NOTHING, 0, 0 },
	{ "tmpcopyup", COPY_UP, 0, 0 },
	{ 0 },
};

const char *oci_mount_option_name(size_t index)
{
	if (index >= sizeof(words) / sizeof(words[0]))
		return NULL;
	return words[index].name;
}

static const struct option *find(const char *name, bool *deep)
{
	const struct option *option;

	for (option = words; option->name; option++) {
		*deep = option->deep;
		if (!strcmp(option->name, name))
			return option;
		*deep = option->kind == ATTRIBUTE;
		if (*deep && name[0] == 'r' && !strcmp(option->name, name + 1))
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
	case NOTHING:
		break;
	}
	return 0;
}

static int check(const struct oci_mount *mount, const struct oci_mount_options *options,
		 struct gnv_error **err)
{
	if (options->copy_up && (!mount->type || strcmp(mount->type, "tmpfs") != 0))
		return gnv_error_set(err, EINVAL, "`tmpcopyup` is for a tmpfs only");
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
		if (!option) {
			if (**text && gnv_strv_append(&ret->data, *text) < 0)
				return gnv_error_errno(err, ENOMEM, "read mount options");
			continue;
		}
		/* The rest is read all the same: a check of the whole goes on with it. */
		taken = take(option, deep, ret, r < 0 ? NULL : err);
		r = taken < 0 ? taken : r;
	}
	/* Podman leaves it to the type. */
	if (mount->type && !strcmp(mount->type, "bind"))
		ret->bind = true;
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
	if (label && *label && oci_lsm_labels_type(mount->type))
		result[n + 1] = (struct gnv_mount_option){ "context", label };
	return result;
}

void oci_mount_options_fini(struct oci_mount_options *options)
{
	gnv_strv_freep(&options->data);
}
