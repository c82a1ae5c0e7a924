// SPDX-License-Identifier: MIT
/*
 * Checks beyond the tables.  Pure: looks at nothing but the configuration.
 */
#include "oci/check.h"

#include <stdlib.h>
#include <string.h>

#include "oci/config.h"
#include "oci/gpu_request.h"
#include "oci/mount_options.h"
#include "oci/numbers.h"
#include "oci/seccomp.h"

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

/* Whether something is not known of @member, as it is not what the table says. */
static bool is_ill_formed(struct oci_reader *reader, const char *member)
{
	size_t length = oci_path_push(reader, member);
	bool ill_formed = oci_is_ill_formed(reader, reader->path);

	oci_path_pop(reader, length);
	return ill_formed;
}

/* Whether a part of @path is "..". */
static bool climbs(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

static void need_absolute(struct oci_reader *reader, const char *member, const char *path)
{
	if (path && path[0] != '/')
		oci_fault(reader, member, "`%s` is not an absolute path", path);
}

static void need_all_absolute(struct oci_reader *reader, const char *member, char **paths)
{
	size_t i, length;

	for (i = 0; paths && paths[i]; i++) {
		length = oci_path_push_index(reader, member, i);
		need_absolute(reader, NULL, paths[i]);
		oci_path_pop(reader, length);
	}
}

/* What is there and cannot be done is refused, never passed over. */
static void refuse(struct oci_reader *reader, const char *member, bool present)
{
	if (present)
		oci_fault(reader, member, "is not supported by this runtime");
}

void oci_check_rlimit(struct oci_reader *reader, const void *object)
{
	const struct oci_rlimit *rlimit = object;

	if (rlimit->hard.set && rlimit->soft.value > rlimit->hard.value)
		oci_fault(reader, "soft", "is above the hard limit");
}

static void check_rlimits(struct oci_reader *reader, const struct oci_array *array)
{
	const struct oci_rlimit *rlimits = OCI_ITEMS(struct oci_rlimit, *array);
	uint64_t seen = 0;
	size_t i, length;

	for (i = 0; i < array->n; i++) {
		length = oci_path_push_index(reader, "rlimits", i);
		if (seen >> rlimits[i].type & 1)
			oci_fault(reader, "type", "is there twice");
		seen |= 1ULL << rlimits[i].type;
		oci_path_pop(reader, length);
	}
}

static void check_env(struct oci_reader *reader, char **env)
{
	size_t i, length;

	for (i = 0; env && env[i]; i++) {
		length = oci_path_push_index(reader, "env", i);
		if (!strchr(env[i], '=') || env[i][0] == '=')
			oci_warn(reader, NULL, "`%s` is not KEY=value", env[i]);
		oci_path_pop(reader, length);
	}
}

void oci_check_process(struct oci_reader *reader, const void *object)
{
	const struct oci_process *process = object;

	need_absolute(reader, "cwd", process->cwd);
	if (!process->args || !process->args[0])
		oci_fault(reader, "args", "names no program");
	else if (!process->args[0][0])
		oci_fault(reader, "args[0]", "is empty");
	check_env(reader, process->env);
	check_rlimits(reader, &process->rlimits);
}

void oci_check_scheduler(struct oci_reader *reader, const void *object)
{
	const struct oci_scheduler *s = object;
	/* One more than the kernel's numbers. */
	enum { OTHER = 1,
	       FIFO,
	       RR,
	       BATCH,
	       ISO,
	       IDLE,
	       DEADLINE };
	bool realtime = s->policy == FIFO || s->policy == RR;

	if (!s->policy)
		return;
	if (s->priority.value && !realtime)
		oci_fault(reader, "priority", "is for SCHED_FIFO and SCHED_RR");
	if (realtime && !s->priority.value)
		oci_fault(reader, "priority", "is missing; it is 1 to 99");
	if (s->nice.value && s->policy != OTHER && s->policy != BATCH)
		oci_fault(reader, "nice", "is for SCHED_OTHER and SCHED_BATCH");
	if (s->policy != DEADLINE && (s->runtime.value || s->deadline.value || s->period.value))
		oci_fault(reader, NULL, "has `runtime`, `deadline` or `period`, which are for SCHED_DEADLINE");
	if (s->policy == DEADLINE && (!s->runtime.value || s->runtime.value > s->deadline.value) &&
	    !is_ill_formed(reader, "deadline"))
		oci_fault(reader, "runtime", "is 0, or above `deadline`");
	if (s->policy == DEADLINE && s->period.value && s->deadline.value > s->period.value)
		oci_fault(reader, "deadline", "is above `period`");
}

static void need_numbers(struct oci_reader *reader, const char *member, const char *text)
{
	struct oci_numbers numbers;

	if (*text_or_empty(text) && oci_numbers_parse(text, &numbers) < 0)
		oci_fault(reader, member, "`%s` is no list of numbers such as 0-3,7", text);
}

void oci_check_affinity(struct oci_reader *reader, const void *object)
{
	const struct oci_cpu_affinity *affinity = object;

	need_numbers(reader, "initial", affinity->initial);
	need_numbers(reader, "final", affinity->final);
}

void oci_check_memory_policy(struct oci_reader *reader, const void *object)
{
	const struct oci_memory_policy *policy = object;
	const char *mode = policy->mode ? oci_mempolicy_names[policy->mode - 1] : NULL;
	bool some = *text_or_empty(policy->nodes);
	bool takes;

	need_numbers(reader, "nodes", policy->nodes);
	if (!mode)
		return;
	takes = strcmp(mode, "MPOL_DEFAULT") != 0 && strcmp(mode, "MPOL_LOCAL") != 0;
	if (some && !takes)
		oci_fault(reader, "nodes", "is given with `%s`, which has none", mode);
	/* To prefer no node is to prefer the local one. */
	if (!some && takes && strcmp(mode, "MPOL_PREFERRED") != 0)
		oci_fault(reader, "nodes", "is missing for `%s`", mode);
}

void oci_check_root(struct oci_reader *reader, const void *object)
{
	const struct oci_root *root = object;

	if (root->path && !root->path[0])
		oci_fault(reader, "path", "is empty");
}

void oci_check_mount(struct oci_reader *reader, const void *object)
{
	const struct oci_mount *mount = object;
	_cleanup_(oci_mount_options_fini) struct oci_mount_options options = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL;
	const char *destination = text_or_empty(mount->destination);
	char **word;

	if (!destination[0])
		oci_fault(reader, "destination", "is empty");
	else if (destination[0] != '/')
		oci_warn(reader, "destination", "`%s` is taken from `/`", destination);
	if (climbs(destination))
		oci_fault(reader, "destination", "`%s` has a part `..`", destination);
	if (oci_mount_options_parse(mount, &options, &err) < 0)
		oci_fault(reader, "options", "%s", gnv_error_message(err));
	if (!mount->uid_mappings.n != !mount->gid_mappings.n &&
	    !is_ill_formed(reader, "uidMappings") && !is_ill_formed(reader, "gidMappings"))
		oci_fault(reader, NULL, "has one of `uidMappings` and `gidMappings` without the other");
	/* Either may make it a bind mount. */
	if (is_ill_formed(reader, "options") || is_ill_formed(reader, "type"))
		return;
	/* A copy of a mount has the file system's own. */
	for (word = options.bind ? options.data : NULL; word && *word; word++)
		oci_warn(reader, "options", "`%s` is no option of a bind mount", *word);
	if (options.bind && options.count_versions)
		oci_warn(reader, "options", "`iversion` is no option of a bind mount");
	if (!options.bind && !options.remount && !*text_or_empty(mount->type))
		oci_fault(reader, "type", "is missing, and `options` has no `bind`");
	if (options.bind && !options.remount && !*text_or_empty(mount->source))
		oci_fault(reader, "source", "is missing");
	if ((mount->uid_mappings.n || options.map_owners) && !options.bind)
		oci_fault(reader, "uidMappings", "and `idmap` are for a bind mount only");
}

void oci_check_hook(struct oci_reader *reader, const void *object)
{
	const struct oci_hook *hook = object;

	need_absolute(reader, "path", hook->path);
}

void oci_check_device_rule(struct oci_reader *reader, const void *object)
{
	const struct oci_device_rule *rule = object;
	const char *access = text_or_empty(rule->access);

	if (rule->type && strcmp(rule->type, "a") != 0 && strcmp(rule->type, "b") != 0 &&
	    strcmp(rule->type, "c") != 0)
		oci_fault(reader, "type", "`%s` is none of a, b, c", rule->type);
	if (access[strspn(access, "rwm")])
		oci_fault(reader, "access", "`%s` has letters besides r, w, m", access);
}

void oci_check_memory(struct oci_reader *reader, const void *object)
{
	const struct oci_memory *memory = object;

	if (memory->swap.set && memory->swap.value > 0 && memory->limit.value > 0 &&
	    memory->swap.value < memory->limit.value)
		oci_fault(reader, "swap", "is memory and swap together, and is below `limit`");
	if (memory->swap.set && memory->swap.value > 0 && memory->limit.value <= 0 &&
	    !is_ill_formed(reader, "limit"))
		oci_fault(reader, "swap", "is given without `limit`");
	refuse(reader, "kernelTCP", memory->kernel_tcp.value > 0);
	refuse(reader, "swappiness", memory->swappiness.set);
	refuse(reader, "disableOOMKiller", memory->disable_oom_killer);
	/* Part of `limit` in cgroup v2; the specification calls it deprecated. */
	if (memory->kernel.set)
		oci_warn(reader, "kernel", "is deprecated, and part of `limit`");
}

void oci_check_hugepage(struct oci_reader *reader, const void *object)
{
	const struct oci_hugepage *page = object;
	const char *size = text_or_empty(page->page_size);
	size_t digits = strspn(size, "0123456789");
	const char *unit = size + digits;

	if (!digits || (strcmp(unit, "KB") != 0 && strcmp(unit, "MB") != 0 && strcmp(unit, "GB") != 0))
		oci_fault(reader, "pageSize", "`%s` is not like 2MB", size);
}

static void check_unified(struct oci_reader *reader, const struct oci_array *unified)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, *unified);
	size_t i, length;

	length = oci_path_push(reader, "unified");
	for (i = 0; i < unified->n; i++)
		if (!strchr(pairs[i].key, '.') || pairs[i].key[0] == '.' ||
		    strchr(pairs[i].key, '/'))
			oci_fault(reader, NULL, "`%s` is no file of a controller", pairs[i].key);
		else if (!strncmp(pairs[i].key, "cgroup.", 7))
			oci_fault(reader, NULL, "`%s` is the runtime's own to write", pairs[i].key);
	oci_path_pop(reader, length);
}

void oci_check_resources(struct oci_reader *reader, const void *object)
{
	const struct oci_resources *resources = object;
	const struct oci_network *network = resources->network;
	const struct oci_cpu *cpu = resources->cpu;

	check_unified(reader, &resources->unified);
	/* Neither is in cgroup v2. */
	refuse(reader, "network", network && (network->class_id.value || network->priorities.n));
	refuse(reader, "cpu.realtimeRuntime", cpu && cpu->realtime_runtime.value);
	refuse(reader, "cpu.realtimePeriod", cpu && cpu->realtime_period.value);
	if (cpu && cpu->quota.set && cpu->quota.value > 0 && cpu->quota.value < 1000)
		oci_fault(reader, "cpu.quota", "is below 1000 microseconds");
	if (cpu && cpu->period.set && cpu->period.value &&
	    (cpu->period.value < 1000 || cpu->period.value > 1000000))
		oci_fault(reader, "cpu.period", "is not between 1000 and 1000000 microseconds");
	refuse(reader, "blockIO.leafWeight",
	       resources->block_io && resources->block_io->leaf_weight.value);
}

void oci_check_namespace(struct oci_reader *reader, const void *object)
{
	const struct oci_namespace *namespace = object;

	if (namespace->path && *namespace->path)
		need_absolute(reader, "path", namespace->path);
}

void oci_check_device(struct oci_reader *reader, const void *object)
{
	const struct oci_device *device = object;
	const char *type = text_or_empty(device->type), *path = text_or_empty(device->path);

	if (strlen(type) != 1 || !strchr("bcup", type[0]))
		oci_fault(reader, "type", "`%s` is none of b, c, u, p", type);
	else if (type[0] != 'p' && ((!device->major.set && !is_ill_formed(reader, "major")) ||
				    (!device->minor.set && !is_ill_formed(reader, "minor"))))
		oci_fault(reader, NULL, "lacks `major` or `minor`");
	need_absolute(reader, "path", device->path);
	if (climbs(path))
		oci_fault(reader, "path", "`%s` has a part `..`", path);
}

void oci_check_syscall(struct oci_reader *reader, const void *object)
{
	const struct oci_syscall *call = object;

	if (!call->names || !call->names[0])
		oci_fault(reader, "names", "is empty");
	if (call->action && call->errno_ret.set && !oci_seccomp_takes_errno(call->action))
		oci_fault(reader, "errnoRet", "is given with the action `%s`",
			  oci_seccomp_action_names[call->action - 1]);
}

void oci_check_seccomp(struct oci_reader *reader, const void *object)
{
	const struct oci_seccomp *seccomp = object;
	bool notifies = oci_seccomp_notifies(seccomp);
	size_t i, length;

	if (seccomp->default_action && seccomp->default_errno_ret.set &&
	    !oci_seccomp_takes_errno(seccomp->default_action))
		oci_fault(reader, "defaultErrnoRet", "is given with the action `%s`",
			  oci_seccomp_action_names[seccomp->default_action - 1]);
	for (i = 0; seccomp->architectures && seccomp->architectures[i]; i++) {
		length = oci_path_push_index(reader, "architectures", i);
		if (!oci_seccomp_find_arch(seccomp->architectures[i]))
			oci_fault(reader, NULL, "`%s` is unknown", seccomp->architectures[i]);
		oci_path_pop(reader, length);
	}
	if (notifies && !*text_or_empty(seccomp->listener_path))
		oci_fault(reader, "listenerPath", "is missing for `SCMP_ACT_NOTIFY`");
	else if (notifies)
		need_absolute(reader, "listenerPath", seccomp->listener_path);
}

char *oci_sysctl_path(const char *key)
{
	char *path = strdup(key), *c;

	/* By its first separator: a name with slashes is a path already. */
	if (!path || strcspn(path, "/") < strcspn(path, "."))
		return path;
	for (c = path; *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
	return path;
}

/*
 * What belongs to a namespace; a sysctl that does not would change the host.
 * Return: its type, or 0.
 */
static int sysctl_namespace(const char *path)
{
	static const char *const ipc[] = {
		"kernel/msgmax",
		"kernel/msgmnb",
		"kernel/msgmni",
		"kernel/sem",
		"kernel/shmall",
		"kernel/shmmax",
		"kernel/shmmni",
		"kernel/shm_rmid_forced",
	};
	size_t i;

	if (climbs(path) || strstr(path, "//"))
		return 0;
	for (i = 0; i < sizeof(ipc) / sizeof(ipc[0]); i++)
		if (!strcmp(path, ipc[i]))
			return OCI_NS_IPC;
	if (!strncmp(path, "fs/mqueue/", 10))
		return OCI_NS_IPC;
	if (!strncmp(path, "net/", 4))
		return OCI_NS_NETWORK;
	if (!strcmp(path, "kernel/domainname"))
		return OCI_NS_UTS;
	return 0;
}

static bool has_new_namespace(const struct oci_linux *os, int type, bool or_path)
{
	const struct oci_namespace *namespaces =
		OCI_ITEMS(struct oci_namespace, os->namespaces);
	size_t i;

	for (i = 0; i < os->namespaces.n; i++)
		if (namespaces[i].type == type)
			return or_path || !*text_or_empty(namespaces[i].path);
	return false;
}

/* As long as it is known which there are. */
static bool lacks_namespace(const struct oci_reader *reader, const struct oci_linux *os, int type,
			    bool or_path)
{
	return !has_new_namespace(os, type, or_path) &&
	       !oci_is_ill_formed(reader, "linux.namespaces");
}

static void check_sysctl(struct oci_reader *reader, const struct oci_linux *os)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, os->sysctl);
	size_t i, length = oci_path_push(reader, "sysctl");

	for (i = 0; i < os->sysctl.n; i++) {
		_cleanup_free_ char *path = oci_sysctl_path(pairs[i].key);
		int type = path ? sysctl_namespace(path) : 0;

		if (!path)
			reader->no_memory = true;
		else if (!type)
			oci_fault(reader, NULL, "`%s` is not a namespace's own", pairs[i].key);
		else if (lacks_namespace(reader, os, type, true))
			oci_fault(reader, NULL, "`%s` needs a namespace of type `%s`",
				  pairs[i].key, oci_namespace_names[type - 1]);
	}
	oci_path_pop(reader, length);
}

static void check_namespaces(struct oci_reader *reader, const struct oci_linux *os)
{
	const struct oci_namespace *namespaces =
		OCI_ITEMS(struct oci_namespace, os->namespaces);
	unsigned int seen = 0;
	size_t i, length;

	for (i = 0; i < os->namespaces.n; i++) {
		length = oci_path_push_index(reader, "namespaces", i);
		if (namespaces[i].type && seen >> namespaces[i].type & 1)
			oci_fault(reader, "type", "`%s` is there twice",
				  oci_namespace_names[namespaces[i].type - 1]);
		seen |= 1U << namespaces[i].type;
		oci_path_pop(reader, length);
	}
	if (!lacks_namespace(reader, os, OCI_NS_MOUNT, false))
		return;
	/* Mounts of the host are not that namespace's to change. */
	if (seen >> OCI_NS_USER & 1)
		oci_fault(reader, "namespaces",
			  "one of type `mount` has to be new with one of type `user`");
	else
		oci_warn(reader, "namespaces",
			 "without a new one of type `mount` the container's root can leave it");
}

static void check_user_namespace(struct oci_reader *reader, const struct oci_linux *os)
{
	bool mapped = os->uid_mappings.n || os->gid_mappings.n;

	if (mapped && lacks_namespace(reader, os, OCI_NS_USER, false))
		oci_fault(reader, "uidMappings", "needs a new namespace of type `user`");
	if (has_new_namespace(os, OCI_NS_USER, false) &&
	    (!os->uid_mappings.n || !os->gid_mappings.n) && !is_ill_formed(reader, "gidMappings"))
		oci_fault(reader, "uidMappings", "and `gidMappings` are missing for the new user namespace");
}

static void check_devices(struct oci_reader *reader, const struct oci_linux *os)
{
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, os->devices);
	size_t i, j, length;

	/* Quadratic, so only for what is sane. */
	for (i = 0; i < os->devices.n && os->devices.n <= 4096; i++)
		for (j = 0; j < i; j++) {
			if (!devices[i].path || !devices[j].path ||
			    strcmp(devices[i].path, devices[j].path) != 0)
				continue;
			length = oci_path_push_index(reader, "devices", i);
			oci_fault(reader, "path", "`%s` is there twice", devices[i].path);
			oci_path_pop(reader, length);
		}
}

/* As the kernel has it; a template is for the kernel to complete. */
static bool is_interface(const char *name, bool or_template)
{
	size_t i, length = strlen(name);
	const char *percent = strchr(name, '%');

	if (!length || length >= 16 || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	if (percent && (!or_template || strcmp(percent, "%d") != 0))
		return false;
	for (i = 0; i < length; i++)
		if (name[i] == '/' || name[i] == ':' || name[i] <= ' ')
			return false;
	return true;
}

static void check_net_devices(struct oci_reader *reader, const struct oci_linux *os)
{
	const struct oci_net_device *devices = OCI_ITEMS(struct oci_net_device, os->net_devices);
	size_t i, length = oci_path_push(reader, "netDevices");

	for (i = 0; i < os->net_devices.n; i++) {
		if (!is_interface(devices[i].key, false))
			oci_fault(reader, NULL, "`%s` is no name of an interface", devices[i].key);
		if (*text_or_empty(devices[i].name) && !is_interface(devices[i].name, true))
			oci_fault(reader, NULL, "`%s` is no name of an interface", devices[i].name);
	}
	if (os->net_devices.n && lacks_namespace(reader, os, OCI_NS_NETWORK, true))
		oci_fault(reader, NULL, "needs a namespace of type `network`");
	oci_path_pop(reader, length);
}

void oci_check_intel_rdt(struct oci_reader *reader, const void *object)
{
	const struct oci_intel_rdt *rdt = object;
	const char *id = text_or_empty(rdt->clos_id);
	size_t i, length;

	/* Names of the kernel's own, below every group. */
	if (strcmp(id, "/") != 0 &&
	    (strchr(id, '/') || !strcmp(id, ".") || !strcmp(id, "..") || !strcmp(id, "info") ||
	     !strcmp(id, "mon_groups") || !strcmp(id, "mon_data")))
		oci_fault(reader, "closID", "`%s` is no name of a group", id);
	for (i = 0; rdt->schemata && rdt->schemata[i]; i++) {
		length = oci_path_push_index(reader, "schemata", i);
		if (!strchr(rdt->schemata[i], ':') || strchr(rdt->schemata[i], '\n'))
			oci_fault(reader, NULL, "`%s` is not like L3:0=f", rdt->schemata[i]);
		oci_path_pop(reader, length);
	}
}

void oci_check_linux(struct oci_reader *reader, const void *object)
{
	const struct oci_linux *os = object;

	check_namespaces(reader, os);
	check_user_namespace(reader, os);
	check_sysctl(reader, os);
	check_devices(reader, os);
	need_all_absolute(reader, "maskedPaths", os->masked_paths);
	need_all_absolute(reader, "readonlyPaths", os->readonly_paths);
	if (os->cgroups_path && climbs(os->cgroups_path))
		oci_fault(reader, "cgroupsPath", "`%s` has a part `..`", os->cgroups_path);
	if (os->cgroups_path && *os->cgroups_path &&
	    !os->cgroups_path[strspn(os->cgroups_path, "/")])
		oci_fault(reader, "cgroupsPath", "`%s` is the cgroup of all", os->cgroups_path);
	if (os->time_offsets && lacks_namespace(reader, os, OCI_NS_TIME, false))
		oci_fault(reader, "timeOffsets", "needs a new namespace of type `time`");
	check_net_devices(reader, os);
	if (os->personality && os->personality->flags && os->personality->flags[0])
		oci_fault(reader, "personality.flags", "is not empty; the specification names none");
}

/* Versions of another major number mean something else by the same words. */
static void check_version(struct oci_reader *reader, const char *version)
{
	if (!version)
		return;
	if (strncmp(version, "1.", 2) != 0 || version[2] < '0' || version[2] > '9')
		oci_fault(reader, "ociVersion", "`%s` is not 1.x", version);
}

static void check_annotations(struct oci_reader *reader, const struct oci_config *config)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	size_t i;

	for (i = 0; i < config->annotations.n; i++)
		if (!*text_or_empty(pairs[i].key))
			oci_fault(reader, "annotations", "one has an empty name");
}

void oci_check_config(struct oci_reader *reader, const void *object)
{
	const struct oci_config *config = object;

	check_version(reader, config->version);
	check_annotations(reader, config);
	oci_gpu_check(reader, config);
	if (!config->root)
		oci_fault(reader, "root", "is missing");
	if (!config->os)
		oci_fault(reader, "linux", "is missing: there is no namespace to run in");
	else if (lacks_namespace(reader, config->os, OCI_NS_UTS, true)) {
		if (*text_or_empty(config->hostname))
			oci_fault(reader, "hostname", "needs a namespace of type `uts`");
		if (*text_or_empty(config->domainname))
			oci_fault(reader, "domainname", "needs a namespace of type `uts`");
	}
	if (strlen(text_or_empty(config->hostname)) > 64)
		oci_fault(reader, "hostname", "is longer than 64 characters");
}
