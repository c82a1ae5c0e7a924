// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a call's arguments to the driver and back: see call.h.
 *
 * Of a limited caller everything that is judged is copied once, into a slot of
 * its frame, and the driver is given that slot instead of the caller's pointer.
 * What the driver leaves there is copied on to where the caller wants it.  It is
 * a hint: others may have written to it by then.
 *
 * An unlimited caller's arguments are only looked at, and the driver reads them
 * where they are.
 */
#include <linux/ioctl.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "call.h"
#include "nvabi/branch.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "rm_policy.h"
#include "session.h"
#include "trace.h"

/* Structures follow each other in the slot at so many bytes. */
#define PART_ALIGN 16

/**
 * gnv_call_fetch() - copy the call's structure, to be judged
 * @call: the call; its @args_bytes and @uargs are set
 * @room: for it and for what it points at, from @args_bytes
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; gnv_call_drop() is due in either case.
 */
int gnv_call_fetch(struct gnv_call *call, size_t room)
{
	int ret;

	if (call->container) {
		ret = gnv_slot_begin(&call->slot, room);
		if (ret)
			return ret;
		call->args = call->slot.memory;
	} else {
		call->args = kmalloc(call->args_bytes ?: 1, GFP_KERNEL_ACCOUNT);
		if (!call->args)
			return -ENOMEM;
	}
	if (copy_from_user(call->args, call->uargs, call->args_bytes))
		return -EFAULT;
	return 0;
}

/**
 * gnv_call_drop() - undo gnv_call_fetch()
 * @call: the call
 *
 * Context: Process context; may sleep.
 */
void gnv_call_drop(struct gnv_call *call)
{
	if (!call->container)
		kfree(call->args);
	else if (gnv_slot_end(&call->slot))
		gnv_call_deny(call, call->nr);
	call->args = NULL;
}

/* Where the next part goes. */
static size_t used_bytes(const struct gnv_call *call)
{
	const struct gnv_part *last;

	if (!call->part_count)
		return ALIGN(call->args_bytes, PART_ALIGN);
	last = &call->parts[call->part_count - 1];
	return ALIGN(last->memory + last->bytes - call->slot.memory, PART_ALIGN);
}

static int fetch_part(struct gnv_call *call, u64 user, u32 bytes, u64 *pointer)
{
	struct gnv_part *part = &call->parts[call->part_count];
	size_t at = used_bytes(call);

	if (at + bytes > call->slot.room)
		return -E2BIG;
	*part = (struct gnv_part){
		.memory = call->slot.memory + at,
		.user = user,
		.bytes = bytes,
		.pointer = pointer,
	};
	if (copy_from_user(part->memory, u64_to_user_ptr(user), bytes))
		return -EFAULT;
	*pointer = call->slot.address + at;
	call->part_count++;
	return 0;
}

/* Parameters that decide what is charged. */
static int fetch_inner(struct gnv_call *call)
{
	struct gnv_rm_op *op = &call->op;
	int ret;

	ret = fetch_part(call, op->inner, max(op->inner_bytes, op->params_bytes),
			 call->args + op->params_at);
	if (!ret)
		gnv_rm_decode_inner(op, call->parts[0].memory);
	return ret;
}

/* FB_GET_INFO points at a list; one that is too long is refused later. */
static int fetch_list(struct gnv_call *call)
{
	struct NV2080_CTRL_FB_GET_INFO_PARAMS *p = call->parts[0].memory;

	if (call->parts[0].bytes < sizeof(*p) ||
	    p->fbInfoListSize > call->branch->fb_info_v2_max)
		return 0;
	return fetch_part(call, p->fbInfoList,
			  p->fbInfoListSize * sizeof(struct NVXXXX_CTRL_XXX_INFO),
			  (u64 *)&p->fbInfoList);
}

/* Parameters that are judged or rewritten. */
static int fetch_params(struct gnv_call *call)
{
	enum gnv_rm_action action = gnv_rm_policy_control(call->op.cmd);
	int ret;

	if (action == GNV_RM_REFUSE || action == GNV_RM_DENY ||
	    action == GNV_RM_ABSENT || action == GNV_RM_PASS)
		return 0;
	ret = fetch_part(call, call->op.params, call->op.params_bytes,
			 call->args + call->op.params_at);
	if (!ret && action == GNV_RM_FB_INFO)
		ret = fetch_list(call);
	return ret;
}

static int fetch_all_parts(struct gnv_call *call)
{
	const struct gnv_rm_op *op = &call->op;
	int ret = 0;

	call->part_count = 0;
	if (op->inner_bytes)
		ret = fetch_inner(call);
	else if (op->kind == GNV_RM_CONTROL)
		ret = fetch_params(call);
	if (ret)
		return ret;
	/* What the driver writes on the caller's behalf is not to lie in the frame. */
	if ((!call->part_count &&
	     (gnv_slot_touches(&call->slot, op->inner, GNV_FRAME_ROOM_MAX) ||
	      gnv_slot_touches(&call->slot, op->params, op->params_bytes))) ||
	    gnv_slot_touches(&call->slot, op->os_address, op->os_bytes))
		return -EFAULT;
	return 0;
}

static int look_at_inner(struct gnv_call *call)
{
	u8 inner[GNV_RM_INNER_MAX];

	if (!call->op.inner_bytes)
		return 0;
	if (WARN_ON_ONCE(call->op.inner_bytes > sizeof(inner)))
		return -EINVAL;
	if (copy_from_user(inner, u64_to_user_ptr(call->op.inner),
			   call->op.inner_bytes))
		return -EFAULT;
	gnv_rm_decode_inner(&call->op, inner);
	return 0;
}

/**
 * gnv_call_fetch_parts() - copy what the structure points at and has to be seen
 * @call: a call that was decoded
 *
 * Context: Process context; may sleep.
 * Return: 0; -E2BIG when it wants more room; or another negative errno.
 */
int gnv_call_fetch_parts(struct gnv_call *call)
{
	return call->container ? fetch_all_parts(call) : look_at_inner(call);
}

/* The driver may read something else where the frame is no more. */
static bool is_torn(struct gnv_call *call)
{
	if (gnv_slot_is_torn(&call->slot)) {
		call->torn = true;
		gnv_session_kill(call->session);
	}
	return call->torn;
}

/* Unwrapped, as nobody has to read the wrapping again. */
static unsigned int bare_cmd(const struct gnv_call *call)
{
	if (call->node == GNV_NODE_UVM ||
	    _IOC_NR(call->cmd) != NV_ESC_IOCTL_XFER_CMD)
		return call->cmd;
	return _IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, call->nr,
		    call->args_bytes);
}

static void save(struct gnv_call *call)
{
	size_t bytes = used_bytes(call);

	if (call->op.kind != GNV_RM_ALLOC || bytes > sizeof(call->saved))
		return;
	memcpy(call->saved, call->slot.memory, bytes);
	call->saved_bytes = bytes;
}

/**
 * gnv_call_renew() - make ready to run an allocation once more
 * @call: the call
 *
 * A slot that the driver has written to is open to all.  What was forwarded then is
 * put into another one.
 *
 * Context: Process context; may sleep.
 * Return: 0, also where nothing was run; -E2BIG when too much would have to be
 * kept; or another negative errno.
 */
int gnv_call_renew(struct gnv_call *call)
{
	void *old = call->slot.memory;
	int ret;
	u32 i;

	if (!call->container || !gnv_slot_is_written(&call->slot))
		return 0;
	if (!call->saved_bytes)
		return -E2BIG;
	gnv_call_drop(call);
	ret = gnv_slot_begin(&call->slot, call->saved_bytes);
	if (ret)
		return ret;
	call->args = call->slot.memory;
	memcpy(call->args, call->saved, call->saved_bytes);
	for (i = 0; i < call->part_count; i++) {
		struct gnv_part *part = &call->parts[i];
		size_t at = part->memory - old;

		part->memory = call->slot.memory + at;
		part->pointer = call->slot.memory + ((void *)part->pointer - old);
		*part->pointer = call->slot.address + at;
	}
	return 0;
}

/**
 * gnv_call_run() - let the driver do it
 * @call: the call
 *
 * What the driver answers stays where it is: gnv_call_return() is due.
 *
 * Context: Process context; may sleep.
 * Return: what the driver returns; -EPERM when it may have read something else
 * than what was judged.
 */
long gnv_call_run(struct gnv_call *call)
{
	long ret = -EPERM;

	if (!call->container) {
		ret = call->forward(call->file, call->cmd, call->arg);
	} else if (!is_torn(call)) {
		save(call);
		ret = call->forward(call->file, bare_cmd(call),
				    call->slot.address);
		if (is_torn(call))
			ret = -EPERM;
	}
	trace_gnv_forward(call->nr, ret);
	return ret;
}

/**
 * gnv_call_return() - give the caller what the driver answered
 * @call: the call
 * @ret: of gnv_call_run()
 *
 * The deepest structure first, as the driver does.
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_return(struct gnv_call *call, long ret)
{
	long error = 0;
	u32 i;

	if (!call->container || call->torn || !gnv_slot_is_written(&call->slot))
		return ret;
	for (i = call->part_count; i-- > 0;) {
		const struct gnv_part *part = &call->parts[i];

		*part->pointer = part->user;
		if (copy_to_user(u64_to_user_ptr(part->user), part->memory,
				 part->bytes))
			error = -EFAULT;
	}
	if (copy_to_user(call->uargs, call->args, call->args_bytes))
		error = -EFAULT;
	return ret ?: error;
}

/**
 * gnv_call_forward() - let the driver do it, and give the caller its answer
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_forward(struct gnv_call *call)
{
	return gnv_call_return(call, gnv_call_run(call));
}

/**
 * gnv_call_answer() - answer as the driver does when RM says no
 * @call: the call
 * @status: the NV_STATUS for the caller's structure
 *
 * Context: Process context; may sleep.
 * Return: 0, or -EFAULT.
 */
long gnv_call_answer(struct gnv_call *call, u32 status)
{
	if (call->op.status_at == GNV_RM_NOWHERE)
		return -EINVAL;
	if (put_user(status, (u32 __user *)(call->uargs + call->op.status_at)))
		return -EFAULT;
	return 0;
}

/**
 * gnv_call_told() - a word that the driver left in the structure
 * @call: a call that was run
 * @at: where
 * @otherwise: what to return when it cannot be read
 *
 * Others may have written to it since: a hint, never a proof.
 *
 * Context: Process context; may sleep.
 * Return: the word.
 */
u32 gnv_call_told(struct gnv_call *call, u32 at, u32 otherwise)
{
	u32 word;

	if (call->container)
		return READ_ONCE(*(u32 *)(call->args + at));
	if (get_user(word, (u32 __user *)(call->uargs + at)))
		return otherwise;
	return word;
}

/**
 * gnv_call_status() - the status that the driver left
 * @call: a call for which the driver returned 0
 *
 * A hint as well.
 *
 * Context: Process context; may sleep.
 * Return: an NV_STATUS.
 */
u32 gnv_call_status(struct gnv_call *call)
{
	if (call->op.status_at == GNV_RM_NOWHERE)
		return NV_OK;
	return gnv_call_told(call, call->op.status_at, NV_ERR_GENERIC);
}
