/* SPDX-License-Identifier: MIT */
/*
 * What the commands of rmways share, beside client.h: what another process is told
 * to do, and the commands themselves.
 */
#ifndef TESTS_E2E_LIB_WAYS_H
#define TESTS_E2E_LIB_WAYS_H

#include <linux/types.h>
#include <stdbool.h>

#include "client.h"

/* Runs @act in a process of its own; whether it returned 0. */
bool in_child(int (*act)(const struct options *options, const void *what),
	      const struct options *options, const void *what);

/* Commands: each returns the exit status. */
int way_export(const struct options *options);
int way_exports(const struct options *options);
int way_dmabuf(const struct options *options);
int way_policy(const struct options *options);
int way_managed(const struct options *options);
int way_oversubscribe(const struct options *options);
int way_queue(const struct options *options);

#endif /* TESTS_E2E_LIB_WAYS_H */
