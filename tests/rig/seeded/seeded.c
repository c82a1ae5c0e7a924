// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on purpose: what the harness must report is put here by name, so that a
 * run without reports means something. Knows nothing of GhostNV.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *fault = "";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "what to do wrong; empty: nothing");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void overflow(void)
{
	size_t size = 13;
	char *buf = kmalloc(size, GFP_KERNEL);

	if (!buf)
		return;
	OPTIMIZER_HIDE_VAR(size);
	WRITE_ONCE(buf[size], 1);
	kfree(buf);
}

static void late(void)
{
	char *buf = kmalloc(13, GFP_KERNEL);

	if (!buf)
		return;
	kfree(buf);
	OPTIMIZER_HIDE_VAR(buf);
	WRITE_ONCE(buf[5], 1);
}

static void inversion(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void atomic(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	mutex_lock(&first);
	mutex_unlock(&first);
	spin_unlock(&lock);
}

#define RACE_TURNS 5000000

static int race_sum;

/* Adds without a lock, beside another that does. */
static int race_thread(void *unused)
{
	for (int i = 0; i < RACE_TURNS; i++)
		WRITE_ONCE(race_sum, READ_ONCE(race_sum) + 1);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 0;
}

/* A host that is busy may run them one after the other, but not each time. */
#define RACE_ROUNDS 50

/* Sums that were lost prove that two CPUs were at it. */
static bool race_loses(void)
{
	struct task_struct *threads[2] = {};

	race_sum = 0;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(race_thread, NULL, "ghostnv-seed/%zu", i);
		if (IS_ERR(threads[i])) {
			pr_err("one of two threads is missing\n");
			threads[i] = NULL;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (threads[i])
			kthread_stop(threads[i]);
	return race_sum != ARRAY_SIZE(threads) * RACE_TURNS;
}

static void race(void)
{
	for (int round = 0; round < RACE_ROUNDS; round++) {
		if (race_loses()) {
			WARN(1, "lost on purpose\n");
			return;
		}
	}
}

static void rcu(void)
{
	static void __rcu *pointer;

	rcu_dereference(pointer);
}

static void warning(void)
{
	WARN(1, "on purpose\n");
}

static void leak(void)
{
	static void *only_reference;

	WRITE_ONCE(only_reference, kmalloc(4096, GFP_KERNEL));
	WRITE_ONCE(only_reference, NULL);
}

static void undefined(void)
{
	int shift = 40;

	OPTIMIZER_HIDE_VAR(shift);
	pr_info("%d\n", 1 << shift);
}

static void oops(void)
{
	int *nothing = NULL;

	OPTIMIZER_HIDE_VAR(nothing);
	WRITE_ONCE(*nothing, 1);
}

/*
 * For the sweep of failing allocations: files whose writing takes two pieces of
 * memory. "leaky" forgets the first where the second is not to be had, "sloppy"
 * counts before it knows. What sloppy counted can be read.
 */
static struct dentry *dir;
static u32 sloppy_count;

static ssize_t leaky_write(struct file *file, const char __user *data, size_t size, loff_t *at)
{
	void *one = kmalloc(64, GFP_KERNEL);
	void *two = kmalloc(64, GFP_KERNEL);

	if (!two)
		return -ENOMEM;
	kfree(one);
	kfree(two);
	return one ? size : -ENOMEM;
}

static ssize_t sloppy_write(struct file *file, const char __user *data, size_t size, loff_t *at)
{
	void *piece;

	sloppy_count++;
	piece = kmalloc(64, GFP_KERNEL);
	if (!piece)
		return -ENOMEM;
	kfree(piece);
	sloppy_count--;
	return size;
}

static const struct file_operations leaky_fops = {
	.owner = THIS_MODULE,
	.write = leaky_write,
};

static const struct file_operations sloppy_fops = {
	.owner = THIS_MODULE,
	.write = sloppy_write,
};

static void sweep(void)
{
	dir = debugfs_create_dir("ghostnv-seeded", NULL);
	debugfs_create_file("leaky", 0200, dir, NULL, &leaky_fops);
	debugfs_create_file("sloppy", 0200, dir, NULL, &sloppy_fops);
	debugfs_create_u32("count", 0400, dir, &sloppy_count);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "overflow", overflow },
	{ "late", late },
	{ "inversion", inversion },
	{ "atomic", atomic },
	{ "race", race },
	{ "rcu", rcu },
	{ "warning", warning },
	{ "leak", leak },
	{ "undefined", undefined },
	{ "oops", oops },
	{ "sweep", sweep },
};

static int __init seeded_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(faults[i].name, fault))
			continue;
		faults[i].commit();
		return 0;
	}
	return *fault ? -EINVAL : 0;
}
module_init(seeded_init);

static void __exit seeded_exit(void)
{
	debugfs_remove(dir);
}
module_exit(seeded_exit);

MODULE_DESCRIPTION("Faults on purpose, for the tests of the test harness");
MODULE_LICENSE("GPL");
