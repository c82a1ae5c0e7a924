// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The table of driver branches, compiled into this module: an object of its own
 * cannot be part of two modules.
 */
#include "nvabi/branch.c"
