// SPDX-License-Identifier: MIT
/*
 * Tables and JSON on stdout.  Owns no state.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "base/utf8.h"

void cli_table_add(struct cli_table *table, const char *fmt, ...)
{
	char **grown = realloc(table->cells, (table->n_cells + 1) * sizeof(*grown));
	va_list ap;

	if (!grown) {
		table->failed = true;
		return;
	}
	table->cells = grown;
	va_start(ap, fmt);
	if (vasprintf(&grown[table->n_cells], fmt, ap) < 0)
		table->failed = true;
	else
		table->n_cells++;
	va_end(ap);
}

void cli_table_add_bytes(struct cli_table *table, uint64_t bytes)
{
	char text[GNV_BYTES_LEN];

	if (!bytes)
		cli_table_add(table, "-");
	else if (bytes == UINT64_MAX)
		cli_table_add(table, "max");
	else
		cli_table_add(table, "%s", gnv_format_bytes(bytes, text));
}

static int flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return errno ? -errno : -EIO;
	return 0;
}

int cli_table_print(const struct cli_table *table)
{
	size_t *widths, i, length;

	if (table->failed)
		return -ENOMEM;
	widths = calloc(table->columns, sizeof(*widths));
	if (!widths)
		return -ENOMEM;
	for (i = 0; i < table->n_cells; i++) {
		length = strlen(table->cells[i]);
		if (length > widths[i % table->columns])
			widths[i % table->columns] = length;
	}
	for (i = 0; i < table->n_cells; i++) {
		if (i % table->columns == table->columns - 1)
			printf("%s\n", table->cells[i]);
		else
			printf("%-*s", (int)widths[i % table->columns] + 2, table->cells[i]);
	}
	free(widths);
	return flush();
}

void cli_table_fini(struct cli_table *table)
{
	size_t i;

	for (i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	memset(table, 0, sizeof(*table));
}

void cli_json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		json_object_put(value);
}

/* JSON is UTF-8, a path or an argument need not be. */
struct json_object *cli_json_text(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	char *valid = malloc(strlen(text) * strlen(replacement) + 1), *end = valid;
	struct json_object *value;
	size_t length;

	if (!valid)
		return NULL;
	for (; *text; text += length ? length : 1) {
		length = gnv_utf8_length(text);
		end = length ? mempcpy(end, text, length) :
			       mempcpy(end, replacement, strlen(replacement));
	}
	*end = '\0';
	value = json_object_new_string(valid);
	free(valid);
	return value;
}

void cli_json_add_text(struct json_object *object, const char *key, const char *text)
{
	cli_json_add(object, key, text ? cli_json_text(text) : NULL);
}

void cli_json_add_u64(struct json_object *object, const char *key, uint64_t value)
{
	cli_json_add(object, key, json_object_new_uint64(value));
}

void cli_json_add_u64_or_null(struct json_object *object, const char *key, uint64_t value,
			      uint64_t none)
{
	cli_json_add(object, key, value == none ? NULL : json_object_new_uint64(value));
}

void cli_json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) < 0)
		json_object_put(value);
}

int cli_json_print(struct json_object *object, bool pretty)
{
	const int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
			  (pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
				    JSON_C_TO_STRING_PLAIN);
	const char *text = object ? json_object_to_json_string_ext(object, flags) : NULL;

	if (!text) {
		json_object_put(object);
		return -ENOMEM;
	}
	printf("%s\n", text);
	json_object_put(object);
	return flush();
}

const char *cli_format_time(int64_t seconds, char buf[CLI_TIME_LEN])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, CLI_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(buf, CLI_TIME_LEN, "-");
	return buf;
}
