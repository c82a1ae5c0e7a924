/* SPDX-License-Identifier: MIT */
/*
 * Which container an id is, for verbs that show ids as they come.
 */
#ifndef GNV_CLI_NAMES_H
#define GNV_CLI_NAMES_H

#include "container/container.h"

struct cli_name {
	uint64_t id;
	char *name; /* NULL: it is not (yet) one of ours */
	char *cgroup; /* below the root of cgroup2; NULL: it went before it was looked at */
};

struct cli_names {
	size_t n;
	struct cli_name *names;
	uint64_t listed_us; /* when all containers were last listed */
};

/* What is known of @id; NULL without memory.  Valid until the next call. */
const struct cli_name *cli_names_find(struct cli_names *names, const struct gnv_root *root,
				      uint64_t id);
/* It is gone, or may be. */
void cli_names_forget(struct cli_names *names, uint64_t id);
void cli_names_fini(struct cli_names *names);

#endif /* GNV_CLI_NAMES_H */
