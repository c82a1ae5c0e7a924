/* SPDX-License-Identifier: MIT */
/*
 * Text of the image's author in a message of ours: one line, no control
 * characters, not too long.
 */
#ifndef GNV_IMAGE_QUOTE_H
#define GNV_IMAGE_QUOTE_H

#define GNV_QUOTE_LEN 256

/* @text into @buf, with "\xNN" for what is not printable ASCII; @buf. */
const char *gnv_quote(const char *text, char buf[GNV_QUOTE_LEN]);

#endif /* GNV_IMAGE_QUOTE_H */
