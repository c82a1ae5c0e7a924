// SPDX-License-Identifier: MIT
/*
 * linux.resources as files of a cgroup.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/file.h"
#include "oci/cgroup.h"
#include "oci/undo.h"
#include "sandbox/cgroup.h"

#define CPU_PERIOD_US 100000

struct writer {
	int fd;
	struct oci_undo *undo; /* NULL: whoever fails has no use for the cgroup */
	struct gnv_error **err;
};

static int keep(const struct writer *w, const char *name, const char *value)
{
	return w->undo ? oci_undo_note(w->undo, w->fd, name, value, w->err) : 0;
}

__attribute__((format(printf, 3, 4))) static int put(const struct writer *w, const char *name,
						     const char *fmt, ...)
{
	_cleanup_free_ char *value = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = NULL;
	va_end(ap);
	if (!value)
		return gnv_error_errno(w->err, ENOMEM, "write `%s`", name);
	r = keep(w, name, value);
	if (r < 0)
		return r;
	r = gnv_cgroup_write(w->fd, name, value);
	return r < 0 ? gnv_error_errno(w->err, -r, "write %s to `%s` of the cgroup", value, name) :
		       0;
}

static bool exists(const struct writer *w, const char *name)
{
	return faccessat(w->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A number of which all that are not positive mean that there is no limit. */
static int put_limit(const struct writer *w, const char *name, int64_t value)
{
	/* Without the controller there is no limit. */
	if (value <= 0)
		return exists(w, name) ? put(w, name, "max") : 0;
	return put(w, name, "%" PRId64, value);
}

static int check_usage(const struct writer *w, const struct oci_memory *memory)
{
	uint64_t current;
	int r = gnv_file_read_u64_at(w->fd, "memory.current", &current, w->err);

	if (r < 0 || memory->limit.value <= 0 || current <= (uint64_t)memory->limit.value)
		return r;
	return gnv_error_set(w->err, EBUSY,
			     "%" PRIu64 " bytes are in use, more than the limit of %" PRId64,
			     current, memory->limit.value);
}

static int limit_memory(const struct writer *w, const struct oci_memory *memory)
{
	int r = 0;

	if (memory->check_before_update && memory->limit.set)
		r = check_usage(w, memory);
	if (r >= 0 && memory->limit.set && memory->limit.value)
		r = put_limit(w, "memory.max", memory->limit.value);
	/* Memory and swap together in the configuration, swap alone in the kernel. */
	if (r >= 0 && memory->swap.set && memory->swap.value) {
		int64_t swap = memory->swap.value - memory->limit.value;

		if (memory->swap.value < 0)
			r = put_limit(w, "memory.swap.max", -1);
		else
			r = put(w, "memory.swap.max", "%" PRId64, swap);
	}
	if (r >= 0 && memory->reservation.set && memory->reservation.value)
		r = put_limit(w, "memory.low", memory->reservation.value);
	return r;
}

/* From 2…262144 to 1…10000. */
uint64_t oci_cgroup_cpu_weight(uint64_t shares)
{
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

static int limit_cpu(const struct writer *w, const struct oci_cpu *cpu)
{
	uint64_t period = cpu->period.value ? cpu->period.value : CPU_PERIOD_US;
	int r = 0;

	/* The kernel forgets the weight with it. */
	if (cpu->idle.set)
		r = keep(w, "cpu.weight", "");
	if (r >= 0 && cpu->idle.set)
		r = put(w, "cpu.idle", "%" PRId64, cpu->idle.value);
	if (r >= 0 && cpu->shares.value)
		r = put(w, "cpu.weight", "%" PRIu64, oci_cgroup_cpu_weight(cpu->shares.value));
	if (r >= 0 && cpu->quota.value > 0)
		r = put(w, "cpu.max", "%" PRId64 " %" PRIu64, cpu->quota.value, period);
	else if (r >= 0 && (cpu->period.value || (cpu->quota.value < 0 && exists(w, "cpu.max"))))
		r = put(w, "cpu.max", "max %" PRIu64, period);
	if (r >= 0 && cpu->burst.value)
		r = put(w, "cpu.max.burst", "%" PRIu64, cpu->burst.value);
	if (r >= 0 && cpu->cpus && *cpu->cpus)
		r = put(w, "cpuset.cpus", "%s", cpu->cpus);
	if (r >= 0 && cpu->mems && *cpu->mems)
		r = put(w, "cpuset.mems", "%s", cpu->mems);
	return r;
}

static int weigh_devices(const struct writer *w, const struct oci_array *array)
{
	const struct oci_block_weight *items = OCI_ITEMS(struct oci_block_weight, *array);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < array->n; i++)
		r = put(w, "io.bfq.weight", "%" PRId64 ":%" PRId64 " %" PRId64,
			items[i].major.value, items[i].minor.value, items[i].weight.value);
	return r;
}

static int throttle(const struct writer *w, const struct oci_array *array, const char *what)
{
	const struct oci_block_rate *items = OCI_ITEMS(struct oci_block_rate, *array);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < array->n; i++)
		r = items[i].rate.value ?
			    put(w, "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
				items[i].major.value, items[i].minor.value, what,
				items[i].rate.value) :
			    put(w, "io.max", "%" PRId64 ":%" PRId64 " %s=max",
				items[i].major.value, items[i].minor.value, what);
	return r;
}

/* From 10…1000 to 1…10000. */
uint64_t oci_cgroup_io_weight(uint64_t weight)
{
	return 1 + (weight < 10 ? 0 : weight - 10) * 9999 / 990;
}

static int limit_io(const struct writer *w, const struct oci_block_io *io)
{
	int64_t weight = io->weight.value;
	int r = 0;

	if (weight && exists(w, "io.bfq.weight"))
		r = put(w, "io.bfq.weight", "%" PRId64, weight);
	else if (weight)
		r = put(w, "io.weight", "%" PRIu64, oci_cgroup_io_weight((uint64_t)weight));
	if (r >= 0)
		r = weigh_devices(w, &io->weight_device);
	if (r >= 0)
		r = throttle(w, &io->read_bps, "rbps");
	if (r >= 0)
		r = throttle(w, &io->write_bps, "wbps");
	if (r >= 0)
		r = throttle(w, &io->read_iops, "riops");
	if (r >= 0)
		r = throttle(w, &io->write_iops, "wiops");
	return r;
}

static int limit_hugepages(const struct writer *w, const struct oci_array *array)
{
	const struct oci_hugepage *items = OCI_ITEMS(struct oci_hugepage, *array);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < array->n; i++) {
		char name[64];

		snprintf(name, sizeof(name), "hugetlb.%.32s.max", items[i].page_size);
		r = put(w, name, "%" PRIu64, items[i].limit.value);
		snprintf(name, sizeof(name), "hugetlb.%.32s.rsvd.max", items[i].page_size);
		if (r >= 0 && exists(w, name))
			r = put(w, name, "%" PRIu64, items[i].limit.value);
	}
	return r;
}

static int limit_rdma(const struct writer *w, const struct oci_array *array)
{
	const struct oci_rdma *items = OCI_ITEMS(struct oci_rdma, *array);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < array->n; i++) {
		if (items[i].handles.set)
			r = put(w, "rdma.max", "%s hca_handle=%" PRId64, items[i].key,
				items[i].handles.value);
		if (r >= 0 && items[i].objects.set)
			r = put(w, "rdma.max", "%s hca_object=%" PRId64, items[i].key,
				items[i].objects.value);
	}
	return r;
}

int64_t oci_cgroup_pids_limit(int64_t limit)
{
	return limit ? limit : 1;
}

static int put_unified(const struct writer *w, const struct oci_array *array)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, *array);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < array->n; i++)
		r = put(w, pairs[i].key, "%s", pairs[i].value);
	return r;
}

int oci_cgroup_limit(int fd, const struct oci_resources *resources, struct oci_undo *undo,
		     struct gnv_error **err)
{
	const struct writer w = { fd, undo, err };
	int r = 0;

	if (!resources)
		return 0;
	if (resources->memory)
		r = limit_memory(&w, resources->memory);
	if (r >= 0 && resources->cpu)
		r = limit_cpu(&w, resources->cpu);
	if (r >= 0 && resources->pids && resources->pids->limit.set)
		r = put_limit(&w, "pids.max", oci_cgroup_pids_limit(resources->pids->limit.value));
	if (r >= 0 && resources->block_io)
		r = limit_io(&w, resources->block_io);
	if (r >= 0)
		r = limit_hugepages(&w, &resources->hugepages);
	if (r >= 0)
		r = limit_rdma(&w, &resources->rdma);
	/* Last: it is there to say what nothing else says. */
	return r < 0 ? r : put_unified(&w, &resources->unified);
}
