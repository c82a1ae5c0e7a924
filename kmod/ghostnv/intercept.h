/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interposing on the file_operations of NVIDIA's driver: their members are
 * redirected in place to ours, and put back.  It knows nothing of what the
 * calls mean; that is call.c's.
 */
#ifndef _GHOSTNV_INTERCEPT_H
#define _GHOSTNV_INTERCEPT_H

#include <linux/types.h>

struct file;
struct module;
struct seq_file;

/* Which of the driver's tables of operations. */
enum gnv_node {
	GNV_NODE_RM,	/* nvidiactl and nvidiaN */
	GNV_NODE_UVM,	/* nvidia-uvm */
	GNV_NODES,
};

int gnv_intercept_install(enum gnv_node node, struct file *file);
bool gnv_intercept_installed(enum gnv_node node);
long gnv_intercept_pass(struct file *file, unsigned int cmd, unsigned long arg);
void gnv_intercept_remove_all(void);
bool gnv_intercept_module_going(struct module *module);
void gnv_intercept_show(struct seq_file *seq);

#endif /* _GHOSTNV_INTERCEPT_H */
