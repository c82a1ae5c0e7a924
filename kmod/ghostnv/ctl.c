// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/ghostnv.  An ioctl is one line of the table and one function, which gets
 * a kernel copy of its structure and leaves in it what the caller shall see.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/bitops.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <linux/ghostnv.h>

#include "account.h"
#include "attach.h"
#include "bridge.h"
#include "call.h"
#include "container.h"
#include "ctl.h"
#include "events.h"
#include "gate.h"
#include "gpu.h"

static int do_version(struct file *file, void *arg)
{
	struct ghostnv_version *p = arg;
	struct gnv_attach_state *state;

	state = kmalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return -ENOMEM;
	gnv_attach_state(state);
	p->abi = GHOSTNV_ABI_VERSION;
	p->flags = (state->attached ? GHOSTNV_DRIVER_ATTACHED : 0) |
		   (state->branch ? GHOSTNV_DRIVER_KNOWN : 0) |
		   (state->own_limits ? GHOSTNV_DRIVER_LIMITS : 0) |
		   (gnv_bridge_present() ? GHOSTNV_BRIDGE_PRESENT : 0);
	p->gpus = hweight64(gnv_gpu_mask());
	p->context_overhead_bytes = gnv_context_overhead_bytes;
	strscpy_pad(p->module, THIS_MODULE->version, sizeof(p->module));
	strscpy_pad(p->driver, state->version, sizeof(p->driver));
	strscpy_pad(p->reason, state->reason, sizeof(p->reason));
	kfree(state);
	return 0;
}

static int do_gpu(struct file *file, void *arg)
{
	struct ghostnv_gpu *p = arg;
	struct gnv_gpu gpu;
	int ret;

	if (p->index >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	ret = gnv_gpu_get(p->index, &gpu);
	if (ret)
		return ret;
	p->minor = gpu.minor;
	p->gpu_id = gpu.gpu_id;
	p->numa_node = gpu.numa_node;
	p->scrub = gpu.scrub;
	p->vram_bytes = gpu.vram_bytes;
	p->vram_used_bytes = gnv_account_machine_usage(p->index);
	strscpy_pad(p->pci, gpu.pci, sizeof(p->pci));
	strscpy_pad(p->uuid, gpu.uuid_text, sizeof(p->uuid));
	strscpy_pad(p->name, gpu.name, sizeof(p->name));
	return 0;
}

static int do_container_create(struct file *file, void *arg)
{
	struct ghostnv_container_create *p = arg;

	if (p->flags || p->__reserved)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return gnv_container_create(p->cgroup_fd, p->gpus, p->vram_max_bytes,
				    &p->id);
}

static int do_container_find(struct file *file, void *arg)
{
	struct ghostnv_container_find *p = arg;
	struct gnv_container *container;

	if (p->cgroup_fd < -1)
		return -EBADF;
	if (p->cgroup_fd == -1)
		container = gnv_container_of_task(current);
	else
		container = gnv_container_find_fd(p->cgroup_fd);
	if (IS_ERR(container))
		return PTR_ERR(container);
	if (!container)
		return -ENOENT;
	p->id = container->id;
	gnv_container_put(container);
	return 0;
}

static int do_container_next(struct file *file, void *arg)
{
	struct ghostnv_container_next *p = arg;
	u64 id = p->id;
	int ret;

	if (p->__reserved)
		return -EINVAL;
	ret = gnv_container_next(&id);
	if (!ret)
		p->id = id;
	return ret;
}

static int do_container_destroy(struct file *file, void *arg)
{
	struct ghostnv_container_destroy *p = arg;
	struct gnv_container *container;
	bool may;

	if (p->flags)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	container = gnv_container_find(p->id);
	if (!container)
		return -ENOENT;
	may = gnv_container_may_manage(container);
	gnv_container_put(container);
	return may ? gnv_container_destroy(p->id) : -EPERM;
}

/* Without the capability a process may tighten what lies strictly below it. */
static int may_limit(struct gnv_container *container, bool *only_lower)
{
	struct gnv_container *own;
	bool below;

	*only_lower = !capable(CAP_SYS_ADMIN);
	own = gnv_container_of_task(current);
	below = own && gnv_container_is_below(container, own);
	gnv_container_put(own);
	if (below || (!own && !*only_lower))
		return 0;
	return -EPERM;
}

static int set_limit(struct gnv_container *container,
		     const struct ghostnv_limit *p)
{
	bool only_lower;
	int ret;

	ret = may_limit(container, &only_lower);
	if (ret)
		return ret;
	if (p->limit == GHOSTNV_LIMIT_GPUS &&
	    (p->value & ~(gnv_gpu_mask() | READ_ONCE(container->gpus))))
		return -ENOENT;
	if (gnv_gate_has_limit(p->limit))
		return gnv_gate_set_limit(container, p->limit, p->gpu, p->value,
					  only_lower);
	ret = gnv_account_set_limit(container, p->limit, p->gpu, p->value, only_lower);
	if (!ret && p->gpu != GHOSTNV_GPU_TOTAL)
		gnv_container_split(container);
	return ret;
}

static int get_limit(struct gnv_container *container, struct ghostnv_limit *p)
{
	if (gnv_gate_has_limit(p->limit))
		return gnv_gate_get_limit(container, p->limit, p->gpu, &p->value);
	return gnv_account_get_limit(container, p->limit, p->gpu, &p->value);
}

static bool is_per_gpu(u32 limit)
{
	return limit == GHOSTNV_LIMIT_VRAM_MAX || limit == GHOSTNV_LIMIT_VRAM_HIGH ||
	       limit == GHOSTNV_LIMIT_VRAM_LOW || gnv_gate_has_limit(limit);
}

static int check_limit(const struct ghostnv_limit *p)
{
	if (p->__reserved)
		return -EINVAL;
	if (!p->limit || p->limit > GHOSTNV_LIMIT_GPU_EXCLUSIVE)
		return -EOPNOTSUPP;
	if (p->gpu == GHOSTNV_GPU_TOTAL)
		return 0;
	if (!is_per_gpu(p->limit) || p->gpu >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	return (gnv_gpu_mask() >> p->gpu) & 1 ? 0 : -ENOENT;
}

static int do_limit(struct ghostnv_limit *p, bool set)
{
	struct gnv_container *container;
	int ret;

	ret = check_limit(p);
	if (ret)
		return ret;
	container = gnv_container_find(p->id);
	if (!container)
		return -ENOENT;
	ret = set ? set_limit(container, p) : get_limit(container, p);
	gnv_container_put(container);
	return ret;
}

static int do_limit_set(struct file *file, void *arg)
{
	return do_limit(arg, true);
}

static int do_limit_get(struct file *file, void *arg)
{
	return do_limit(arg, false);
}

/* What the card has bounds what a limit allows. */
static u64 card_bytes(u32 gpu)
{
	struct gnv_gpu one;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if (gpu != GHOSTNV_GPU_TOTAL && gpu != i)
			continue;
		if (gnv_gpu_get(i, &one))
			continue;
		if (!one.vram_bytes)
			return GHOSTNV_UNLIMITED;
		sum += one.vram_bytes;
	}
	return sum ?: GHOSTNV_UNLIMITED;
}

static void fill_time(struct gnv_container *container, struct ghostnv_stats *p)
{
	struct gnv_gate_stat stat;

	/* All 0 where it never was. */
	gnv_gate_stat(container, p->gpu, &stat);
	p->gpu_usage_us = div_u64(stat.sched.usage_ns, NSEC_PER_USEC);
	p->gpu_periods = stat.sched.periods;
	p->gpu_throttled = stat.sched.throttled;
	p->gpu_throttled_us = div_u64(stat.sched.throttled_ns, NSEC_PER_USEC);
	p->gpu_gated = stat.sched.gated;
	p->gpu_preemptions = stat.preemptions;
	p->gpu_wait_some_us = gnv_gate_wait_us(&stat.pressure[GNV_WAIT_TIME], GNV_PRESSURE_SOME);
	p->gpu_wait_full_us = gnv_gate_wait_us(&stat.pressure[GNV_WAIT_TIME], GNV_PRESSURE_FULL);
	p->vram_wait_some_us = gnv_gate_wait_us(&stat.pressure[GNV_WAIT_MEMORY], GNV_PRESSURE_SOME);
	p->vram_wait_full_us = gnv_gate_wait_us(&stat.pressure[GNV_WAIT_MEMORY], GNV_PRESSURE_FULL);
	p->gpu_paused = stat.is_paused;
	p->__reserved = 0;
}

static int fill_stats(struct gnv_container *container, struct ghostnv_stats *p)
{
	struct gnv_account_stats stats;
	int ret;

	ret = gnv_account_stats(container, p->gpu, &stats);
	if (ret)
		return ret;
	p->vram_current_bytes = stats.counter.usage_bytes;
	p->vram_peak_bytes = stats.counter.peak_bytes;
	p->vram_max_bytes = stats.counter.max_bytes;
	p->vram_limit_bytes = min(stats.limit_bytes, card_bytes(p->gpu));
	p->events_max = stats.counter.refused;
	p->events_refused = atomic64_read(&container->refused);
	p->events_denied = atomic64_read(&container->denied);
	p->sessions = stats.sessions;
	p->clients = stats.clients;
	p->contexts = stats.counter.counts[GNV_QUOTA_CONTEXT];
	p->allocations = stats.counter.counts[GNV_QUOTA_ALLOCATION];
	p->queues = stats.counter.counts[GNV_QUOTA_QUEUE];
	p->spaces = stats.counter.counts[GNV_QUOTA_SPACE];
	p->vram_high_bytes = stats.counter.high_bytes;
	p->vram_low_bytes = stats.counter.low_bytes;
	p->vram_orphaned_bytes = stats.counter.orphan_bytes;
	p->events_low = stats.counter.events[GNV_QUOTA_LOW];
	p->events_high = stats.counter.events[GNV_QUOTA_HIGH];
	p->events_oom = stats.counter.events[GNV_QUOTA_OOM];
	p->events_oom_kill = stats.counter.events[GNV_QUOTA_OOM_KILL];
	p->events_evict = stats.counter.events[GNV_QUOTA_EVICT];
	p->events_wait = stats.counter.events[GNV_QUOTA_WAIT];
	fill_time(container, p);
	return 0;
}

static int do_stats(struct file *file, void *arg)
{
	struct ghostnv_stats *p = arg;
	struct gnv_container *container;
	int ret;

	if (p->gpu != GHOSTNV_GPU_TOTAL && p->gpu >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	if (p->gpu != GHOSTNV_GPU_TOTAL && !((gnv_gpu_mask() >> p->gpu) & 1))
		return -ENOENT;
	container = gnv_container_find(p->id);
	if (!container)
		return -ENOENT;
	ret = fill_stats(container, p);
	gnv_container_put(container);
	return ret;
}

static int may_subscribe(u64 id, const struct gnv_container *own)
{
	struct gnv_container *container;
	bool may;

	if (!id)
		return gnv_container_may_manage(NULL) ? 0 : -EPERM;
	container = gnv_container_find(id);
	if (!container)
		return -ENOENT;
	may = own ? own == container || gnv_container_is_below(container, own) :
		    capable(CAP_SYS_ADMIN);
	gnv_container_put(container);
	return may ? 0 : -EPERM;
}

static int do_subscribe(struct file *file, void *arg)
{
	struct ghostnv_subscribe *p = arg;
	struct gnv_container *own;
	int ret;

	if (p->__reserved)
		return -EINVAL;
	own = gnv_container_of_task(current);
	ret = may_subscribe(p->id, own);
	if (!ret)
		ret = gnv_events_subscribe(file->private_data, p->id, own ? own->id : 0);
	gnv_container_put(own);
	return ret;
}

/**
 * struct ioctl_op - one ioctl
 * @number: its whole number
 * @bytes: size of its structure in this kernel
 * @first_bytes: size of the first version of that structure
 * @fn: what does it
 */
struct ioctl_op {
	unsigned int number;
	u32 bytes;
	u32 first_bytes;
	int (*fn)(struct file *file, void *arg);
};

/* @last is the last field of the structure's first version. */
#define IOCTL_OP(ioctl, handler, type, last) \
	{ \
		.number = (ioctl), \
		.bytes = sizeof(struct type), \
		.first_bytes = offsetofend(struct type, last), \
		.fn = (handler), \
	}

static const struct ioctl_op ops[] = {
	IOCTL_OP(GHOSTNV_IOC_VERSION, do_version, ghostnv_version, reason),
	IOCTL_OP(GHOSTNV_IOC_GPU, do_gpu, ghostnv_gpu, name),
	IOCTL_OP(GHOSTNV_IOC_CONTAINER_CREATE, do_container_create,
		 ghostnv_container_create, id),
	IOCTL_OP(GHOSTNV_IOC_CONTAINER_FIND, do_container_find,
		 ghostnv_container_find, id),
	IOCTL_OP(GHOSTNV_IOC_CONTAINER_NEXT, do_container_next,
		 ghostnv_container_next, id),
	IOCTL_OP(GHOSTNV_IOC_CONTAINER_DESTROY, do_container_destroy,
		 ghostnv_container_destroy, id),
	IOCTL_OP(GHOSTNV_IOC_LIMIT_SET, do_limit_set, ghostnv_limit, value),
	IOCTL_OP(GHOSTNV_IOC_LIMIT_GET, do_limit_get, ghostnv_limit, value),
	IOCTL_OP(GHOSTNV_IOC_STATS, do_stats, ghostnv_stats, allocations),
	IOCTL_OP(GHOSTNV_IOC_SUBSCRIBE, do_subscribe, ghostnv_subscribe, id),
};

/* What the first version was must not move: programs are compiled against it. */
static_assert(sizeof(struct ghostnv_version) == 216);
static_assert(sizeof(struct ghostnv_gpu) == 168);
static_assert(sizeof(struct ghostnv_container_create) == 40);
static_assert(sizeof(struct ghostnv_container_find) == 16);
static_assert(sizeof(struct ghostnv_container_next) == 16);
static_assert(sizeof(struct ghostnv_container_destroy) == 16);
static_assert(sizeof(struct ghostnv_limit) == 32);
static_assert(offsetofend(struct ghostnv_stats, allocations) == 104);
static_assert(sizeof(struct ghostnv_stats) == 280);
static_assert(sizeof(struct ghostnv_subscribe) == 16);
static_assert(sizeof(struct ghostnv_event) == 40);

/* No structure is larger. */
union any_struct {
	struct ghostnv_version version;
	struct ghostnv_gpu gpu;
	struct ghostnv_stats stats;
};

static const struct ioctl_op *find_op(unsigned int number)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (ops[i].number == number)
			return &ops[i];
	}
	return NULL;
}

static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct ioctl_op *op = find_op(cmd);
	void __user *user = (void __user *)arg;
	union any_struct any;
	u32 bytes;
	int ret;

	if (!op)
		return -ENOTTY;
	if (get_user(bytes, (u32 __user *)user))
		return -EFAULT;
	if (bytes < op->first_bytes)
		return -EINVAL;
	/* No structure will be that long; its tail would take long to look at. */
	if (bytes > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&any, op->bytes, user, bytes);
	if (ret)
		return ret;
	ret = op->fn(file, &any);
	if (ret)
		return ret;
	/* The size stays what the caller said: a second thread may change it. */
	*(u32 *)&any = bytes;
	if (copy_to_user(user, &any, min(bytes, op->bytes)))
		return -EFAULT;
	return 0;
}

static int ctl_open(struct inode *inode, struct file *file)
{
	file->private_data = gnv_events_reader_create();
	if (!file->private_data)
		return -ENOMEM;
	return stream_open(inode, file);
}

static int ctl_release(struct inode *inode, struct file *file)
{
	gnv_events_reader_destroy(file->private_data);
	return 0;
}

static ssize_t ctl_read(struct file *file, char __user *buf, size_t size,
			loff_t *pos)
{
	return gnv_events_read(file->private_data, buf, size,
			       !(file->f_flags & O_NONBLOCK));
}

static __poll_t ctl_poll(struct file *file, poll_table *wait)
{
	return gnv_events_poll(file->private_data, file, wait);
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.release = ctl_release,
	.read = ctl_read,
	.poll = ctl_poll,
	.unlocked_ioctl = ctl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ctl_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ghostnv",
	.mode = 0666,
	.fops = &ctl_fops,
};

/**
 * gnv_ctl_init() - make /dev/ghostnv
 *
 * Context: Module's start; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_ctl_init(void)
{
	return misc_register(&ctl_device);
}

/**
 * gnv_ctl_fini() - remove /dev/ghostnv
 *
 * Context: Module's end; may sleep.
 */
void gnv_ctl_fini(void)
{
	misc_deregister(&ctl_device);
}
