// SPDX-License-Identifier: MIT
/*
 * config.json: what is read, and what each fault is called.
 */
#include <linux/capability.h>
#include <sys/mount.h>

#include "base/strv.h"
#include "oci/config.h"
#include "oci/mount_options.h"
#include "oci/seccomp.h"
#include "sandbox/seccomp.h"
#include "tests/unit/tap.h"

/* A configuration without faults, with @more members (", …") in it and in "linux". */
#define CONFIG(more, more_linux) \
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\"," \
	"\"args\":[\"true\"],\"user\":{\"uid\":1,\"gid\":2}}" more \
	",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]" more_linux "}}"

static struct oci_config config;
static struct oci_reader reader;

static int read_config(const char *text)
{
	oci_config_fini(&config);
	oci_reader_fini(&reader);
	reader = (struct oci_reader){ 0 };
	return oci_config_read(text, strlen(text), &reader, &config, NULL);
}

/* The one fault of @text. */
static const char *fault(const char *text)
{
	if (read_config(text) < 0)
		return "no JSON";
	if (!reader.n_faults)
		return "none";
	return reader.n_faults == 1 ? reader.faults[0] : "many";
}

static void the_least_is_accepted(void)
{
	expect_str(fault(CONFIG("", "")), "none");
	expect_str(config.root->path, "rootfs");
	expect_int(config.process->user->uid.value, 1);
	expect_int(config.process->user->gid.value, 2);
	expect_str(config.process->args[0], "true");
	expect(config.process->args[1] == NULL);
	expect(oci_config_namespace(&config, OCI_NS_PID) != NULL);
	expect(oci_config_namespace(&config, OCI_NS_IPC) == NULL);
}

static void unknown_members_are_passed_over(void)
{
	expect_str(fault(CONFIG(",\"x\":[1,{\"y\":null}]", ",\"z\":1")), "none");
}

static void numbers_keep_their_range(void)
{
	expect_str(fault(CONFIG("", ",\"resources\":{\"memory\":{\"limit\":-1},\"cpu\":"
				    "{\"shares\":18446744073709551615}}")),
		   "none");
	expect_int(config.os->resources->memory->limit.value, -1);
	expect(config.os->resources->cpu->shares.value == UINT64_MAX);
	expect_str(fault(CONFIG("", ",\"resources\":{\"memory\":{\"limit\":-2}}")),
		   "linux.resources.memory.limit: `-2` is not between -1 and 9223372036854775807");
	expect_str(fault(CONFIG("", ",\"resources\":{\"memory\":{\"limit\":9223372036854775808}}")),
		   "linux.resources.memory.limit: `9223372036854775808` is not between -1 and 9223372036854775807");
	expect_str(fault(CONFIG("", ",\"resources\":{\"memory\":{\"limit\":1.5}}")),
		   "linux.resources.memory.limit: is of the JSON type double, and should be an integer");
}

static void no_processes_are_a_limit_from_1_3_on(void)
{
	static const struct {
		const char *version;
		int limit;
	} cases[] = { { "1.0.2-dev", -1 }, { "1.2.1", -1 }, { "1.3.0", 0 }, { "1.3.0-rc.1", 0 },
		      { "1.10.0", 0 } };
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"},\"linux\":"
			 "{\"resources\":{\"pids\":{\"limit\":0}}}}",
			 cases[i].version);
		expect_int(read_config(text), 0);
		expect_int(config.os->resources->pids->limit.value, cases[i].limit);
	}
	expect_int(read_config(CONFIG("", ",\"resources\":{\"pids\":{\"limit\":7}}")), 0);
	expect_int(config.os->resources->pids->limit.value, 7);
}

static void capabilities_become_masks(void)
{
	expect_str(fault("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{"
			 "\"cwd\":\"/\",\"args\":[\"x\"],\"capabilities\":{\"bounding\":["
			 "\"CAP_CHOWN\",\"CAP_CHECKPOINT_RESTORE\",\"CAP_NEW\"]}},"
			 "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}"),
		   "none");
	expect(config.process->capabilities->bounding ==
	       (1ULL << CAP_CHOWN | 1ULL << CAP_CHECKPOINT_RESTORE));
	/* The specification: logged, and left out. */
	expect_int(gnv_strv_length(reader.warnings), 1);
	expect_str(reader.warnings[0],
		   "process.capabilities.bounding[2]: `CAP_NEW` is unknown, and left out");
}

static void maps_keep_keys(void)
{
	expect_str(fault(CONFIG(",\"annotations\":{\"a.b\":\"c\",\"d\":\"\"}", "")), "none");
	expect_str(oci_annotation(&config, "a.b"), "c");
	expect_str(oci_annotation(&config, "d"), "");
	expect(oci_annotation(&config, "e") == NULL);
	expect_str(fault(CONFIG(",\"annotations\":{\"a\":1}", "")),
		   "annotations[\"a\"]: is of the JSON type int, and should be a string");
}

static void every_fault_is_named(void)
{
	expect_int(read_config("{\"ociVersion\":\"2.0\",\"process\":{\"args\":[],\"cwd\":1},"
			       "\"mounts\":[{\"type\":\"tmpfs\"}],\"linux\":{\"namespaces\":["
			       "{\"type\":\"pod\"}]}}"),
		   0);
	expect_int(reader.n_faults, 6);
	expect_str(reader.faults[0],
		   "process.cwd: is of the JSON type int, and should be a string");
	expect_str(reader.faults[1], "process.args: names no program");
	expect_str(reader.faults[2], "mounts[0].destination: is missing");
	expect_str(reader.faults[3], "linux.namespaces[0].type: `pod` is unknown");
	expect_str(reader.faults[4], "ociVersion: `2.0` is not 1.x");
	expect_str(reader.faults[5], "root: is missing");
	expect_int(oci_reader_result(&reader, NULL), -EINVAL);
}

/* What is wrong with a member does not hide what is wrong with the whole. */
static void faults_of_all_levels_are_named(void)
{
	expect_int(read_config("{\"ociVersion\":\"2.0\",\"root\":{\"path\":\"\"},\"linux\":{"
			       "\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"},{\"type\":\"pid\"}],"
			       "\"maskedPaths\":[\"b\"]}}"),
		   0);
	expect_int(reader.n_faults, 5);
	expect_str(reader.faults[0], "root.path: is empty");
	expect_str(reader.faults[1],
		   "linux.namespaces[0].path: `x` is not an absolute path");
	expect_str(reader.faults[2], "linux.namespaces[1].type: `pid` is there twice");
	expect_str(reader.faults[3], "linux.maskedPaths[0]: `b` is not an absolute path");
	expect_str(reader.faults[4], "ociVersion: `2.0` is not 1.x");
}

/*
 * Each with two members that are wrong, one of them ill-formed: no more than these two faults
 * are named, for what depends on the ill-formed one is not known.
 */
static const struct {
	const char *text, *faults[2];
} pairs[] = {
	{ CONFIG("", ",\"cgroupsPath\":1,\"maskedPaths\":[\"b\"]"),
	  { "linux.cgroupsPath: is of the JSON type int, and should be a string",
	    "linux.maskedPaths[0]: `b` is not an absolute path" } },
	{ CONFIG("", ",\"maskedPaths\":[1,\"b\"]"),
	  { "linux.maskedPaths[0]: is of the JSON type int, and should be a string",
	    "linux.maskedPaths[1]: `b` is not an absolute path" } },
	{ CONFIG("", ",\"devices\":[{\"type\":\"c\",\"major\":\"1\",\"minor\":3,\"path\":\"x\"}]"),
	  { "linux.devices[0].major: is of the JSON type string, and should be an integer",
	    "linux.devices[0].path: `x` is not an absolute path" } },
	{ CONFIG("", ",\"devices\":[{\"type\":\"x\",\"path\":\"x\"}]"),
	  { "linux.devices[0].type: `x` is none of b, c, u, p",
	    "linux.devices[0].path: `x` is not an absolute path" } },
	{ CONFIG(",\"mounts\":[{\"destination\":\"/..\",\"options\":\"bind\"}]", ""),
	  { "mounts[0].options: is of the JSON type string, and should be an array",
	    "mounts[0].destination: `/..` has a part `..`" } },
	{ CONFIG(",\"mounts\":[{\"destination\":\"/a\",\"options\":[\"slave\",\"shared\"]}]", ""),
	  { "mounts[0].options: `shared` contradicts another propagation",
	    "mounts[0].type: is missing, and `options` has no `bind`" } },
	{ CONFIG("", ",\"resources\":{\"memory\":{\"limit\":\"1\",\"swap\":2,\"swappiness\":1}}"),
	  { "linux.resources.memory.limit: is of the JSON type string, and should be an integer",
	    "linux.resources.memory.swappiness: is not supported by this runtime" } },
	{ CONFIG("", ",\"memoryPolicy\":{\"mode\":\"x\",\"nodes\":\"y\"}"),
	  { "linux.memoryPolicy.mode: `x` is unknown",
	    "linux.memoryPolicy.nodes: `y` is no list of numbers such as 0-3,7" } },
	{ CONFIG("", ",\"seccomp\":{\"defaultErrnoRet\":1,\"architectures\":[\"x\"]}"),
	  { "linux.seccomp.defaultAction: is missing",
	    "linux.seccomp.architectures[0]: `x` is unknown" } },
	{ CONFIG("", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],"
		     "\"namespaces\":1,\"readonlyPaths\":[\"b\"]"),
	  { "linux.namespaces: is of the JSON type int, and should be an array",
	    "linux.readonlyPaths[0]: `b` is not an absolute path" } },
	{ CONFIG("", ",\"namespaces\":[{},{\"type\":\"pid\"},{},{\"type\":\"mount\"}]"),
	  { "linux.namespaces[0].type: is missing", "linux.namespaces[2].type: is missing" } },
	{ CONFIG(",\"annotations\":{\"dev.ghostnv/x\":\"1\",\"dev.ghostnv/gpus\":\"\"}", ""),
	  { "annotations: dev.ghostnv/x: there is no such limit; leave it out",
	    "annotations: dev.ghostnv/gpus: it is empty" } },
	{ CONFIG(",\"annotations\":{\"dev.ghostnv/gpus\":1,\"dev.ghostnv/vram.max\":\"x\"}", ""),
	  { "annotations[\"dev.ghostnv/gpus\"]: is of the JSON type int, and should be a string",
	    NULL } },
	{ CONFIG(",\"process\":{\"cwd\":\"/\",\"args\":\"x\",\"rlimits\":[{\"type\":\"RLIMIT_CPU\","
		 "\"soft\":2,\"hard\":1}]}",
		 ""),
	  { "process.args: is of the JSON type string, and should be an array",
	    "process.rlimits[0].soft: is above the hard limit" } },
};

static void ill_formed_members_hide_no_more_than_themselves(void)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		read_config(pairs[i].text);
		expect_int(reader.n_faults, 2);
		expect_str(reader.faults ? reader.faults[0] : NULL, pairs[i].faults[0]);
		if (reader.n_faults > 1 && pairs[i].faults[1])
			expect_str(reader.faults[1], pairs[i].faults[1]);
	}
}

static const struct {
	const char *text, *fault;
} faults[] = {
	{ CONFIG(",\"hostname\":\"x\"", ""),
	  "hostname: needs a namespace of type `uts`" },
	{ CONFIG("", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]"),
	  "linux.uidMappings: needs a new namespace of type `user`" },
	{ CONFIG("", ",\"sysctl\":{\"kernel.core_pattern\":\"|/x\"}"),
	  "linux.sysctl: `kernel.core_pattern` is not a namespace's own" },
	{ CONFIG("", ",\"sysctl\":{\"net/../kernel/core_pattern\":\"|/x\"}"),
	  "linux.sysctl: `net/../kernel/core_pattern` is not a namespace's own" },
	{ CONFIG("", ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"),
	  "linux.sysctl: `net.ipv4.ip_forward` needs a namespace of type `network`" },
	{ CONFIG("", ",\"cgroupsPath\":\"/a/../../b\""),
	  "linux.cgroupsPath: `/a/../../b` has a part `..`" },
	{ CONFIG("", ",\"maskedPaths\":[\"/a\",\"b\"]"),
	  "linux.maskedPaths[1]: `b` is not an absolute path" },
	{ CONFIG("", ",\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\"}]"),
	  "linux.devices[0]: lacks `major` or `minor`" },
	{ CONFIG("", ",\"devices\":[{\"type\":\"c\",\"path\":\"/dev/../etc/x\",\"major\":1,\"minor\":3}]"),
	  "linux.devices[0].path: `/dev/../etc/x` has a part `..`" },
	{ CONFIG("", ",\"resources\":{\"memory\":{\"limit\":-1,\"swap\":5}}"),
	  "linux.resources.memory.swap: is given without `limit`" },
	{ CONFIG("", ",\"resources\":{\"memory\":{\"swap\":5}}"),
	  "linux.resources.memory.swap: is given without `limit`" },
	{ CONFIG(",\"annotations\":{\"\":\"x\"}", ""), "annotations: one has an empty name" },
	{ CONFIG("", ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0,x\"}"),
	  "linux.memoryPolicy.nodes: `0,x` is no list of numbers such as 0-3,7" },
	{ CONFIG("", ",\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"}"),
	  "linux.memoryPolicy.nodes: is given with `MPOL_LOCAL`, which has none" },
	{ CONFIG("", ",\"netDevices\":{\"a/b\":{}}"),
	  "many" },
	{ CONFIG("", ",\"netDevices\":{\"eth0\":{}}"),
	  "linux.netDevices: needs a namespace of type `network`" },
	{ CONFIG("", ",\"resources\":{\"unified\":{\"../x\":\"1\"}}"),
	  "linux.resources.unified: `../x` is no file of a controller" },
	{ CONFIG("", ",\"resources\":{\"unified\":{\"cgroup.procs\":\"1\"}}"),
	  "linux.resources.unified: `cgroup.procs` is the runtime's own to write" },
	{ CONFIG("", ",\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}"),
	  "linux.resources.devices[0].access: `rx` has letters besides r, w, m" },
	{ CONFIG("", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}"),
	  "linux.seccomp.defaultErrnoRet: is given with the action `SCMP_ACT_ALLOW`" },
	{ CONFIG("", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_MAYBE\"}"),
	  "linux.seccomp.defaultAction: `SCMP_ACT_MAYBE` is unknown" },
	{ CONFIG(",\"mounts\":[{\"destination\":\"/a/../b\",\"type\":\"tmpfs\"}]", ""),
	  "mounts[0].destination: `/a/../b` has a part `..`" },
	{ CONFIG(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"none\",\"options\":[\"rbind\"]}]", ""),
	  "mounts[0].source: is missing" },
	{ CONFIG(",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"slave\",\"shared\"]}]",
		 ""),
	  "mounts[0].options: `shared` contradicts another propagation" },
	{ CONFIG(",\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}", ""),
	  "hooks.prestart[0].path: `x` is not an absolute path" },
	{ CONFIG(",\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}", ""),
	  "hooks.prestart[0].timeout: `0` is not between 1 and 2147483" },
	{ "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"}}",
	  "linux: is missing: there is no namespace to run in" },
	{ "[]", "no JSON" },
	{ "{\"ociVersion\":\"1.0.2\"", "no JSON" },
};

static void faults_have_paths(void)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		expect_str(fault(faults[i].text), faults[i].fault);
}

static void mount_options_are_sorted(void)
{
	char *words[] = { (char *)"rbind", (char *)"ro", (char *)"rnosuid", (char *)"noatime",
			  (char *)"rslave", NULL };
	struct oci_mount mount = { .options = words };
	struct oci_mount_options options = { 0 };

	expect_int(oci_mount_options_parse(&mount, &options, NULL), 0);
	expect(options.bind && options.recursive && options.propagation_deep);
	expect(options.flat.set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME));
	expect(options.flat.clear == MOUNT_ATTR__ATIME);
	expect(options.deep.set == MOUNT_ATTR_NOSUID);
	expect(options.propagation == MS_SLAVE);
	expect(options.data == NULL);
	oci_mount_options_fini(&options);
}

static void later_options_win(void)
{
	char *words[] = { (char *)"ro", (char *)"rw", (char *)"noexec", (char *)"relatime",
			  (char *)"size=5k", (char *)"mode=755", NULL };
	struct oci_mount mount = { .options = words, .type = (char *)"tmpfs" };
	struct oci_mount_options options = { 0 };

	expect_int(oci_mount_options_parse(&mount, &options, NULL), 0);
	expect(options.flat.set == MOUNT_ATTR_NOEXEC);
	expect(options.flat.clear == (MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME));
	expect_int(gnv_strv_length(options.data), 2);
	expect_str(options.data[0], "size=5k");
	oci_mount_options_fini(&options);
}

static void a_profile_becomes_a_program(void)
{
	struct sock_fprog program = { 0 };
	unsigned int flags = 0;

	expect_str(fault(CONFIG("", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
				    "\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86_64\","
				    "\"SCMP_ARCH_X86\"],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
				    "\"syscalls\":[{\"names\":[\"read\",\"no_such_call\"],\"action\":"
				    "\"SCMP_ACT_ALLOW\"},{\"names\":[\"personality\"],\"action\":"
				    "\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":0,\"op\":"
				    "\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":8,\"op\":\"SCMP_CMP_EQ\"}]}]}")),
		   "none");
	expect_int(oci_seccomp_build(config.os->seccomp, &program, &flags, NULL), 0);
	expect(program.len > 8);
	expect_int(flags, 2);
	gnv_seccomp_fini(&program);
}

int main(void)
{
	test("oci_config:the_least_is_accepted", the_least_is_accepted);
	test("oci_config:unknown_members_are_passed_over", unknown_members_are_passed_over);
	test("oci_config:numbers_keep_their_range", numbers_keep_their_range);
	test("oci_config:no_processes_are_a_limit_from_1_3_on",
	     no_processes_are_a_limit_from_1_3_on);
	test("oci_config:capabilities_become_masks", capabilities_become_masks);
	test("oci_config:maps_keep_keys", maps_keep_keys);
	test("oci_config:every_fault_is_named", every_fault_is_named);
	test("oci_config:faults_of_all_levels_are_named", faults_of_all_levels_are_named);
	test("oci_config:ill_formed_members_hide_no_more_than_themselves",
	     ill_formed_members_hide_no_more_than_themselves);
	test("oci_config:faults_have_paths", faults_have_paths);
	test("oci_config:mount_options_are_sorted", mount_options_are_sorted);
	test("oci_config:later_options_win", later_options_win);
	test("oci_config:a_profile_becomes_a_program", a_profile_becomes_a_program);
	oci_config_fini(&config);
	oci_reader_fini(&reader);
	return tap_end();
}
