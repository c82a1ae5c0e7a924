/* SPDX-License-Identifier: MIT */
/*
 * Where things stand in a TOML text, so that it can be changed in one place and kept, byte
 * for byte, in all others.  Checks the grammar, and that nothing is there twice; values stay text.
 */
#ifndef GNV_OCI_TOML_H
#define GNV_OCI_TOML_H

#include <stddef.h>

#include "base/error.h"

enum toml_kind {
	TOML_TABLE, /* [a.b] */
	TOML_ARRAY, /* [[a.b]] */
	TOML_KEY, /* not those within inline tables */
	TOML_COMMENT, /* one that begins its line */
};

struct toml_entry {
	enum toml_kind kind;
	unsigned int line; /* from 1 */
	size_t start, end; /* its lines, with the newline */
	size_t value, value_end; /* of a key */
	/*
	 * From the root on, parts joined by dots; a part that needs quotes has them, ".
	 * NULL for a comment.
	 */
	char *path;
	size_t table; /* of a key: how much of ->path is the name of its table */
	size_t element; /* of an array of tables: number of the line that begins it; or 0 */
};

struct toml {
	struct toml_entry *entries; /* in the text's order */
	size_t n;
};

int oci_toml_scan(const char *text, struct toml *ret, struct gnv_error **err);
void oci_toml_fini(struct toml *toml);

static inline const struct toml_entry *oci_toml_end(const struct toml *toml)
{
	return toml->n ? toml->entries + toml->n : toml->entries;
}

/* The first of that kind and path, or NULL. */
const struct toml_entry *oci_toml_find(const struct toml *toml, enum toml_kind kind,
				       const char *path);

#define _cleanup_toml_ _cleanup_(oci_toml_fini)

#endif /* GNV_OCI_TOML_H */
