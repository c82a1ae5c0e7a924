/* SPDX-License-Identifier: MIT */
/*
 * What an image requires of the host's driver and GPUs (NVIDIA_REQUIRE_*), held
 * against what they are.  Pure; the text is the image's author's.
 *
 * An expression is alternatives that are parted by spaces; each is comparisons,
 * parted by commas, which have to hold all: "cuda>=12.4 brand=tesla,driver>=470".
 * cuda, driver and arch are compared as versions (=, !=, <, <=, >, >=), brand as a
 * word without regard to case (=, !=).
 */
#ifndef GNV_GPU_REQUIRE_H
#define GNV_GPU_REQUIRE_H

#include <stddef.h>

#include "base/error.h"

/* NULL: not known, and then no comparison with it holds. */
struct gnv_require_facts {
	const char *cuda; /* "12.4", the newest that the driver serves */
	const char *driver; /* "550.163.01" */
	const char *arch; /* "8.9", a GPU's compute capability */
	const char *brand; /* "geforcertx" */
};

/* 1: it holds (as an empty one does), 0: it does not, -EINVAL: it is no expression. */
int gnv_require_holds(const char *expression, const struct gnv_require_facts *facts);

/*
 * All NVIDIA_REQUIRE_* of an environment against each of @n facts, one for a GPU;
 * with NVIDIA_DISABLE_REQUIRE, none.  For an image that says CUDA_VERSION alone that
 * is what it requires.  -EINVAL: an ill-formed one; -ENOTSUP: one that does not hold.
 */
int gnv_require_check(char *const *env, const struct gnv_require_facts *facts, size_t n,
		      struct gnv_error **err);

#endif /* GNV_GPU_REQUIRE_H */
