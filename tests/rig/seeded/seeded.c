// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on purpose: what the harness must report is put here by name, so that a
 * run without reports means something. Knows nothing of GhostNV.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *fault = "";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "overflow, inversion, rcu, warning, leak, undefined or oops");

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

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "overflow", overflow },
	{ "inversion", inversion },
	{ "rcu", rcu },
	{ "warning", warning },
	{ "leak", leak },
	{ "undefined", undefined },
	{ "oops", oops },
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
}
module_exit(seeded_exit);

MODULE_DESCRIPTION("Faults on purpose, for the tests of the test harness");
MODULE_LICENSE("GPL");
