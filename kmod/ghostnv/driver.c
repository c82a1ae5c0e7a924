// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the parts of NVIDIA's driver: see driver.h.  It runs in a kernel
 * thread, whose root directory may be anything, so it reads /proc and the cgroups'
 * files through mounts of its own and opens devices by number on an inode of its own.
 */
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pseudo_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "driver.h"
#include "nvabi/nvos.h"

#define DRIVER_FS_MAGIC 0x474e5621 /* "GNV!" */

static int driver_fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, DRIVER_FS_MAGIC) ? 0 : -ENOMEM;
}

/*
 * It has no owner, or whoever asks the driver just now would keep the module from being
 * unloaded: that waits for them anyway, since they run code of it.
 */
static struct file_system_type driver_fs = {
	.name = "ghostnv",
	.init_fs_context = driver_fs_init,
	.kill_sb = kill_anon_super,
};

/**
 * gnv_driver_open() - open a character device by its number
 * @dev: the number
 *
 * Context: Kernel thread; may sleep.
 * Return: the file or an error pointer; gnv_driver_close() closes it.
 */
struct file *gnv_driver_open(dev_t dev)
{
	struct path path;
	struct inode *inode;
	struct file *file;

	path.mnt = kern_mount(&driver_fs);
	if (IS_ERR(path.mnt))
		return ERR_CAST(path.mnt);
	inode = alloc_anon_inode(path.mnt->mnt_sb);
	if (IS_ERR(inode)) {
		file = ERR_CAST(inode);
		goto unmount;
	}
	init_special_inode(inode, S_IFCHR | 0600, dev);
	path.dentry = d_alloc_anon(path.mnt->mnt_sb);
	if (!path.dentry) {
		iput(inode);
		file = ERR_PTR(-ENOMEM);
		goto unmount;
	}
	d_instantiate(path.dentry, inode);
	file = dentry_open(&path, O_RDWR | O_CLOEXEC, current_cred());
	dput(path.dentry);
	/* The file has its own reference to the mount. */
	if (!IS_ERR(file))
		return file;
unmount:
	kern_unmount(path.mnt);
	return file;
}

/**
 * gnv_driver_close() - close what gnv_driver_open() opened
 * @file: the file
 *
 * Context: Kernel thread; may sleep.  The driver's release has run on return.
 */
void gnv_driver_close(struct file *file)
{
	struct vfsmount *mnt = file->f_path.mnt;

	__fput_sync(file);
	kern_unmount(mnt);
}

static struct vfsmount *mount_type(const char *name)
{
	struct file_system_type *type = get_fs_type(name);
	struct vfsmount *mnt;

	if (!type)
		return ERR_PTR(-ENODEV);
	mnt = kern_mount(type);
	/* What get_fs_type() took. */
	module_put(type->owner);
	return mnt;
}

/*
 * The files below /proc that are read here are made with single_open() or as seq
 * files, in every branch of NVIDIA's driver; but its proc_ops have no read_iter,
 * so kernel_read() would refuse them.
 */
static ssize_t read_beginning(struct file *file, char *buf, size_t size)
{
	struct kvec kvec = { .iov_base = buf, .iov_len = size };
	struct iov_iter iter;
	struct kiocb kiocb;
	loff_t start = 0;

	if (file->f_op->read_iter)
		return kernel_read(file, buf, size, &start);
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = 0;
	iov_iter_kvec(&iter, READ, &kvec, 1, size);
	return seq_read_iter(&kiocb, &iter);
}

/* Reads the beginning of a file of a file system as a string. */
static int read_file(const char *type, const char *name, char *buf, size_t size)
{
	struct vfsmount *mnt = mount_type(type);
	struct path root;
	struct file *file;
	size_t done = 0;
	ssize_t n;

	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	file = file_open_root(&root, name, O_RDONLY, 0);
	if (IS_ERR(file)) {
		n = PTR_ERR(file);
		goto unmount;
	}
	n = read_beginning(file, buf, size - 1);
	if (n >= 0)
		done = n;
	__fput_sync(file);
unmount:
	kern_unmount(mnt);
	buf[done] = '\0';
	return n < 0 ? n : 0;
}

static int read_proc(const char *name, char *buf, size_t size)
{
	return read_file("proc", name, buf, size);
}

/* The lines of /proc/devices are "MAJOR NAME", character devices first. */
static void parse_devices(char *text, struct gnv_driver *driver)
{
	char *line, *name;
	unsigned int major;

	while ((line = strsep(&text, "\n"))) {
		if (str_has_prefix(line, "Block devices"))
			return;
		line = skip_spaces(line);
		name = line;
		while (isdigit(*name))
			name++;
		if (name == line || *name != ' ')
			continue;
		*name++ = '\0';
		if (kstrtouint(line, 10, &major))
			continue;
		if (major == NV_MAJOR_DEVICE_NUMBER)
			driver->rm = true;
		if (!strcmp(name, "nvidia-uvm"))
			driver->uvm_major = major;
	}
}

/**
 * gnv_driver_find() - which of NVIDIA's devices are registered
 * @driver: out
 *
 * Looking does not make the kernel load anything.
 *
 * Context: Kernel thread; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_driver_find(struct gnv_driver *driver)
{
	char *text;
	int ret;

	*driver = (struct gnv_driver){ };
	text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	ret = read_proc("devices", text, PAGE_SIZE);
	if (!ret)
		parse_devices(text, driver);
	kfree(text);
	return ret;
}

/* The first word that begins with "digits.digits". */
static const char *find_version(char *text)
{
	char *word;

	while ((word = strsep(&text, " \t\n"))) {
		char *dot = word;

		while (isdigit(*dot))
			dot++;
		if (dot != word && dot[0] == '.' && isdigit(dot[1]))
			return word;
	}
	return NULL;
}

/**
 * gnv_driver_version() - the driver's version, as the driver itself tells it
 * @control: an open file of its control device
 * @buf: out
 * @size: of @buf
 *
 * Context: Kernel thread; may sleep.
 * Return: 0, or -ENOENT when it does not tell.
 */
int gnv_driver_version(struct file *control, char *buf, size_t size)
{
	const struct module *owner = control->f_op->owner;
	const char *version = NULL;
	char *text;

	text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (!read_proc("driver/nvidia/version", text, PAGE_SIZE))
		version = find_version(text);
	if (!version && owner)
		version = owner->version;
	if (version)
		strscpy(buf, version, size);
	kfree(text);
	return version ? 0 : -ENOENT;
}

/* From this release on the driver charges cgroups for video memory itself. */
#define FIRST_WITH_LIMITS 615

/* Each line of dmem.capacity begins with a region: "nvidia/0000:01:00.0/vidmem". */
static bool has_dmem_regions(void)
{
	static const char prefix[] = "nvidia/";
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	bool found = false;
	char *line;

	if (text && !read_file("cgroup2", "dmem.capacity", text, PAGE_SIZE)) {
		for (line = text; line && !found; line = strchr(line, '\n')) {
			line += *line == '\n';
			found = str_has_prefix(line, prefix);
		}
	}
	kfree(text);
	return found;
}

/**
 * gnv_driver_limits_itself() - whether the driver has limits of its own
 * @version: of the driver
 *
 * Then whoever sets limits with us as well would have the same memory charged
 * twice.
 *
 * Context: Kernel thread; may sleep.
 * Return: true if so by its version, or by regions that it has registered with
 * the kernel's dmem cgroup.
 */
bool gnv_driver_limits_itself(const char *version)
{
	unsigned int major;

	if (sscanf(version, "%u.", &major) == 1 && major >= FIRST_WITH_LIMITS)
		return true;
	return has_dmem_regions();
}

/**
 * gnv_driver_minor() - the minor number of a GPU's device node
 * @pci: the GPU's PCI address
 *
 * Context: Kernel thread; may sleep.  The GPU stays bound meanwhile.
 * Return: N of nvidiaN, or ~0 when the driver does not tell.
 */
u32 gnv_driver_minor(const char *pci)
{
	static const char key[] = "Device Minor:";
	char name[64], *text, *line;
	u32 minor = ~0U;

	text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return minor;
	snprintf(name, sizeof(name), "driver/nvidia/gpus/%s/information", pci);
	if (!read_proc(name, text, PAGE_SIZE)) {
		line = strstr(text, key);
		if (line)
			line = skip_spaces(line + strlen(key));
		line = strsep(&line, "\n");
		if (!line || kstrtouint(line, 10, &minor))
			minor = ~0U;
	}
	kfree(text);
	return minor;
}

/**
 * gnv_driver_may_have_hmm() - whether nvidia-uvm may move any memory to a GPU
 * @uvm: an open file of nvidia-uvm
 *
 * Its module has a parameter that turns that off, in every branch and also where
 * the kernel is without HMM; it is not writable.  A module that has no such
 * parameter has no HMM.
 *
 * Context: Any.
 * Return: false when HMM is off for certain.
 */
bool gnv_driver_may_have_hmm(const struct file *uvm)
{
	const struct module *owner = uvm->f_op->owner;
	const struct kernel_param *kp;
	unsigned int i;

	for (i = 0; owner && i < owner->num_kp; i++) {
		kp = &owner->kp[i];
		if (!strcmp(kp->name, "uvm_disable_hmm"))
			return kp->ops != &param_ops_bool ||
			       !*(const bool *)kp->arg;
	}
	return false;
}
