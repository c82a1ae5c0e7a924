/* SPDX-License-Identifier: MIT */
/*
 * What the runtime says to whoever called it: to stderr, and to --log in the form
 * that Docker and containerd read.
 */
#ifndef GNV_OCI_LOG_H
#define GNV_OCI_LOG_H

#include <stdbool.h>

#include "base/error.h"

struct oci_log {
	int fd; /* of --log, or -1 */
	bool json;
	bool debug;
};

/* @path may be NULL. */
int oci_log_open(struct oci_log *log, const char *path, struct gnv_error **err);

enum oci_level { OCI_LOG_ERROR, OCI_LOG_WARNING, OCI_LOG_DEBUG };

void oci_log_write(const struct oci_log *log, enum oci_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The message of an error, with its remedy. */
void oci_log_error(const struct oci_log *log, const struct gnv_error *err);
void oci_log_warning(const struct oci_log *log, const struct gnv_error *err);

#endif /* GNV_OCI_LOG_H */
