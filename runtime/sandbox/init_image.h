/* SPDX-License-Identifier: MIT */
/*
 * Programs as they were built, carried inside the command: a container's init, and
 * the gate of OCI containers.
 */
#ifndef GNV_SANDBOX_INIT_IMAGE_H
#define GNV_SANDBOX_INIT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Sealed copies in memory, to be executed by descriptor. */
int gnv_init_image_open(int *ret_fd, struct gnv_error **err);

/* The gate has @orders in its memory then, to be read at @address. */
int gnv_gate_image_make(const void *orders, size_t bytes, uint64_t address, int *ret_fd,
			struct gnv_error **err);

/* Whether /proc/PID/exe leads to @exe because the gate is what is executed. */
bool gnv_gate_image_is(const char *exe);

#endif /* GNV_SANDBOX_INIT_IMAGE_H */
