// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrites what a container sees: see view.h.  The driver has told it into a slot
 * of the caller's frame; there it is rewritten before it goes to where the caller
 * wants it, and wiped out, as the slot can be read for a while.  That is done
 * whatever the driver returns, which may have told everything before it failed.
 * Other threads may write to the slot meanwhile: no bound is read from it twice.
 */
#include <linux/bitmap.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "account.h"
#include "call.h"
#include "container.h"
#include "gpu.h"
#include "nvabi/branch.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "rm_object.h"
#include "trace.h"
#include "view.h"
#include "view_fb.h"

static bool sees_id(struct gnv_call *call, u32 gpu_id)
{
	return gnv_container_may_use(call->container, gnv_gpu_by_id(gpu_id));
}

/* The GPU that an object of a client lies on. */
static u32 gpu_of(u32 handle, u32 object)
{
	struct gnv_client *client = gnv_client_find(handle);
	struct gnv_object_info info;
	u32 gpu = GNV_GPU_NONE;

	if (client && !gnv_object_get(client, object, &info)) {
		gpu = info.gpu;
		gnv_allocation_put(info.allocation);
	}
	gnv_client_put(client);
	return gpu;
}

/*
 * What of a GPU is the container's: its tightest limit, and what is left.  Of an
 * object that lies on no GPU that we know, nothing is.
 */
static struct gnv_view_share share_of(struct gnv_call *call)
{
	u32 gpu = gpu_of(call->op.client, call->op.object);
	struct gnv_account_stats stats;
	struct gnv_gpu card;

	if (gpu >= GHOSTNV_GPUS_MAX || gnv_gpu_get(gpu, &card) ||
	    gnv_account_stats(call->container, gpu, &stats))
		return (struct gnv_view_share){};
	return (struct gnv_view_share){
		.total_bytes = stats.limit_bytes,
		.free_bytes = stats.headroom_bytes,
		.window_bytes = card.window_bytes,
	};
}

/* What was told is in the caller's hands now, and is to be nowhere else. */
static long finish(struct gnv_call *call, long ret)
{
	u32 i;

	ret = gnv_call_return(call, ret);
	memset(call->args, 0, call->args_bytes);
	for (i = 0; i < call->part_count; i++)
		memset(call->parts[i].memory, 0, call->parts[i].bytes);
	return ret;
}

static void edit_fb_list(struct gnv_call *call, struct NVXXXX_CTRL_XXX_INFO *list,
			 u32 count, const u32 *asked)
{
	struct gnv_view_share share = share_of(call);
	u32 i;

	for (i = 0; i < count; i++)
		list[i].data = gnv_view_fb_info(asked[i], list[i].data, &share);
}

static u32 *note_asked(const struct NVXXXX_CTRL_XXX_INFO *list, u32 count)
{
	u32 *asked, i;

	asked = kmalloc_array(count ?: 1, sizeof(*asked), GFP_KERNEL_ACCOUNT);
	for (i = 0; asked && i < count; i++)
		asked[i] = list[i].index;
	return asked;
}

/* FB_GET_INFO points at its list, another part; the list of V2 is inside. */
static long view_fb_info(struct gnv_call *call, enum gnv_rm_action action)
{
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS *params = call->parts[0].memory;
	struct NVXXXX_CTRL_XXX_INFO *list = params->fbInfoList;
	u32 count = params->fbInfoListSize, *asked;
	long ret;

	BUILD_BUG_ON(offsetof(struct NV2080_CTRL_FB_GET_INFO_PARAMS,
			      fbInfoListSize) != 0);
	if (count > call->branch->fb_info_v2_max)
		return gnv_call_answer(call, NV_ERR_INVALID_ARGUMENT);
	if (action == GNV_RM_FB_INFO)
		list = call->parts[1].memory;
	asked = note_asked(list, count);
	if (!asked)
		return -ENOMEM;
	ret = gnv_call_run(call);
	edit_fb_list(call, list, count, asked);
	kfree(asked);
	return finish(call, ret);
}

/* Keeps the granted ids together at the beginning of one list. */
static void filter_ids(struct gnv_call *call, u32 *ids, u32 count)
{
	u32 i, kept = 0;

	for (i = 0; i < count; i++) {
		u32 id = READ_ONCE(ids[i]);

		if (id != NV0000_CTRL_GPU_INVALID_ID && sees_id(call, id))
			ids[kept++] = id;
	}
	while (kept < count)
		ids[kept++] = NV0000_CTRL_GPU_INVALID_ID;
}

static void edit_id_lists(struct gnv_call *call, void *params, u32 bytes)
{
	u32 *ids = params;
	u32 count = NV0000_CTRL_GPU_MAX_ATTACHED_GPUS;

	filter_ids(call, ids, count);
	/* PROBED_IDS: what is excluded from use follows, and the flags of each. */
	if (bytes > count * sizeof(*ids))
		filter_ids(call, ids + count, count);
}

static void edit_device_mask(struct gnv_call *call, void *params, u32 bytes)
{
	u32 *mask = params, i;

	for (i = 0; i < 32; i++) {
		if (!gnv_container_may_use(call->container, gnv_gpu_by_instance(i)))
			*mask &= ~(1U << i);
	}
}

/* Whether a process, by its number in a namespace, is ours. */
static bool sees_pid_in(struct gnv_call *call, u32 pid, struct pid_namespace *ns)
{
	struct gnv_container *owner = NULL;
	struct task_struct *task;
	bool sees;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, ns), PIDTYPE_TGID);
	if (task)
		owner = gnv_container_of_task(task);
	rcu_read_unlock();
	sees = owner && (owner == call->container ||
			 gnv_container_is_below(owner, call->container));
	gnv_container_put(owner);
	return sees;
}

/* Lists of processes have the numbers of the caller's namespace. */
static bool sees_pid(struct gnv_call *call, u32 pid)
{
	return sees_pid_in(call, pid, task_active_pid_ns(current));
}

static void edit_pids(struct gnv_call *call, void *params, u32 bytes)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS *p = params;
	u32 i, kept = 0, told = READ_ONCE(p->pidTblCount);
	u32 count = min_t(u32, told, ARRAY_SIZE(p->pidTbl));

	for (i = 0; i < count; i++) {
		u32 pid = READ_ONCE(p->pidTbl[i]);

		if (sees_pid(call, pid))
			p->pidTbl[kept++] = pid;
	}
	/* The count may have been overwritten: what is behind it goes as well. */
	memset(&p->pidTbl[kept], 0,
	       (ARRAY_SIZE(p->pidTbl) - kept) * sizeof(p->pidTbl[0]));
	p->pidTblCount = kept;
}

static void edit_uuid_info(struct gnv_call *call, void *params, u32 bytes)
{
	struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS *p = params;
	u32 *status = call->args + call->op.status_at;

	if (sees_id(call, p->gpuId))
		return;
	p->gpuId = 0;
	p->deviceInstance = 0;
	p->subdeviceInstance = 0;
	if (READ_ONCE(*status) == NV_OK)
		*status = NV_ERR_GPU_UUID_NOT_FOUND;
}

/* "All" are those that are granted: the list is written out. */
static void expand_all(struct gnv_call *call, u32 *ids)
{
	struct gnv_gpu gpu;
	u32 i, n = 0;

	for (i = 0; i < GHOSTNV_GPUS_MAX && n < NV0000_CTRL_GPU_MAX_ATTACHED_GPUS; i++) {
		if (gnv_container_may_use(call->container, i) &&
		    !gnv_gpu_get(i, &gpu) && gpu.described)
			ids[n++] = gpu.gpu_id;
	}
	if (n < NV0000_CTRL_GPU_MAX_ATTACHED_GPUS)
		ids[n] = NV0000_CTRL_GPU_INVALID_ID;
}

/* Before the call: a GPU that is not granted is no GPU.  Return: 0 to go on. */
static u32 check_names(struct gnv_call *call, u32 count)
{
	u32 *ids = call->parts[0].memory;
	u32 i;

	for (i = 0; i < count; i++) {
		if (ids[i] == NV0000_CTRL_GPU_INVALID_ID)
			break;
		if (count > 1 && ids[i] == NV0000_CTRL_GPU_ATTACH_ALL_PROBED_IDS) {
			expand_all(call, ids);
			break;
		}
		if (!sees_id(call, ids[i])) {
			gnv_call_deny(call, call->op.cmd);
			return NV_ERR_INVALID_ARGUMENT;
		}
	}
	return NV_OK;
}

/**
 * struct shape - how an answer is rewritten
 * @bytes: how large its parameters are at least
 * @ids: how many ids of GPUs it names
 * @edit: rewrites them
 */
struct shape {
	u32 bytes;
	u32 ids;
	void (*edit)(struct gnv_call *call, void *params, u32 bytes);
};

static const struct shape shapes[] = {
	[GNV_RM_NAMES_GPU] = { .bytes = sizeof(u32), .ids = 1 },
	[GNV_RM_NAMES_GPUS] = {
		.bytes = NV0000_CTRL_GPU_MAX_ATTACHED_GPUS * sizeof(u32),
		.ids = NV0000_CTRL_GPU_MAX_ATTACHED_GPUS,
	},
	[GNV_RM_LISTS_GPUS] = {
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS),
		.edit = edit_id_lists,
	},
	[GNV_RM_LISTS_DEVICES] = { .bytes = sizeof(u32), .edit = edit_device_mask },
	[GNV_RM_FB_INFO] = {
		.bytes = sizeof(struct NV2080_CTRL_FB_GET_INFO_PARAMS),
	},
	[GNV_RM_FB_INFO_V2] = { .bytes = sizeof(u32) },
	[GNV_RM_PIDS] = {
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_PIDS_PARAMS),
		.edit = edit_pids,
	},
	[GNV_RM_PID_INFO] = {
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS),
	},
	[GNV_RM_UUID_INFO] = {
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS),
		.edit = edit_uuid_info,
	},
};

/* Where they have not the size of their branch, RM says no. */
static bool size_is_right(struct gnv_call *call, enum gnv_rm_action action)
{
	u32 bytes = call->op.params_bytes;

	if (action == GNV_RM_FB_INFO_V2)
		return bytes == call->branch->fb_info_v2_size;
	if (action == GNV_RM_LISTS_GPUS && bytes == call->branch->probed_ids_size)
		return true;
	if (shapes[action].ids)
		return bytes >= shapes[action].bytes;
	return bytes == shapes[action].bytes;
}

/*
 * The driver looks for the numbers of the initial namespace here.  It is not asked
 * for what is not to be told: 0 is nobody's number.
 */
static long view_pid_info(struct gnv_call *call)
{
	struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS *p = call->parts[0].memory;
	DECLARE_BITMAP(hidden, ARRAY_SIZE(p->pidInfoList)) = {};
	u32 *asked, i;
	long ret;

	asked = kmalloc_array(ARRAY_SIZE(p->pidInfoList), sizeof(*asked),
			      GFP_KERNEL_ACCOUNT);
	if (!asked)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(p->pidInfoList); i++) {
		asked[i] = p->pidInfoList[i].pid;
		if (sees_pid_in(call, asked[i], &init_pid_ns))
			continue;
		p->pidInfoList[i].pid = 0;
		__set_bit(i, hidden);
	}
	ret = gnv_call_run(call);
	for_each_set_bit(i, hidden, ARRAY_SIZE(p->pidInfoList)) {
		p->pidInfoList[i].pid = asked[i];
		memset(&p->pidInfoList[i].data, 0, sizeof(p->pidInfoList[i].data));
		if (p->pidInfoList[i].result == NV_OK)
			p->pidInfoList[i].result = NV_ERR_OBJECT_NOT_FOUND;
	}
	kfree(asked);
	return finish(call, ret);
}

/**
 * gnv_view_control() - a control call whose answer is not for all eyes
 * @call: a limited caller's call, with its parameters as its first part
 * @action: what policy says of it
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_view_control(struct gnv_call *call, enum gnv_rm_action action)
{
	const struct shape *shape = &shapes[action];
	struct gnv_part *params = &call->parts[0];
	u32 status;
	long ret;

	if (!size_is_right(call, action))
		return gnv_call_answer(call, NV_ERR_INVALID_PARAM_STRUCT);
	trace_gnv_view(call->container->id, call->op.cmd);
	if (action == GNV_RM_FB_INFO || action == GNV_RM_FB_INFO_V2)
		return view_fb_info(call, action);
	if (action == GNV_RM_PID_INFO)
		return view_pid_info(call);
	status = check_names(call, shape->ids);
	if (status != NV_OK)
		return gnv_call_answer(call, status);
	ret = gnv_call_run(call);
	if (shape->edit)
		shape->edit(call, params->memory, params->bytes);
	return finish(call, ret);
}

/**
 * gnv_view_heap_info() - VID_HEAP_CONTROL asks how much memory there is
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_view_heap_info(struct gnv_call *call)
{
	struct NVOS32_PARAMETERS *args = call->args;
	struct gnv_view_share share;
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	ret = gnv_call_run(call);
	share = share_of(call);
	args->total = min_t(u64, args->total, share.total_bytes);
	args->free = min_t(u64, args->free, share.free_bytes);
	args->data.Info.size = min_t(u64, args->data.Info.size, share.free_bytes);
	return finish(call, ret);
}

/**
 * gnv_view_card_info() - CARD_INFO lists the GPUs
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_view_card_info(struct gnv_call *call)
{
	struct nv_ioctl_card_info_t *cards = call->args;
	u32 i, kept = 0, count = call->args_bytes / sizeof(*cards);
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	ret = gnv_call_run(call);
	for (i = 0; i < count; i++) {
		if (cards[i].valid && sees_id(call, cards[i].gpu_id))
			cards[kept++] = cards[i];
	}
	memset(&cards[kept], 0, (count - kept) * sizeof(*cards));
	return finish(call, ret);
}
