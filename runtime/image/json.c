// SPDX-License-Identifier: MIT
/*
 * Strict reading over json-c.
 */
#include "image/json.h"

#include <json-c/json_tokener.h>
#include <json-c/json_util.h>
#include <limits.h>
#include <string.h>

#include "base/strv.h"

#define DEPTH_MAX 32

static unsigned int line_of(const char *text, size_t at)
{
	unsigned int line = 1;
	size_t i;

	for (i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

int gnv_json_parse(const char *text, size_t length, enum json_type type,
		   struct json_object **ret, struct gnv_error **err)
{
	_cleanup_json_ struct json_object *object = NULL;
	enum json_tokener_error why;
	struct json_tokener *tokener;
	size_t end;

	if (length >= INT_MAX)
		return gnv_error_set(err, E2BIG, "it is too large");
	if (strlen(text) != length)
		return gnv_error_set(err, EINVAL, "it is not JSON: it holds a NUL character");
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return gnv_error_errno(err, ENOMEM, "parse JSON");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With its NUL, by which json-c sees that a value is cut short. */
	object = json_tokener_parse_ex(tokener, text, (int)length + 1);
	why = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (why != json_tokener_success)
		return gnv_error_set(err, EINVAL, "line %u: it is not JSON: %s",
				     line_of(text, end < length ? end : length),
				     json_tokener_error_desc(why));
	if (!json_object_is_type(object, type))
		return gnv_error_set(err, EINVAL, "it is a JSON %s, it should be an %s",
				     json_type_to_name(json_object_get_type(object)),
				     json_type_to_name(type));
	*ret = STEAL_PTR(object);
	return 0;
}

int gnv_json_get(struct json_object *object, const char *key, enum json_type type,
		 struct json_object **ret, struct gnv_error **err)
{
	struct json_object *member = NULL;

	*ret = NULL;
	if (!json_object_object_get_ex(object, key, &member) || !member)
		return 0;
	if (!json_object_is_type(member, type))
		return gnv_error_set(err, EINVAL, "`%s` is a JSON %s, it should be of type %s", key,
				     json_type_to_name(json_object_get_type(member)),
				     json_type_to_name(type));
	*ret = member;
	return 0;
}

/* The text of a JSON string that holds no NUL, or NULL. */
static const char *plain_string(struct json_object *string)
{
	const char *text;

	if (!json_object_is_type(string, json_type_string))
		return NULL;
	text = json_object_get_string(string);
	if (!text || strlen(text) != (size_t)json_object_get_string_len(string))
		return NULL;
	return text;
}

int gnv_json_get_string(struct json_object *object, const char *key, const char **ret,
			struct gnv_error **err)
{
	struct json_object *member;
	int r = gnv_json_get(object, key, json_type_string, &member, err);

	*ret = NULL;
	if (r < 0 || !member)
		return r;
	*ret = plain_string(member);
	if (!*ret)
		return gnv_error_set(err, EINVAL, "`%s` holds a NUL character", key);
	return 0;
}

int gnv_json_get_strv(struct json_object *object, const char *key, size_t max, char ***ret,
		      struct gnv_error **err)
{
	_cleanup_strv_ char **strv = NULL;
	struct json_object *array;
	size_t i, n;
	int r = gnv_json_get(object, key, json_type_array, &array, err);

	*ret = NULL;
	if (r < 0 || !array)
		return r;
	n = json_object_array_length(array);
	if (n > max)
		return gnv_error_set(err, E2BIG, "`%s` has %zu items, more than the %zu allowed", key,
				     n, max);
	if (n == 0)
		return 0;
	strv = calloc(n + 1, sizeof(*strv));
	if (!strv)
		return gnv_error_errno(err, ENOMEM, "read `%s`", key);
	for (i = 0; i < n; i++) {
		const char *text = plain_string(json_object_array_get_idx(array, i));

		if (!text)
			return gnv_error_set(err, EINVAL, "`%s` has an item that is not plain text",
					     key);
		strv[i] = strdup(text);
		if (!strv[i])
			return gnv_error_errno(err, ENOMEM, "read `%s`", key);
	}
	*ret = STEAL_PTR(strv);
	return 0;
}
