/* SPDX-License-Identifier: MIT */
/*
 * What the commands of rmclient share: options, a session with one GPU, and how
 * results are said.
 */
#ifndef TESTS_E2E_LIB_CLIENT_H
#define TESTS_E2E_LIB_CLIENT_H

#include <linux/types.h>
#include <stdbool.h>

#include "rm.h"

struct options {
	const char *devices;
	unsigned int gpu;
	enum rm_via via;
	__u64 chunk;
	__u64 min_chunk;
	__u64 max;
	bool touch;
	bool hold;
	bool share;
	bool xfer;
};

/* Everything that one command works with. */
struct session {
	const struct options *options;
	struct rm rm;
	struct rm_gpu gpu;
};

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_status(const char *key, __u32 status);
int fail(const char *step, __u32 status);
int check(const char *what, bool good);

int session_open(struct session *s, const struct options *options);
void session_close(struct session *s);
void hold(const struct options *options);
__u64 free_bytes(struct session *s);

/* Commands: each returns the exit status. */
int cmd_map(const struct options *options, const char *argument);
int cmd_tree(const struct options *options, const char *argument);
int cmd_dup(const struct options *options, const char *argument);
int cmd_uvm(const struct options *options, const char *argument);
int cmd_old(const struct options *options, const char *argument);
int cmd_errors(const struct options *options, const char *argument);
int cmd_lend(const struct options *options, const char *argument);
int cmd_take(const struct options *options, const char *argument);
int cmd_waitfree(const struct options *options, const char *argument);
int cmd_borrow(const struct options *options, const char *argument);

#endif /* TESTS_E2E_LIB_CLIENT_H */
