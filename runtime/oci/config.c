// SPDX-License-Identifier: MIT
/*
 * The tables of config.json.  What a table cannot say is in check.c.
 */
#include "oci/config.h"

#include <limits.h>
#include <string.h>

#include "oci/check.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define STRING(key, type, member) \
	{ \
		key, OCI_STRING, AT(type, member) \
	}
#define NEED_STRING(key, type, member) \
	{ \
		key, OCI_STRING, .required = true, AT(type, member) \
	}
#define STRINGS(key, type, member) \
	{ \
		key, OCI_STRINGS, AT(type, member) \
	}
#define BOOL(key, type, member) \
	{ \
		key, OCI_BOOL, AT(type, member) \
	}
#define INT(key, type, member, lo, hi) \
	{ \
		key, OCI_INT, AT(type, member), .min = lo, .max = hi \
	}
#define NEED_INT(key, type, member, lo, hi) \
	{ \
		key, OCI_INT, .required = true, AT(type, member), .min = lo, .max = hi \
	}
#define U64(key, type, member) \
	{ \
		key, OCI_U64, AT(type, member) \
	}
#define NEED_U64(key, type, member) \
	{ \
		key, OCI_U64, .required = true, AT(type, member) \
	}
#define ENUM(key, type, member, list) \
	{ \
		key, OCI_ENUM, AT(type, member), .names = list \
	}
#define NEED_ENUM(key, type, member, list) \
	{ \
		key, OCI_ENUM, .required = true, AT(type, member), .names = list \
	}
#define SET(key, type, member, list) \
	{ \
		key, OCI_SET, AT(type, member), .names = list \
	}
#define PAIRS(key, type, member) \
	{ \
		key, OCI_PAIRS, AT(type, member) \
	}
#define OBJECT(key, type, member, of) \
	{ \
		key, OCI_OBJECT, AT(type, member), .table = &(of) \
	}
#define ARRAY(key, type, member, of) \
	{ \
		key, OCI_ARRAY, AT(type, member), .table = &(of) \
	}
#define MAP(key, type, member, of) \
	{ \
		key, OCI_MAP, AT(type, member), .table = &(of) \
	}

/* uid_t and gid_t; the last value means "no change" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)

#define TABLE(name, type, check_it, ...) \
	static const struct oci_field name##_fields[] = { __VA_ARGS__, { 0 } }; \
	static const struct oci_table name##_table = { sizeof(struct type), name##_fields, \
						       check_it }
#define PUBLIC_TABLE(name, type, check_it, ...) \
	static const struct oci_field name##_fields[] = { __VA_ARGS__, { 0 } }; \
	const struct oci_table name##_table = { sizeof(struct type), name##_fields, check_it }

static const char *const rlimit_names[] = {
	"RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE",
	"RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS",
	"RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE",
	"RLIMIT_RTPRIO", "RLIMIT_RTTIME", NULL,
};
static const char *const io_class_names[] = {
	"IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE", NULL,
};
static const char *const policy_names[] = {
	"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE",
	"SCHED_DEADLINE", NULL,
};
static const char *const scheduler_flag_names[] = {
	"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN",
	"SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
	"SCHED_FLAG_UTIL_CLAMP_MAX", NULL,
};
static const char *const propagation_names[] = {
	"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable",
	"runbindable", NULL,
};
static const char *const domain_names[] = { "LINUX", "LINUX32", NULL };

/* --- process ------------------------------------------------------------------ */

TABLE(user, oci_user, NULL, INT("uid", oci_user, uid, 0, ID_MAX),
      INT("gid", oci_user, gid, 0, ID_MAX), INT("umask", oci_user, umask, 0, 0777),
      { "additionalGids", OCI_U32S, AT(oci_user, additional_gids) });

#define CAPABILITIES(key, member) \
	{ \
		key, OCI_SET, .lenient = true, AT(oci_capabilities, member), \
		.names = oci_capability_names \
	}
TABLE(capabilities, oci_capabilities, NULL, CAPABILITIES("bounding", bounding),
      CAPABILITIES("effective", effective), CAPABILITIES("inheritable", inheritable),
      CAPABILITIES("permitted", permitted), CAPABILITIES("ambient", ambient));

TABLE(rlimit, oci_rlimit, oci_check_rlimit, NEED_ENUM("type", oci_rlimit, type, rlimit_names),
      NEED_U64("soft", oci_rlimit, soft), NEED_U64("hard", oci_rlimit, hard));
TABLE(console_size, oci_console_size, NULL,
      NEED_INT("height", oci_console_size, height, 0, USHRT_MAX),
      NEED_INT("width", oci_console_size, width, 0, USHRT_MAX));
TABLE(io_priority, oci_io_priority, NULL,
      NEED_ENUM("class", oci_io_priority, class, io_class_names),
      INT("priority", oci_io_priority, priority, 0, 7));
TABLE(scheduler, oci_scheduler, oci_check_scheduler,
      NEED_ENUM("policy", oci_scheduler, policy, policy_names),
      INT("nice", oci_scheduler, nice, -20, 19),
      INT("priority", oci_scheduler, priority, 0, 99),
      SET("flags", oci_scheduler, flags, scheduler_flag_names),
      U64("runtime", oci_scheduler, runtime), U64("deadline", oci_scheduler, deadline),
      U64("period", oci_scheduler, period));
TABLE(affinity, oci_cpu_affinity, oci_check_affinity,
      STRING("initial", oci_cpu_affinity, initial),
      STRING("final", oci_cpu_affinity, final));

PUBLIC_TABLE(oci_process, oci_process, oci_check_process,
	     BOOL("terminal", oci_process, terminal),
	     OBJECT("consoleSize", oci_process, console_size, console_size_table),
	     OBJECT("user", oci_process, user, user_table), STRINGS("args", oci_process, args),
	     STRINGS("env", oci_process, env), NEED_STRING("cwd", oci_process, cwd),
	     OBJECT("capabilities", oci_process, capabilities, capabilities_table),
	     ARRAY("rlimits", oci_process, rlimits, rlimit_table),
	     BOOL("noNewPrivileges", oci_process, no_new_privileges),
	     STRING("apparmorProfile", oci_process, apparmor_profile),
	     STRING("selinuxLabel", oci_process, selinux_label),
	     INT("oomScoreAdj", oci_process, oom_score_adj, -1000, 1000),
	     OBJECT("ioPriority", oci_process, io_priority, io_priority_table),
	     OBJECT("scheduler", oci_process, scheduler, scheduler_table),
	     OBJECT("execCPUAffinity", oci_process, affinity, affinity_table));

/* --- root, mounts, hooks ---------------------------------------------------------- */

TABLE(root, oci_root, oci_check_root, NEED_STRING("path", oci_root, path),
      BOOL("readonly", oci_root, readonly));
TABLE(id_mapping, oci_id_mapping, NULL,
      NEED_INT("containerID", oci_id_mapping, container_id, 0, ID_MAX),
      NEED_INT("hostID", oci_id_mapping, host_id, 0, ID_MAX),
      NEED_INT("size", oci_id_mapping, size, 1, UINT32_MAX));
TABLE(mount, oci_mount, oci_check_mount, NEED_STRING("destination", oci_mount, destination),
      STRING("type", oci_mount, type), STRING("source", oci_mount, source),
      STRINGS("options", oci_mount, options),
      ARRAY("uidMappings", oci_mount, uid_mappings, id_mapping_table),
      ARRAY("gidMappings", oci_mount, gid_mappings, id_mapping_table));
TABLE(hook, oci_hook, oci_check_hook, NEED_STRING("path", oci_hook, path),
      STRINGS("args", oci_hook, args), STRINGS("env", oci_hook, env),
      INT("timeout", oci_hook, timeout, 1, INT_MAX / 1000));
TABLE(hooks, oci_hooks, NULL, ARRAY("prestart", oci_hooks, prestart, hook_table),
      ARRAY("createRuntime", oci_hooks, create_runtime, hook_table),
      ARRAY("createContainer", oci_hooks, create_container, hook_table),
      ARRAY("startContainer", oci_hooks, start_container, hook_table),
      ARRAY("poststart", oci_hooks, poststart, hook_table),
      ARRAY("poststop", oci_hooks, poststop, hook_table));

/* --- resources ---------------------------------------------------------------------- */

#define MAJOR_MINOR(type, lo) \
	INT("major", type, major, lo, UINT32_MAX), INT("minor", type, minor, lo, UINT32_MAX)

TABLE(device_rule, oci_device_rule, oci_check_device_rule,
      BOOL("allow", oci_device_rule, allow), STRING("type", oci_device_rule, type),
      STRING("access", oci_device_rule, access), MAJOR_MINOR(oci_device_rule, -1));
TABLE(memory, oci_memory, oci_check_memory,
      INT("limit", oci_memory, limit, -1, INT64_MAX),
      INT("reservation", oci_memory, reservation, -1, INT64_MAX),
      INT("swap", oci_memory, swap, -1, INT64_MAX),
      INT("kernel", oci_memory, kernel, -1, INT64_MAX),
      INT("kernelTCP", oci_memory, kernel_tcp, -1, INT64_MAX),
      INT("swappiness", oci_memory, swappiness, 0, 100),
      BOOL("disableOOMKiller", oci_memory, disable_oom_killer),
      BOOL("useHierarchy", oci_memory, use_hierarchy),
      BOOL("checkBeforeUpdate", oci_memory, check_before_update));
TABLE(cpu, oci_cpu, NULL, U64("shares", oci_cpu, shares), U64("period", oci_cpu, period),
      U64("burst", oci_cpu, burst), U64("realtimePeriod", oci_cpu, realtime_period),
      INT("quota", oci_cpu, quota, INT64_MIN, INT64_MAX),
      INT("realtimeRuntime", oci_cpu, realtime_runtime, INT64_MIN, INT64_MAX),
      INT("idle", oci_cpu, idle, 0, 1), STRING("cpus", oci_cpu, cpus),
      STRING("mems", oci_cpu, mems));
TABLE(pids, oci_pids, NULL, INT("limit", oci_pids, limit, INT64_MIN, INT64_MAX));
TABLE(block_weight, oci_block_weight, NULL, MAJOR_MINOR(oci_block_weight, 0),
      INT("weight", oci_block_weight, weight, 0, 1000),
      INT("leafWeight", oci_block_weight, leaf_weight, 0, 1000));
TABLE(block_rate, oci_block_rate, NULL, MAJOR_MINOR(oci_block_rate, 0),
      NEED_U64("rate", oci_block_rate, rate));
TABLE(block_io, oci_block_io, NULL, INT("weight", oci_block_io, weight, 0, 1000),
      INT("leafWeight", oci_block_io, leaf_weight, 0, 1000),
      ARRAY("weightDevice", oci_block_io, weight_device, block_weight_table),
      ARRAY("throttleReadBpsDevice", oci_block_io, read_bps, block_rate_table),
      ARRAY("throttleWriteBpsDevice", oci_block_io, write_bps, block_rate_table),
      ARRAY("throttleReadIOPSDevice", oci_block_io, read_iops, block_rate_table),
      ARRAY("throttleWriteIOPSDevice", oci_block_io, write_iops, block_rate_table));
TABLE(hugepage, oci_hugepage, oci_check_hugepage,
      NEED_STRING("pageSize", oci_hugepage, page_size),
      NEED_U64("limit", oci_hugepage, limit));
TABLE(net_priority, oci_net_priority, NULL, NEED_STRING("name", oci_net_priority, name),
      NEED_INT("priority", oci_net_priority, priority, 0, UINT32_MAX));
TABLE(network, oci_network, NULL, INT("classID", oci_network, class_id, 0, UINT32_MAX),
      ARRAY("priorities", oci_network, priorities, net_priority_table));
TABLE(rdma, oci_rdma, NULL, INT("hcaHandles", oci_rdma, handles, 0, UINT32_MAX),
      INT("hcaObjects", oci_rdma, objects, 0, UINT32_MAX));

PUBLIC_TABLE(oci_resources, oci_resources, oci_check_resources,
	     ARRAY("devices", oci_resources, devices, device_rule_table),
	     OBJECT("memory", oci_resources, memory, memory_table),
	     OBJECT("cpu", oci_resources, cpu, cpu_table),
	     OBJECT("pids", oci_resources, pids, pids_table),
	     OBJECT("blockIO", oci_resources, block_io, block_io_table),
	     ARRAY("hugepageLimits", oci_resources, hugepages, hugepage_table),
	     OBJECT("network", oci_resources, network, network_table),
	     MAP("rdma", oci_resources, rdma, rdma_table),
	     PAIRS("unified", oci_resources, unified));

/* --- the rest of "linux" ------------------------------------------------------------------ */

TABLE(namespace, oci_namespace, oci_check_namespace,
      NEED_ENUM("type", oci_namespace, type, oci_namespace_names),
      STRING("path", oci_namespace, path));
TABLE(device, oci_device, oci_check_device, NEED_STRING("type", oci_device, type),
      NEED_STRING("path", oci_device, path), MAJOR_MINOR(oci_device, 0),
      INT("fileMode", oci_device, file_mode, 0, UINT32_MAX),
      INT("uid", oci_device, uid, 0, ID_MAX), INT("gid", oci_device, gid, 0, ID_MAX));
TABLE(seccomp_arg, oci_seccomp_arg, NULL, NEED_INT("index", oci_seccomp_arg, index, 0, 5),
      NEED_U64("value", oci_seccomp_arg, value), U64("valueTwo", oci_seccomp_arg, value_two),
      NEED_ENUM("op", oci_seccomp_arg, op, oci_seccomp_operator_names));
TABLE(syscall, oci_syscall, oci_check_syscall,
      { "names", OCI_STRINGS, .required = true, AT(oci_syscall, names) },
      NEED_ENUM("action", oci_syscall, action, oci_seccomp_action_names),
      INT("errnoRet", oci_syscall, errno_ret, 0, 65535),
      ARRAY("args", oci_syscall, args, seccomp_arg_table));
TABLE(seccomp, oci_seccomp, oci_check_seccomp,
      NEED_ENUM("defaultAction", oci_seccomp, default_action, oci_seccomp_action_names),
      INT("defaultErrnoRet", oci_seccomp, default_errno_ret, 0, 65535),
      STRINGS("architectures", oci_seccomp, architectures),
      SET("flags", oci_seccomp, flags, oci_seccomp_flag_names),
      STRING("listenerPath", oci_seccomp, listener_path),
      STRING("listenerMetadata", oci_seccomp, listener_metadata),
      ARRAY("syscalls", oci_seccomp, syscalls, syscall_table));
TABLE(personality, oci_personality, NULL,
      NEED_ENUM("domain", oci_personality, domain, domain_names),
      STRINGS("flags", oci_personality, flags));
TABLE(time_offset, oci_time_offset, NULL,
      INT("secs", oci_time_offset, secs, INT64_MIN, INT64_MAX),
      INT("nanosecs", oci_time_offset, nanosecs, 0, 999999999));
TABLE(time_offsets, oci_time_offsets, NULL,
      OBJECT("monotonic", oci_time_offsets, monotonic, time_offset_table),
      OBJECT("boottime", oci_time_offsets, boottime, time_offset_table));
TABLE(net_device, oci_net_device, NULL, STRING("name", oci_net_device, name));
TABLE(memory_policy, oci_memory_policy, oci_check_memory_policy,
      NEED_ENUM("mode", oci_memory_policy, mode, oci_mempolicy_names),
      STRING("nodes", oci_memory_policy, nodes),
      SET("flags", oci_memory_policy, flags, oci_mempolicy_flag_names));
TABLE(intel_rdt, oci_intel_rdt, oci_check_intel_rdt, STRING("closID", oci_intel_rdt, clos_id),
      STRING("l3CacheSchema", oci_intel_rdt, l3_cache_schema),
      STRING("memBwSchema", oci_intel_rdt, mem_bw_schema),
      STRINGS("schemata", oci_intel_rdt, schemata),
      BOOL("enableMonitoring", oci_intel_rdt, enable_monitoring));

TABLE(linux_, oci_linux, oci_check_linux,
      ARRAY("uidMappings", oci_linux, uid_mappings, id_mapping_table),
      ARRAY("gidMappings", oci_linux, gid_mappings, id_mapping_table),
      PAIRS("sysctl", oci_linux, sysctl),
      OBJECT("resources", oci_linux, resources, oci_resources_table),
      STRING("cgroupsPath", oci_linux, cgroups_path),
      ARRAY("namespaces", oci_linux, namespaces, namespace_table),
      ARRAY("devices", oci_linux, devices, device_table),
      MAP("netDevices", oci_linux, net_devices, net_device_table),
      OBJECT("seccomp", oci_linux, seccomp, seccomp_table),
      ENUM("rootfsPropagation", oci_linux, rootfs_propagation, propagation_names),
      STRINGS("maskedPaths", oci_linux, masked_paths),
      STRINGS("readonlyPaths", oci_linux, readonly_paths),
      STRING("mountLabel", oci_linux, mount_label),
      OBJECT("intelRdt", oci_linux, intel_rdt, intel_rdt_table),
      OBJECT("personality", oci_linux, personality, personality_table),
      OBJECT("timeOffsets", oci_linux, time_offsets, time_offsets_table),
      OBJECT("memoryPolicy", oci_linux, memory_policy, memory_policy_table));

TABLE(config, oci_config, oci_check_config, NEED_STRING("ociVersion", oci_config, version),
      OBJECT("root", oci_config, root, root_table),
      OBJECT("process", oci_config, process, oci_process_table),
      STRING("hostname", oci_config, hostname), STRING("domainname", oci_config, domainname),
      ARRAY("mounts", oci_config, mounts, mount_table),
      OBJECT("hooks", oci_config, hooks, hooks_table),
      OBJECT("linux", oci_config, os, linux__table),
      PAIRS("annotations", oci_config, annotations));

/* Up to 1.2 the specification left open what a limit of 0 is, and engines mean none by it. */
static void settle_pids(const char *version, struct oci_pids *pids)
{
	const bool is_old = version && !strncmp(version, "1.", 2) &&
			    strtoul(version + 2, NULL, 10) < 3;

	if (is_old && pids->limit.set && !pids->limit.value)
		pids->limit.value = -1;
}

int oci_config_read(const char *text, size_t length, struct oci_reader *reader,
		    struct oci_config *ret, struct gnv_error **err)
{
	int r = oci_table_parse(reader, &config_table, text, length, ret, err);

	if (r >= 0 && ret->os && ret->os->resources && ret->os->resources->pids)
		settle_pids(ret->version, ret->os->resources->pids);
	return r;
}

void oci_config_fini(struct oci_config *config)
{
	oci_table_free(&config_table, config);
}

const struct oci_namespace *oci_config_namespace(const struct oci_config *config,
						 enum oci_namespace_type type)
{
	const struct oci_namespace *namespaces;
	size_t i;

	if (!config->os)
		return NULL;
	namespaces = OCI_ITEMS(struct oci_namespace, config->os->namespaces);
	for (i = 0; i < config->os->namespaces.n; i++)
		if (namespaces[i].type == (int)type)
			return &namespaces[i];
	return NULL;
}

bool oci_config_has_new(const struct oci_config *config, enum oci_namespace_type type)
{
	const struct oci_namespace *namespace = oci_config_namespace(config, type);

	return namespace && !(namespace->path && *namespace->path);
}

const char *oci_annotation(const struct oci_config *config, const char *key)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	size_t i;

	for (i = 0; i < config->annotations.n; i++)
		if (!strcmp(pairs[i].key, key))
			return pairs[i].value;
	return NULL;
}
