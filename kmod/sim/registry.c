// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The driver's registry; see registry.h.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "registry.h"

static char *NVreg_RegistryDwords = "";
module_param(NVreg_RegistryDwords, charp, 0444);
MODULE_PARM_DESC(NVreg_RegistryDwords, "Keys of the driver's registry, as \"key=number;...\"; RMDisableScrubOnFree is simulated");

/* Blanks count for nothing, wherever they are. */
static char next(const char **at)
{
	while (isspace(**at))
		(*at)++;
	return **at ? *(*at)++ : '\0';
}

/* Goes on to what stands behind @end, which need not be there. */
static void skip_past(const char **at, char end)
{
	char c;

	do {
		c = next(at);
	} while (c && c != end);
}

static bool is_key(const char **at, const char *key)
{
	char c = next(at);

	while (*key && tolower(c) == tolower(*key)) {
		c = next(at);
		key++;
	}
	return !*key && c == '=';
}

static bool read_number(const char **at, u32 *value)
{
	char digits[16];
	unsigned int length = 0;
	char c;

	while ((c = next(at)) && c != ';') {
		if (length == sizeof(digits) - 1)
			return false;
		digits[length++] = c;
	}
	digits[length] = '\0';
	return !kstrtou32(digits, 0, value);
}

/**
 * sim_registry_read() - look a key up
 * @key: its name; case does not count
 * @value: out: its number, where it is there
 *
 * Of a key that is given twice the last one counts; what is ill-formed is passed
 * over.
 *
 * Context: any.
 * Return: whether it is there.
 */
bool sim_registry_read(const char *key, u32 *value)
{
	const char *at = NVreg_RegistryDwords;
	bool found = false;
	u32 number;

	while (*at) {
		const char *entry = at;

		if (is_key(&at, key) && read_number(&at, &number)) {
			*value = number;
			found = true;
		}
		at = entry;
		skip_past(&at, ';');
	}
	return found;
}

/**
 * sim_registry_text() - the keys as they were given
 *
 * Context: any.
 * Return: the text.
 */
const char *sim_registry_text(void)
{
	return NVreg_RegistryDwords;
}
