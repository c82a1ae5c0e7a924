// SPDX-License-Identifier: MIT
/*
 * Reading lists of numbers.  Pure.
 */
#include "oci/numbers.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

static int add_range(char *range, struct oci_numbers *numbers)
{
	char *end = range;
	const char *begin = strsep(&end, "-");
	uint32_t first, last;

	if (strspn(begin, "0123456789") != strlen(begin) || gnv_parse_u32(begin, &first) < 0)
		return -EINVAL;
	last = first;
	if (end && (strspn(end, "0123456789") != strlen(end) || gnv_parse_u32(end, &last) < 0))
		return -EINVAL;
	if (last < first)
		return -EINVAL;
	if (last >= OCI_NUMBERS_MAX)
		return -ERANGE;
	for (; first <= last; first++)
		numbers->words[first / OCI_NUMBERS_BITS] |= 1UL << first % OCI_NUMBERS_BITS;
	return 0;
}

int oci_numbers_parse(const char *text, struct oci_numbers *ret)
{
	_cleanup_free_ char *copy = strdup(text);
	char *next = copy, *range;
	int r = 0;

	*ret = (struct oci_numbers){ 0 };
	if (!copy)
		return -ENOMEM;
	while (r >= 0 && (range = strsep(&next, ",")))
		r = add_range(range, ret);
	return r;
}
