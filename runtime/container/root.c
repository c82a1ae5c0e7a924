// SPDX-License-Identifier: MIT
/*
 * Paths and names.  Owns no state.
 */
#include "container/root.h"

#include <stdint.h>
#include <string.h>

#include "base/file.h"

void gnv_root_fini(struct gnv_root *root)
{
	free(root->run_dir);
	free(root->data_dir);
	free(root->store_dir);
	free(root->suffix);
	memset(root, 0, sizeof(*root));
}

/* FNV-1a: two prefixes at once must not share the names of cgroups. */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261u;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619u;
	return value;
}

static char *join(const char *prefix, const char *path)
{
	char *joined;

	return asprintf(&joined, "%s%s", prefix, path) < 0 ? NULL : joined;
}

int gnv_root_init(struct gnv_root *root, const char *prefix, struct gnv_error **err)
{
	_cleanup_free_ char *real = NULL;
	char suffix[16] = "";
	int r;

	memset(root, 0, sizeof(*root));
	if (prefix && *prefix) {
		real = realpath(prefix, NULL);
		if (!real) {
			r = gnv_error_errno(err, errno, "find `%s`", prefix);
			return gnv_error_remedy(err, r, "`run` makes it, nothing else does");
		}
		/* "/" gives the paths that no prefix gives, so it is none. */
		if (strcmp(real, "/"))
			snprintf(suffix, sizeof(suffix), "@%08x", hash(real));
		else
			*real = '\0';
	}
	root->run_dir = join(real ? real : "", "/run/ghostnv");
	root->data_dir = join(real ? real : "", "/var/lib/ghostnv/containers");
	root->store_dir = join(real ? real : "", "/var/lib/ghostnv/store");
	root->suffix = strdup(suffix);
	if (root->run_dir && root->data_dir && root->store_dir && root->suffix)
		return 0;
	gnv_root_fini(root);
	return gnv_error_errno(err, ENOMEM, "make paths");
}

int gnv_root_create(const struct gnv_root *root, struct gnv_error **err)
{
	int r = gnv_mkdir_all(root->run_dir, 0700, err);

	return r < 0 ? r : gnv_mkdir_all(root->data_dir, 0700, err);
}

bool gnv_name_is_valid(const char *name)
{
	static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t length = strlen(name);
	size_t i;

	if (!length || length > GNV_NAME_MAX || !strchr(alphanumeric, name[0]))
		return false;
	for (i = 1; i < length; i++)
		if (!strchr(alphanumeric, name[i]) && !strchr("_.-", name[i]))
			return false;
	return true;
}

int gnv_root_cgroup_id(const struct gnv_root *root, const char *name, char **ret,
		       struct gnv_error **err)
{
	if (asprintf(ret, "container-%s%s", name, root->suffix) < 0)
		*ret = NULL;
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "name the cgroup of `%s`", name);
}
