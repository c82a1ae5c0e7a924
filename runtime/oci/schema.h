/* SPDX-License-Identifier: MIT */
/*
 * JSON into plain structs by tables: one walk reads, checks, and names every
 * fault by its path ("linux.namespaces[0].type"); one walk frees.  Knows nothing
 * of what the members mean.
 */
#ifndef GNV_OCI_SCHEMA_H
#define GNV_OCI_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Numbers that may be absent. */
struct oci_int {
	bool set;
	int64_t value;
};

struct oci_u64 {
	bool set;
	uint64_t value;
};

/* Items lie one behind the other, each as large as its table says. */
struct oci_array {
	size_t n;
	void *items;
};

/* An item of a map of strings. */
struct oci_pair {
	char *key;
	char *value;
};

enum oci_kind {
	OCI_STRING, /* char * */
	OCI_STRINGS, /* char **, NULL-terminated; NULL where absent */
	OCI_BOOL, /* bool */
	OCI_INT, /* struct oci_int, between min and max */
	OCI_U64, /* struct oci_u64 */
	OCI_ENUM, /* int: 0 where absent, else 1 + the index in names */
	OCI_SET, /* uint64_t: a mask of indexes in names */
	OCI_U32S, /* struct oci_array of uint32_t */
	OCI_OBJECT, /* a pointer to a struct, NULL where absent */
	OCI_ARRAY, /* struct oci_array of structs */
	OCI_MAP, /* the same, of structs that begin with `char *key` */
	OCI_PAIRS, /* struct oci_array of struct oci_pair */
};

struct oci_table;

struct oci_field {
	const char *key;
	enum oci_kind kind;
	bool required;
	bool lenient; /* OCI_SET: unknown names are warned of and left out */
	size_t offset;
	const struct oci_table *table;
	const char *const *names;
	int64_t min, max;
};

struct oci_reader;
struct oci_value;

struct oci_table {
	size_t size;
	const struct oci_field *fields; /* ends with one without a key */
	/*
	 * What no single member shows; may be NULL.  A member that is missing or ill-formed is
	 * as if it had not been given, though it may be required, and what is said of it is
	 * passed over; an ill-formed string in a list of them is empty.
	 */
	void (*check)(struct oci_reader *reader, const void *object);
};

#define OCI_PATH_LEN 512

struct oci_reader {
	char path[OCI_PATH_LEN];
	size_t path_length;
	char **faults; /* "path: what is wrong", a strv */
	char **warnings;
	size_t n_faults;
	char **ill_formed; /* paths of what is not as the tables say, a strv */
	bool checking; /* in a table's check */
	bool no_memory;
};

void oci_reader_fini(struct oci_reader *reader);

/* At the present path, or at @member of it where that is not NULL. */
void oci_fault(struct oci_reader *reader, const char *member, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void oci_warn(struct oci_reader *reader, const char *member, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Whether something at @path, in it, or around it is ill-formed: nothing can be said of what
 * depends on it.
 */
bool oci_is_ill_formed(const struct oci_reader *reader, const char *path);

/* Go down to "member" or "[index]"; the return value brings oci_path_pop() back. */
size_t oci_path_push(struct oci_reader *reader, const char *member);
size_t oci_path_push_index(struct oci_reader *reader, const char *member, size_t index);
void oci_path_pop(struct oci_reader *reader, size_t length);

/*
 * Read @json into the zeroed struct @object.  Members that the table does not name
 * are passed over, as the specification wants it.  What was read is to be freed
 * by oci_table_free() in any case.
 */
void oci_table_read(struct oci_reader *reader, const struct oci_table *table,
		    const struct oci_value *json, void *object);

/* The same from text, which has a NUL behind its @length bytes; faults are the reader's. */
int oci_table_parse(struct oci_reader *reader, const struct oci_table *table, const char *text,
		    size_t length, void *object, struct gnv_error **err);
void oci_table_free(const struct oci_table *table, void *object);

/* 0, or -EINVAL with the first fault and how many there are. */
int oci_reader_result(const struct oci_reader *reader, struct gnv_error **err);

#endif /* GNV_OCI_SCHEMA_H */
