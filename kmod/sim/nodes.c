// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Device nodes in /dev; see nodes.h.
 */
#include <linux/device.h>
#include <linux/err.h>

#include "compat/sim_kernel.h"

#include "nodes.h"

static struct class *node_class;

static char *node_mode(sim_devnode_device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

/**
 * sim_nodes_init() - make the class that the nodes belong to
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int sim_nodes_init(void)
{
	struct class *class = sim_class_create("ghostnv-sim");

	if (IS_ERR(class))
		return PTR_ERR(class);
	class->devnode = node_mode;
	node_class = class;
	return 0;
}

/**
 * sim_nodes_fini() - undo sim_nodes_init(); all nodes are gone
 *
 * Context: process.
 */
void sim_nodes_fini(void)
{
	if (node_class)
		class_destroy(node_class);
	node_class = NULL;
}

/**
 * sim_node_add() - make a node
 * @number: of the device
 * @name: name below /dev
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int sim_node_add(dev_t number, const char *name)
{
	return PTR_ERR_OR_ZERO(device_create(node_class, NULL, number, NULL,
					     "%s", name));
}

/**
 * sim_node_remove() - remove a node
 * @number: of the device; it need not have one
 *
 * Context: process.
 */
void sim_node_remove(dev_t number)
{
	if (node_class)
		device_destroy(node_class, number);
}
