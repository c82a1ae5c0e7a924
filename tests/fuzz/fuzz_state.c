// SPDX-License-Identifier: MIT
/*
 * state.json: what is accepted is written and read again to the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "container/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gnv_state *state)
{
	_cleanup_state_ struct gnv_state again = { 0 };
	_cleanup_free_ char *first = NULL, *second = NULL;

	if (gnv_state_format(state, &first, NULL) < 0 ||
	    gnv_state_parse(first, &again, NULL) < 0 ||
	    gnv_state_format(&again, &second, NULL) < 0 || strcmp(first, second))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (gnv_state_parse(text, &state, NULL) == 0)
		check(&state);
	free(text);
	return 0;
}
