// SPDX-License-Identifier: MIT
/*
 * Limits as systemd's properties, and asking for units.
 */
#include "oci/systemd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include "base/parse.h"
#include "base/strv.h"
#include "oci/cgroup.h"
#include "oci/numbers.h"
#include "oci/rootless.h"
#include "sandbox/clone.h"

#define HELPER	      GHOSTNV_LIBEXECDIR "/ghostnv-oci-systemd"
#define ANNOTATION    "org.systemd.property."
#define CPU_PERIOD_US 100000
/* systemd keeps whole percents of a processor. */
#define QUOTA_STEP_US 10000

struct list {
	char **words;
	bool failed; /* without memory */
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *fmt, ...)
{
	_cleanup_free_ char *word = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&word, fmt, ap) < 0)
		word = NULL;
	va_end(ap);
	if (!word || gnv_strv_append(&list->words, word) < 0)
		list->failed = true;
}

/* --- properties ----------------------------------------------------------------------- */

/* What is not positive is no limit. */
static void add_limit(struct list *list, const char *name, int64_t value)
{
	add(list, "%s=t:%" PRIu64, name, value > 0 ? (uint64_t)value : UINT64_MAX);
}

static void add_memory(struct list *list, const struct oci_memory *memory)
{
	if (memory->limit.value)
		add_limit(list, "MemoryMax", memory->limit.value);
	if (memory->reservation.value)
		add_limit(list, "MemoryLow", memory->reservation.value);
	if (memory->swap.value < 0)
		add_limit(list, "MemorySwapMax", -1);
	else if (memory->swap.value)
		add(list, "MemorySwapMax=t:%" PRIu64,
		    (uint64_t)(memory->swap.value - memory->limit.value));
}

static void add_numbers(struct list *list, const char *name, const char *text)
{
	struct oci_numbers numbers;
	char hex[2 * sizeof(numbers.words) + 1];
	const unsigned char *bytes = (const unsigned char *)numbers.words;
	size_t i, n = sizeof(numbers.words);

	if (!text || !*text || oci_numbers_parse(text, &numbers) < 0)
		return;
	while (n > 1 && !bytes[n - 1])
		n--;
	for (i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	add(list, "%s=ay:%s", name, hex);
}

static void add_cpu(struct list *list, const struct oci_cpu *cpu)
{
	uint64_t period = cpu->period.value ? cpu->period.value : CPU_PERIOD_US;
	uint64_t per_second;

	if (cpu->idle.value)
		add(list, "CPUWeight=t:0");
	else if (cpu->shares.value)
		add(list, "CPUWeight=t:%" PRIu64, oci_cgroup_cpu_weight(cpu->shares.value));
	if (cpu->period.value)
		add(list, "CPUQuotaPeriodUSec=t:%" PRIu64, cpu->period.value);
	if (cpu->quota.value > 0) {
		per_second = (uint64_t)cpu->quota.value * 1000000 / period;
		per_second = (per_second + QUOTA_STEP_US - 1) / QUOTA_STEP_US * QUOTA_STEP_US;
		add(list, "CPUQuotaPerSecUSec=t:%" PRIu64, per_second);
	} else if (cpu->quota.value < 0) {
		add_limit(list, "CPUQuotaPerSecUSec", -1);
	}
	add_numbers(list, "AllowedCPUs", cpu->cpus);
	add_numbers(list, "AllowedMemoryNodes", cpu->mems);
}

static void add_unified(struct list *list, const struct oci_array *array)
{
	static const struct {
		const char *file, *property;
	} known[] = {
		{ "memory.min", "MemoryMin" },
		{ "memory.low", "MemoryLow" },
		{ "memory.high", "MemoryHigh" },
		{ "memory.max", "MemoryMax" },
		{ "memory.swap.max", "MemorySwapMax" },
		{ "pids.max", "TasksMax" },
		{ "cpu.weight", "CPUWeight" },
	};
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, *array);
	uint64_t value;
	size_t i, k;

	for (i = 0; i < array->n; i++)
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (strcmp(pairs[i].key, known[k].file) != 0)
				continue;
			if (!strcmp(pairs[i].value, "max"))
				add_limit(list, known[k].property, -1);
			else if (!gnv_parse_bytes(pairs[i].value, &value))
				add(list, "%s=t:%" PRIu64, known[k].property, value);
		}
}

static void add_resources(struct list *list, const struct oci_resources *resources)
{
	if (!resources)
		return;
	if (resources->memory)
		add_memory(list, resources->memory);
	if (resources->cpu)
		add_cpu(list, resources->cpu);
	if (resources->pids && resources->pids->limit.set)
		add_limit(list, "TasksMax", oci_cgroup_pids_limit(resources->pids->limit.value));
	if (resources->block_io && resources->block_io->weight.value)
		add(list, "IOWeight=t:%" PRIu64,
		    oci_cgroup_io_weight((uint64_t)resources->block_io->weight.value));
	add_unified(list, &resources->unified);
}

/* "org.systemd.property.X": a value in the text form of GVariant, of the simple types. */
static int add_annotations(struct list *list, const struct oci_config *config,
			   struct gnv_error **err)
{
	static const struct {
		const char *word, *type;
	} numbers[] = { { "uint64 ", "t" }, { "int64 ", "x" }, { "uint32 ", "u" }, { "int32 ", "i" } };
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	size_t i, k;

	for (i = 0; i < config->annotations.n; i++) {
		const char *name = pairs[i].key + strlen(ANNOTATION), *value = pairs[i].value;
		size_t length = strlen(value);
		bool done = false;

		if (strncmp(pairs[i].key, ANNOTATION, strlen(ANNOTATION)) != 0)
			continue;
		if (!strcmp(value, "true") || !strcmp(value, "false")) {
			add(list, "%s=b:%s", name, value);
			done = true;
		} else if (length > 1 && value[0] == '\'' && value[length - 1] == '\'') {
			add(list, "%s=s:%.*s", name, (int)length - 2, value + 1);
			done = true;
		}
		for (k = 0; !done && k < sizeof(numbers) / sizeof(numbers[0]); k++)
			if (!strncmp(value, numbers[k].word, strlen(numbers[k].word))) {
				add(list, "%s=%s:%s", name, numbers[k].type,
				    value + strlen(numbers[k].word));
				done = true;
			}
		if (!done)
			return gnv_error_set(err, EINVAL,
					     "annotations[\"%s\"]: `%s` is not like true, 'text' or uint64 5",
					     pairs[i].key, value);
	}
	return 0;
}

/* --- the helper ---------------------------------------------------------------------------- */

static _Noreturn void become_helper(char **argv, int report_fd)
{
	const char *program = getenv("GHOSTNV_OCI_SYSTEMD");

	if (dup2(report_fd, STDERR_FILENO) < 0 || dup2(report_fd, STDOUT_FILENO) < 0)
		_exit(126);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	execv(program && *program ? program : HELPER, argv);
	dprintf(STDERR_FILENO, "%s: %s", HELPER, strerror(errno));
	_exit(127);
}

/* All that it says, up to what fits. */
static void read_report(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while (length < size - 1 && (n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static int ask(struct list *list, struct gnv_error **err)
{
	_cleanup_close_ int pidfd = -EBADF, read_fd = -EBADF, write_fd = -EBADF;
	siginfo_t info = { 0 };
	char report[512];
	int pair[2];
	pid_t pid;

	if (list->failed)
		return gnv_error_errno(err, ENOMEM, "ask systemd");
	if (pipe2(pair, O_CLOEXEC) < 0)
		return gnv_error_errno(err, errno, "ask systemd");
	read_fd = pair[0];
	write_fd = pair[1];
	pid = gnv_clone(0, -1, &pidfd);
	if (pid < 0)
		return gnv_error_errno(err, -pid, "ask systemd");
	if (pid == 0)
		become_helper(list->words, write_fd);
	gnv_close(&write_fd);
	read_report(read_fd, report, sizeof(report));
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	if (info.si_code == CLD_EXITED && info.si_status == 0)
		return 0;
	return gnv_error_set(err, ECANCELED, "ask systemd: %s", report);
}

static void begin(struct list *list, const char *verb, const char *unit)
{
	add(list, "ghostnv-oci-systemd");
	add(list, "%s", oci_is_rootless() ? "user" : "system");
	add(list, "%s", verb);
	add(list, "%s", unit);
}

/* --- units ---------------------------------------------------------------------------------- */

int oci_systemd_unit(const struct oci_config *config, const char *id, char **ret_unit,
		     char **ret_slice, struct gnv_error **err)
{
	const char *path = config->os->cgroups_path;
	_cleanup_free_ char *copy = strdup(path && *path ? path : "::");
	char *name = copy, *slice, *prefix;
	int r;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "linux.cgroupsPath");
	slice = strsep(&name, ":");
	prefix = strsep(&name, ":");
	if (!name || strchr(name, ':') || strchr(copy, '/') || strchr(prefix, '/') ||
	    strchr(name, '/'))
		return gnv_error_set(err, EINVAL,
				     "linux.cgroupsPath: `%s` is not like slice:prefix:name, which systemd wants",
				     path);
	*ret_slice = strdup(*slice	      ? slice :
			    oci_is_rootless() ? "user.slice" :
						"system.slice");
	if (strlen(name) > 6 && !strcmp(name + strlen(name) - 6, ".slice"))
		r = asprintf(ret_unit, "%s", name);
	else
		r = asprintf(ret_unit, "%s-%s.scope", *prefix ? prefix : "ghostnv",
			     *name ? name : id);
	if (r < 0)
		*ret_unit = NULL;
	return *ret_unit && *ret_slice ? 0 : gnv_error_errno(err, ENOMEM, "linux.cgroupsPath");
}

int oci_systemd_start(const struct oci_config *config, const char *unit, const char *slice,
		      const char *id, pid_t pid, struct gnv_error **err)
{
	struct list list = { 0 };
	int r;

	begin(&list, "start", unit);
	add(&list, "%d", pid);
	add(&list, "Description=s:container %s", id);
	add(&list, "Slice=s:%s", slice);
	add(&list, "Delegate=b:true");
	add(&list, "DefaultDependencies=b:false");
	add_resources(&list, config->os->resources);
	r = add_annotations(&list, config, err);
	if (r >= 0)
		r = ask(&list, err);
	gnv_strv_freep(&list.words);
	return r;
}

int oci_systemd_update(const char *unit, const struct oci_resources *first,
		       const struct oci_resources *second, struct gnv_error **err)
{
	struct list list = { 0 };
	int r = 0;

	begin(&list, "set", unit);
	add_resources(&list, first);
	add_resources(&list, second);
	if (gnv_strv_length(list.words) > 4)
		r = ask(&list, err);
	gnv_strv_freep(&list.words);
	return r;
}

int oci_systemd_stop(const char *unit, struct gnv_error **err)
{
	struct list list = { 0 };
	int r;

	begin(&list, "stop", unit);
	r = ask(&list, err);
	gnv_strv_freep(&list.words);
	return r;
}
