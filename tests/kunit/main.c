// SPDX-License-Identifier: GPL-2.0
/*
 * ghostnv-kunit.ko: the suites of the pure kernel files.  They run when the
 * module is loaded, before its own code does.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of GhostNV");
MODULE_LICENSE("GPL");
