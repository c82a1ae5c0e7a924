// SPDX-License-Identifier: GPL-2.0
/*
 * The entrances of the way of one call, and the calls that change no tree of
 * objects: see call.h.
 *
 * Calls of unlimited callers go straight on, but where they are made on a file
 * on which a container has made clients: there they are decoded too, so that the
 * charges follow, but nothing is refused and nothing new is charged.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ioctl.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "attach.h"
#include "call.h"
#include "container.h"
#include "events.h"
#include "gate.h"
#include "gpu.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "rm_object.h"
#include "rm_policy.h"
#include "session.h"
#include "trace.h"
#include "view.h"

static void count_up(struct gnv_container *container, size_t offset)
{
	rcu_read_lock();
	for (; container; container = READ_ONCE(container->parent))
		atomic64_inc((atomic64_t *)((char *)container + offset));
	rcu_read_unlock();
}

static void refused(struct gnv_container *container, u32 number)
{
	count_up(container, offsetof(struct gnv_container, refused));
	trace_gnv_refuse(container->id, number, -EOPNOTSUPP);
	gnv_events_post(GHOSTNV_EVENT_REFUSED, container, GHOSTNV_GPU_TOTAL, 0);
}

static void denied(struct gnv_container *container, u32 number)
{
	count_up(container, offsetof(struct gnv_container, denied));
	trace_gnv_refuse(container->id, number, -EPERM);
	gnv_events_post(GHOSTNV_EVENT_DENIED, container, GHOSTNV_GPU_TOTAL, 0);
}

/**
 * gnv_call_refuse() - the tables do not know it
 * @call: the call
 * @number: the escape, class, control call or ioctl that it is about
 *
 * Context: Process context.
 * Return: -EOPNOTSUPP.
 */
long gnv_call_refuse(struct gnv_call *call, u32 number)
{
	refused(call->container, number);
	return -EOPNOTSUPP;
}

/**
 * gnv_call_deny() - it reaches for what is not the container's
 * @call: the call
 * @number: the escape, class, control call or ioctl that it is about
 *
 * Context: Process context.
 * Return: -EPERM.
 */
long gnv_call_deny(struct gnv_call *call, u32 number)
{
	denied(call->container, number);
	return -EPERM;
}

/**
 * gnv_call_lock() - one call at a time on a file
 * @call: the call
 *
 * When a limited caller's call is found out to have been torn, no other is under way
 * that could build on what it has made, and none comes after it.
 *
 * Context: Process context; may sleep for as long as a call of the driver's.
 * Return: 0; -EINTR when the caller was killed; -EPERM when the file is dead.
 */
int gnv_call_lock(struct gnv_call *call)
{
	if (mutex_lock_killable(&call->session->call_lock))
		return -EINTR;
	if (!call->container || !gnv_session_is_dead(call->session))
		return 0;
	mutex_unlock(&call->session->call_lock);
	return -EPERM;
}

/**
 * gnv_call_unlock() - undo gnv_call_lock()
 * @call: the call
 *
 * Context: Process context.
 */
void gnv_call_unlock(struct gnv_call *call)
{
	mutex_unlock(&call->session->call_lock);
}

/**
 * gnv_call_owns_client() - whether a limited caller may name a client
 * @call: the call
 * @handle: the client's handle
 *
 * Context: Process context.
 * Return: true when it is of the caller's container or below it.
 */
bool gnv_call_owns_client(struct gnv_call *call, u32 handle)
{
	struct gnv_client *client = gnv_client_find(handle);
	bool owns;

	owns = client && gnv_client_is_ours(client, call->container) &&
	       !gnv_client_is_spoiled(client);
	gnv_client_put(client);
	return owns;
}

static long do_handles(struct gnv_call *call)
{
	if (call->container && !gnv_call_owns_client(call, call->op.client))
		return gnv_call_deny(call, call->nr);
	return gnv_call_forward(call);
}

/*
 * What holds the container off the engine may not make that fail.  Its parameters are in
 * the frame, and what the driver answers is copied out afterwards: a caller whose memory
 * is not there would keep its channel on the engine otherwise.
 */
static long put_on_runlist(struct gnv_call *call)
{
	struct gnv_client *client = gnv_client_find(call->op.client);
	struct gnv_object_info info = { .gpu = GNV_GPU_NONE };
	long ret;

	if (client && !gnv_object_get(client, call->op.object, &info))
		gnv_allocation_put(info.allocation);
	gnv_client_put(client);
	ret = gnv_gate_open(info.gpu, call->op.client, call->op.object);
	if (ret)
		return ret;
	ret = gnv_call_run(call);
	gnv_gate_close(info.gpu, call->op.client, call->op.object,
		       !ret && gnv_call_status(call) == NV_OK);
	return gnv_call_return(call, ret);
}

static long do_control(struct gnv_call *call)
{
	enum gnv_rm_action action;

	if (!call->container)
		return gnv_call_forward(call);
	if (!gnv_call_owns_client(call, call->op.client))
		return gnv_call_deny(call, call->op.cmd);
	action = gnv_rm_policy_control(call->op.cmd);
	if (call->op.serialized)
		return gnv_call_refuse(call, call->op.cmd);
	if (action == GNV_RM_REFUSE)
		refused(call->container, call->op.cmd);
	/* As a driver that has no such call: programs go on without it. */
	if (action == GNV_RM_REFUSE || action == GNV_RM_ABSENT)
		return gnv_call_answer(call, NV_ERR_NOT_SUPPORTED);
	if (action == GNV_RM_DENY)
		return gnv_call_deny(call, call->op.cmd);
	if (action == GNV_RM_SCHEDULES)
		return put_on_runlist(call);
	if (action == GNV_RM_PASS)
		return gnv_call_forward(call);
	return gnv_view_control(call, action);
}

/* An array of ids; a driver without such a GPU says EINVAL. */
static long do_attach_gpus(struct gnv_call *call)
{
	const u32 *ids = call->args;
	u32 i;

	if (!call->container)
		return gnv_call_forward(call);
	for (i = 0; i < call->args_bytes / sizeof(*ids); i++) {
		if (ids[i] && !gnv_container_may_use(call->container,
						     gnv_gpu_by_id(ids[i]))) {
			gnv_call_deny(call, call->nr);
			return -EINVAL;
		}
	}
	return gnv_call_forward(call);
}

/* A control file that is tied to another acts for its own clients no more: see ask_file.c. */
static long do_register(struct gnv_call *call)
{
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	ret = gnv_call_lock(call);
	if (ret)
		return ret;
	if (gnv_rm_session_has_clients(call->session))
		ret = gnv_call_deny(call, call->nr);
	else
		ret = gnv_call_forward(call);
	gnv_call_unlock(call);
	return ret;
}

static long do_rm(struct gnv_call *call)
{
	switch (call->op.kind) {
	case GNV_RM_PLAIN:
		return call->nr == NV_ESC_REGISTER_FD ? do_register(call) :
							gnv_call_forward(call);
	case GNV_RM_HANDLES:
		return do_handles(call);
	case GNV_RM_ALLOC:
		return gnv_call_alloc(call);
	case GNV_RM_FREE:
		return gnv_call_free(call);
	case GNV_RM_DUP:
		return gnv_call_dup(call);
	case GNV_RM_CONTROL:
		return do_control(call);
	case GNV_RM_HEAP_INFO:
		if (call->container && !gnv_call_owns_client(call, call->op.client))
			return gnv_call_deny(call, call->nr);
		return gnv_view_heap_info(call);
	case GNV_RM_CARD_INFO:
		return gnv_view_card_info(call);
	case GNV_RM_ATTACH_GPUS:
		return do_attach_gpus(call);
	default:
		return gnv_call_refuse(call, call->nr);
	}
}

static int decode(struct gnv_call *call)
{
	int ret;

	ret = gnv_rm_decode(call->branch, call->nr, call->args, call->args_bytes,
			    &call->op);
	trace_gnv_decode(call->nr, call->op.kind, call->op.class, call->op.cmd);
	return ret ?: gnv_call_fetch_parts(call);
}

/* What of the call has to be seen; in a larger slot where it does not fit one. */
static int fetch_and_decode(struct gnv_call *call)
{
	int ret;

	ret = gnv_call_fetch(call, call->args_bytes);
	if (!ret)
		ret = decode(call);
	if (ret != -E2BIG)
		return ret;
	gnv_call_drop(call);
	ret = gnv_call_fetch(call, GNV_FRAME_ROOM_MAX);
	return ret ?: decode(call);
}

/* Takes the wrapping off; the driver takes one layer of it too. */
static int unwrap(struct gnv_call *call)
{
	struct nv_ioctl_xfer_t xfer;

	call->nr = _IOC_NR(call->cmd);
	call->args_bytes = _IOC_SIZE(call->cmd);
	call->uargs = (void __user *)call->arg;
	if (call->nr != NV_ESC_IOCTL_XFER_CMD)
		return 0;
	if (call->args_bytes != sizeof(xfer))
		return -EINVAL;
	if (copy_from_user(&xfer, call->uargs, sizeof(xfer)))
		return -EFAULT;
	call->nr = xfer.cmd;
	call->args_bytes = xfer.size;
	call->uargs = u64_to_user_ptr(xfer.ptr);
	/* The driver takes one byte more than the number of a call can say. */
	if (call->args_bytes > (call->container ? _IOC_SIZEMASK : GNV_RM_ARGS_MAX))
		return -EINVAL;
	return 0;
}

static long call_rm(struct gnv_call *call)
{
	long ret;

	ret = unwrap(call);
	if (ret)
		return ret;
	ret = fetch_and_decode(call);
	if (!ret)
		ret = do_rm(call);
	else if (!call->container && ret != -ENOMEM)
		ret = gnv_call_forward(call);
	else if (ret == -EOPNOTSUPP)
		ret = gnv_call_refuse(call, call->nr);
	else if (ret == -E2BIG)
		ret = gnv_call_answer(call, NV_ERR_INVALID_PARAM_STRUCT);
	gnv_call_drop(call);
	return ret;
}

/* The session of a limited caller's file; made now when it has none. */
static struct gnv_session *need_session(struct gnv_call *call)
{
	struct gnv_session *session = gnv_session_find(call->file);

	if (session)
		return session;
	/* Opened by an unlimited caller, or before we were attached. */
	session = gnv_session_alloc(call->node, call->file, NULL, call->container);
	if (!session)
		return NULL;
	return gnv_session_publish(session);
}

static long call_limited(struct gnv_call *call)
{
	trace_gnv_identify(call->container->id, call->cmd);
	call->session = need_session(call);
	if (!call->session)
		return -ENOMEM;
	if (!gnv_container_related(call->session->opener, call->container) ||
	    gnv_session_is_dead(call->session))
		return gnv_call_deny(call, call->cmd);
	if (!call->branch)
		return gnv_call_refuse(call, call->cmd);
	return call->node == GNV_NODE_UVM ? gnv_call_uvm(call) : call_rm(call);
}

/*
 * The driver may have done anything that the file lets it do, once.  What that was
 * made of goes, and what cannot go stays charged.  The process is dead already.
 */
static void end_torn(struct gnv_call *call)
{
	struct gnv_container *container = call->container;

	/* First of all: what is freed meanwhile, is not held. */
	if (call->node == GNV_NODE_UVM)
		gnv_rm_hold(call->session, container);
	else
		gnv_rm_condemn(call->session, container);
	pr_warn_ratelimited("container %llu took its frame away while the driver was reading from it; process %d was killed\n",
			    container->id, task_tgid_nr(current));
	count_up(container, offsetof(struct gnv_container, denied));
	trace_gnv_torn(container->id, call->nr);
	gnv_events_post(GHOSTNV_EVENT_TORN, container, GHOSTNV_GPU_TOTAL, 0);
}

static long call_unlimited(struct gnv_call *call)
{
	call->session = gnv_session_find(call->file);
	if (!call->session || !call->branch ||
	    !gnv_rm_session_has_clients(call->session))
		return call->forward(call->file, call->cmd, call->arg);
	return call->node == GNV_NODE_UVM ? gnv_call_uvm(call) : call_rm(call);
}

/**
 * gnv_call_ioctl() - an ioctl on one of the driver's devices
 * @node: which device
 * @file: the file
 * @cmd: as the caller gave it
 * @arg: as the caller gave it
 * @forward: the driver's own function
 *
 * Context: Process context; may sleep.
 * Return: what the driver returns, or a refusal.
 */
long gnv_call_ioctl(enum gnv_node node, struct file *file, unsigned int cmd,
		    unsigned long arg, gnv_ioctl_fn forward)
{
	struct gnv_container *container = gnv_container_of_task(current);
	struct gnv_call call;
	long ret;

	/* The common case: nobody is limited, nothing is looked at. */
	if (!container && !gnv_session_find(file))
		return forward(file, cmd, arg);
	call = (struct gnv_call){
		.node = node,
		.file = file,
		.cmd = cmd,
		.arg = arg,
		.forward = forward,
		.branch = gnv_attach_branch(),
		.container = container,
		.charged = GNV_GPU_NONE,
	};
	ret = container ? call_limited(&call) : call_unlimited(&call);
	if (call.torn)
		end_torn(&call);
	gnv_container_put(container);
	return ret;
}

/* A GPU that is not granted looks as if it were not there. */
static bool may_open(struct gnv_container *container, enum gnv_node node,
		     unsigned int minor)
{
	if (node == GNV_NODE_UVM || minor == NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE)
		return true;
	return gnv_container_may_use(container, gnv_gpu_by_minor(minor));
}

static int open_limited(struct gnv_container *container, enum gnv_node node,
			struct inode *inode, struct file *file,
			int (*open)(struct inode *inode, struct file *file))
{
	struct gnv_session *session;
	int ret;

	if (!may_open(container, node, iminor(inode))) {
		denied(container, iminor(inode));
		return -ENXIO;
	}
	session = gnv_session_alloc(node, file, container, container);
	if (!session)
		return -ENOMEM;
	ret = open(inode, file);
	if (ret)
		gnv_session_free(session);
	else
		gnv_session_publish(session);
	return ret;
}

/**
 * gnv_call_open() - a device file is opened
 * @node: which device
 * @inode: its inode
 * @file: the file
 * @open: the driver's own function
 *
 * Context: Process context; may sleep.
 * Return: what the driver returns, or -ENXIO for a GPU that is not granted.
 */
int gnv_call_open(enum gnv_node node, struct inode *inode, struct file *file,
		  int (*open)(struct inode *inode, struct file *file))
{
	struct gnv_container *container = gnv_container_of_task(current);
	int ret;

	if (!container)
		return open(inode, file);
	ret = open_limited(container, node, inode, file, open);
	gnv_container_put(container);
	return ret;
}

/**
 * gnv_call_release() - a device file is closed
 * @inode: its inode
 * @file: the file
 * @release: the driver's own function
 *
 * The driver goes first: what it held is free when the charges go.
 *
 * Context: Process context; may sleep.
 * Return: what the driver returns.
 */
int gnv_call_release(struct inode *inode, struct file *file,
		     int (*release)(struct inode *inode, struct file *file))
{
	int ret = release(inode, file);

	gnv_session_end(file);
	return ret;
}

static int mmap_uvm(struct gnv_container *container,
		    struct gnv_session *session, struct file *file,
		    struct vm_area_struct *vma,
		    int (*mmap)(struct file *file, struct vm_area_struct *vma))
{
	int ret;

	if (!gnv_call_uvm_may_map(session, vma))
		goto refuse;
	ret = mmap(file, vma);
	if (ret || !gnv_call_uvm_undo_managed(vma))
		return ret;
refuse:
	refused(container, GNV_NODE_UVM);
	return -EOPNOTSUPP;
}

/**
 * gnv_call_mmap() - a device file is mapped
 * @node: which device
 * @file: the file
 * @vma: the mapping
 * @mmap: the driver's own function
 *
 * Context: Process context; the caller's mmap_lock is held.
 * Return: what the driver returns, or a refusal.
 */
int gnv_call_mmap(enum gnv_node node, struct file *file,
		  struct vm_area_struct *vma,
		  int (*mmap)(struct file *file, struct vm_area_struct *vma))
{
	struct gnv_container *container = gnv_container_of_task(current);
	struct gnv_session *session;
	int ret;

	if (!container)
		return mmap(file, vma);
	session = gnv_session_find(file);
	if (session && (!gnv_container_related(session->opener, container) ||
			gnv_session_is_dead(session))) {
		denied(container, node);
		ret = -EPERM;
	} else if (node == GNV_NODE_UVM) {
		ret = mmap_uvm(container, session, file, vma, mmap);
	} else {
		ret = mmap(file, vma);
	}
	gnv_container_put(container);
	return ret;
}
