/* SPDX-License-Identifier: MIT */
/*
 * Names of a layer's entries: made plain, or refused.  Pure.
 */
#ifndef GNV_IMAGE_ENTRY_NAME_H
#define GNV_IMAGE_ENTRY_NAME_H

#include <limits.h>

enum gnv_entry_kind {
	GNV_ENTRY_PLAIN,
	GNV_ENTRY_WHITEOUT, /* name is without ".wh." */
	GNV_ENTRY_OPAQUE, /* name is empty: the parent is meant */
	GNV_ENTRY_IGNORED, /* AUFS's own bookkeeping */
};

struct gnv_entry_name {
	enum gnv_entry_kind kind;
	char parent[PATH_MAX]; /* "" for the layer's root; no "/" at either end */
	char name[NAME_MAX + 1]; /* "" when the root itself is meant */
};

/*
 * "./usr//bin/" is "usr/bin"; so is "/usr/bin".  Return NULL, or why it is
 * refused: "..", a name or path that is too long, a reserved name.
 */
const char *gnv_entry_name_parse(const char *path, struct gnv_entry_name *ret);

#endif /* GNV_IMAGE_ENTRY_NAME_H */
