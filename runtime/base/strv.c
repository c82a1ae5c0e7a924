// SPDX-License-Identifier: MIT
/*
 * NULL-terminated arrays of strings.  Owns no state.
 */
#include "base/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t gnv_strv_length(char *const *strv)
{
	size_t n = 0;

	while (strv && strv[n])
		n++;
	return n;
}

void gnv_strv_free(char **strv)
{
	size_t i;

	for (i = 0; strv && strv[i]; i++)
		free(strv[i]);
	free(strv);
}

int gnv_strv_append(char ***strv, const char *text)
{
	size_t n = gnv_strv_length(*strv);
	char *copy = strdup(text);
	char **grown;

	if (!copy)
		return -ENOMEM;
	grown = realloc(*strv, (n + 2) * sizeof(*grown));
	if (!grown) {
		free(copy);
		return -ENOMEM;
	}
	grown[n] = copy;
	grown[n + 1] = NULL;
	*strv = grown;
	return 0;
}

/* Counts both once: an image's environment may be long. */
int gnv_strv_append_all(char ***strv, char *const *more)
{
	size_t n = gnv_strv_length(*strv), added = gnv_strv_length(more), i;
	char **grown;

	if (!added)
		return 0;
	grown = realloc(*strv, (n + added + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*strv = grown;
	for (i = 0; i < added; i++) {
		grown[n + i] = strdup(more[i]);
		if (grown[n + i])
			continue;
		while (i--)
			free(grown[n + i]);
		grown[n] = NULL;
		return -ENOMEM;
	}
	grown[n + added] = NULL;
	return 0;
}

/* The last place of @key in @env, or NULL. */
static char **find(char *const *env, const char *key, size_t length)
{
	char *const *found = NULL;

	for (; env && *env; env++)
		if (!strncmp(*env, key, length) && (*env)[length] == '=')
			found = env;
	return (char **)found;
}

char *gnv_strv_join(char *const *strv, char separator)
{
	size_t bytes = 1;
	char *const *text;
	char *joined, *end;

	for (text = strv; text && *text; text++)
		bytes += strlen(*text) + 1;
	joined = end = malloc(bytes);
	if (!joined)
		return NULL;
	for (text = strv; text && *text; text++) {
		if (text != strv)
			*end++ = separator;
		end = stpcpy(end, *text);
	}
	*end = '\0';
	return joined;
}

int gnv_env_set(char ***env, const char *assignment)
{
	char **old = find(*env, assignment, strcspn(assignment, "="));
	char *copy;

	if (!old)
		return gnv_strv_append(env, assignment);
	copy = strdup(assignment);
	if (!copy)
		return -ENOMEM;
	free(*old);
	*old = copy;
	return 0;
}

const char *gnv_env_get(char *const *env, const char *key)
{
	size_t length = strlen(key);
	char **found = find(env, key, length);

	return found ? *found + length + 1 : NULL;
}
