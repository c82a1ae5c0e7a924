/* SPDX-License-Identifier: MIT */
/*
 * The program of init/ as it was built, carried inside the command.
 */
#ifndef GNV_SANDBOX_INIT_IMAGE_H
#define GNV_SANDBOX_INIT_IMAGE_H

#include "base/error.h"

/* A sealed copy in memory, to be executed by descriptor. */
int gnv_init_image_open(int *ret_fd, struct gnv_error **err);

#endif /* GNV_SANDBOX_INIT_IMAGE_H */
