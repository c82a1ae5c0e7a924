/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the simulator uses of the kernel and what changed between kernel
 * versions.  It must not know what the simulator does with it.
 */
#ifndef COMPAT_SIM_KERNEL_H
#define COMPAT_SIM_KERNEL_H

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>

/* 6.4 took the module out of class_create(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define sim_class_create(name)	class_create(THIS_MODULE, name)
#else
#define sim_class_create(name)	class_create(name)
#endif

/* 6.2 made the device const in class.devnode. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define sim_devnode_device	struct device
#else
#define sim_devnode_device	const struct device
#endif

/* 6.3 made the flags of a mapping read-only. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void sim_vma_change_flags(struct vm_area_struct *vma,
					unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#else
static inline void sim_vma_change_flags(struct vm_area_struct *vma,
					unsigned long set, unsigned long clear)
{
	vm_flags_mod(vma, set, clear);
}
#endif

/* 6.13 made the name of a namespace a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define SIM_IMPORT_NS(name)	MODULE_IMPORT_NS(name)
#else
#define SIM_IMPORT_NS(name)	MODULE_IMPORT_NS(#name)
#endif

#endif /* COMPAT_SIM_KERNEL_H */
