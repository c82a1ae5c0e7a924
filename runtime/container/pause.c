// SPDX-License-Identifier: MIT
/*
 * Containers that stand still for a while, with all that they have.
 */
#include "container/container.h"
#include "sandbox/cgroup.h"

int gnv_container_pause(const struct gnv_root *root, const char *name, bool pause,
			struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = gnv_container_get(root, name, &state, err);

	if (r < 0)
		return r;
	if (!gnv_status_runs(state.status)) {
		gnv_error_set(err, ESRCH, "`%s` is %s", name, gnv_status_name(state.status));
		return gnv_error_remedy(err, -ESRCH, "only a running container can be paused");
	}
	r = gnv_cgroup_freeze(state.cgroup, pause, err);
	if (r == -ETIMEDOUT)
		gnv_error_remedy(err, r, "a process of it is in a call that takes long: try again");
	return gnv_error_wrap(err, r, "`%s`", name);
}
