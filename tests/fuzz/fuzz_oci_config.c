// SPDX-License-Identifier: MIT
/*
 * config.json: whatever is read can be looked at and freed, and every fault has
 * words of its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "oci/config.h"
#include "oci/seccomp.h"
#include "sandbox/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has no faults can be worked with. */
static void use(const struct oci_config *config)
{
	struct sock_fprog program = { 0 };
	unsigned int flags;

	if (!config->root || !config->os || !config->version)
		abort();
	if (config->process && (!config->process->args || config->process->cwd[0] != '/'))
		abort();
	if (!config->os->seccomp || config->os->seccomp->syscalls.n > 64)
		return;
	if (oci_seccomp_build(config->os->seccomp, &program, &flags, NULL) >= 0)
		gnv_seccomp_fini(&program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_config_ struct oci_config config = { 0 };
	_cleanup_reader_ struct oci_reader reader = { 0 };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (oci_config_read(text, size, &reader, &config, NULL) == 0) {
		if (!reader.n_faults != !reader.faults)
			abort();
		if (!reader.n_faults && !reader.no_memory)
			use(&config);
	}
	free(text);
	return 0;
}
