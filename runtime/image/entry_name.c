// SPDX-License-Identifier: MIT
/*
 * From the path in a tar header to parent and name.
 */
#include "image/entry_name.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define WHITEOUT_PREFIX ".wh."
#define AUFS_PREFIX	".wh..wh."
#define OPAQUE_NAME	".wh..wh..opq"

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static const char *append_to_parent(struct gnv_entry_name *name)
{
	size_t used = strlen(name->parent), length = strlen(name->name);

	if (!length)
		return NULL;
	if (used + length + 2 > sizeof(name->parent))
		return "its path is too long";
	if (used)
		name->parent[used++] = '/';
	memcpy(name->parent + used, name->name, length + 1);
	return NULL;
}

/* What the last component means; @name->name holds it as it is in the stream. */
static const char *classify(struct gnv_entry_name *name)
{
	char *rest = name->name + strlen(WHITEOUT_PREFIX);

	if (!has_prefix(name->name, WHITEOUT_PREFIX))
		return NULL;
	if (!strcmp(name->name, OPAQUE_NAME)) {
		name->kind = GNV_ENTRY_OPAQUE;
		name->name[0] = '\0';
		return NULL;
	}
	if (has_prefix(name->name, AUFS_PREFIX)) {
		name->kind = GNV_ENTRY_IGNORED;
		return NULL;
	}
	if (!*rest || !strcmp(rest, ".") || !strcmp(rest, ".."))
		return "it is a whiteout without a name";
	name->kind = GNV_ENTRY_WHITEOUT;
	memmove(name->name, rest, strlen(rest) + 1);
	return NULL;
}

const char *gnv_entry_name_parse(const char *path, struct gnv_entry_name *ret)
{
	const char *refused;
	bool ignored = false;

	ret->kind = GNV_ENTRY_PLAIN;
	ret->parent[0] = ret->name[0] = '\0';
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");

		if (length == 1 && *path == '.') {
			path += length;
			continue;
		}
		if (length == 2 && !memcmp(path, "..", 2))
			return "its path has `..`";
		if (length > NAME_MAX)
			return "its name has more than 255 bytes";
		/* A component that was the last until now is a directory. */
		if (has_prefix(ret->name, AUFS_PREFIX))
			ignored = true;
		else if (has_prefix(ret->name, WHITEOUT_PREFIX))
			return "it lies below a whiteout";
		refused = append_to_parent(ret);
		if (refused)
			return refused;
		memcpy(ret->name, path, length);
		ret->name[length] = '\0';
		path += length;
	}
	refused = classify(ret);
	if (!refused && ignored)
		ret->kind = GNV_ENTRY_IGNORED;
	return refused;
}
