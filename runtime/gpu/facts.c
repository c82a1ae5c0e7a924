// SPDX-License-Identifier: MIT
/*
 * Facts about drivers and GPUs that requirements name.  Owns no state.
 */
#include "gpu/facts.h"

#include <string.h>

#include "base/parse.h"

/* By NVIDIA's release notes, the CUDA that came with the first of a branch. */
static const struct {
	uint32_t branch;
	const char *cuda;
} cuda_versions[] = {
	{ 595, "13.2" },
	{ 590, "13.1" },
	{ 580, "13.0" },
	{ 575, "12.9" },
	{ 570, "12.8" },
	{ 565, "12.7" },
	{ 560, "12.6" },
	{ 555, "12.5" },
	{ 550, "12.4" },
	{ 545, "12.3" },
	{ 535, "12.2" },
	{ 530, "12.1" },
	{ 525, "12.0" },
	{ 520, "11.8" },
	{ 515, "11.7" },
};

const char *gnv_fact_cuda(const char *driver)
{
	size_t length = strcspn(driver, "."), i;
	uint32_t branch;
	char number[8];

	if (length >= sizeof(number))
		return NULL;
	memcpy(number, driver, length);
	number[length] = '\0';
	if (gnv_parse_u32(number, &branch) < 0)
		return NULL;
	/* A branch that is not listed serves what the one before it does, at least. */
	for (i = 0; i < sizeof(cuda_versions) / sizeof(cuda_versions[0]); i++)
		if (branch >= cuda_versions[i].branch)
			return cuda_versions[i].cuda;
	return NULL;
}

/* Words of the marketing name, the more special first. */
static const struct {
	const char *word, *brand;
} brands[] = {
	{ "GeForce RTX", "geforcertx" },
	{ "GeForce", "geforce" },
	{ "TITAN RTX", "titanrtx" },
	{ "TITAN", "titan" },
	{ "Quadro RTX", "quadrortx" },
	{ "Quadro", "quadro" },
	{ "Tesla", "tesla" },
	{ "NVS", "nvs" },
	{ "GRID", "grid" },
	{ "NVIDIA RTX", "nvidiartx" },
	{ "NVIDIA", "nvidia" },
};

const char *gnv_fact_brand(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(brands) / sizeof(brands[0]); i++)
		if (strcasestr(name, brands[i].word))
			return brands[i].brand;
	return NULL;
}

/*
 * The upper byte of a device number names a chip, or some of one family (the PCI ID
 * Repository lists them).
 */
static const struct {
	uint32_t first, last;
	const char *arch;
} archs[] = {
	{ 0x1e, 0x1f, "7.5" }, /* TU102, TU104, TU106 */
	{ 0x20, 0x20, "8.0" }, /* GA100 */
	{ 0x21, 0x21, "7.5" }, /* TU116, TU117 */
	{ 0x22, 0x22, "8.6" }, /* GA102 */
	{ 0x23, 0x23, "9.0" }, /* GH100 */
	{ 0x24, 0x25, "8.6" }, /* GA103 to GA107 */
	{ 0x26, 0x28, "8.9" }, /* AD102 to AD107 */
	{ 0x29, 0x29, "10.0" }, /* GB100, GB102 */
	{ 0x2b, 0x2d, "12.0" }, /* GB202, GB203, GB206, GB207 */
	{ 0x2f, 0x2f, "12.0" }, /* GB205 */
};

const char *gnv_fact_arch(uint32_t device)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (device >> 8 >= archs[i].first && device >> 8 <= archs[i].last)
			return archs[i].arch;
	return NULL;
}
