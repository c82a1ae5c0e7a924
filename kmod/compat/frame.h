/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the frames of frame.c use of the kernel's memory management and what
 * changed between kernel versions.
 */
#ifndef _COMPAT_FRAME_H
#define _COMPAT_FRAME_H

#include <linux/mm.h>
#include <linux/version.h>

/* 6.3 made the flags of a mapping read-only. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void gnv_vma_change_flags(struct vm_area_struct *vma,
					unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#else
static inline void gnv_vma_change_flags(struct vm_area_struct *vma,
					unsigned long set, unsigned long clear)
{
	vm_flags_mod(vma, set, clear);
}
#endif

/* 6.10 can keep a mapping from being unmapped, on 64-bit machines. */
#ifdef VM_SEALED
#define GNV_VM_SEALED VM_SEALED
#else
#define GNV_VM_SEALED 0
#endif

/*
 * Before that, what munmap(), mmap(), mremap(), shmat() and brk() all come to, and which
 * of its arguments tell what is unmapped: mm, first address, end.
 */
#if !defined(VM_SEALED) && defined(CONFIG_KPROBES) && defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define GNV_UNMAP_SYMBOL "do_mas_align_munmap"
#else
#define GNV_UNMAP_SYMBOL "do_vmi_align_munmap"
#endif
#define GNV_UNMAP_MM	2
#define GNV_UNMAP_START 3
#define GNV_UNMAP_END	4
#endif

/* 7.1 renamed it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define gnv_zap_vma(vma, start, bytes) zap_vma_ptes(vma, start, bytes)
#else
#define gnv_zap_vma(vma, start, bytes) zap_special_vma_range(vma, start, bytes)
#endif

#endif /* _COMPAT_FRAME_H */
