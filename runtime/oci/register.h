/* SPDX-License-Identifier: MIT */
/*
 * What engines have to know of this runtime, put into the texts of their configurations and
 * taken out again.  All else in a text stays, byte for byte.  Knows texts, no files.
 */
#ifndef GNV_OCI_REGISTER_H
#define GNV_OCI_REGISTER_H

#include <stdbool.h>

#include "base/error.h"

struct oci_registration {
	const char *name; /* by which the engine calls it; needs no quotes anywhere */
	const char *path; /* absolute */
	bool set_default;
	/*
	 * The text before it was registered first, or NULL: what was the default then is so
	 * again.
	 */
	const char *former;
};

struct oci_engine {
	const char *name;
	const char *config; /* with %s for the name */
	const char *apply; /* what makes the engine read it, or NULL: nothing is needed */
	/*
	 * *ret is a new text, perhaps the same; an empty one: nothing is left.  Errors name the
	 * line.
	 */
	int (*add)(const struct oci_engine *engine, const struct oci_registration *wish,
		   const char *text, char **ret, struct gnv_error **err);
	int (*remove)(const struct oci_engine *engine, const struct oci_registration *wish,
		      const char *text, char **ret, struct gnv_error **err);
};

/* Ends with one without a name. */
extern const struct oci_engine oci_engines[];

bool oci_register_name_is_valid(const char *name);

int oci_register_json_add(const struct oci_engine *engine, const struct oci_registration *wish,
			  const char *text, char **ret, struct gnv_error **err);
int oci_register_json_remove(const struct oci_engine *engine,
			     const struct oci_registration *wish, const char *text, char **ret,
			     struct gnv_error **err);

int oci_register_toml_add(const struct oci_engine *engine, const struct oci_registration *wish,
			  const char *text, char **ret, struct gnv_error **err);
int oci_register_toml_remove(const struct oci_engine *engine,
			     const struct oci_registration *wish, const char *text, char **ret,
			     struct gnv_error **err);

/* @text with @put in place of [from, end). */
char *oci_text_splice(const char *text, size_t from, size_t end, const char *put);

/* A string as both JSON and TOML write it, with quotes; NULL: no memory. */
char *oci_text_quote(const char *text);

#endif /* GNV_OCI_REGISTER_H */
