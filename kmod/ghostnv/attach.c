// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching and letting go: see attach.h.  Notifiers only say that something
 * changed; one work item looks at what is there and brings us in line with it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "account.h"
#include "ask_file.h"
#include "attach.h"
#include "bridge.h"
#include "container.h"
#include "driver.h"
#include "events.h"
#include "frame.h"
#include "gate.h"
#include "gpu.h"
#include "intercept.h"
#include "nvabi/branch.h"
#include "nvabi/nvos.h"
#include "nvabi/nvrmops.h"
#include "oom.h"
#include "scrub.h"
#include "sysfs.h"
#include "trace.h"

/* One look at the driver at a time. */
static DEFINE_MUTEX(attach_lock);
/* Protects state. */
static DEFINE_SPINLOCK(state_lock);
static struct gnv_attach_state state;

static void attach_work_fn(struct work_struct *work);
static DECLARE_WORK(attach_work, attach_work_fn);

static void set_state(const struct gnv_attach_state *new)
{
	bool news;

	spin_lock(&state_lock);
	news = strcmp(state.reason, new->reason) ||
	       state.attached != new->attached;
	state = *new;
	spin_unlock(&state_lock);
	if (!news)
		return;
	if (new->attached)
		pr_info("attached to NVIDIA driver %s%s%s\n", new->version,
			new->reason[0] ? ": " : "", new->reason);
	else
		pr_info("not attached: %s\n", new->reason);
}

/**
 * gnv_attach_state() - what we are attached to
 * @copy: out
 *
 * Context: Any.
 */
void gnv_attach_state(struct gnv_attach_state *copy)
{
	spin_lock(&state_lock);
	*copy = state;
	spin_unlock(&state_lock);
}

/**
 * gnv_attach_branch() - the layouts of the driver's ABI
 *
 * Context: Any.
 * Return: the branch, NULL when it is not known.
 */
const struct nvabi_branch *gnv_attach_branch(void)
{
	const struct nvabi_branch *branch;

	spin_lock(&state_lock);
	branch = state.branch;
	spin_unlock(&state_lock);
	return branch;
}

static bool is_nvidia(struct pci_dev *pdev)
{
	return pdev->vendor == PCI_VENDOR_ID_NVIDIA && pdev->driver &&
	       !strcmp(pdev->driver->name, "nvidia");
}

static void add_gpu_locked(struct pci_dev *pdev)
{
	const char *pci = pci_name(pdev);
	u32 index;
	int ret;

	device_lock_assert(&pdev->dev);
	if (!is_nvidia(pdev))
		return;
	ret = gnv_gpu_add(pci, gnv_driver_minor(pci), dev_to_node(&pdev->dev),
			  &index);
	if (ret == -ENOSPC)
		pr_err("GPU %s is left out: %u are served at most\n", pci,
		       GHOSTNV_GPUS_MAX);
	if (ret)
		return;
	gnv_container_grow(index + 1);
	gnv_account_set_capacity(index, GHOSTNV_UNLIMITED);
	ret = gnv_gate_gpu_add(index);
	if (ret)
		pr_err("GPU %s has no queues for containers (%d)\n", pci, ret);
	gnv_sysfs_gpu_add(index);
	trace_gnv_attach(pci, index);
	gnv_events_post(GHOSTNV_EVENT_ATTACHED, NULL, index, 0);
}

/*
 * The device lock keeps the driver bound until the GPU is known in full: an
 * unbinding, which happens under it, takes away all or nothing.
 */
static void add_gpu(struct pci_dev *pdev)
{
	device_lock(&pdev->dev);
	add_gpu_locked(pdev);
	device_unlock(&pdev->dev);
}

static void add_gpus(void)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(PCI_VENDOR_ID_NVIDIA, PCI_ANY_ID, pdev)))
		add_gpu(pdev);
}

static void remove_gpu(const char *pci)
{
	struct gnv_gpu gpu;
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if (gnv_gpu_get(i, &gpu) || strcmp(gpu.pci, pci))
			continue;
		gnv_gate_gpu_remove(i);
		gnv_gpu_remove(pci);
		gnv_sysfs_gpu_remove(i);
		gnv_account_set_capacity(i, 0);
		trace_gnv_detach(pci, i);
		gnv_events_post(GHOSTNV_EVENT_DETACHED, NULL, i, 0);
	}
}

static void remove_all_gpus(void)
{
	struct gnv_gpu gpu;
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if (!gnv_gpu_get(i, &gpu))
			remove_gpu(gpu.pci);
	}
}

/* How much each card has, as far as it is known. */
static void tell_capacities(void)
{
	struct gnv_gpu gpu;
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if (!gnv_gpu_get(i, &gpu))
			gnv_account_set_capacity(i, gpu.vram_bytes ?:
								     GHOSTNV_UNLIMITED);
	}
}

/* A GPU without a bridge is as it was when there was one. */
static void tell_scrubbing(void)
{
	struct gnv_gpu gpu;
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if (!gnv_gpu_get(i, &gpu) && gpu.described)
			gnv_scrub_learn(i, gpu.pci, gpu.scrub);
	}
}

static void describe_gpus(void)
{
	struct gnv_bridge_gpu *list;
	char pci[GHOSTNV_GPU_PCI_LEN];
	int i, n;

	if (!gnv_bridge_can_ask()) {
		gnv_gpu_forget_descriptions();
		return;
	}
	list = kcalloc(NV_MAX_GPUS, sizeof(*list), GFP_KERNEL);
	if (!list)
		return;
	n = gnv_bridge_gpus(list, NV_MAX_GPUS);
	for (i = 0; i < n; i++) {
		snprintf(pci, sizeof(pci), "%04x:%02x:%02x.%x", list[i].domain,
			 list[i].bus, PCI_SLOT(list[i].devfn),
			 PCI_FUNC(list[i].devfn));
		gnv_gpu_describe(pci, &list[i]);
	}
	kfree(list);
	tell_scrubbing();
}

static int hook_device(enum gnv_node node, unsigned int major,
		       unsigned int minor, struct gnv_attach_state *new)
{
	struct file *file;
	int ret;

	file = gnv_driver_open(MKDEV(major, minor));
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = gnv_intercept_install(node, file);
	if (!ret && node == GNV_NODE_RM &&
	    gnv_bridge_version(new->version, sizeof(new->version)))
		gnv_driver_version(file, new->version, sizeof(new->version));
	if (node == GNV_NODE_UVM && !new->reason[0] &&
	    gnv_driver_may_have_hmm(file))
		strscpy(new->reason,
			"nvidia-uvm is loaded without uvm_disable_hmm=1: limited containers cannot use it",
			sizeof(new->reason));
	gnv_driver_close(file);
	return ret;
}

/* Which layouts the driver has; none where limits are not to be had. */
static void find_branch(struct gnv_attach_state *new)
{
	const struct nvabi_branch *branch = nvabi_branch_find(new->version);
	bool own = gnv_driver_limits_itself(new->version);
	char names[NVABI_BRANCH_NAMES_LEN];

	new->own_limits = own;
	/* What the driver charges as well would be charged twice. */
	new->branch = own ? NULL : branch;
	if (!branch) {
		nvabi_branch_names(names, sizeof(names));
		snprintf(new->reason, sizeof(new->reason),
			 "driver %s is of no known branch (%s)%s: limited containers are refused",
			 new->version[0] ? new->version : "without a version",
			 names, own ? " and has limits of its own" : "");
	} else if (own) {
		snprintf(new->reason, sizeof(new->reason),
			 "driver %s has limits of its own: limited containers are refused",
			 new->version);
	}
}

static void look(struct gnv_attach_state *new)
{
	struct gnv_driver driver;
	int ret;

	ret = gnv_driver_find(&driver);
	if (ret) {
		snprintf(new->reason, sizeof(new->reason),
			 "cannot read /proc/devices (%d)", ret);
		return;
	}
	if (!driver.rm) {
		strscpy(new->reason, "no NVIDIA driver is loaded",
			sizeof(new->reason));
		return;
	}
	ret = hook_device(GNV_NODE_RM, NV_MAJOR_DEVICE_NUMBER,
			  NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE, new);
	if (ret) {
		snprintf(new->reason, sizeof(new->reason),
			 "cannot interpose on the control device (%d)", ret);
		return;
	}
	new->attached = true;
	find_branch(new);
	if (new->branch && !gnv_seal_suffices()) {
		new->branch = NULL;
		strscpy(new->reason,
			"nothing keeps frames in place (seal_frames=N: does without): limited containers are refused",
			sizeof(new->reason));
	}
	if (driver.uvm_major) {
		ret = hook_device(GNV_NODE_UVM, driver.uvm_major, 0, new);
		if (ret) {
			/* Half a guard is none: limited containers are refused. */
			new->branch = NULL;
			snprintf(new->reason, sizeof(new->reason),
				 "cannot interpose on nvidia-uvm (%d): limited containers are refused",
				 ret);
		}
	}
}

static void attach_work_fn(struct work_struct *work)
{
	struct gnv_attach_state *new;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return;
	mutex_lock(&attach_lock);
	look(new);
	gnv_ask_file_set_branch(new->branch);
	if (new->branch && !gnv_bridge_can_ask())
		strscpy(new->reason,
			"ghostnv-rm is not loaded: limited containers cannot allocate",
			sizeof(new->reason));
	if (new->attached) {
		add_gpus();
		describe_gpus();
		tell_capacities();
	}
	set_state(new);
	mutex_unlock(&attach_lock);
	kfree(new);
}

/**
 * gnv_attach_now() - look at the driver and wait until that is done
 *
 * Context: Process context; may sleep.
 */
void gnv_attach_now(void)
{
	queue_work(system_wq, &attach_work);
	flush_work(&attach_work);
}

static int pci_notify(struct notifier_block *nb, unsigned long action,
		      void *data)
{
	struct device *dev = data;
	struct pci_dev *pdev = to_pci_dev(dev);

	if (pdev->vendor != PCI_VENDOR_ID_NVIDIA)
		return NOTIFY_DONE;
	if (action == BUS_NOTIFY_BOUND_DRIVER)
		queue_work(system_wq, &attach_work);
	else if (action == BUS_NOTIFY_UNBIND_DRIVER)
		remove_gpu(pci_name(pdev));
	return NOTIFY_DONE;
}

static struct notifier_block pci_nb = { .notifier_call = pci_notify };

static int module_notify(struct notifier_block *nb, unsigned long action,
			 void *data)
{
	if (data == THIS_MODULE)
		return NOTIFY_DONE;
	/* Whoever loads the driver returns when it is guarded. */
	if (action == MODULE_STATE_LIVE)
		gnv_attach_now();
	else if (action == MODULE_STATE_GOING && gnv_intercept_module_going(data))
		queue_work(system_wq, &attach_work);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_notify };

/**
 * gnv_attach_init() - watch for the driver and attach if it is there
 *
 * Context: Module's start; may sleep.
 * Return: 0 or a negative errno; that no driver is there is no error.
 */
int gnv_attach_init(void)
{
	int ret;

	ret = bus_register_notifier(&pci_bus_type, &pci_nb);
	if (ret)
		return ret;
	ret = register_module_notifier(&module_nb);
	if (ret) {
		bus_unregister_notifier(&pci_bus_type, &pci_nb);
		return ret;
	}
	gnv_attach_now();
	return 0;
}

/**
 * gnv_attach_fini() - let go of the driver
 *
 * On return nobody is inside our functions and nobody will come.
 *
 * Context: Module's end; may sleep.
 */
void gnv_attach_fini(void)
{
	gnv_oom_stop();
	unregister_module_notifier(&module_nb);
	bus_unregister_notifier(&pci_bus_type, &pci_nb);
	cancel_work_sync(&attach_work);
	gnv_intercept_remove_all();
	remove_all_gpus();
}
