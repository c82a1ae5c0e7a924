// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The PCI driver "nvidia": binding makes a GPU of a function, unbinding loses it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "nvabi/nvos.h"

#include "bus.h"
#include "gpu.h"
#include "nodes.h"
#include "procfs.h"

#define NODE_NAME_BYTES	sizeof("nvidia0123456789")

static dev_t node_number(const struct sim_gpu *gpu)
{
	return MKDEV(NV_MAJOR_DEVICE_NUMBER, gpu->minor);
}

static int nvidia_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	char name[NODE_NAME_BYTES];
	struct sim_gpu *gpu;
	int err;

	if (!sim_bus_owns(pdev))
		return -ENODEV;
	err = pci_enable_device(pdev);
	if (err)
		return err;
	pci_set_master(pdev);

	gpu = sim_gpu_create(pdev);
	if (IS_ERR(gpu)) {
		err = PTR_ERR(gpu);
		goto err_disable;
	}
	snprintf(name, sizeof(name), "nvidia%u", gpu->minor);
	err = sim_node_add(node_number(gpu), name);
	if (err)
		goto err_lose;
	sim_procfs_add_gpu(gpu);
	pci_set_drvdata(pdev, gpu);
	return 0;

err_lose:
	sim_gpu_lose(gpu);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void nvidia_remove(struct pci_dev *pdev)
{
	struct sim_gpu *gpu = pci_get_drvdata(pdev);

	sim_procfs_remove_gpu(gpu);
	sim_node_remove(node_number(gpu));
	sim_gpu_lose(gpu);
	pci_disable_device(pdev);
}

static const struct pci_device_id nvidia_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_NVIDIA, SIM_GPU_DEVICE_ID) },
	{ }
};

static struct pci_driver nvidia_driver = {
	.name = "nvidia",
	.id_table = nvidia_ids,
	.probe = nvidia_probe,
	.remove = nvidia_remove,
};

/**
 * sim_driver_init() - register the driver; GPUs that are there are bound
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int sim_driver_init(void)
{
	return pci_register_driver(&nvidia_driver);
}

/**
 * sim_driver_fini() - unregister the driver; its GPUs are unbound
 *
 * Context: process.
 */
void sim_driver_fini(void)
{
	pci_unregister_driver(&nvidia_driver);
}
