// SPDX-License-Identifier: GPL-2.0
/*
 * Video memory that goes from one container to another: see scrub.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <linux/ghostnv.h>

#include "container.h"
#include "scrub.h"
#include "trace.h"

/* What a container gets of a GPU on which freed memory is not cleaned. */
enum policy {
	REFUSE,	/* nothing, where another one has had memory */
	STRICT,	/* nothing */
	ALLOW,	/* all: it may read what others left */
};

static const char *const policies[] = {
	[REFUSE] = "refuse",
	[STRICT] = "strict",
	[ALLOW] = "allow",
};

static const char *const states[] = {
	[GHOSTNV_SCRUB_UNKNOWN] = "unknown",
	[GHOSTNV_SCRUB_ON] = "on",
	[GHOSTNV_SCRUB_OFF] = "off",
};

/* More former users than these are put together. */
#define RESIDUES 16
/* The latest handovers are kept for debugfs. */
#define HANDOVERS 128

/**
 * struct residue - freed memory of one container
 * @container: its id, or GNV_SCRUB_SEVERAL
 * @bytes: how much
 * @scrub: GHOSTNV_SCRUB_* when it was freed
 */
struct residue {
	u64 container;
	u64 bytes;
	u32 scrub;
};

/**
 * struct ledger - what is known of one GPU's memory
 * @scrub: GHOSTNV_SCRUB_*
 * @owner: the owner's id, GNV_SCRUB_NOBODY or GNV_SCRUB_SEVERAL
 * @residues: the oldest first
 * @residue_count: how many there are
 * @held_bytes: what containers hold
 * @handovers: pieces of residue that others were given
 * @bytes: their sizes together
 * @unscrubbed_bytes: of those that were not cleaned
 * @refused: allocations refused for want of cleaning
 */
struct ledger {
	u32 scrub;
	u64 owner;
	struct residue residues[RESIDUES];
	u32 residue_count;
	u64 held_bytes;
	u64 handovers;
	u64 bytes;
	u64 unscrubbed_bytes;
	u64 refused;
};

/**
 * struct handover - equal handovers in a row
 * @gpu: GPU's index
 * @scrub: GHOSTNV_SCRUB_* when the memory was freed
 * @from: id of who had it
 * @to: id of who was given it
 * @count: how often
 * @bytes: how much together
 * @last_ns: when it was the last time, CLOCK_MONOTONIC
 */
struct handover {
	u32 gpu;
	u32 scrub;
	u64 from;
	u64 to;
	u64 count;
	u64 bytes;
	u64 last_ns;
};

/* Protects all of the following; innermost. */
static DEFINE_SPINLOCK(scrub_lock);
static enum policy policy = REFUSE;
static struct ledger ledgers[GHOSTNV_GPUS_MAX];
static struct handover handovers[HANDOVERS];
/* How many there ever were: the next one's place, modulo HANDOVERS. */
static u64 handover_count;

static int set_policy(const char *text)
{
	int value = sysfs_match_string(policies, text);

	if (value >= 0)
		WRITE_ONCE(policy, value);
	return value < 0 ? value : 0;
}

static int param_set_policy(const char *text, const struct kernel_param *kp)
{
	return set_policy(text);
}

static int param_get_policy(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", policies[READ_ONCE(policy)]);
}

static const struct kernel_param_ops policy_ops = {
	.set = param_set_policy,
	.get = param_get_policy,
};
module_param_cb(scrub_policy, &policy_ops, NULL, 0444);
MODULE_PARM_DESC(scrub_policy,
		 "who gets memory of a GPU on which freed memory is not cleaned: refuse (one container; default), strict (none), allow (all)");

/**
 * gnv_scrub_learn() - whether the driver cleans freed memory of a GPU
 * @gpu: GPU's index
 * @pci: its PCI address
 * @scrub: GHOSTNV_SCRUB_*
 *
 * Context: Process context.
 */
void gnv_scrub_learn(u32 gpu, const char *pci, u32 scrub)
{
	bool news;

	spin_lock(&scrub_lock);
	news = ledgers[gpu].scrub != scrub;
	WRITE_ONCE(ledgers[gpu].scrub, scrub);
	spin_unlock(&scrub_lock);
	if (news && scrub == GHOSTNV_SCRUB_OFF)
		pr_warn("GPU %s: the driver does not clean freed memory (RMDisableScrubOnFree?): scrub policy is %s\n",
			pci, policies[READ_ONCE(policy)]);
}

/* Whoever is given memory that may stay uncleaned leaves its name. */
static void add_owner(struct ledger *ledger, u64 container)
{
	if (ledger->scrub == GHOSTNV_SCRUB_ON || ledger->owner == container)
		return;
	WRITE_ONCE(ledger->owner, ledger->owner == GNV_SCRUB_NOBODY ?
					  container :
					  GNV_SCRUB_SEVERAL);
}

/* What was left uncleaned stays so, also when the driver cleans again. */
static bool is_refused(const struct ledger *ledger, u64 container)
{
	bool cleans = ledger->scrub == GHOSTNV_SCRUB_ON;

	if (policy == ALLOW)
		return false;
	if (policy == STRICT && !cleans)
		return true;
	return ledger->owner != GNV_SCRUB_NOBODY && ledger->owner != container;
}

/**
 * gnv_scrub_claim() - a container is about to be given memory
 * @container: its id
 * @gpu: GPU's index
 *
 * Decided before the driver is called, and for good: what another container holds
 * now it can free at any moment.
 *
 * Context: Any.
 * Return: 0, or -EPERM when it may find there what others left.
 */
int gnv_scrub_claim(u64 container, u32 gpu)
{
	struct ledger *ledger = &ledgers[gpu];
	int ret = 0;

	/* The usual case; the state changes under no allocation's feet. */
	if (READ_ONCE(ledger->scrub) == GHOSTNV_SCRUB_ON &&
	    READ_ONCE(ledger->owner) == GNV_SCRUB_NOBODY)
		return 0;
	spin_lock(&scrub_lock);
	if (is_refused(ledger, container)) {
		ledger->refused++;
		ret = -EPERM;
	} else {
		add_owner(ledger, container);
	}
	spin_unlock(&scrub_lock);
	return ret;
}

static bool is_same(const struct handover *a, u32 gpu,
		    const struct residue *from, u64 to)
{
	return a->count && a->gpu == gpu && a->from == from->container &&
	       a->to == to && a->scrub == from->scrub;
}

static void record(u32 gpu, const struct residue *from, u64 to, u64 bytes)
{
	struct ledger *ledger = &ledgers[gpu];
	struct handover *last;

	lockdep_assert_held(&scrub_lock);
	ledger->handovers++;
	ledger->bytes += bytes;
	if (from->scrub != GHOSTNV_SCRUB_ON)
		ledger->unscrubbed_bytes += bytes;

	last = &handovers[(handover_count - 1) % HANDOVERS];
	if (!handover_count || !is_same(last, gpu, from, to)) {
		last = &handovers[handover_count++ % HANDOVERS];
		*last = (struct handover){
			.gpu = gpu,
			.scrub = from->scrub,
			.from = from->container,
			.to = to,
		};
	}
	last->count++;
	last->bytes += bytes;
	last->last_ns = ktime_get_ns();
	trace_gnv_handover(from->container, to, gpu, bytes, from->scrub);
}

static void drop_empty(struct ledger *ledger)
{
	u32 i, kept = 0;

	for (i = 0; i < ledger->residue_count; i++) {
		if (ledger->residues[i].bytes)
			ledger->residues[kept++] = ledger->residues[i];
	}
	ledger->residue_count = kept;
}

/* Takes of the residue of @container, or of all others'.  Return: what is left. */
static u64 take(struct ledger *ledger, u32 gpu, u64 container, bool others,
		u64 bytes)
{
	u32 i;

	for (i = 0; i < ledger->residue_count && bytes; i++) {
		struct residue *residue = &ledger->residues[i];
		u64 taken = min(bytes, residue->bytes);

		if ((residue->container != container) != others)
			continue;
		if (others)
			record(gpu, residue, container, taken);
		residue->bytes -= taken;
		bytes -= taken;
	}
	return bytes;
}

/**
 * gnv_scrub_given() - a container was given memory
 * @container: its id
 * @gpu: GPU's index
 * @bytes: how much
 *
 * Context: Any.
 */
void gnv_scrub_given(u64 container, u32 gpu, u64 bytes)
{
	struct ledger *ledger = &ledgers[gpu];

	spin_lock(&scrub_lock);
	ledger->held_bytes += bytes;
	bytes = take(ledger, gpu, container, true, bytes);
	take(ledger, gpu, container, false, bytes);
	drop_empty(ledger);
	spin_unlock(&scrub_lock);
}

/* Makes room for one more: the two oldest become one. */
static void join_oldest(struct ledger *ledger)
{
	struct residue *a = &ledger->residues[0], *b = &ledger->residues[1];

	b->bytes += a->bytes;
	if (b->container != a->container)
		b->container = GNV_SCRUB_SEVERAL;
	if (a->scrub != GHOSTNV_SCRUB_ON)
		b->scrub = a->scrub;
	a->bytes = 0;
	drop_empty(ledger);
}

/**
 * gnv_scrub_freed() - memory that a container was given is free
 * @container: its id
 * @gpu: GPU's index
 * @bytes: how much
 *
 * Context: Any.
 */
void gnv_scrub_freed(u64 container, u32 gpu, u64 bytes)
{
	struct ledger *ledger = &ledgers[gpu];
	struct residue *last = NULL;

	spin_lock(&scrub_lock);
	ledger->held_bytes -= bytes;
	if (ledger->residue_count)
		last = &ledger->residues[ledger->residue_count - 1];
	if (last && last->container == container &&
	    last->scrub == ledger->scrub) {
		last->bytes += bytes;
	} else {
		if (ledger->residue_count == RESIDUES)
			join_oldest(ledger);
		ledger->residues[ledger->residue_count++] = (struct residue){
			.container = container,
			.bytes = bytes,
			.scrub = ledger->scrub,
		};
	}
	spin_unlock(&scrub_lock);
}

static void show_container(struct seq_file *seq, u64 container)
{
	if (container == GNV_SCRUB_SEVERAL)
		seq_puts(seq, "several ");
	else
		seq_printf(seq, "%llu ", container);
}

/**
 * gnv_scrub_show() - list the latest handovers for debugfs
 * @seq: where to
 *
 * Context: Process context.
 */
void gnv_scrub_show(struct seq_file *seq)
{
	u64 i;

	seq_puts(seq, "# gpu from to count bytes scrub last_ns\n");
	spin_lock(&scrub_lock);
	i = handover_count > HANDOVERS ? handover_count - HANDOVERS : 0;
	for (; i < handover_count; i++) {
		const struct handover *handover = &handovers[i % HANDOVERS];

		seq_printf(seq, "%u ", handover->gpu);
		show_container(seq, handover->from);
		show_container(seq, handover->to);
		seq_printf(seq, "%llu %llu %s %llu\n", handover->count,
			   handover->bytes, states[handover->scrub],
			   handover->last_ns);
	}
	spin_unlock(&scrub_lock);
}

/* The directory of a GPU is named by its index. */
static struct ledger *ledger_of(struct kobject *kobj)
{
	u32 gpu;

	if (kstrtou32(kobject_name(kobj), 10, &gpu) || gpu >= GHOSTNV_GPUS_MAX)
		return NULL;
	return &ledgers[gpu];
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	struct ledger *ledger = ledger_of(kobj);

	if (!ledger)
		return -ENOENT;
	return sysfs_emit(buf, "%s\n", states[READ_ONCE(ledger->scrub)]);
}

static ssize_t events_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct ledger *ledger = ledger_of(kobj);
	ssize_t len;

	if (!ledger)
		return -ENOENT;
	spin_lock(&scrub_lock);
	len = sysfs_emit(buf, "handovers %llu\nbytes %llu\nunscrubbed %llu\nrefused %llu\n",
			 ledger->handovers, ledger->bytes,
			 ledger->unscrubbed_bytes, ledger->refused);
	spin_unlock(&scrub_lock);
	return len;
}

static ssize_t owner_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	struct ledger *ledger = ledger_of(kobj);
	u64 owner;

	if (!ledger)
		return -ENOENT;
	owner = READ_ONCE(ledger->owner);
	if (owner == GNV_SCRUB_NOBODY)
		return sysfs_emit(buf, "none\n");
	if (owner == GNV_SCRUB_SEVERAL)
		return sysfs_emit(buf, "several\n");
	return sysfs_emit(buf, "%llu\n", owner);
}

/* Root says that the card has been reset, and nothing is left on it. */
static ssize_t owner_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t len)
{
	struct ledger *ledger = ledger_of(kobj);
	int ret = 0;

	/* Root of a container's user namespace may own a mount of sysfs. */
	if (!gnv_container_may_manage(NULL))
		return -EPERM;
	if (!ledger)
		return -ENOENT;
	if (!sysfs_streq(buf, "none"))
		return -EINVAL;
	spin_lock(&scrub_lock);
	if (ledger->held_bytes) {
		ret = -EBUSY;
	} else {
		WRITE_ONCE(ledger->owner, GNV_SCRUB_NOBODY);
		ledger->residue_count = 0;
	}
	spin_unlock(&scrub_lock);
	return ret ?: len;
}

static ssize_t policy_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return param_get_policy(buf, NULL);
}

static ssize_t policy_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	int ret;

	if (!gnv_container_may_manage(NULL))
		return -EPERM;
	spin_lock(&scrub_lock);
	ret = set_policy(buf);
	spin_unlock(&scrub_lock);
	return ret ?: len;
}

static struct kobj_attribute state_attr =
	__ATTR(scrub, 0444, state_show, NULL);
static struct kobj_attribute events_attr =
	__ATTR(scrub.events, 0444, events_show, NULL);
static struct kobj_attribute owner_attr =
	__ATTR(scrub.owner, 0644, owner_show, owner_store);
static struct kobj_attribute policy_attr =
	__ATTR(scrub.policy, 0644, policy_show, policy_store);

static struct attribute *gpu_attrs[] = {
	&state_attr.attr,
	&events_attr.attr,
	&owner_attr.attr,
	NULL,
};

static struct attribute *root_attrs[] = {
	&policy_attr.attr,
	NULL,
};

const struct attribute_group gnv_scrub_gpu_group = { .attrs = gpu_attrs };
const struct attribute_group gnv_scrub_root_group = { .attrs = root_attrs };
