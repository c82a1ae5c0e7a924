/* SPDX-License-Identifier: MIT */
/*
 * JSON text as one list of values, in two blocks of memory: a start reads a
 * configuration once and frees it at once, for which a tree of objects is most of the
 * work.  As strict as RFC 8259, and no more than 32 levels deep.  Knows nothing of what
 * the values mean.
 */
#ifndef GNV_OCI_DOCUMENT_H
#define GNV_OCI_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum oci_type {
	OCI_TYPE_NULL,
	OCI_TYPE_BOOLEAN,
	OCI_TYPE_DOUBLE, /* its value is not kept */
	OCI_TYPE_INT,
	OCI_TYPE_STRING,
	OCI_TYPE_ARRAY,
	OCI_TYPE_OBJECT,
};

/* Behind it are those that are in it: items, or by turns a key, which is a string, and a value. */
struct oci_value {
	uint8_t type;
	bool negative; /* of an integer: the number is of the kind int64_t */
	uint32_t length; /* bytes of a string; items of an array; members of an object */
	uint32_t size; /* it and all that are in it */
	union {
		bool truth;
		uint64_t number;
		const char *text; /* with a NUL behind it; it may have others in it */
	};
};

struct oci_document {
	struct oci_value *values; /* the first one is the whole */
	char *strings; /* behind them, in the same memory */
};

/* One object.  @text has a NUL behind its @length bytes. */
int oci_document_parse(const char *text, size_t length, struct oci_document *ret,
		       struct gnv_error **err);
void oci_document_fini(struct oci_document *document);
#define _cleanup_document_ _cleanup_(oci_document_fini)

/* As it is called in messages: "null", "boolean", "double", "int", "string", "array", "object". */
const char *oci_type_name(const struct oci_value *value);

static inline const struct oci_value *oci_value_first(const struct oci_value *value)
{
	return value + 1;
}

static inline const struct oci_value *oci_value_next(const struct oci_value *value)
{
	return value + value->size;
}

/* Of an object; NULL where there is none.  Of several with one name it is the last. */
const struct oci_value *oci_value_member(const struct oci_value *object, const char *key);

#endif /* GNV_OCI_DOCUMENT_H */
