/* SPDX-License-Identifier: MIT */
/*
 * Text that may come from anywhere, one character at a time.
 */
#ifndef GNV_BASE_UTF8_H
#define GNV_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character that @text begins with; 0: it begins with none. */
size_t gnv_utf8_length(const char *text);

/* Whether that character, of @length bytes, is a control character. */
bool gnv_utf8_is_control(const char *text, size_t length);

/*
 * Put a `?` for each control character and each byte that is none: what quotes images and files
 * is not to move a cursor or begin a line.  Return: @text, which does not grow.
 */
char *gnv_utf8_make_plain(char *text);

#endif /* GNV_BASE_UTF8_H */
