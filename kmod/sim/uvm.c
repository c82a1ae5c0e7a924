// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The character devices of nvidia-uvm; see uvm.h.
 *
 * A file is nothing until UVM_INITIALIZE makes it a session, or
 * UVM_MM_INITIALIZE makes it a keeper of another file's memory map.  As in the
 * driver, the table of operations is const and its address tells its files.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "nodes.h"
#include "sim.h"
#include "uvm.h"
#include "uvm_gpu.h"
#include "uvm_range.h"

#define MINORS		2
#define MINOR_UVM	0
#define MINOR_TOOLS	1

/**
 * struct uvm_file - what is kept for an open file
 * @space: mappings of the file, so that they can be taken away
 * @lock: protects what kind of file it is; each is set once
 * @session: after UVM_INITIALIZE
 * @keeps: after UVM_MM_INITIALIZE: the session's file, with a reference
 */
struct uvm_file {
	struct address_space space;
	struct mutex lock;
	struct sim_uvm_session *session;
	struct file *keeps;
};

/* The driver has it everywhere; it is off here as nothing is simulated of HMM. */
static bool uvm_disable_hmm = true;
module_param(uvm_disable_hmm, bool, 0444);
MODULE_PARM_DESC(uvm_disable_hmm, "What the driver's parameter of that name shall say; HMM is not simulated (default: Y)");

static const struct file_operations uvm_fops;
static struct cdev uvm_cdev;
static struct cdev tools_cdev;
static dev_t first_number;

static int uvm_open(struct inode *inode, struct file *filp)
{
	struct uvm_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	address_space_init_once(&file->space);
	file->space.host = inode;
	/* Some callers look behind a_ops without asking whether it is there. */
	file->space.a_ops = inode->i_mapping->a_ops;
	filp->f_mapping = &file->space;
	filp->private_data = file;
	return 0;
}

static int uvm_release(struct inode *inode, struct file *filp)
{
	struct uvm_file *file = filp->private_data;

	if (file->session)
		sim_uvm_session_destroy(file->session);
	if (file->keeps)
		fput(file->keeps);
	kfree(file);
	return 0;
}

static u32 initialize(struct uvm_file *file, void *params)
{
	struct UVM_INITIALIZE_PARAMS *p = params;
	u32 status = NV_OK;

	if (p->flags & ~(u64)UVM_INIT_FLAGS_MASK)
		return NV_ERR_INVALID_ARGUMENT;
	mutex_lock(&file->lock);
	if (file->keeps) {
		status = NV_ERR_INVALID_ARGUMENT;
	} else if (file->session) {
		if (file->session->flags != p->flags)
			status = NV_ERR_INVALID_ARGUMENT;
	} else {
		file->session = sim_uvm_session_create(p->flags,
						       &file->space);
		if (!file->session)
			status = NV_ERR_NO_MEMORY;
	}
	mutex_unlock(&file->lock);
	return status;
}

/* The session of a file, which stays as long as the file does. */
static struct sim_uvm_session *session_of(struct uvm_file *file)
{
	struct sim_uvm_session *session;

	mutex_lock(&file->lock);
	session = file->session;
	mutex_unlock(&file->lock);
	return session;
}

static int uvm_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct sim_uvm_session *session = session_of(filp->private_data);

	return session ? sim_uvm_mmap(session, vma) : -EBADFD;
}

static u32 claim_mm(struct sim_uvm_session *session)
{
	u32 status = NV_OK;

	if (session->flags & UVM_INIT_FLAGS_MULTI_PROCESS_SHARING_MODE)
		return NV_WARN_NOTHING_TO_DO;
	mutex_lock(&session->lock);
	if (session->mm_made)
		status = NV_ERR_INVALID_STATE;
	session->mm_made = true;
	mutex_unlock(&session->lock);
	return status;
}

static u32 keep_mm(struct uvm_file *file, struct file *other)
{
	struct sim_uvm_session *session = session_of(other->private_data);
	u32 status;

	if (!session)
		return NV_ERR_INVALID_ARGUMENT;
	mutex_lock(&file->lock);
	if (file->session || file->keeps) {
		status = NV_ERR_IN_USE;
	} else {
		status = claim_mm(session);
		/* The reference is put when the file is closed. */
		if (status == NV_OK)
			file->keeps = get_file(other);
	}
	mutex_unlock(&file->lock);
	return status;
}

static u32 mm_initialize(struct uvm_file *file, void *params)
{
	struct UVM_MM_INITIALIZE_PARAMS *p = params;
	struct file *other = fget(p->uvmFd);
	u32 status = NV_ERR_INVALID_ARGUMENT;

	if (!other)
		return status;
	if (other->f_op == &uvm_fops)
		status = keep_mm(file, other);
	fput(other);
	return status;
}

static u32 register_gpu(struct sim_uvm_session *session, void *params)
{
	struct UVM_REGISTER_GPU_PARAMS *p = params;

	p->numaEnabled = 0;
	p->numaNodeId = -1;
	return sim_uvm_register_gpu(session, p->gpu_uuid.uuid);
}

static u32 unregister_gpu(struct sim_uvm_session *session, void *params)
{
	struct UVM_UNREGISTER_GPU_PARAMS *p = params;

	return sim_uvm_unregister_gpu(session, p->gpu_uuid.uuid);
}

static u32 register_vaspace(struct sim_uvm_session *session, void *params)
{
	struct UVM_REGISTER_GPU_VASPACE_PARAMS *p = params;

	return sim_uvm_register_vaspace(session, p->gpuUuid.uuid, p->hClient,
					p->hVaSpace);
}

static u32 unregister_vaspace(struct sim_uvm_session *session, void *params)
{
	struct UVM_UNREGISTER_GPU_VASPACE_PARAMS *p = params;

	return sim_uvm_unregister_vaspace(session, p->gpuUuid.uuid);
}

static u32 create_external_range(struct sim_uvm_session *session, void *params)
{
	struct UVM_CREATE_EXTERNAL_RANGE_PARAMS *p = params;

	return sim_uvm_create_range(session, p->base, p->length);
}

/* What was mapped before one GPU's turn failed is unmapped again. */
static u32 map_external(struct sim_uvm_session *session, void *params)
{
	const struct nvabi_uvm_map *abi = &sim_config.branch->uvm_map_external;
	struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 *p = params;
	u64 count = *(u64 *)(params + abi->gpuAttributesCount);
	u32 hclient = *(u32 *)(params + abi->hClient);
	u32 hmemory = *(u32 *)(params + abi->hMemory);
	u64 done = 0;
	u32 status;

	if (!count || count > abi->max_gpus)
		return NV_ERR_INVALID_ARGUMENT;
	while (done < count) {
		status = sim_uvm_map(session,
				     p->perGpuAttributes[done].gpuUuid.uuid,
				     p->base, p->length, p->offset, hclient,
				     hmemory);
		if (status != NV_OK)
			goto err_unmap;
		done++;
	}
	return NV_OK;

err_unmap:
	while (done--)
		sim_uvm_unmap(session, p->perGpuAttributes[done].gpuUuid.uuid,
			      p->base, p->length);
	return status;
}

static u32 unmap_external(struct sim_uvm_session *session, void *params)
{
	struct UVM_UNMAP_EXTERNAL_PARAMS *p = params;

	return sim_uvm_unmap(session, p->gpuUuid.uuid, p->base, p->length);
}

static u32 create_pool(struct sim_uvm_session *session, void *params)
{
	struct UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550 *p = params;

	return sim_uvm_create_pool(session, p->base, p->length);
}

/* From branch 595 on the length is not told any more. */
static u32 free_range(struct sim_uvm_session *session, void *params)
{
	struct UVM_FREE_PARAMS *p = params;
	bool any = sim_config.branch->uvm_free.size < sizeof(*p);

	return sim_uvm_free_range(session, p->base, p->length, any);
}

static u32 pageable_access(struct sim_uvm_session *session, void *params)
{
	struct UVM_PAGEABLE_MEM_ACCESS_PARAMS *p = params;

	p->pageableMemAccess = 0;
	return NV_OK;
}

static u32 pageable_access_on_gpu(struct sim_uvm_session *session, void *params)
{
	struct UVM_PAGEABLE_MEM_ACCESS_ON_GPU_PARAMS *p = params;

	p->pageableMemAccess = 0;
	return NV_OK;
}

static u32 validate_range(struct sim_uvm_session *session, void *params)
{
	struct UVM_VALIDATE_VA_RANGE_PARAMS *p = params;
	u32 status = NV_ERR_INVALID_ADDRESS;
	struct sim_range *range;

	mutex_lock(&session->lock);
	range = sim_space_at(&session->ranges, p->base);
	if (range && range->first == p->base &&
	    range->last - range->first + 1 == p->length)
		status = NV_OK;
	mutex_unlock(&session->lock);
	return status;
}

static u32 migrate(struct sim_uvm_session *session, void *params)
{
	struct UVM_MIGRATE_PARAMS *p = params;

	/* The other flags are for tests that the driver has switched off. */
	if (p->flags & ~(u32)UVM_MIGRATE_FLAG_ASYNC)
		return NV_ERR_INVALID_ARGUMENT;
	/* Nothing runs that could wait for a semaphore. */
	if (p->semaphoreAddress || p->semaphorePayload)
		return p->flags ? NV_ERR_NOT_SUPPORTED : NV_ERR_INVALID_ARGUMENT;
	return sim_uvm_migrate(session, p->base, p->length,
			       p->destinationUuid.uuid);
}

static u32 set_preferred(struct sim_uvm_session *session, void *params)
{
	/* Both forms begin alike. */
	struct UVM_SET_PREFERRED_LOCATION_PARAMS *p = params;

	return sim_uvm_advise(session, p->requestedBase, p->length,
			      p->preferredLocation.uuid);
}

static const u8 cpu_uuid[] = NV_PROCESSOR_UUID_CPU_DEFAULT;

static u32 unset_preferred(struct sim_uvm_session *session, void *params)
{
	struct UVM_UNSET_PREFERRED_LOCATION_PARAMS *p = params;

	return sim_uvm_advise(session, p->requestedBase, p->length, cpu_uuid);
}

static u32 set_accessed_by(struct sim_uvm_session *session, void *params)
{
	struct UVM_SET_ACCESSED_BY_PARAMS *p = params;

	return sim_uvm_advise(session, p->requestedBase, p->length,
			      p->accessedByUuid.uuid);
}

static u32 unset_accessed_by(struct sim_uvm_session *session, void *params)
{
	struct UVM_UNSET_ACCESSED_BY_PARAMS *p = params;

	return sim_uvm_advise(session, p->requestedBase, p->length,
			      p->accessedByUuid.uuid);
}

static u32 enable_duplication(struct sim_uvm_session *session, void *params)
{
	struct UVM_ENABLE_READ_DUPLICATION_PARAMS *p = params;

	return sim_uvm_duplicate(session, p->requestedBase, p->length, true);
}

static u32 disable_duplication(struct sim_uvm_session *session, void *params)
{
	struct UVM_DISABLE_READ_DUPLICATION_PARAMS *p = params;

	return sim_uvm_duplicate(session, p->requestedBase, p->length, false);
}

/* Memory that is not UVM's, of the calling process: it has to be readable. */
static u32 populate_pageable(struct sim_uvm_session *session, void *params)
{
	struct UVM_POPULATE_PAGEABLE_PARAMS *p = params;
	u32 status;

	if (p->flags)
		return NV_ERR_INVALID_ARGUMENT;
	status = sim_uvm_is_empty(session, p->base, p->length);
	if (status != NV_OK)
		return status;
	return fault_in_readable(u64_to_user_ptr(p->base), p->length) ?
		       NV_ERR_INVALID_ADDRESS :
		       NV_OK;
}

/* Known to the driver, not to the simulator: docs/simulator.md. */
static u32 not_simulated(struct sim_uvm_session *session, void *params)
{
	return NV_ERR_NOT_SUPPORTED;
}

/**
 * struct command - one ioctl of a session
 * @cmd: its number, which is all of the command
 * @bytes: size of the structure
 * @status: offset of the status in it
 * @serve: does it
 */
struct command {
	u32 cmd;
	u16 bytes;
	u16 status;
	u32 (*serve)(struct sim_uvm_session *session, void *params);
};

#define COMMAND(cmd, serve) \
	{ \
		cmd, sizeof(struct cmd##_PARAMS), \
			offsetof(struct cmd##_PARAMS, rmStatus), serve \
	}

static const struct command commands[] = {
	COMMAND(UVM_REGISTER_GPU, register_gpu),
	COMMAND(UVM_UNREGISTER_GPU, unregister_gpu),
	COMMAND(UVM_REGISTER_GPU_VASPACE, register_vaspace),
	COMMAND(UVM_UNREGISTER_GPU_VASPACE, unregister_vaspace),
	COMMAND(UVM_CREATE_EXTERNAL_RANGE, create_external_range),
	COMMAND(UVM_UNMAP_EXTERNAL, unmap_external),
	COMMAND(UVM_PAGEABLE_MEM_ACCESS, pageable_access),
	COMMAND(UVM_PAGEABLE_MEM_ACCESS_ON_GPU, pageable_access_on_gpu),
	COMMAND(UVM_VALIDATE_VA_RANGE, validate_range),
	COMMAND(UVM_REGISTER_CHANNEL, not_simulated),
	COMMAND(UVM_ENABLE_PEER_ACCESS, not_simulated),
	COMMAND(UVM_DISABLE_PEER_ACCESS, not_simulated),
	COMMAND(UVM_CREATE_RANGE_GROUP, not_simulated),
	COMMAND(UVM_DESTROY_RANGE_GROUP, not_simulated),
	COMMAND(UVM_SET_RANGE_GROUP, not_simulated),
	COMMAND(UVM_UNSET_PREFERRED_LOCATION, unset_preferred),
	COMMAND(UVM_ENABLE_READ_DUPLICATION, enable_duplication),
	COMMAND(UVM_DISABLE_READ_DUPLICATION, disable_duplication),
	COMMAND(UVM_SET_ACCESSED_BY, set_accessed_by),
	COMMAND(UVM_UNSET_ACCESSED_BY, unset_accessed_by),
	COMMAND(UVM_MIGRATE, migrate),
	COMMAND(UVM_MIGRATE_RANGE_GROUP, not_simulated),
	COMMAND(UVM_MAP_DYNAMIC_PARALLELISM_REGION, not_simulated),
	COMMAND(UVM_POPULATE_PAGEABLE, populate_pageable),
	COMMAND(UVM_MAP_EXTERNAL_SPARSE, not_simulated),
};

static bool fill_command(struct command *command, u32 cmd,
			 const struct nvabi_ioctl *abi,
			 u32 (*serve)(struct sim_uvm_session *, void *))
{
	command->cmd = cmd;
	command->bytes = abi->size;
	command->status = abi->status;
	command->serve = serve;
	return true;
}

/* Those whose structure depends on the branch. */
static bool find_by_branch(u32 cmd, struct command *command)
{
	const struct nvabi_branch *branch = sim_config.branch;
	const struct nvabi_ioctl map = {
		branch->uvm_map_external.size,
		branch->uvm_map_external.rmStatus,
	};

	switch (cmd) {
	case UVM_MAP_EXTERNAL_ALLOCATION:
		return fill_command(command, cmd, &map, map_external);
	case UVM_FREE:
		return fill_command(command, cmd, &branch->uvm_free,
				    free_range);
	case UVM_ALLOC_SEMAPHORE_POOL:
		return fill_command(command, cmd, &branch->uvm_semaphore_pool,
				    create_pool);
	case UVM_SET_PREFERRED_LOCATION:
		return fill_command(command, cmd,
				    &branch->uvm_preferred_location,
				    set_preferred);
	case UVM_UNREGISTER_CHANNEL:
		return fill_command(command, cmd,
				    &branch->uvm_unregister_channel,
				    not_simulated);
	default:
		return false;
	}
}

static bool find_command(u32 cmd, struct command *command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].cmd == cmd) {
			*command = commands[i];
			return true;
		}
	}
	return find_by_branch(cmd, command);
}

static void *copy_in(void __user *user, size_t bytes)
{
	void *params = kvmalloc(bytes, GFP_KERNEL);

	if (!params)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(params, user, bytes)) {
		kvfree(params);
		return ERR_PTR(-EFAULT);
	}
	return params;
}

static int copy_out(void __user *user, void *params, size_t bytes)
{
	int err = copy_to_user(user, params, bytes) ? -EFAULT : 0;

	kvfree(params);
	return err;
}

static int serve_session(struct uvm_file *file, const struct command *command,
			 void __user *user)
{
	struct sim_uvm_session *session = session_of(file);
	void *params = copy_in(user, command->bytes);

	if (IS_ERR(params))
		return PTR_ERR(params);
	*(u32 *)(params + command->status) =
		session ? command->serve(session, params) :
			  NV_ERR_ILLEGAL_ACTION;
	return copy_out(user, params, command->bytes);
}

/* The two that need no session. */
static int serve_initialize(struct uvm_file *file, void __user *user)
{
	struct UVM_INITIALIZE_PARAMS params;

	if (copy_from_user(&params, user, sizeof(params)))
		return -EFAULT;
	params.rmStatus = initialize(file, &params);
	return copy_to_user(user, &params, sizeof(params)) ? -EFAULT : 0;
}

static int serve_mm_initialize(struct uvm_file *file, void __user *user)
{
	struct UVM_MM_INITIALIZE_PARAMS params;

	if (copy_from_user(&params, user, sizeof(params)))
		return -EFAULT;
	params.rmStatus = mm_initialize(file, &params);
	return copy_to_user(user, &params, sizeof(params)) ? -EFAULT : 0;
}

static long uvm_unlocked_ioctl(struct file *filp, unsigned int cmd,
			       unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct command command;

	switch (cmd) {
	case UVM_INITIALIZE:
		return serve_initialize(filp->private_data, user);
	case UVM_DEINITIALIZE:
		return 0;
	case UVM_MM_INITIALIZE:
		return serve_mm_initialize(filp->private_data, user);
	}
	if (!find_command(cmd, &command))
		return -EINVAL;
	return serve_session(filp->private_data, &command, user);
}

static const struct file_operations uvm_fops = {
	.owner = THIS_MODULE,
	.open = uvm_open,
	.release = uvm_release,
	.mmap = uvm_mmap,
	.unlocked_ioctl = uvm_unlocked_ioctl,
	.compat_ioctl = uvm_unlocked_ioctl,
};

/* There are no events that tools could be told. */
static long tools_unlocked_ioctl(struct file *filp, unsigned int cmd,
				 unsigned long arg)
{
	return -EINVAL;
}

static const struct file_operations tools_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tools_unlocked_ioctl,
	.compat_ioctl = tools_unlocked_ioctl,
};

static int add_device(struct cdev *cdev, const struct file_operations *fops,
		      unsigned int minor, const char *name)
{
	dev_t number = MKDEV(MAJOR(first_number), minor);
	int err;

	cdev_init(cdev, fops);
	cdev->owner = THIS_MODULE;
	err = cdev_add(cdev, number, 1);
	if (err)
		return err;
	err = sim_node_add(number, name);
	if (err)
		cdev_del(cdev);
	return err;
}

static void remove_device(struct cdev *cdev, unsigned int minor)
{
	sim_node_remove(MKDEV(MAJOR(first_number), minor));
	cdev_del(cdev);
}

/**
 * sim_uvm_init() - register the devices and make their nodes
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int sim_uvm_init(void)
{
	int err;

	err = alloc_chrdev_region(&first_number, 0, MINORS, "nvidia-uvm");
	if (err)
		return err;
	err = add_device(&uvm_cdev, &uvm_fops, MINOR_UVM, "nvidia-uvm");
	if (err)
		goto err_region;
	err = add_device(&tools_cdev, &tools_fops, MINOR_TOOLS,
			 "nvidia-uvm-tools");
	if (err)
		goto err_uvm;
	return 0;

err_uvm:
	remove_device(&uvm_cdev, MINOR_UVM);
err_region:
	unregister_chrdev_region(first_number, MINORS);
	return err;
}

/**
 * sim_uvm_fini() - undo sim_uvm_init(); no file is open
 *
 * Context: process.
 */
void sim_uvm_fini(void)
{
	remove_device(&tools_cdev, MINOR_TOOLS);
	remove_device(&uvm_cdev, MINOR_UVM);
	unregister_chrdev_region(first_number, MINORS);
}
