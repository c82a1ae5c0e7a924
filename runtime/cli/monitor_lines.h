/* SPDX-License-Identifier: MIT */
/*
 * The lines of `monitor`: one for each event, one for each container's figures.  Knows
 * nothing of how events come.
 */
#ifndef GNV_CLI_MONITOR_LINES_H
#define GNV_CLI_MONITOR_LINES_H

#include "cli/gpu_share.h"
#include "cli/names.h"
#include "container/container.h"

struct cli_lines {
	const struct gnv_root *root;
	bool json;
	struct cli_names names;
	struct cli_looks looks; /* one round for each time that figures are shown */
};

int cli_lines_event(struct cli_lines *lines, const struct ghostnv_event *event,
		    struct gnv_error **err);
/* One that ended just now has no line. */
int cli_lines_figures(struct cli_lines *lines, const struct gnv_state *state,
		      struct gnv_error **err);
void cli_lines_fini(struct cli_lines *lines);

#endif /* GNV_CLI_MONITOR_LINES_H */
