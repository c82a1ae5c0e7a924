// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/ghostnv: see docs/module.md.  For root of the machine
 * only.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "container.h"
#include "debugfs.h"
#include "gate.h"
#include "intercept.h"
#include "rm_object.h"
#include "scrub.h"
#include "session.h"

static struct dentry *dir;

/* What is told is of all containers: not for who is in one of them. */
static bool may_read(void)
{
	return gnv_container_may_manage(NULL);
}

static int sessions_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_session_show(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sessions);

static int clients_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_rm_show_clients(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(clients);

static int allocations_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_rm_show_allocations(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(allocations);

static int handovers_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_scrub_show(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(handovers);

static int runlists_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_gate_show(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(runlists);

static int intercept_show(struct seq_file *seq, void *unused)
{
	if (!may_read())
		return -EPERM;
	gnv_intercept_show(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(intercept);

/**
 * gnv_debugfs_init() - make the files; nothing depends on their being there
 *
 * Context: Module's start; may sleep.
 */
void gnv_debugfs_init(void)
{
	dir = debugfs_create_dir("ghostnv", NULL);
	debugfs_create_file("sessions", 0400, dir, NULL, &sessions_fops);
	debugfs_create_file("clients", 0400, dir, NULL, &clients_fops);
	debugfs_create_file("allocations", 0400, dir, NULL, &allocations_fops);
	debugfs_create_file("handovers", 0400, dir, NULL, &handovers_fops);
	debugfs_create_file("runlists", 0400, dir, NULL, &runlists_fops);
	debugfs_create_file("intercept", 0400, dir, NULL, &intercept_fops);
}

/**
 * gnv_debugfs_fini() - remove the files and wait for their readers
 *
 * Context: Module's end; may sleep.
 */
void gnv_debugfs_fini(void)
{
	debugfs_remove(dir);
}
