/* SPDX-License-Identifier: MIT */
/*
 * config.json of the OCI runtime specification 1.3 (Linux) as plain structs.
 * Members bear the specification's names in lower case; absent strings and lists
 * are NULL, absent numbers are not `set`.
 */
#ifndef GNV_OCI_CONFIG_H
#define GNV_OCI_CONFIG_H

#include "oci/schema.h"

#define OCI_VERSION "1.3.0"

/* Kubernetes' largest are some tens of kilobytes. */
#define OCI_CONFIG_BYTES_MAX (16U << 20)

struct oci_user {
	struct oci_int uid, gid, umask;
	struct oci_array additional_gids; /* uint32_t */
};

struct oci_capabilities {
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct oci_rlimit {
	int type; /* 1 + RLIMIT_* by oci_rlimit_resource() */
	struct oci_u64 soft, hard;
};

struct oci_console_size {
	struct oci_int height, width;
};

struct oci_io_priority {
	int class;
	struct oci_int priority;
};

struct oci_scheduler {
	int policy;
	struct oci_int nice, priority;
	uint64_t flags;
	struct oci_u64 runtime, deadline, period;
};

struct oci_cpu_affinity {
	char *initial, *final;
};

struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user *user;
	char **args, **env;
	char *cwd;
	struct oci_capabilities *capabilities;
	struct oci_array rlimits;
	bool no_new_privileges;
	char *apparmor_profile, *selinux_label;
	struct oci_int oom_score_adj;
	struct oci_io_priority *io_priority;
	struct oci_scheduler *scheduler;
	struct oci_cpu_affinity *affinity;
};

struct oci_root {
	char *path;
	bool readonly;
};

struct oci_id_mapping {
	struct oci_int container_id, host_id, size;
};

struct oci_mount {
	char *destination, *type, *source;
	char **options;
	struct oci_array uid_mappings, gid_mappings;
};

struct oci_hook {
	char *path;
	char **args, **env;
	struct oci_int timeout; /* seconds */
};

struct oci_hooks {
	struct oci_array prestart, create_runtime, create_container, start_container,
		poststart, poststop;
};

/* In the order of the specification; the values of oci_namespace.type. */
enum oci_namespace_type {
	OCI_NS_PID = 1,
	OCI_NS_NETWORK,
	OCI_NS_MOUNT,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_USER,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
	OCI_NS_END,
};

struct oci_namespace {
	int type;
	char *path;
};

struct oci_device {
	char *type, *path;
	struct oci_int major, minor, file_mode, uid, gid;
};

struct oci_device_rule {
	bool allow;
	char *type, *access;
	struct oci_int major, minor;
};

struct oci_memory {
	struct oci_int limit, reservation, swap, kernel, kernel_tcp, swappiness;
	bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct oci_cpu {
	struct oci_u64 shares, period, realtime_period, burst;
	struct oci_int quota, realtime_runtime, idle;
	char *cpus, *mems;
};

struct oci_pids {
	struct oci_int limit;
};

struct oci_block_weight {
	struct oci_int major, minor, weight, leaf_weight;
};

struct oci_block_rate {
	struct oci_int major, minor;
	struct oci_u64 rate;
};

struct oci_block_io {
	struct oci_int weight, leaf_weight;
	struct oci_array weight_device, read_bps, write_bps, read_iops, write_iops;
};

struct oci_hugepage {
	char *page_size;
	struct oci_u64 limit;
};

struct oci_net_priority {
	char *name;
	struct oci_int priority;
};

struct oci_network {
	struct oci_int class_id;
	struct oci_array priorities;
};

struct oci_rdma {
	char *key;
	struct oci_int handles, objects;
};

struct oci_resources {
	struct oci_array devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_array hugepages;
	struct oci_network *network;
	struct oci_array rdma;
	struct oci_array unified;
};

struct oci_seccomp_arg {
	struct oci_int index;
	struct oci_u64 value, value_two;
	int op;
};

struct oci_syscall {
	char **names;
	int action;
	struct oci_int errno_ret;
	struct oci_array args;
};

struct oci_seccomp {
	int default_action;
	struct oci_int default_errno_ret;
	char **architectures;
	uint64_t flags;
	char *listener_path, *listener_metadata;
	struct oci_array syscalls;
};

struct oci_personality {
	int domain;
	char **flags;
};

struct oci_time_offset {
	struct oci_int secs, nanosecs;
};

struct oci_time_offsets {
	struct oci_time_offset *monotonic, *boottime;
};

struct oci_net_device {
	char *key;
	char *name;
};

struct oci_memory_policy {
	int mode;
	char *nodes;
	uint64_t flags;
};

struct oci_intel_rdt {
	char *clos_id;
	char *l3_cache_schema, *mem_bw_schema;
	char **schemata;
	bool enable_monitoring;
};

struct oci_linux {
	struct oci_array uid_mappings, gid_mappings;
	struct oci_array sysctl;
	struct oci_resources *resources;
	char *cgroups_path;
	struct oci_array namespaces, devices, net_devices;
	struct oci_seccomp *seccomp;
	int rootfs_propagation;
	char **masked_paths, **readonly_paths;
	char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_personality *personality;
	struct oci_time_offsets *time_offsets;
	struct oci_memory_policy *memory_policy;
};

struct oci_config {
	char *version;
	struct oci_root *root;
	struct oci_process *process;
	char *hostname, *domainname;
	struct oci_array mounts;
	struct oci_hooks *hooks;
	struct oci_linux *os; /* "linux", which some compilers define */
	struct oci_array annotations;
};

/* The names behind the sets and enumerations, NULL-terminated. */
extern const char *const oci_capability_names[]; /* by CAP_* */
extern const char *const oci_namespace_names[];
extern const char *const oci_seccomp_action_names[];
extern const char *const oci_seccomp_operator_names[];
extern const char *const oci_seccomp_flag_names[];
extern const char *const oci_hook_names[];
extern const char *const oci_mempolicy_names[];
extern const char *const oci_mempolicy_flag_names[];

/* Tables of parts that come alone: `exec --process`, `update --resources`. */
extern const struct oci_table oci_process_table, oci_resources_table;

/*
 * Read a whole configuration; faults and warnings are left in @reader.
 * Return: 0, also when there are faults (see oci_reader_result()), or -errno
 * where @text is no JSON object at all.
 */
int oci_config_read(const char *text, size_t length, struct oci_reader *reader,
		    struct oci_config *ret, struct gnv_error **err);
void oci_config_fini(struct oci_config *config);

/* The namespace of that type, or NULL. */
const struct oci_namespace *oci_config_namespace(const struct oci_config *config,
						 enum oci_namespace_type type);

/* Whether the container has one of its own, neither the runtime's nor one that it joins. */
bool oci_config_has_new(const struct oci_config *config, enum oci_namespace_type type);

/* NULL where there is none. */
const char *oci_annotation(const struct oci_config *config, const char *key);

/* "net.ipv4.conf.eth0/1.x" as a path below /proc/sys; NULL without memory. */
char *oci_sysctl_path(const char *key);

#define _cleanup_config_ _cleanup_(oci_config_fini)
#define _cleanup_reader_ _cleanup_(oci_reader_fini)

#define OCI_ITEMS(type, array) ((const type *)(array).items)

#endif /* GNV_OCI_CONFIG_H */
