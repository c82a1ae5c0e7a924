// SPDX-License-Identifier: GPL-2.0
/*
 * Redirects the members of the driver's file_operations: see intercept.h.
 *
 * NVIDIA's driver compares f_op with the address of its own table, so the table
 * stays and its members change, through a writable alias of its pages where it
 * is const.  fops.owner stays the driver's: nothing but us keeps our code in
 * place while a caller is inside.  So on removal the members are put back; a
 * grace period of tasks lets everyone who fetched one of our pointers come in
 * and be counted; the count drains; and a second grace period lets the last one
 * leave our code behind its count.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "call.h"
#include "intercept.h"
#include "trace.h"

/**
 * struct hook - one table of operations
 * @fops: the driver's table while it is redirected, else NULL
 * @owner: the driver's module; no reference
 * @saved: the members as they were; stays valid until the last caller has left
 */
struct hook {
	const struct file_operations *fops;
	struct module *owner;
	struct file_operations saved;
};

/* Protects hooks against each other's installation and removal. */
static DEFINE_MUTEX(hook_lock);
static struct hook hooks[GNV_NODES];
/* Callers inside our functions: the sum over all CPUs. */
static DEFINE_PER_CPU(long, callers);

static void enter(void)
{
	this_cpu_inc(callers);
}

static void leave(void)
{
	this_cpu_dec(callers);
}

/*
 * Once nobody new comes in, each caller's leave may be missed but never its
 * entry: the sum can be too large for a moment, never too small.
 */
static long count_callers(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&callers, cpu));
	return sum;
}

static int hook_open(enum gnv_node node, struct inode *inode, struct file *file)
{
	int ret;

	enter();
	ret = gnv_call_open(node, inode, file, hooks[node].saved.open);
	leave();
	return ret;
}

static int hook_release(enum gnv_node node, struct inode *inode,
			struct file *file)
{
	int ret;

	enter();
	ret = gnv_call_release(inode, file, hooks[node].saved.release);
	leave();
	return ret;
}

static long hook_ioctl(enum gnv_node node, struct file *file, unsigned int cmd,
		       unsigned long arg)
{
	long ret;

	enter();
	ret = gnv_call_ioctl(node, file, cmd, arg,
			     hooks[node].saved.unlocked_ioctl);
	leave();
	return ret;
}

static long hook_compat_ioctl(enum gnv_node node, struct file *file,
			      unsigned int cmd, unsigned long arg)
{
	long ret;

	enter();
	ret = gnv_call_ioctl(node, file, cmd, arg,
			     hooks[node].saved.compat_ioctl);
	leave();
	return ret;
}

static int hook_mmap(enum gnv_node node, struct file *file,
		     struct vm_area_struct *vma)
{
	int ret;

	enter();
	ret = gnv_call_mmap(node, file, vma, hooks[node].saved.mmap);
	leave();
	return ret;
}

static int rm_open(struct inode *inode, struct file *file)
{
	return hook_open(GNV_NODE_RM, inode, file);
}

static int rm_release(struct inode *inode, struct file *file)
{
	return hook_release(GNV_NODE_RM, inode, file);
}

static long rm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return hook_ioctl(GNV_NODE_RM, file, cmd, arg);
}

static long rm_compat_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	return hook_compat_ioctl(GNV_NODE_RM, file, cmd, arg);
}

static int rm_mmap(struct file *file, struct vm_area_struct *vma)
{
	return hook_mmap(GNV_NODE_RM, file, vma);
}

static int uvm_open(struct inode *inode, struct file *file)
{
	return hook_open(GNV_NODE_UVM, inode, file);
}

static int uvm_release(struct inode *inode, struct file *file)
{
	return hook_release(GNV_NODE_UVM, inode, file);
}

static long uvm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return hook_ioctl(GNV_NODE_UVM, file, cmd, arg);
}

static long uvm_compat_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	return hook_compat_ioctl(GNV_NODE_UVM, file, cmd, arg);
}

static int uvm_mmap(struct file *file, struct vm_area_struct *vma)
{
	return hook_mmap(GNV_NODE_UVM, file, vma);
}

static const struct file_operations ours[GNV_NODES] = {
	[GNV_NODE_RM] = {
		.open = rm_open,
		.release = rm_release,
		.unlocked_ioctl = rm_ioctl,
		.compat_ioctl = rm_compat_ioctl,
		.mmap = rm_mmap,
	},
	[GNV_NODE_UVM] = {
		.open = uvm_open,
		.release = uvm_release,
		.unlocked_ioctl = uvm_ioctl,
		.compat_ioctl = uvm_compat_ioctl,
		.mmap = uvm_mmap,
	},
};

/* A writable view of a module's data, wherever its pages are read-only. */
static struct file_operations *map_alias(const struct file_operations *fops,
					 void **mapping)
{
	unsigned long start = (unsigned long)fops & PAGE_MASK;
	unsigned long end = PAGE_ALIGN((unsigned long)(fops + 1));
	unsigned int i, count = (end - start) >> PAGE_SHIFT;
	struct page *pages[2];

	BUILD_BUG_ON(sizeof(*fops) > PAGE_SIZE);
	for (i = 0; i < count; i++) {
		pages[i] = vmalloc_to_page((void *)(start + i * PAGE_SIZE));
		if (!pages[i])
			return NULL;
	}
	*mapping = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	if (!*mapping)
		return NULL;
	return *mapping + offset_in_page(fops);
}

/*
 * Each member is one aligned word: a caller meets the old pointer or the new
 * one.  A member that the driver lacks stays empty.
 */
#define REDIRECT(alias, from, to, member) \
	do { \
		if ((from)->member) \
			WRITE_ONCE((alias)->member, (to)->member); \
	} while (0)

static int redirect(const struct file_operations *fops,
		    const struct file_operations *from,
		    const struct file_operations *to)
{
	struct file_operations *alias;
	void *mapping;

	alias = map_alias(fops, &mapping);
	if (!alias)
		return -ENOMEM;
	REDIRECT(alias, from, to, open);
	REDIRECT(alias, from, to, release);
	REDIRECT(alias, from, to, unlocked_ioctl);
	REDIRECT(alias, from, to, compat_ioctl);
	REDIRECT(alias, from, to, mmap);
	vunmap(mapping);
	return 0;
}

/**
 * gnv_intercept_install() - redirect the operations behind an open file
 * @node: which table that is
 * @file: an open device file of the driver, which keeps the driver in place
 *
 * Context: Process context; may sleep.
 * Return: 0, also when it is redirected already; -EOPNOTSUPP when the table
 * does not lie in a module; -ENOMEM.
 */
int gnv_intercept_install(enum gnv_node node, struct file *file)
{
	struct hook *hook = &hooks[node];
	int ret = 0;

	mutex_lock(&hook_lock);
	if (hook->fops == file->f_op)
		goto unlock;
	if (hook->fops || !file->f_op->owner || !file->f_op->unlocked_ioctl) {
		ret = -EOPNOTSUPP;
		goto unlock;
	}
	hook->saved = *file->f_op;
	hook->owner = file->f_op->owner;
	ret = redirect(file->f_op, &hook->saved, &ours[node]);
	if (!ret)
		WRITE_ONCE(hook->fops, file->f_op);
unlock:
	mutex_unlock(&hook_lock);
	return ret;
}

/**
 * gnv_intercept_installed() - whether a table is redirected
 * @node: which one
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_intercept_installed(enum gnv_node node)
{
	return READ_ONCE(hooks[node].fops) != NULL;
}

/**
 * gnv_intercept_pass() - an ioctl on a file of RM's that nothing is to look at
 * @file: the file
 * @cmd: the ioctl
 * @arg: its argument
 *
 * Context: Process context; may sleep; the table was redirected when the caller came.
 * Return: what the driver returns.
 */
long gnv_intercept_pass(struct file *file, unsigned int cmd, unsigned long arg)
{
	return hooks[GNV_NODE_RM].saved.unlocked_ioctl(file, cmd, arg);
}

static void restore(struct hook *hook)
{
	lockdep_assert_held(&hook_lock);
	if (!hook->fops)
		return;
	/* There is no way back with the members redirected: wait for memory. */
	while (redirect(hook->fops, &hook->saved, &hook->saved))
		msleep(20);
	WRITE_ONCE(hook->fops, NULL);
}

/**
 * gnv_intercept_remove_all() - put all members back and wait for callers
 *
 * When it returns nobody is inside our functions and nobody will come.
 *
 * Context: Process context; may sleep for as long as a call of the driver's.
 */
void gnv_intercept_remove_all(void)
{
	unsigned int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < GNV_NODES; i++)
		restore(&hooks[i]);
	mutex_unlock(&hook_lock);

	synchronize_rcu_tasks();
	while (count_callers())
		usleep_range(1000, 2000);
	synchronize_rcu_tasks();
}

/**
 * gnv_intercept_module_going() - a module is about to be freed
 * @module: the module
 *
 * Its files are closed and its devices are gone, so nobody is inside.
 *
 * Context: Process context; may sleep.
 * Return: true when one of the tables was its.
 */
bool gnv_intercept_module_going(struct module *module)
{
	bool ours_gone = false;
	unsigned int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < GNV_NODES; i++) {
		if (!hooks[i].fops || hooks[i].owner != module)
			continue;
		restore(&hooks[i]);
		ours_gone = true;
	}
	mutex_unlock(&hook_lock);
	return ours_gone;
}

/**
 * gnv_intercept_show() - describe the tables for debugfs
 * @seq: where to
 *
 * Context: Process context; may sleep.
 */
void gnv_intercept_show(struct seq_file *seq)
{
	static const char *const names[GNV_NODES] = { "nvidia", "nvidia-uvm" };
	unsigned int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < GNV_NODES; i++) {
		if (hooks[i].fops)
			seq_printf(seq, "%s redirected in %s: open %ps ioctl %ps\n",
				   names[i], module_name(hooks[i].owner),
				   hooks[i].saved.open,
				   hooks[i].saved.unlocked_ioctl);
		else
			seq_printf(seq, "%s not redirected\n", names[i]);
	}
	mutex_unlock(&hook_lock);
	seq_printf(seq, "callers %ld\n", count_callers());
}
