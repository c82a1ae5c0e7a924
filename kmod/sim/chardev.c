// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The character devices 195:255 (nvidiactl) and 195:N (nvidiaN), and the files
 * that are open on them; see file.h.
 *
 * As in NVIDIA's driver from branch 550 on, one table of operations serves all
 * minors, is not const, and its address tells our files from others.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "escape.h"
#include "event.h"
#include "export.h"
#include "file.h"
#include "gpu.h"
#include "memory.h"
#include "nodes.h"
#include "rm.h"

/* The largest structure that an ioctl may carry. */
#define IOCTL_MAX_BYTES	16384

#define CONTROL_NUMBER	MKDEV(NV_MAJOR_DEVICE_NUMBER, \
			     NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE)
#define DEVICES (NV_MINOR_DEVICE_NUMBER_REGULAR_MAX + 1)

static struct file_operations nvidia_fops;
static struct cdev device_cdev;
static struct cdev control_cdev;

/**
 * sim_file_is_control() - is it a file of nvidiactl
 * @file: the file
 *
 * Context: any.
 * Return: whether it is.
 */
bool sim_file_is_control(const struct sim_file *file)
{
	return !file->gpu;
}

/**
 * sim_file_owner() - the file whose clients a file may use
 * @file: the file
 *
 * Context: any.
 * Return: the control file that it is registered with, or itself.
 */
struct sim_file *sim_file_owner(struct sim_file *file)
{
	/* Pairs with the release in sim_file_register(). */
	struct sim_file *control = smp_load_acquire(&file->control);

	return control ?: file;
}

/* Mappings of a device file have a space of their own, to be zapped alone. */
static void own_mappings(struct sim_file *file, struct inode *inode,
			 struct file *filp)
{
	address_space_init_once(&file->space);
	file->space.host = inode;
	/* Some callers look behind a_ops without asking whether it is there. */
	file->space.a_ops = inode->i_mapping->a_ops;
	filp->f_mapping = &file->space;
}

static int nvidia_open(struct inode *inode, struct file *filp)
{
	struct sim_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	init_waitqueue_head(&file->waiters);

	if (inode->i_rdev != CONTROL_NUMBER) {
		file->gpu = sim_gpu_get_by_minor(MINOR(inode->i_rdev));
		if (!file->gpu) {
			kfree(file);
			return -ENODEV;
		}
		own_mappings(file, inode, filp);
	}
	filp->private_data = file;
	return 0;
}

static void put_attached(struct sim_file *file)
{
	while (file->attached_count)
		sim_gpu_put(file->attached[--file->attached_count]);
	kfree(file->attached);
	file->attached = NULL;
}

static int nvidia_close(struct inode *inode, struct file *filp)
{
	struct sim_file *file = filp->private_data;

	sim_os_event_free_file(file);
	sim_export_close(file);
	sim_rm_close_file(file);
	if (file->map) {
		sim_cpu_map_set_space(file->map, NULL);
		sim_cpu_map_put(file->map);
	}
	if (file->control_filp)
		fput(file->control_filp);
	put_attached(file);
	sim_gpu_put(file->gpu);
	filp->private_data = NULL;
	kfree(file);
	return 0;
}

static __poll_t nvidia_poll(struct file *filp, poll_table *wait)
{
	struct sim_file *file = filp->private_data;

	if (file->gpu && sim_gpu_is_lost(file->gpu))
		return EPOLLHUP;
	if (!(filp->f_flags & O_NONBLOCK))
		poll_wait(filp, &file->waiters, wait);
	/* As in the driver, who polls is told once. */
	return xchg(&file->event_pending, false) ? EPOLLPRI | EPOLLIN : 0;
}

static int nvidia_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct sim_file *file = filp->private_data;
	struct sim_cpu_map *map;
	int err;

	if (vma->vm_pgoff || (file->gpu && sim_gpu_is_lost(file->gpu)))
		return -EINVAL;

	mutex_lock(&file->lock);
	map = file->map ? sim_cpu_map_get(file->map) : NULL;
	mutex_unlock(&file->lock);
	if (!map)
		return -EINVAL;
	err = sim_cpu_map_mmap(map, vma);
	sim_cpu_map_put(map);
	return err;
}

/* Finds the structure that an ioctl carries, wrapped or not. */
static int unwrap(unsigned int cmd, unsigned long arg, unsigned int *nr,
		  size_t *bytes, void __user **user)
{
	struct nv_ioctl_xfer_t xfer;

	*nr = _IOC_NR(cmd);
	*bytes = _IOC_SIZE(cmd);
	*user = (void __user *)arg;
	if (*nr != NV_ESC_IOCTL_XFER_CMD)
		return 0;

	if (*bytes != sizeof(xfer))
		return -EINVAL;
	if (copy_from_user(&xfer, *user, sizeof(xfer)))
		return -EFAULT;
	*nr = xfer.cmd;
	*bytes = xfer.size;
	*user = u64_to_user_ptr(xfer.ptr);
	return *bytes > IOCTL_MAX_BYTES ? -EINVAL : 0;
}

/*
 * What came in is copied out again whatever happened: the verdict of the
 * resource manager is in the structure.
 */
static long nvidia_unlocked_ioctl(struct file *filp, unsigned int cmd,
				  unsigned long arg)
{
	struct sim_file *file = filp->private_data;
	void __user *user;
	unsigned int nr;
	size_t bytes;
	void *copy;
	int err;

	err = unwrap(cmd, arg, &nr, &bytes, &user);
	if (err)
		return err;
	copy = kmalloc(bytes, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	if (copy_from_user(copy, user, bytes)) {
		kfree(copy);
		return -EFAULT;
	}

	err = sim_escape(file, nr, copy, bytes);
	if (err != -EFAULT && copy_to_user(user, copy, bytes))
		err = -EFAULT;
	kfree(copy);
	return err;
}

static struct file_operations nvidia_fops = {
	.owner = THIS_MODULE,
	.poll = nvidia_poll,
	.unlocked_ioctl = nvidia_unlocked_ioctl,
	.compat_ioctl = nvidia_unlocked_ioctl,
	.mmap = nvidia_mmap,
	.open = nvidia_open,
	.release = nvidia_close,
};

/**
 * sim_file_of_fd() - the driver's file behind a descriptor of the caller
 * @fd: the descriptor
 * @control: it must be nvidiactl, else the node of a GPU
 * @filp: the file, with a reference that the caller puts
 *
 * Context: process.
 * Return: the driver's file, or NULL when @fd is none of ours.
 */
struct sim_file *sim_file_of_fd(int fd, bool control, struct file **filp)
{
	struct file *found = fget(fd);
	dev_t number;

	if (!found)
		return NULL;
	number = file_inode(found)->i_rdev;
	if (found->f_op != &nvidia_fops || !found->private_data ||
	    MAJOR(number) != NV_MAJOR_DEVICE_NUMBER)
		goto err_put;
	if (control ? number != CONTROL_NUMBER :
		      !sim_gpu_minor_known(MINOR(number)))
		goto err_put;
	*filp = found;
	return found->private_data;

err_put:
	fput(found);
	return NULL;
}

static int is_file_of_gpu(const void *gpu, struct file *filp, unsigned int fd)
{
	struct sim_file *file;

	if (filp->f_op != &nvidia_fops || !filp->private_data)
		return 0;
	file = filp->private_data;
	return file->gpu == gpu;
}

/**
 * sim_file_opened_here() - has the calling process the GPU's node open
 * @gpu: the GPU
 *
 * Context: process.
 * Return: whether it has.
 */
bool sim_file_opened_here(const struct sim_gpu *gpu)
{
	return iterate_fd(current->files, 0, is_file_of_gpu, gpu);
}

/**
 * sim_file_register() - tie a file to a control file
 * @file: the file
 * @control_fd: descriptor of the control file
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_file_register(struct sim_file *file, int control_fd)
{
	struct sim_file *control;
	struct file *filp;
	u32 status = NV_ERR_INVALID_STATE;

	mutex_lock(&sim_rm_lock);
	if (file->control)
		goto out_unlock;

	status = NV_ERR_INVALID_ARGUMENT;
	control = sim_file_of_fd(control_fd, true, &filp);
	if (!control)
		goto out_unlock;
	if (control == file || control->control) {
		fput(filp);
		goto out_unlock;
	}
	/* The reference is put when @file is closed. */
	file->control_filp = filp;
	/* Read without the lock by sim_file_owner(). */
	smp_store_release(&file->control, control);
	status = NV_OK;
out_unlock:
	mutex_unlock(&sim_rm_lock);
	return status;
}

/**
 * sim_file_set_map() - say what mmap() of a descriptor maps
 * @fd: descriptor of the caller: the node of the memory's GPU for video memory,
 *	nvidiactl for the host's
 * @map: the mapping; the file takes a reference
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, NV_ERR_INVALID_ARGUMENT, or NV_ERR_STATE_IN_USE: a file maps
 * one thing in its life.
 */
u32 sim_file_set_map(int fd, struct sim_cpu_map *map)
{
	bool device = map->by_fault;
	struct sim_file *file;
	struct file *filp;
	u32 status = NV_OK;

	file = sim_file_of_fd(fd, !device, &filp);
	if (!file)
		return NV_ERR_INVALID_ARGUMENT;

	mutex_lock(&file->lock);
	if (file->map) {
		status = NV_ERR_STATE_IN_USE;
	} else if (device && file->gpu != map->gpu) {
		status = NV_ERR_INVALID_ARGUMENT;
	} else {
		file->map = sim_cpu_map_get(map);
		if (device)
			sim_cpu_map_set_space(map, &file->space);
	}
	mutex_unlock(&file->lock);
	fput(filp);
	return status;
}

/**
 * sim_file_attach_gpus() - hold GPUs open for as long as a file is
 * @file: a control file, that holds none yet
 * @ids: their gpuIds; 0 names none
 * @count: how many, at least 1
 *
 * Context: process.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sim_file_attach_gpus(struct sim_file *file, const u32 *ids, size_t count)
{
	int err = 0;
	size_t i;

	mutex_lock(&file->lock);
	if (!count || file->attached) {
		err = -EINVAL;
		goto out_unlock;
	}
	file->attached = kcalloc(count, sizeof(*file->attached), GFP_KERNEL);
	if (!file->attached) {
		err = -ENOMEM;
		goto out_unlock;
	}
	for (i = 0; i < count; i++) {
		if (!ids[i])
			continue;
		file->attached[file->attached_count] =
			sim_gpu_get_by_id(ids[i]);
		if (!file->attached[file->attached_count]) {
			put_attached(file);
			err = -EINVAL;
			goto out_unlock;
		}
		file->attached_count++;
	}
out_unlock:
	mutex_unlock(&file->lock);
	return err;
}

static int register_minors(struct cdev *cdev, unsigned int first,
			   unsigned int count, const char *name)
{
	dev_t number = MKDEV(NV_MAJOR_DEVICE_NUMBER, first);
	int err = register_chrdev_region(number, count, name);

	if (err)
		return err;
	cdev_init(cdev, &nvidia_fops);
	cdev->owner = THIS_MODULE;
	err = cdev_add(cdev, number, count);
	if (err)
		unregister_chrdev_region(number, count);
	return err;
}

static void unregister_minors(struct cdev *cdev, unsigned int first,
			      unsigned int count)
{
	cdev_del(cdev);
	unregister_chrdev_region(MKDEV(NV_MAJOR_DEVICE_NUMBER, first), count);
}

/**
 * sim_chardev_init() - register the devices and make the node of nvidiactl
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int sim_chardev_init(void)
{
	int err;

	err = register_minors(&device_cdev, 0, DEVICES, "nvidia");
	if (err) {
		pr_err("major %d is in use: is another NVIDIA driver loaded?\n",
		       NV_MAJOR_DEVICE_NUMBER);
		return err;
	}
	err = register_minors(&control_cdev,
			      NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE, 1,
			      "nvidiactl");
	if (err)
		goto err_devices;
	err = sim_node_add(CONTROL_NUMBER, "nvidiactl");
	if (err)
		goto err_control;
	return 0;

err_control:
	unregister_minors(&control_cdev,
			  NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE, 1);
err_devices:
	unregister_minors(&device_cdev, 0, DEVICES);
	return err;
}

/**
 * sim_chardev_fini() - undo sim_chardev_init(); no file is open
 *
 * Context: process.
 */
void sim_chardev_fini(void)
{
	sim_node_remove(CONTROL_NUMBER);
	unregister_minors(&control_cdev,
			  NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE, 1);
	unregister_minors(&device_cdev, 0, DEVICES);
}
