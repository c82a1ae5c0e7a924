/* SPDX-License-Identifier: MIT */
/*
 * NULL-terminated arrays of strings, as argv and environments are.  Knows
 * nothing of what the strings mean, but that an environment's are "KEY=value".
 */
#ifndef GNV_BASE_STRV_H
#define GNV_BASE_STRV_H

#include <stddef.h>

/* Each of these takes NULL for an empty array. */
size_t gnv_strv_length(char *const *strv);
void gnv_strv_free(char **strv);

/* Copies.  Return: 0 or -ENOMEM, the array then as it was. */
int gnv_strv_append(char ***strv, const char *text);
int gnv_strv_append_all(char ***strv, char *const *more);

/* All in one text, with @separator between them; NULL without memory. */
char *gnv_strv_join(char *const *strv, char separator);

/* Set "KEY=value" in an environment, in place of an earlier KEY. */
int gnv_env_set(char ***env, const char *assignment);
/* The value of @key, or NULL; of several the last one counts. */
const char *gnv_env_get(char *const *env, const char *key);

static inline void gnv_strv_freep(char ***strv)
{
	gnv_strv_free(*strv);
	*strv = NULL;
}

#define _cleanup_strv_ __attribute__((cleanup(gnv_strv_freep)))

#endif /* GNV_BASE_STRV_H */
