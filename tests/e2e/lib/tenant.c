// SPDX-License-Identifier: MIT
/* See tenant.h. */
#include "nvabi/nvhost.h"
#include "nvabi/nvstatus.h"
#include "sim/launch.h"

#include "tenant.h"

#define STAMP_BYTES 16

__u32 tenant_open(struct queue_space *space, struct tenant *tenant)
{
	__u32 status = queue_make(space, NV2080_ENGINE_TYPE_GRAPHICS, 256, true, &tenant->queue);

	if (status == NV_OK)
		status = queue_buffer_make(space, false, 65536, &tenant->page);
	if (status != NV_OK)
		return status;
	queue_describe(&tenant->page, DESCRIPTOR, KERNEL_NS);
	queue_describe(&tenant->page, ENDLESS, SIM_LAUNCH_ENDLESS);
	return NV_OK;
}

__u32 tenant_open_two(struct queue_space *space, struct tenant *a, struct tenant *b)
{
	__u32 status = tenant_open(space, a);

	return status == NV_OK ? tenant_open(space, b) : status;
}

void tenant_close(struct tenant *tenant)
{
	struct queue_space *space = tenant->queue.space;

	queue_free(&tenant->queue);
	queue_buffer_free(space, &tenant->page);
}

/* Submits one kernel, the end of which tenant_is_done() sees. */
void tenant_run(struct tenant *tenant)
{
	*queue_word(&tenant->page, DONE) = 0;
	queue_launch(&tenant->queue, tenant->page.address + DESCRIPTOR);
	queue_release(&tenant->queue, tenant->page.address + DONE, 1);
	queue_submit(&tenant->queue);
}

/* Kernels with the time after each, behind a gate that tenants share. */
void tenant_load(struct tenant *tenant, __u64 gate)
{
	queue_semaphore(&tenant->queue, gate, 1,
			NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE |
				NVC56F_SEM_EXECUTE_ACQUIRE_SWITCH_TSG_MASK);
	for (__u32 i = 0; i < KERNELS; i++) {
		queue_launch(&tenant->queue, tenant->page.address + DESCRIPTOR);
		queue_stamp(&tenant->queue, tenant->page.address + STAMPS + i * STAMP_BYTES,
			    i + 1);
	}
	queue_release(&tenant->queue, tenant->page.address + DONE, 1);
	queue_submit(&tenant->queue);
}

bool tenant_is_done(const struct tenant *tenant)
{
	return queue_wait(queue_word(&tenant->page, DONE), 1, WAIT_MS);
}

__u64 tenant_stamp(const struct tenant *tenant, __u32 i)
{
	return *(volatile __u64 *)queue_word(&tenant->page, STAMPS + i * STAMP_BYTES + 8);
}

/* How many kernels of one ended until another's last did. */
__u32 tenant_ended_until(const struct tenant *tenant, __u64 time)
{
	__u32 count = 0;

	while (count < KERNELS && tenant_stamp(tenant, count) <= time)
		count++;
	return count;
}
