// SPDX-License-Identifier: MIT
/*
 * JSON text: what our reader accepts, json-c accepts as well and reads the same from.
 */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/json.h"
#include "oci/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool claim)
{
	if (!claim)
		abort();
}

static void compare(const struct oci_value *value, struct json_object *json);

static void compare_string(const struct oci_value *value, struct json_object *json)
{
	demand(value->length == (uint32_t)json_object_get_string_len(json));
	demand(!memcmp(value->text, json_object_get_string(json), value->length + 1));
}

static void compare_number(const struct oci_value *value, struct json_object *json)
{
	if (value->negative)
		demand((int64_t)value->number == json_object_get_int64(json));
	else
		demand(value->number == json_object_get_uint64(json));
}

static void compare_items(const struct oci_value *value, struct json_object *json)
{
	const struct oci_value *item = oci_value_first(value);
	size_t i;

	demand(value->length == json_object_array_length(json));
	for (i = 0; i < value->length; i++, item = oci_value_next(item))
		compare(item, json_object_array_get_idx(json, i));
	demand(item == oci_value_next(value));
}

static void compare_members(const struct oci_value *value, struct json_object *json)
{
	const struct oci_value *key = oci_value_first(value);
	bool comparable = true;
	uint32_t i;

	for (i = 0; i < value->length; i++) {
		/* json-c takes a name for what is in front of a NUL. */
		comparable = comparable && strlen(key->text) == key->length;
		demand(!comparable || json_object_object_get_ex(json, key->text, NULL));
		key = oci_value_next(oci_value_next(key));
	}
	demand(key == oci_value_next(value));
	json_object_object_foreach(json, name, other) {
		if (comparable)
			compare(oci_value_member(value, name), other);
	}
}

static void compare(const struct oci_value *value, struct json_object *json)
{
	switch (value->type) {
	case OCI_TYPE_NULL:
		demand(!json);
		break;
	case OCI_TYPE_BOOLEAN:
		demand(json_object_is_type(json, json_type_boolean));
		demand(value->truth == json_object_get_boolean(json));
		break;
	case OCI_TYPE_INT:
		demand(json_object_is_type(json, json_type_int));
		compare_number(value, json);
		break;
	case OCI_TYPE_STRING:
		demand(json_object_is_type(json, json_type_string));
		compare_string(value, json);
		break;
	case OCI_TYPE_ARRAY:
		demand(json_object_is_type(json, json_type_array));
		compare_items(value, json);
		break;
	case OCI_TYPE_OBJECT:
		demand(json_object_is_type(json, json_type_object));
		compare_members(value, json);
		break;
	default:
		/* json-c makes the nearest integer of one that is too large. */
		demand(json_object_is_type(json, json_type_double) ||
		       json_object_is_type(json, json_type_int));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_document_ struct oci_document document = { 0 };
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_free_ char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (oci_document_parse(text, size, &document, NULL) < 0)
		return 0;
	demand(gnv_json_parse(text, size, json_type_object, &json, NULL) == 0);
	compare(document.values, json);
	return 0;
}
