/* SPDX-License-Identifier: MIT */
/*
 * Lists of numbers as the kernel writes them for processors and memory nodes: "0-3,7".
 */
#ifndef GNV_OCI_NUMBERS_H
#define GNV_OCI_NUMBERS_H

#include <stddef.h>

#define OCI_NUMBERS_BITS (8 * sizeof(unsigned long))

/* More than any kernel has of either. */
#define OCI_NUMBERS_MAX	 8192

struct oci_numbers {
	unsigned long words[OCI_NUMBERS_MAX / OCI_NUMBERS_BITS]; /* a bit for each */
};

/* Return: 0, -EINVAL (no such list, or an empty one) or -ERANGE. */
int oci_numbers_parse(const char *text, struct oci_numbers *ret);

#endif /* GNV_OCI_NUMBERS_H */
