// SPDX-License-Identifier: GPL-2.0
/*
 * Frames stay where they are: see frame.h.  Kernels from 6.10 seal the mapping itself.
 * On earlier ones a kprobe stands where every unmapping comes through, and one that
 * would reach a frame ends there.  Where neither can be, no limited container is
 * served, but by an administrator's decision: then torn frames are found out.
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
		 "serve limited containers only where their frames can be kept in place (default Y)");

static bool probing;

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

static int begin(void)
{
	return register_kprobe(&probe);
}

static void end(void)
{
	unregister_kprobe(&probe);
}

#else

static int begin(void)
{
	return -EOPNOTSUPP;
}

static void end(void)
{
}

#endif

/**
 * gnv_seal_init() - keep frames where they are from now on
 *
 * Context: Module's start; may sleep.
 */
void gnv_seal_init(void)
{
	int ret;

	if (GNV_VM_SEALED || !seal_frames)
		return;
	ret = begin();
	probing = !ret;
	if (ret)
		pr_err("no kprobe keeps frames in place (%d)\n", ret);
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
		end();
}

/**
 * gnv_seal_kind() - what keeps frames where they are
 *
 * Context: Any.
 * Return: "kernel", "kprobe" or "none".
 */
const char *gnv_seal_kind(void)
{
	if (GNV_VM_SEALED)
		return "kernel";
	return probing ? "kprobe" : "none";
}

/**
 * gnv_seal_suffices() - whether limited containers can be served
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_seal_suffices(void)
{
	return GNV_VM_SEALED || probing || !seal_frames;
}
