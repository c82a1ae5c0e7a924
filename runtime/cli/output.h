/* SPDX-License-Identifier: MIT */
/*
 * What goes to stdout: tables for people, JSON for programs.
 */
#ifndef GNV_CLI_OUTPUT_H
#define GNV_CLI_OUTPUT_H

#include <json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cells row by row, the first row being the heads; columns as wide as need be. */
struct cli_table {
	size_t columns;
	size_t n_cells;
	char **cells;
	bool failed; /* out of memory: the table will not be printed */
};

void cli_table_add(struct cli_table *table, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A size, or "-" for 0 and "max" for no limit. */
void cli_table_add_bytes(struct cli_table *table, uint64_t bytes);
/* Return: 0 or -errno, when stdout does not take it. */
int cli_table_print(const struct cli_table *table);
void cli_table_fini(struct cli_table *table);

/*
 * Objects of which every allocation may fail: a NULL object is carried along,
 * and printing one is the failure.
 */
void cli_json_add(struct json_object *object, const char *key, struct json_object *value);
/* What is not UTF-8 in @text becomes U+FFFD. */
struct json_object *cli_json_text(const char *text);
void cli_json_add_text(struct json_object *object, const char *key, const char *text);
void cli_json_add_u64(struct json_object *object, const char *key, uint64_t value);
/* null for @none, such as 0 or GHOSTNV_UNLIMITED. */
void cli_json_add_u64_or_null(struct json_object *object, const char *key, uint64_t value,
			      uint64_t none);
void cli_json_append(struct json_object *array, struct json_object *value);
/* Prints and frees it.  Return: 0 or -errno. */
int cli_json_print(struct json_object *object, bool pretty);

/* "2026-01-31T12:00:00Z" */
#define CLI_TIME_LEN 24
const char *cli_format_time(int64_t seconds, char buf[CLI_TIME_LEN]);

#define _cleanup_table_ __attribute__((cleanup(cli_table_fini)))

#endif /* GNV_CLI_OUTPUT_H */
