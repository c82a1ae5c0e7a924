// SPDX-License-Identifier: GPL-2.0
/*
 * ghostnv-bench.ko: /dev/gnv-bench, which makes and times ioctls on other files: see
 * tests/bench/kmod/bench.h.  For root, and for machines in which one measures.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "tests/bench/kmod/bench.h"

/* A structure of the caller's, and what it was at first. */
struct template
{
	void __user *user;
	void *bytes;
	size_t size;
};

static int keep(struct template *t, u64 address, u32 size)
{
	t->user = u64_to_user_ptr(address);
	t->size = size;
	t->bytes = memdup_user(t->user, size);
	return PTR_ERR_OR_ZERO(t->bytes);
}

/* User-mode kernels have a clock of 256 ns; what the processor counts is finer. */
static u64 ticks(void)
{
#ifdef __x86_64__
	u32 low, high;

	asm volatile("lfence; rdtsc; lfence"
		     : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
#else
	return ktime_get_ns();
#endif
}

static int time_one(struct file *file, const struct bench_calls *p,
		    const struct template *arg, const struct template *params, u32 *took)
{
	u64 start;
	long ret;

	if (copy_to_user(arg->user, arg->bytes, arg->size) ||
	    copy_to_user(params->user, params->bytes, params->size))
		return -EFAULT;
	start = ticks();
	ret = file->f_op->unlocked_ioctl(file, p->cmd, (unsigned long)arg->user);
	*took = ticks() - start;
	return ret;
}

static int time_all(struct file *file, const struct bench_calls *p,
		    const struct template *arg, const struct template *params)
{
	u32 *ns = kvmalloc_array(p->calls, sizeof(*ns), GFP_KERNEL);
	u64 start_ns = ktime_get_ns(), start = ticks();
	u64 all_ns, all;
	int ret = 0;
	u32 i;

	if (!ns)
		return -ENOMEM;
	for (i = 0; i < p->calls && !ret; i++) {
		ret = time_one(file, p, arg, params, &ns[i]);
		cond_resched();
		if (fatal_signal_pending(current))
			ret = -EINTR;
	}
	all_ns = ktime_get_ns() - start_ns;
	all = ticks() - start;
	while (i--)
		ns[i] = mul_u64_u64_div_u64(ns[i], all_ns, all);
	if (!ret && copy_to_user(u64_to_user_ptr(p->ns), ns, p->calls * sizeof(*ns)))
		ret = -EFAULT;
	kvfree(ns);
	return ret;
}

static long bench_ioctl(struct file *bench, unsigned int cmd, unsigned long uarg)
{
	struct template arg, params;
	struct bench_calls p;
	struct file *file;
	int ret;

	if (cmd != BENCH_IOC_CALLS)
		return -ENOTTY;
	if (copy_from_user(&p, (void __user *)uarg, sizeof(p)))
		return -EFAULT;
	if (!p.calls || p.calls > BENCH_CALLS_MAX || p.arg_bytes > BENCH_BYTES_MAX ||
	    p.params_bytes > BENCH_BYTES_MAX || p.__reserved)
		return -EINVAL;
	file = fget(p.file);
	if (!file)
		return -EBADF;
	ret = -ENOTTY;
	if (!file->f_op->unlocked_ioctl)
		goto put;
	ret = keep(&arg, p.arg, p.arg_bytes);
	if (ret)
		goto put;
	ret = keep(&params, p.params, p.params_bytes);
	if (!ret) {
		ret = time_all(file, &p, &arg, &params);
		kfree(params.bytes);
	}
	kfree(arg.bytes);
put:
	fput(file);
	return ret;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bench_ioctl,
};

static struct miscdevice bench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "gnv-bench",
	.fops = &bench_fops,
	.mode = 0600,
};

module_misc_device(bench_device);

MODULE_AUTHOR("The GhostNV authors");
MODULE_DESCRIPTION("Times ioctls from inside the kernel");
MODULE_LICENSE("GPL");
