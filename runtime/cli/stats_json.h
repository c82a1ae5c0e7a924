/* SPDX-License-Identifier: MIT */
/*
 * Figures of containers as JSON, for the verbs that show them.
 */
#ifndef GNV_CLI_STATS_JSON_H
#define GNV_CLI_STATS_JSON_H

#include <json.h>

#include "container/container.h"

/* The indices in a mask, as an array. */
struct json_object *cli_json_gpus(uint64_t mask);

struct json_object *cli_json_stats(const struct gnv_state *state,
				   const struct gnv_container_stats *stats);

#endif /* GNV_CLI_STATS_JSON_H */
