// SPDX-License-Identifier: GPL-2.0
/*
 * Frames stay where they are: see frame.h.  Kernels from 6.10 seal the mapping itself.
 * On earlier ones a kprobe stands where every unmapping comes through, and one that
 * would reach a frame ends there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>
#include <linux/ptrace.h>

#include "compat/frame.h"
#include "frame.h"

static bool seal_frames = true;
module_param(seal_frames, bool, 0444);
MODULE_PARM_DESC(seal_frames,
		 "before Linux 6.10: keep frames from being unmapped, by a kprobe (default Y)");

#ifdef GNV_UNMAP_SYMBOL

/* Runs in the place of the kernel's function, and returns to whoever called that. */
static noinline int refuse_unmap(void)
{
	return -EPERM;
}

static int before_unmap(struct kprobe *probe, struct pt_regs *regs)
{
	struct mm_struct *mm = (void *)regs_get_kernel_argument(regs, GNV_UNMAP_MM);

	if (!gnv_frame_is_in(mm, regs_get_kernel_argument(regs, GNV_UNMAP_START),
			     regs_get_kernel_argument(regs, GNV_UNMAP_END)))
		return 0;
	instruction_pointer_set(regs, (unsigned long)refuse_unmap);
	return 1;
}

/* With one, the kernel lets the other change where it goes on. */
static void after_unmap(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = GNV_UNMAP_SYMBOL,
	.pre_handler = before_unmap,
	.post_handler = after_unmap,
};
static bool probing;

/**
 * gnv_seal_init() - keep frames where they are from now on
 *
 * Where that cannot be, torn frames are found out: frame.c.
 *
 * Context: Module's start; may sleep.
 */
void gnv_seal_init(void)
{
	int ret = seal_frames ? register_kprobe(&probe) : -ECANCELED;

	probing = !ret;
	if (ret)
		pr_warn("containers can unmap their frames (%d): see Frames in docs/module.md\n",
			ret);
}

/**
 * gnv_seal_fini() - undo gnv_seal_init()
 *
 * Context: Module's end; may sleep.  gnv_frame_fini() is due, which waits for who is
 * still leaving.
 */
void gnv_seal_fini(void)
{
	if (probing)
		unregister_kprobe(&probe);
}

/**
 * gnv_seal_kind() - what keeps frames where they are
 *
 * Context: Any.
 * Return: "kernel", "kprobe" or "none".
 */
const char *gnv_seal_kind(void)
{
	return probing ? "kprobe" : "none";
}

#else

void gnv_seal_init(void)
{
}

void gnv_seal_fini(void)
{
}

const char *gnv_seal_kind(void)
{
	return GNV_VM_SEALED ? "kernel" : "none";
}

#endif
