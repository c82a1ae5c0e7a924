// SPDX-License-Identifier: MIT
/*
 * Limits, schedulers and policies of processes.
 */
#include "oci/task.h"

#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "oci/numbers.h"

bool oci_task_needs_raise(const struct oci_process *process)
{
	return process->rlimits.n || process->io_priority || process->scheduler;
}

static int set_rlimits(const struct oci_process *process, pid_t pid, struct gnv_error **err)
{
	const struct oci_rlimit *limits = OCI_ITEMS(struct oci_rlimit, process->rlimits);
	size_t i;

	for (i = 0; i < process->rlimits.n; i++) {
		struct rlimit limit = { limits[i].soft.value, limits[i].hard.value };

		/* The names are in the order of the kernel's numbers, from 1. */
		if (prlimit(pid, limits[i].type - 1, &limit, NULL) < 0)
			return gnv_error_errno(err, errno, "process.rlimits[%zu]", i);
	}
	return 0;
}

static int set_io_priority(const struct oci_io_priority *priority, pid_t pid,
			   struct gnv_error **err)
{
	/* The names are in the order of the kernel's classes, from 1. */
	int value = IOPRIO_PRIO_VALUE(priority->class, (int)priority->priority.value);

	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value) < 0)
		return gnv_error_errno(err, errno, "process.ioPriority");
	return 0;
}

static int set_scheduler(const struct oci_scheduler *scheduler, pid_t pid,
			 struct gnv_error **err)
{
	/* Names of policies and of flags are in the order of the kernel's numbers. */
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = (uint32_t)scheduler->policy - 1,
		.sched_flags = scheduler->flags,
		.sched_nice = (int32_t)scheduler->nice.value,
		.sched_priority = (uint32_t)scheduler->priority.value,
		.sched_runtime = scheduler->runtime.value,
		.sched_deadline = scheduler->deadline.value,
		.sched_period = scheduler->period.value,
	};

	if (syscall(SYS_sched_setattr, pid, &attr, 0) < 0)
		return gnv_error_errno(err, errno, "process.scheduler");
	return 0;
}

int oci_task_raise(const struct oci_process *process, pid_t pid, struct gnv_error **err)
{
	int r = set_rlimits(process, pid, err);

	if (r >= 0 && process->io_priority)
		r = set_io_priority(process->io_priority, pid, err);
	if (r >= 0 && process->scheduler)
		r = set_scheduler(process->scheduler, pid, err);
	return r;
}

int oci_task_set_memory_policy(const struct oci_linux *os, struct gnv_error **err)
{
	const struct oci_memory_policy *policy = os->memory_policy;
	/* The names are in the order of the kernel's modes and bits. */
	enum { FIRST_FLAG = 13 };
	struct oci_numbers nodes = { 0 };
	bool some = policy && policy->nodes && *policy->nodes;
	int r = some ? oci_numbers_parse(policy->nodes, &nodes) : 0;

	if (r < 0)
		return gnv_error_errno(err, -r, "linux.memoryPolicy.nodes");
	if (policy && syscall(SYS_set_mempolicy,
			      (policy->mode - 1) | (int)(policy->flags << FIRST_FLAG),
			      some ? nodes.words : NULL, some ? OCI_NUMBERS_MAX + 1 : 0) < 0)
		return gnv_error_errno(err, errno, "linux.memoryPolicy");
	return 0;
}

static int set_affinity(const struct oci_numbers *cpus, const char *member,
			struct gnv_error **err)
{
	if (syscall(SYS_sched_setaffinity, 0, sizeof(cpus->words), cpus->words) < 0)
		return gnv_error_errno(err, errno, "process.execCPUAffinity.%s", member);
	return 0;
}

int oci_task_take_initial_affinity(const struct oci_process *process, struct gnv_error **err)
{
	const struct oci_cpu_affinity *affinity = process->affinity;
	struct oci_numbers cpus;
	int r;

	if (!affinity || !affinity->initial || !*affinity->initial)
		return 0;
	r = oci_numbers_parse(affinity->initial, &cpus);
	if (r < 0)
		return gnv_error_errno(err, -r, "process.execCPUAffinity.initial");
	return set_affinity(&cpus, "initial", err);
}

int oci_task_take_final_affinity(const struct oci_process *process, struct gnv_error **err)
{
	const struct oci_cpu_affinity *affinity = process->affinity;
	struct oci_numbers cpus;
	int r = 0;

	if (!affinity)
		return 0;
	/* Without one, all that the cgroup has: the kernel leaves out the others. */
	memset(&cpus, 0xff, sizeof(cpus));
	if (affinity->final && *affinity->final)
		r = oci_numbers_parse(affinity->final, &cpus);
	if (r < 0)
		return gnv_error_errno(err, -r, "process.execCPUAffinity.final");
	return set_affinity(&cpus, "final", err);
}
