// SPDX-License-Identifier: MIT
/*
 * Engines' configurations: what was added is there, is not added twice, and goes without a
 * trace.  The first byte says which engine and whether to be its default.
 */
#include <stdint.h>
#include <string.h>

#include "oci/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENGINES 4

static void require(bool claim)
{
	if (!claim)
		abort();
}

static void add_and_remove(const struct oci_engine *engine, struct oci_registration *wish,
			   const char *text)
{
	_cleanup_free_ char *with = NULL, *again = NULL, *without = NULL, *before = NULL;

	if (engine->add(engine, wish, text, &with, NULL) < 0)
		return;
	require(strstr(with, wish->path) != NULL);
	require(engine->add(engine, wish, with, &again, NULL) == 0);
	require(!strcmp(with, again));
	if (engine->remove(engine, wish, text, &before, NULL) < 0 || strcmp(before, text) != 0)
		return;
	/* Nothing of ours was there. */
	wish->former = text;
	require(engine->remove(engine, wish, with, &without, NULL) == 0);
	if (engine->add != oci_register_json_add && !wish->set_default)
		require(!strcmp(without, text));
	if (strcmp(with, text) != 0)
		require(!strstr(without, wish->path) || strstr(text, wish->path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_registration wish = { .name = "ghostnv", .path = "/opt/b" };
	_cleanup_free_ char *text = NULL;

	if (!size)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	wish.set_default = data[0] & ENGINES;
	add_and_remove(&oci_engines[data[0] % ENGINES], &wish, text);
	return 0;
}
