// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrites what a container sees: see view.h.  All of this lies in the caller's
 * own memory.  It is rewritten whatever the driver returns, which may have told
 * everything before it failed; and nothing that steers the rewriting is taken
 * from memory that the driver has written to since.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

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

	if (gpu >= GHOSTNV_GPUS_MAX ||
	    gnv_account_stats(call->container, gpu, &stats))
		return (struct gnv_view_share){};
	return (struct gnv_view_share){
		.total_bytes = stats.limit_bytes,
		.free_bytes = stats.headroom_bytes,
	};
}

/* Fetches @bytes of the parameters, hands them to @edit, and puts them back. */
static long edit_params(struct gnv_call *call, u32 bytes,
			void (*edit)(struct gnv_call *call, void *params, u32 bytes))
{
	void __user *user = u64_to_user_ptr(call->op.params);
	void *params;
	long ret = 0;

	params = kmalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!params || copy_from_user(params, user, bytes)) {
		/* What cannot be read is not to be seen either. */
		ret = clear_user(user, bytes) || params ? -EFAULT : -ENOMEM;
	} else {
		edit(call, params, bytes);
		if (copy_to_user(user, params, bytes))
			ret = -EFAULT;
	}
	kfree(params);
	return ret;
}

/* A list of figures as it stood when they were asked for. */
struct fb_list {
	struct NVXXXX_CTRL_XXX_INFO __user *user;
	u32 count;
	struct NVXXXX_CTRL_XXX_INFO *asked;
};

/* FB_GET_INFO points at its list; the list of V2 is inside. */
static int find_fb_list(struct gnv_call *call, enum gnv_rm_action action,
			struct fb_list *list)
{
	u64 inside = offsetof(struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS, fbInfoList);
	void __user *params = u64_to_user_ptr(call->op.params);
	struct NV2080_CTRL_FB_GET_INFO_PARAMS p;

	if (action == GNV_RM_FB_INFO_V2) {
		list->user = params + inside;
		return get_user(list->count, (u32 __user *)params);
	}
	if (copy_from_user(&p, params, sizeof(p)))
		return -EFAULT;
	list->user = u64_to_user_ptr(p.fbInfoList);
	list->count = p.fbInfoListSize;
	return 0;
}

static void edit_fb_list(struct gnv_call *call, const struct fb_list *list)
{
	struct gnv_view_share share = share_of(call);
	u32 i, data;

	for (i = 0; i < list->count; i++) {
		if (get_user(data, &list->user[i].data))
			continue;
		put_user(gnv_view_fb_info(list->asked[i].index, data, &share),
			 &list->user[i].data);
	}
}

static long view_fb_info(struct gnv_call *call, enum gnv_rm_action action)
{
	struct fb_list list;
	long ret;

	ret = find_fb_list(call, action, &list);
	if (ret)
		return ret;
	if (list.count > call->branch->fb_info_v2_max)
		return gnv_call_answer(call, NV_ERR_INVALID_ARGUMENT);
	list.asked = kmalloc_array(list.count ?: 1, sizeof(*list.asked),
				   GFP_KERNEL_ACCOUNT);
	if (!list.asked)
		return -ENOMEM;
	if (copy_from_user(list.asked, list.user, list.count * sizeof(*list.asked))) {
		ret = -EFAULT;
	} else {
		ret = gnv_call_forward(call);
		edit_fb_list(call, &list);
	}
	kfree(list.asked);
	return ret;
}

/* Keeps the granted ids together at the beginning of one list. */
static void filter_ids(struct gnv_call *call, u32 *ids, u32 count)
{
	u32 i, kept = 0;

	for (i = 0; i < count; i++) {
		if (ids[i] != NV0000_CTRL_GPU_INVALID_ID && sees_id(call, ids[i]))
			ids[kept++] = ids[i];
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

/* Whether a process, by its number in the initial namespace, is ours. */
static bool sees_pid(struct gnv_call *call, u32 pid)
{
	struct gnv_container *owner = NULL;
	struct task_struct *task;
	bool sees;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_TGID);
	if (task)
		owner = gnv_container_of_task(task);
	rcu_read_unlock();
	sees = owner && (owner == call->container ||
			 gnv_container_is_below(owner, call->container));
	gnv_container_put(owner);
	return sees;
}

static void edit_pids(struct gnv_call *call, void *params, u32 bytes)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS *p = params;
	u32 i, kept = 0, count = min_t(u32, p->pidTblCount, ARRAY_SIZE(p->pidTbl));

	for (i = 0; i < count; i++) {
		if (sees_pid(call, p->pidTbl[i]))
			p->pidTbl[kept++] = p->pidTbl[i];
	}
	/* The count may have been overwritten: what is behind it goes as well. */
	memset(&p->pidTbl[kept], 0,
	       (ARRAY_SIZE(p->pidTbl) - kept) * sizeof(p->pidTbl[0]));
	p->pidTblCount = kept;
}

static void edit_pid_info(struct gnv_call *call, void *params, u32 bytes)
{
	struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS *p = params;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(p->pidInfoList); i++) {
		if (!sees_pid(call, p->pidInfoList[i].pid))
			memset(&p->pidInfoList[i].data, 0,
			       sizeof(p->pidInfoList[i].data));
	}
}

static void edit_uuid_info(struct gnv_call *call, void *params, u32 bytes)
{
	struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS *p = params;

	if (sees_id(call, p->gpuId))
		return;
	p->gpuId = 0;
	p->deviceInstance = 0;
	p->subdeviceInstance = 0;
	if (gnv_call_status(call) == NV_OK)
		gnv_call_answer(call, NV_ERR_GPU_UUID_NOT_FOUND);
}

/* "All" are those that are granted: the list is written out. */
static long expand_all(struct gnv_call *call)
{
	u32 __user *ids = u64_to_user_ptr(call->op.params);
	struct gnv_gpu gpu;
	u32 i, n = 0;

	for (i = 0; i < GHOSTNV_GPUS_MAX && n < NV0000_CTRL_GPU_MAX_ATTACHED_GPUS; i++) {
		if (!gnv_container_may_use(call->container, i) ||
		    gnv_gpu_get(i, &gpu) || !gpu.described)
			continue;
		if (put_user(gpu.gpu_id, ids + n++))
			return -EFAULT;
	}
	if (n < NV0000_CTRL_GPU_MAX_ATTACHED_GPUS &&
	    put_user(NV0000_CTRL_GPU_INVALID_ID, ids + n))
		return -EFAULT;
	return 0;
}

/* Before the call: a GPU that is not granted is no GPU. */
static long check_names(struct gnv_call *call, u32 count)
{
	u32 __user *ids = u64_to_user_ptr(call->op.params);
	u32 i, id;

	for (i = 0; i < count; i++) {
		if (get_user(id, ids + i))
			return -EFAULT;
		if (id == NV0000_CTRL_GPU_INVALID_ID)
			break;
		if (count > 1 && id == NV0000_CTRL_GPU_ATTACH_ALL_PROBED_IDS)
			return expand_all(call);
		if (!sees_id(call, id)) {
			gnv_call_deny(call, call->op.cmd);
			return gnv_call_answer(call, NV_ERR_INVALID_ARGUMENT) ?: 1;
		}
	}
	return 0;
}

static long rewrite(struct gnv_call *call, enum gnv_rm_action action)
{
	switch (action) {
	case GNV_RM_LISTS_GPUS:
		return edit_params(call, call->op.params_bytes, edit_id_lists);
	case GNV_RM_LISTS_DEVICES:
		return edit_params(call, sizeof(u32), edit_device_mask);
	case GNV_RM_PIDS:
		return edit_params(call, sizeof(struct NV2080_CTRL_GPU_GET_PIDS_PARAMS),
				   edit_pids);
	case GNV_RM_PID_INFO:
		return edit_params(call,
				   sizeof(struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS),
				   edit_pid_info);
	case GNV_RM_UUID_INFO:
		return edit_params(call,
				   sizeof(struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS),
				   edit_uuid_info);
	default:
		return 0;
	}
}

/* A list call's parameters have the size of their branch, or RM says no. */
static bool size_is_right(struct gnv_call *call, enum gnv_rm_action action)
{
	u32 bytes = call->op.params_bytes;

	if (action != GNV_RM_LISTS_GPUS)
		return true;
	return bytes == sizeof(struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS) ||
	       bytes == call->branch->probed_ids_size;
}

/**
 * gnv_view_control() - a control call whose answer is not for all eyes
 * @call: a limited caller's call
 * @action: what policy says of it
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_view_control(struct gnv_call *call, enum gnv_rm_action action)
{
	long ret = 0, edited;

	if (!size_is_right(call, action))
		return gnv_call_answer(call, NV_ERR_INVALID_PARAM_STRUCT);
	trace_gnv_view(call->container->id, call->op.cmd);
	if (action == GNV_RM_FB_INFO || action == GNV_RM_FB_INFO_V2)
		return view_fb_info(call, action);
	if (action == GNV_RM_NAMES_GPU)
		ret = check_names(call, 1);
	else if (action == GNV_RM_NAMES_GPUS)
		ret = check_names(call, NV0000_CTRL_GPU_MAX_ATTACHED_GPUS);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = gnv_call_forward(call);
	edited = rewrite(call, action);
	return ret ?: edited;
}

/* Not more than @most, and nothing where that cannot be seen to. */
static bool lower(u64 __user *user, u64 most)
{
	u64 value;

	return !get_user(value, user) && !put_user(min(value, most), user);
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
	struct NVOS32_PARAMETERS __user *user = call->uargs;
	long ret = gnv_call_forward(call);
	struct gnv_view_share share;

	if (!call->container)
		return ret;
	share = share_of(call);
	if (!lower(&user->total, share.total_bytes) ||
	    !lower(&user->free, share.free_bytes) ||
	    !lower(&user->data.Info.size, share.free_bytes))
		return ret ?: -EFAULT;
	return ret;
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
	long ret = gnv_call_forward(call);

	if (!call->container)
		return ret;
	/* What cannot be read is not to be seen either. */
	if (copy_from_user(cards, call->uargs, count * sizeof(*cards)))
		return clear_user(call->uargs, count * sizeof(*cards)) ? -EFAULT : ret;
	for (i = 0; i < count; i++) {
		if (cards[i].valid && sees_id(call, cards[i].gpu_id))
			cards[kept++] = cards[i];
	}
	memset(&cards[kept], 0, (count - kept) * sizeof(*cards));
	if (copy_to_user(call->uargs, cards, count * sizeof(*cards)))
		return ret ?: -EFAULT;
	return ret;
}
