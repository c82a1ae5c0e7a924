// SPDX-License-Identifier: MIT
/*
 * The two walks over tables.  Owns no state.
 */
#include "oci/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/strv.h"
#include "oci/document.h"

/* A configuration that is all wrong is not worth more lines. */
#define FAULTS_MAX 200

/* Kubernetes' longest lists are below a thousand. */
#define ITEMS_MAX  65536

void oci_reader_fini(struct oci_reader *reader)
{
	gnv_strv_freep(&reader->faults);
	gnv_strv_freep(&reader->warnings);
	gnv_strv_freep(&reader->ill_formed);
}

/* Whether @path is @around or in it. */
static bool is_in(const char *path, const char *around)
{
	size_t length = strlen(around);

	/* The end of a string is found in each. */
	return !strncmp(path, around, length) && strchr(".[", path[length]);
}

bool oci_is_ill_formed(const struct oci_reader *reader, const char *path)
{
	char **other = reader->ill_formed;

	for (; other && *other; other++)
		if (is_in(path, *other) || is_in(*other, path))
			return true;
	return false;
}

/* Whether that has been found fault with, and would only be told of twice. */
static bool is_told(struct oci_reader *reader, const char *member)
{
	size_t length = member ? oci_path_push(reader, member) : reader->path_length;
	char **other = reader->ill_formed;

	while (other && *other && !is_in(reader->path, *other))
		other++;
	oci_path_pop(reader, length);
	return other && *other;
}

__attribute__((format(printf, 4, 0))) static void
add(struct oci_reader *reader, char ***list, const char *member, const char *fmt, va_list ap)
{
	_cleanup_free_ char *what = NULL, *line = NULL;
	const char *dot = member && reader->path_length ? "." : "";

	if (vasprintf(&what, fmt, ap) < 0) {
		what = NULL;
		reader->no_memory = true;
		return;
	}
	if (asprintf(&line, "%s%s%s%s%s", reader->path, dot, member ? member : "",
		     member || reader->path_length ? ": " : "", what) < 0)
		line = NULL;
	if (!line || gnv_strv_append(list, line) < 0)
		reader->no_memory = true;
}

void oci_fault(struct oci_reader *reader, const char *member, const char *fmt, ...)
{
	va_list ap;

	if (reader->checking && is_told(reader, member))
		return;
	if (reader->n_faults++ >= FAULTS_MAX)
		return;
	if (!reader->checking && gnv_strv_append(&reader->ill_formed, reader->path) < 0)
		reader->no_memory = true;
	va_start(ap, fmt);
	add(reader, &reader->faults, member, fmt, ap);
	va_end(ap);
}

void oci_warn(struct oci_reader *reader, const char *member, const char *fmt, ...)
{
	va_list ap;

	if (gnv_strv_length(reader->warnings) >= FAULTS_MAX ||
	    (reader->checking && is_told(reader, member)))
		return;
	va_start(ap, fmt);
	add(reader, &reader->warnings, member, fmt, ap);
	va_end(ap);
}

/*
 * A path that is too long is cut: it is only shown, where there is a fault.  It is made for
 * each item of each list all the same, so that no printf is in it.
 */
static void append(struct oci_reader *reader, const char *text)
{
	size_t room = sizeof(reader->path) - 1 - reader->path_length;
	size_t n = strnlen(text, room);

	memcpy(reader->path + reader->path_length, text, n);
	reader->path_length += n;
	reader->path[reader->path_length] = '\0';
}

static size_t push_index(struct oci_reader *reader, size_t index)
{
	size_t length = reader->path_length;
	char digits[24], *digit = digits + sizeof(digits);

	*--digit = '\0';
	*--digit = ']';
	do {
		*--digit = (char)('0' + index % 10);
		index /= 10;
	} while (index);
	*--digit = '[';
	append(reader, digit);
	return length;
}

size_t oci_path_push(struct oci_reader *reader, const char *member)
{
	size_t length = reader->path_length;

	if (length)
		append(reader, ".");
	append(reader, member);
	return length;
}

size_t oci_path_push_index(struct oci_reader *reader, const char *member, size_t index)
{
	size_t length = oci_path_push(reader, member);

	push_index(reader, index);
	return length;
}

void oci_path_pop(struct oci_reader *reader, size_t length)
{
	reader->path_length = length;
	reader->path[length] = '\0';
}

static void wrong_type(struct oci_reader *reader, const struct oci_value *json, const char *wanted)
{
	oci_fault(reader, NULL, "is of the JSON type %s, and should be %s",
		  oci_type_name(json), wanted);
}

/* Plain text, or NULL with a fault. */
static const char *read_text(struct oci_reader *reader, const struct oci_value *json)
{
	if (json->type != OCI_TYPE_STRING) {
		wrong_type(reader, json, "a string");
		return NULL;
	}
	if (strlen(json->text) != json->length) {
		oci_fault(reader, NULL, "holds a NUL character");
		return NULL;
	}
	return json->text;
}

static char *copy_text(struct oci_reader *reader, const struct oci_value *json)
{
	const char *text = read_text(reader, json);
	char *copy;

	if (!text)
		return NULL;
	copy = strdup(text);
	if (!copy)
		reader->no_memory = true;
	return copy;
}

/* How many there are in it, or 0 with a fault. */
static size_t count(struct oci_reader *reader, const struct oci_value *json, enum oci_type type,
		    const char *wanted)
{
	if (json->type != type) {
		wrong_type(reader, json, wanted);
		return 0;
	}
	if (json->length <= ITEMS_MAX)
		return json->length;
	oci_fault(reader, NULL, "has %u items, more than %d", json->length, ITEMS_MAX);
	return 0;
}

static size_t array_length(struct oci_reader *reader, const struct oci_value *json)
{
	return count(reader, json, OCI_TYPE_ARRAY, "an array");
}

static void read_strings(struct oci_reader *reader, const struct oci_value *json, char ***ret)
{
	size_t i, length, n = array_length(reader, json);
	char **strings = calloc(n + 1, sizeof(*strings));
	const struct oci_value *item = oci_value_first(json);
	const char *text;

	if (!strings) {
		reader->no_memory = true;
		return;
	}
	for (i = 0; i < n; i++, item = oci_value_next(item)) {
		length = push_index(reader, i);
		text = read_text(reader, item);
		/* The others keep their places. */
		strings[i] = strdup(text ? text : "");
		oci_path_pop(reader, length);
		if (!strings[i]) {
			reader->no_memory = true;
			break;
		}
	}
	*ret = strings;
}

static bool is_integer(struct oci_reader *reader, const struct oci_value *json)
{
	if (json->type == OCI_TYPE_INT)
		return true;
	wrong_type(reader, json, "an integer");
	return false;
}

static bool read_int(struct oci_reader *reader, const struct oci_value *json, int64_t min,
		     int64_t max, int64_t *ret)
{
	if (!is_integer(reader, json))
		return false;
	*ret = (int64_t)json->number;
	if ((json->negative || json->number <= INT64_MAX) && *ret >= min && *ret <= max)
		return true;
	if (json->negative)
		oci_fault(reader, NULL, "`%" PRId64 "` is not between %" PRId64 " and %" PRId64,
			  *ret, min, max);
	else
		oci_fault(reader, NULL, "`%" PRIu64 "` is not between %" PRId64 " and %" PRId64,
			  json->number, min, max);
	return false;
}

static void read_u64(struct oci_reader *reader, const struct oci_value *json,
		     struct oci_u64 *ret)
{
	if (!is_integer(reader, json))
		return;
	if (json->negative) {
		oci_fault(reader, NULL, "`%" PRId64 "` is negative", (int64_t)json->number);
		return;
	}
	ret->value = json->number;
	ret->set = true;
}

static void read_u32s(struct oci_reader *reader, const struct oci_value *json,
		      struct oci_array *ret)
{
	size_t i, length, n = array_length(reader, json);
	uint32_t *items = calloc(n + 1, sizeof(*items));
	const struct oci_value *item = oci_value_first(json);
	int64_t value;

	if (!items) {
		reader->no_memory = true;
		return;
	}
	ret->items = items;
	for (i = 0; i < n; i++, item = oci_value_next(item)) {
		length = push_index(reader, i);
		if (read_int(reader, item, 0, UINT32_MAX, &value))
			items[ret->n++] = (uint32_t)value;
		oci_path_pop(reader, length);
	}
}

/* Index in @names, or -1. */
static int find_name(const char *const *names, const char *text)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

static int read_name(struct oci_reader *reader, const struct oci_field *field,
		     const struct oci_value *json)
{
	const char *text = read_text(reader, json);
	int i = text ? find_name(field->names, text) : -1;

	if (i >= 0 || !text)
		return i;
	if (field->lenient)
		oci_warn(reader, NULL, "`%s` is unknown, and left out", text);
	else
		oci_fault(reader, NULL, "`%s` is unknown", text);
	return -1;
}

static void read_set(struct oci_reader *reader, const struct oci_field *field,
		     const struct oci_value *json, uint64_t *ret)
{
	size_t i, length, n = array_length(reader, json);
	const struct oci_value *item = oci_value_first(json);
	int index;

	for (i = 0; i < n; i++, item = oci_value_next(item)) {
		length = push_index(reader, i);
		index = read_name(reader, field, item);
		if (index >= 0)
			*ret |= 1ULL << index;
		oci_path_pop(reader, length);
	}
}

static void read_object(struct oci_reader *reader, const struct oci_table *table,
			const struct oci_value *json, void **ret)
{
	if (json->type != OCI_TYPE_OBJECT) {
		wrong_type(reader, json, "an object");
		return;
	}
	*ret = calloc(1, table->size);
	if (*ret)
		oci_table_read(reader, table, json, *ret);
	else
		reader->no_memory = true;
}

static void read_array(struct oci_reader *reader, const struct oci_table *table,
		       const struct oci_value *json, struct oci_array *ret)
{
	size_t i, length, n = array_length(reader, json);
	const struct oci_value *item = oci_value_first(json);

	ret->items = calloc(n + 1, table->size);
	if (!ret->items) {
		reader->no_memory = true;
		return;
	}
	ret->n = n;
	for (i = 0; i < n; i++, item = oci_value_next(item)) {
		length = push_index(reader, i);
		oci_table_read(reader, table, item, (char *)ret->items + i * table->size);
		oci_path_pop(reader, length);
	}
}

static const struct oci_table pair_table = { .size = sizeof(struct oci_pair) };

static void read_map_item(struct oci_reader *reader, const struct oci_field *field,
			  const struct oci_value *key, const struct oci_value *json, void *item)
{
	/* Every item begins with its key. */
	char **ret_key = item;

	*ret_key = copy_text(reader, key);
	if (field->kind == OCI_PAIRS)
		((struct oci_pair *)item)->value = copy_text(reader, json);
	else
		oci_table_read(reader, field->table, json, item);
}

struct name {
	const struct oci_value *key;
	size_t index;
};

static int compare_names(const void *a, const void *b)
{
	const struct name *one = a, *other = b;
	int r;

	if (one->key->length != other->key->length)
		return one->key->length < other->key->length ? -1 : 1;
	r = memcmp(one->key->text, other->key->text, one->key->length);
	if (r)
		return r;
	return one->index < other->index ? -1 : 1;
}

/* Which members count no more: of several with one name it is the last, here too. */
static bool *find_late(const struct oci_value *object, size_t n)
{
	_cleanup_free_ struct name *names = calloc(n + 1, sizeof(*names));
	_cleanup_free_ bool *is_late = calloc(n + 1, sizeof(*is_late));
	const struct oci_value *key = oci_value_first(object);
	size_t i;

	if (!names || !is_late)
		return NULL;
	for (i = 0; i < n; i++, key = oci_value_next(oci_value_next(key)))
		names[i] = (struct name){ key, i };
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 1; i < n; i++)
		is_late[names[i - 1].index] =
			names[i - 1].key->length == names[i].key->length &&
			!memcmp(names[i - 1].key->text, names[i].key->text, names[i].key->length);
	return STEAL_PTR(is_late);
}

static void read_map(struct oci_reader *reader, const struct oci_field *field,
		     const struct oci_value *json, struct oci_array *ret)
{
	const struct oci_table *table = field->kind == OCI_PAIRS ? &pair_table : field->table;
	size_t i, length, n = count(reader, json, OCI_TYPE_OBJECT, "an object");
	const struct oci_value *key = oci_value_first(json), *value;
	_cleanup_free_ bool *is_late = find_late(json, n);

	ret->items = calloc(n + 1, table->size);
	if (!ret->items || !is_late) {
		reader->no_memory = true;
		return;
	}
	for (i = 0; i < n; i++, key = oci_value_next(value)) {
		value = oci_value_next(key);
		if (is_late[i] || !read_text(reader, key))
			continue;
		length = reader->path_length;
		append(reader, "[\"");
		append(reader, key->text);
		append(reader, "\"]");
		read_map_item(reader, field, key, value,
			      (char *)ret->items + ret->n++ * table->size);
		oci_path_pop(reader, length);
	}
}

static void read_field(struct oci_reader *reader, const struct oci_field *field,
		       const struct oci_value *json, void *at)
{
	struct oci_int *number = at;

	switch (field->kind) {
	case OCI_STRING:
		*(char **)at = copy_text(reader, json);
		break;
	case OCI_STRINGS:
		read_strings(reader, json, at);
		break;
	case OCI_BOOL:
		if (json->type == OCI_TYPE_BOOLEAN)
			*(bool *)at = json->truth;
		else
			wrong_type(reader, json, "a boolean");
		break;
	case OCI_INT:
		number->set = read_int(reader, json, field->min, field->max, &number->value);
		break;
	case OCI_U64:
		read_u64(reader, json, at);
		break;
	case OCI_ENUM:
		*(int *)at = read_name(reader, field, json) + 1;
		break;
	case OCI_SET:
		read_set(reader, field, json, at);
		break;
	case OCI_U32S:
		read_u32s(reader, json, at);
		break;
	case OCI_OBJECT:
		read_object(reader, field->table, json, at);
		break;
	case OCI_ARRAY:
		read_array(reader, field->table, json, at);
		break;
	case OCI_MAP:
	case OCI_PAIRS:
		read_map(reader, field, json, at);
		break;
	}
}

void oci_table_read(struct oci_reader *reader, const struct oci_table *table,
		    const struct oci_value *json, void *object)
{
	const struct oci_value *member;
	const struct oci_field *field;
	size_t length;

	if (json->type != OCI_TYPE_OBJECT) {
		wrong_type(reader, json, "an object");
		return;
	}
	for (field = table->fields; field->key; field++) {
		length = oci_path_push(reader, field->key);
		member = oci_value_member(json, field->key);
		if (member && member->type != OCI_TYPE_NULL)
			read_field(reader, field, member, (char *)object + field->offset);
		else if (field->required)
			oci_fault(reader, NULL, "is missing");
		oci_path_pop(reader, length);
	}
	if (!table->check)
		return;
	reader->checking = true;
	table->check(reader, object);
	reader->checking = false;
}

int oci_table_parse(struct oci_reader *reader, const struct oci_table *table, const char *text,
		    size_t length, void *object, struct gnv_error **err)
{
	_cleanup_document_ struct oci_document document = { 0 };
	int r = oci_document_parse(text, length, &document, err);

	if (r >= 0)
		oci_table_read(reader, table, document.values, object);
	return r;
}

static void free_items(const struct oci_field *field, struct oci_array *array)
{
	const struct oci_table *table = field->kind == OCI_PAIRS ? &pair_table : field->table;
	size_t i;

	for (i = 0; i < array->n; i++) {
		char *item = (char *)array->items + i * table->size;

		if (field->kind != OCI_ARRAY)
			free(*(char **)item);
		if (field->kind == OCI_PAIRS)
			free(((struct oci_pair *)item)->value);
		else
			oci_table_free(table, item);
	}
	free(array->items);
}

static void free_field(const struct oci_field *field, void *at)
{
	switch (field->kind) {
	case OCI_STRING:
		free(*(char **)at);
		break;
	case OCI_STRINGS:
		gnv_strv_free(*(char ***)at);
		break;
	case OCI_U32S:
		free(((struct oci_array *)at)->items);
		break;
	case OCI_OBJECT:
		if (*(void **)at)
			oci_table_free(field->table, *(void **)at);
		free(*(void **)at);
		break;
	case OCI_ARRAY:
	case OCI_MAP:
	case OCI_PAIRS:
		free_items(field, at);
		break;
	default:
		break;
	}
}

void oci_table_free(const struct oci_table *table, void *object)
{
	const struct oci_field *field;

	for (field = table->fields; field && field->key; field++)
		free_field(field, (char *)object + field->offset);
	memset(object, 0, table->size);
}

int oci_reader_result(const struct oci_reader *reader, struct gnv_error **err)
{
	if (reader->no_memory)
		return gnv_error_errno(err, ENOMEM, "read the configuration");
	if (!reader->n_faults)
		return 0;
	if (reader->n_faults == 1)
		return gnv_error_set(err, EINVAL, "%s", reader->faults[0]);
	gnv_error_set(err, EINVAL, "%s (and %zu more)", reader->faults[0],
		      reader->n_faults - 1);
	return gnv_error_remedy(err, -EINVAL, "`validate` lists them all");
}
