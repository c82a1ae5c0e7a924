/* SPDX-License-Identifier: MIT */
/*
 * Hostile JSON, read strictly: bounded depth, nothing behind the value, members
 * of the expected type or absent, strings without NUL.  A thin layer over json-c;
 * knows nothing of images.
 */
#ifndef GNV_IMAGE_JSON_H
#define GNV_IMAGE_JSON_H

#include <json-c/json_object.h>
#include <stddef.h>

#include "base/error.h"

/* One value of type @type.  @text has a NUL behind its @length bytes. */
int gnv_json_parse(const char *text, size_t length, enum json_type type,
		   struct json_object **ret, struct gnv_error **err);

/* A member, or NULL where it is absent or null.  -EINVAL: of another type. */
int gnv_json_get(struct json_object *object, const char *key, enum json_type type,
		 struct json_object **ret, struct gnv_error **err);

/* A string member, borrowed; NULL where it is absent or null. */
int gnv_json_get_string(struct json_object *object, const char *key, const char **ret,
			struct gnv_error **err);

/*
 * An array of strings, copied and NULL-terminated; NULL where it is absent, null
 * or empty.
 */
int gnv_json_get_strv(struct json_object *object, const char *key, size_t max, char ***ret,
		      struct gnv_error **err);

static inline void gnv_json_putp(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(gnv_json_putp)

#endif /* GNV_IMAGE_JSON_H */
