// SPDX-License-Identifier: MIT
/*
 * gpu/require, gpu/facts: what an image requires, held against driver and GPUs.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "gpu/facts.h"
#include "gpu/require.h"

static const struct gnv_require_facts facts = {
	.cuda = "12.4",
	.driver = "550.163.01",
	.arch = "8.9",
	.brand = "geforcertx",
};

static const struct gnv_require_facts unknown;

struct claim {
	const char *text;
	int holds;
};

static void check(const struct claim *claims, size_t n, const struct gnv_require_facts *of)
{
	size_t i;

	for (i = 0; i < n; i++) {
		/* Of just this size, so that a read beyond the end is seen. */
		char *text = strdup(claims[i].text);
		int r = gnv_require_holds(text, of);

		if (r != claims[i].holds)
			printf("# `%s`\n", text);
		expect_int(r, claims[i].holds);
		free(text);
	}
}

#define CHECK(claims, of) check(claims, sizeof(claims) / sizeof((claims)[0]), of)

static void versions(void)
{
	static const struct claim claims[] = {
		{ "cuda>=12.4", 1 },
		{ "cuda>=12.5", 0 },
		{ "cuda>=12", 1 },
		{ "cuda>12.4", 0 },
		{ "cuda>12.4.0", 0 },
		{ "cuda=12.4.0.0", 1 },
		{ "cuda=12", 0 },
		{ "cuda!=12.4", 0 },
		{ "cuda!=12.10", 1 },
		{ "cuda<12.10", 1 },
		{ "cuda<=12.4", 1 },
		{ "cuda<9.99", 0 },
		{ "driver>=550", 1 },
		{ "driver<551", 1 },
		{ "driver<550", 0 },
		{ "driver=550.163.1", 1 },
		{ "driver>=550.0163.01", 1 },
		{ "driver<550.163.2", 1 },
		{ "arch>=8.6", 1 },
		{ "arch<10.0", 1 },
		{ "CUDA>=11", 1 },
		{ "driver<99999999999999999999999999", 1 },
		{ "driver>0000000000000000000000000000549", 1 },
	};

	CHECK(claims, &facts);
}

static void brands(void)
{
	static const struct claim claims[] = {
		{ "brand=GeForceRTX", 1 },
		{ "brand=geforce", 0 },
		{ "brand!=tesla", 1 },
		{ "brand!=geforcertx", 0 },
		{ "brand>=tesla", -EINVAL },
		{ "brand<x", -EINVAL },
	};

	CHECK(claims, &facts);
}

static void alternatives(void)
{
	static const struct claim claims[] = {
		{ "", 1 },
		{ "  ", 1 },
		{ "cuda>=13.0 driver>=550", 1 },
		{ "cuda>=13.0 driver>=551", 0 },
		{ "cuda>=12.4,driver>=551", 0 },
		{ "cuda>=12.4,driver>=550", 1 },
		{ "cuda>=13.0,driver>=550 brand=geforcertx,driver<551", 1 },
		{ "  cuda>=12.0  brand=tesla ", 1 },
		{ "cuda>=12.0,,driver>=1,", 1 },
		/* As CUDA's images say it. */
		{ "cuda>=12.8 brand=unknown,driver>=470,driver<471 brand=geforcertx,driver>=550,driver<551", 1 },
		{ "cuda>=12.8 brand=unknown,driver>=470,driver<471 brand=geforcertx,driver>=535,driver<536", 0 },
	};

	CHECK(claims, &facts);
}

static void what_is_not_known_does_not_hold(void)
{
	static const struct claim claims[] = {
		{ "arch>=1.0", 0 },
		{ "arch<99", 0 },
		{ "brand=x", 0 },
		{ "brand!=x", 0 },
		{ "cuda!=1", 0 },
		{ "", 1 },
	};

	CHECK(claims, &unknown);
}

static void ill_formed(void)
{
	static const struct claim claims[] = {
		{ "cuda", -EINVAL },
		{ "cuda>=", -EINVAL },
		{ ">=12", -EINVAL },
		{ "cuda>=x", -EINVAL },
		{ "cuda=>12", -EINVAL },
		{ "cuda==12", -EINVAL },
		{ "cuda>=12..4", -EINVAL },
		{ "cuda>=.4", -EINVAL },
		{ "cuda>=12.", -EINVAL },
		{ "cudа>=12", -EINVAL },
		{ "memory>=1", -EINVAL },
		{ "cuda!12", -EINVAL },
		{ "cuda>=-1", -EINVAL },
		{ "cuda >= 12", -EINVAL },
		{ "brand=", -EINVAL },
		/* Also where the rest holds already. */
		{ "cuda>=12.4 nonsense", -EINVAL },
		{ "cuda>=99,nonsense", -EINVAL },
	};

	CHECK(claims, &facts);
}

static int env_holds(char *const *env, const struct gnv_require_facts *of, size_t n,
		     const char *said)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int r = gnv_require_check(env, of, n, &err);

	if (r < 0) {
		expect(strstr(gnv_error_message(err), said));
		expect(gnv_error_get_remedy(err));
	}
	return r;
}

static void environments(void)
{
	static const struct gnv_require_facts two[] = { { "12.4", "550", "8.9", "tesla" },
							{ "12.4", "550", "7.5", "tesla" } };
	char *good[] = { "NVIDIA_REQUIRE_CUDA=cuda>=12.0", "NVIDIA_REQUIRE_X=arch>=8.0",
			 "NVIDIA_REQUIRE=x", "REQUIRE_Y=no", NULL };
	char *bad[] = { "NVIDIA_REQUIRE_CUDA=cuda>=12.0", "NVIDIA_REQUIRE_X=driver>=580", NULL };
	char *off[] = { bad[0], bad[1], "NVIDIA_DISABLE_REQUIRE=true", NULL };
	char *on[] = { bad[0], bad[1], "NVIDIA_DISABLE_REQUIRE=0", NULL };
	char *broken[] = { "NVIDIA_REQUIRE_CUDA=cuda", NULL };

	expect_int(env_holds(NULL, &facts, 1, ""), 0);
	expect_int(env_holds(good, &facts, 1, ""), 0);
	expect_int(env_holds(good, two, 1, ""), 0);
	expect_int(env_holds(good, two, 2, "arch=7.5"), -ENOTSUP);
	expect_int(env_holds(bad, &facts, 1, "`driver>=580`"), -ENOTSUP);
	expect_int(env_holds(off, &facts, 1, ""), 0);
	expect_int(env_holds(on, &facts, 1, "`driver>=580`"), -ENOTSUP);
	expect_int(env_holds(broken, &facts, 1, "NVIDIA_REQUIRE_CUDA"), -EINVAL);
}

static void legacy_images(void)
{
	char *old[] = { "CUDA_VERSION=12.5.82", NULL };
	char *fits[] = { "CUDA_VERSION=12.4.99", NULL };
	char *named[] = { "CUDA_VERSION=99.0", "NVIDIA_REQUIRE_CUDA=cuda>=9", NULL };
	char *nonsense[] = { "CUDA_VERSION=;rm", NULL };

	expect_int(env_holds(old, &facts, 1, "`cuda>=12.5`"), -ENOTSUP);
	expect_int(env_holds(fits, &facts, 1, ""), 0);
	expect_int(env_holds(named, &facts, 1, ""), 0);
	expect_int(env_holds(nonsense, &facts, 1, "CUDA_VERSION"), -EINVAL);
}

static void facts_of_drivers(void)
{
	expect_str(gnv_fact_cuda("550.163.01"), "12.4");
	expect_str(gnv_fact_cuda("552.1"), "12.4");
	expect_str(gnv_fact_cuda("580.95.05"), "13.0");
	expect_str(gnv_fact_cuda("9999"), "13.2");
	expect(!gnv_fact_cuda("470.1"));
	expect(!gnv_fact_cuda(""));
	expect(!gnv_fact_cuda("x"));
	expect(!gnv_fact_cuda("99999999999999999999.1"));
}

static void facts_of_gpus(void)
{
	expect_str(gnv_fact_brand("NVIDIA GeForce RTX 4090"), "geforcertx");
	expect_str(gnv_fact_brand("NVIDIA GeForce GTX 1660"), "geforce");
	expect_str(gnv_fact_brand("NVIDIA RTX A6000"), "nvidiartx");
	expect_str(gnv_fact_brand("NVIDIA H100 80GB HBM3"), "nvidia");
	expect_str(gnv_fact_brand("Tesla T4"), "tesla");
	expect(!gnv_fact_brand(""));
	expect_str(gnv_fact_arch(0x2684), "8.9");
	expect_str(gnv_fact_arch(0x1eb8), "7.5");
	expect_str(gnv_fact_arch(0x20b0), "8.0");
	expect_str(gnv_fact_arch(0x2330), "9.0");
	expect_str(gnv_fact_arch(0x2b85), "12.0");
	expect(!gnv_fact_arch(0));
	expect(!gnv_fact_arch(0xffffffff));
}

int main(void)
{
	test("require:versions", versions);
	test("require:brands", brands);
	test("require:alternatives", alternatives);
	test("require:what_is_not_known_does_not_hold", what_is_not_known_does_not_hold);
	test("require:ill_formed", ill_formed);
	test("require:environments", environments);
	test("require:legacy_images", legacy_images);
	test("facts:drivers", facts_of_drivers);
	test("facts:gpus", facts_of_gpus);
	return tap_end();
}
