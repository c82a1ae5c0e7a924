// SPDX-License-Identifier: MIT
/*
 * Vectors: root inside of a container, with all capabilities or in a user
 * namespace, before ghostnv's own interfaces and with device nodes of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "escape.h"
#include "stage.h"

/* The container that is to be changed: its own; in a control a victim's. */
static __u64 target(struct scene *scene)
{
	struct ghostnv_container_find find = { .size = sizeof(find) };
	char dir[128];

	place_dir(scene, scene->control ? OTHER : OWN, dir, sizeof(dir));
	find.cgroup_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must_errno(scene, "open a cgroup", find.cgroup_fd);
	must_errno(scene, "find a container", ghostnv_call(GHOSTNV_IOC_CONTAINER_FIND, &find));
	close(find.cgroup_fd);
	return find.id;
}

static __u64 victim(struct scene *scene)
{
	struct scene other = *scene;

	other.control = true;
	return target(&other);
}

static void take_here(struct scene *scene)
{
	struct attacker a;

	if (try_open_all(&a) == NV_OK)
		take_all(scene, &a);
}

static void raise_by_ioctl(struct scene *scene)
{
	__u64 id = target(scene);

	enter(scene);
	begin(scene);
	forbidden_errno(scene, "LIMIT_SET",
			set_limit(id, GHOSTNV_LIMIT_VRAM_MAX, GHOSTNV_UNLIMITED));
	take_here(scene);
}

static void grant_by_ioctl(struct scene *scene)
{
	__u64 id = target(scene);

	enter(scene);
	begin(scene);
	forbidden_errno(scene, "LIMIT_SET", set_limit(id, GHOSTNV_LIMIT_GPUS, 3));
}

static void write_sysfs(struct scene *scene, const char *root)
{
	static const struct {
		const char *file;
		const char *value;
	} tries[] = { { "vram.max", "max" }, { "gpu0/vram.max", "max" }, { "gpus", "0-1" } };
	char path[160];
	__u64 id = target(scene);

	enter(scene);
	begin(scene);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		snprintf(path, sizeof(path), "%s/kernel/ghostnv/containers/%llu/%s", root,
			 (unsigned long long)id, tries[i].file);
		forbidden_errno(scene, tries[i].file, write_text(path, tries[i].value));
	}
	take_here(scene);
}

static void raise_by_sysfs(struct scene *scene)
{
	write_sysfs(scene, "/sys");
}

/* A mount of its own, where nothing of it is covered or read-only. */
static void raise_by_own_sysfs(struct scene *scene)
{
	must_errno(scene, "a mount namespace", unshare(CLONE_NEWNS));
	must_errno(scene, "private mounts", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must_errno(scene, "mount sysfs", mount("sysfs", "/mnt", "sysfs", 0, NULL));
	write_sysfs(scene, "/mnt");
}

static void create_elsewhere(struct scene *scene)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/elsewhere", scene->dir);
	must_errno(scene, "make a cgroup", mkdir(dir, 0755));
	enter(scene);
	begin(scene);
	forbidden_errno(scene, "CONTAINER_CREATE",
			make_container(dir, 1, GHOSTNV_UNLIMITED) ? 0 : -1);
}

static void destroy_another(struct scene *scene)
{
	struct ghostnv_container_destroy destroy = { .size = sizeof(destroy), .id = victim(scene) };

	enter(scene);
	begin(scene);
	forbidden_errno(scene, "CONTAINER_DESTROY",
			ghostnv_call(GHOSTNV_IOC_CONTAINER_DESTROY, &destroy));
}

static void lower_another(struct scene *scene)
{
	__u64 id = victim(scene);

	enter(scene);
	begin(scene);
	forbidden_errno(scene, "LIMIT_SET", set_limit(id, GHOSTNV_LIMIT_VRAM_MAX, 1));
}

static void listen_to_others(struct scene *scene)
{
	struct ghostnv_subscribe one = { .size = sizeof(one), .id = victim(scene) };
	struct ghostnv_subscribe all = { .size = sizeof(all) };

	enter(scene);
	begin(scene);
	forbidden_errno(scene, "SUBSCRIBE to another",
			ghostnv_call(GHOSTNV_IOC_SUBSCRIBE, &one));
	forbidden_errno(scene, "SUBSCRIBE to all", ghostnv_call(GHOSTNV_IOC_SUBSCRIBE, &all));
}

static int subscribe(__u64 id)
{
	struct ghostnv_subscribe one = { .size = sizeof(one), .id = id };

	return ioctl(open("/dev/ghostnv", O_RDWR | O_CLOEXEC), GHOSTNV_IOC_SUBSCRIBE, &one);
}

/* Each of them is looked at for each event, whosever that is. */
static void many_listeners(struct scene *scene)
{
	int ret = 0;

	enter(scene);
	must_errno(scene, "SUBSCRIBE", subscribe(scene->id));
	begin(scene);
	for (int i = 0; !ret && i < 200; i++)
		ret = subscribe(scene->id);
	forbidden_errno(scene, "SUBSCRIBE 200 times", ret);
}

static void read_debugfs(struct scene *scene)
{
	static const char *const files[] = { "sessions", "clients", "allocations", "handovers",
					     "intercept" };
	char path[96], text[64];

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	must_errno(scene, "debugfs", access("/sys/kernel/debug/ghostnv/clients", F_OK));
	enter(scene);
	begin(scene);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "/sys/kernel/debug/ghostnv/%s", files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		forbidden_errno(scene, files[i], fd < 0 ? -1 : read(fd, text, sizeof(text)));
	}
}

/* Whatever an ioctl of /dev/ghostnv is given, nothing of a container changes. */
static void junk_ioctls(struct scene *scene)
{
	char junk[512];
	int fd;

	enter(scene);
	fd = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	must_errno(scene, "open /dev/ghostnv", fd);
	begin(scene);
	for (unsigned int number = 0; number < 256; number++) {
		for (unsigned int byte = 0; byte < 256; byte += 51) {
			memset(junk, (int)byte, sizeof(junk));
			junk[0] = (char)(byte ?: 64);
			memset(junk + 1, 0, 3);
			ioctl(fd, _IO(GHOSTNV_IOC_MAGIC, number), junk);
		}
	}
	take_here(scene);
}

/* --- user namespaces ------------------------------------------------------------------- */

/*
 * Root of a namespace of its own that is nobody outside, as an unprivileged
 * container's root is; in a control it stays root.
 */
static void become_small_root(struct scene *scene)
{
	if (scene->control)
		return;
	must_errno(scene, "setgid", setresgid(65534, 65534, 65534));
	must_errno(scene, "setuid", setresuid(65534, 65534, 65534));
	/* /proc/self is its own only when it may be dumped. */
	must_errno(scene, "dumpable", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	must_errno(scene, "a user namespace", unshare(CLONE_NEWUSER | CLONE_NEWNS));
	must_errno(scene, "uid_map", write_text("/proc/self/uid_map", "0 65534 1"));
	must_errno(scene, "setgroups", write_text("/proc/self/setgroups", "deny"));
	must_errno(scene, "gid_map", write_text("/proc/self/gid_map", "0 65534 1"));
}

static void small_root_raises(struct scene *scene)
{
	__u64 id = target(scene);

	enter(scene);
	become_small_root(scene);
	begin(scene);
	forbidden_errno(scene, "LIMIT_SET",
			set_limit(id, GHOSTNV_LIMIT_VRAM_MAX, GHOSTNV_UNLIMITED));
	take_here(scene);
}

static void small_root_writes(struct scene *scene)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/ghostnv/containers/%llu/vram.max",
		 (unsigned long long)target(scene));
	enter(scene);
	become_small_root(scene);
	begin(scene);
	forbidden_errno(scene, "write vram.max", write_text(path, "max"));
	take_here(scene);
}

static void small_root_creates(struct scene *scene)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/elsewhere", scene->dir);
	must_errno(scene, "make a cgroup", mkdir(dir, 0755));
	enter(scene);
	become_small_root(scene);
	begin(scene);
	forbidden_errno(scene, "CONTAINER_CREATE",
			make_container(dir, 1, GHOSTNV_UNLIMITED) ? 0 : -1);
	take_here(scene);
}

static void small_root_leaves(struct scene *scene)
{
	char dir[128];

	place_dir(scene, OUTSIDE, dir, sizeof(dir));
	enter(scene);
	become_small_root(scene);
	begin(scene);
	forbidden_errno(scene, "leave the cgroup", move_to(dir));
	take_here(scene);
}

/* In a cgroup namespace its own cgroup is the root, and a new mount shows no more. */
static void cgroup_namespace(struct scene *scene)
{
	enter(scene);
	must_errno(scene, "namespaces", unshare(CLONE_NEWNS | CLONE_NEWCGROUP));
	must_errno(scene, "private mounts", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must_errno(scene, "mount cgroup2", mount("cgroup2", "/mnt", "cgroup2", 0, NULL));
	begin(scene);
	move_to("/mnt");
	move_to("/mnt/..");
	if (!mkdir("/mnt/below", 0755))
		move_to("/mnt/below");
	take_here(scene);
	rmdir("/mnt/below");
}

/* --- device nodes ------------------------------------------------------------------------- */

/* A folder for nodes of its own. */
static void own_nodes(struct scene *scene)
{
	must_errno(scene, "a mount namespace", unshare(CLONE_NEWNS));
	must_errno(scene, "private mounts", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must_errno(scene, "mount tmpfs", mount("tmpfs", "/mnt", "tmpfs", 0, NULL));
}

static int make_node(const char *name, unsigned int major_number, unsigned int minor_number)
{
	char path[64];

	snprintf(path, sizeof(path), "/mnt/%s", name);
	return mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number));
}

static int open_made(const char *name, unsigned int major_number, unsigned int minor_number)
{
	char path[64];

	if (make_node(name, major_number, minor_number))
		return -1;
	snprintf(path, sizeof(path), "/mnt/%s", name);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void node_of_gpu(struct scene *scene)
{
	enter(scene);
	own_nodes(scene);
	begin(scene);
	forbidden_errno(scene, "open a node of the other GPU",
			open_made("gpu", NV_MAJOR_DEVICE_NUMBER, 1));
}

static void nodes_of_all(struct scene *scene)
{
	struct attacker a = { .gpu.file = -1 };

	enter(scene);
	own_nodes(scene);
	must_errno(scene, "make a node",
		   make_node("nvidiactl", NV_MAJOR_DEVICE_NUMBER,
			     NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE));
	must_errno(scene, "make a node", make_node("nvidia0", NV_MAJOR_DEVICE_NUMBER, 0));
	must(scene, "open nvidiactl", rm_open(&a.rm, "/mnt"));
	must(scene, "make a device", rm_gpu_open(&a.rm, 0, &a.gpu));
	begin(scene);
	take_all(scene, &a);
}

/* Everything of NVIDIA's driver that is not a GPU's or UVM's. */
static void nodes_beside(struct scene *scene)
{
	enter(scene);
	own_nodes(scene);
	begin(scene);
	forbidden_errno(scene, "open nvidia-modeset",
			open_made("modeset", NV_MAJOR_DEVICE_NUMBER,
				  NV_MINOR_DEVICE_NUMBER_MODESET_DEVICE));
	forbidden_errno(scene, "open a primary node of DRM", open_made("card0", 226, 0));
	forbidden_errno(scene, "open a render node of DRM", open_made("renderD128", 226, 128));
	take_here(scene);
}

static void uvm_tools(struct scene *scene)
{
	char params[512] = { 0 };
	int file;

	enter(scene);
	file = rm_open_node("/dev", "nvidia-uvm-tools");
	begin(scene);
	if (file < 0) {
		forbidden_errno(scene, "open nvidia-uvm-tools", file);
		return;
	}
	for (unsigned int call = UVM_TOOLS_INIT_EVENT_TRACKER;
	     call <= UVM_TOOLS_GET_PROCESSOR_UUID_TABLE; call++)
		forbidden_errno(scene, "call nvidia-uvm-tools", ioctl(file, call, params));
	take_here(scene);
}

#define BELOW "who is in a container, whatever its capabilities, changes only those strictly below"
#define NO_CAPABILITY "that takes CAP_SYS_ADMIN in the initial user namespace"

const struct vector power_vectors[] = {
	{ "admin_raises", "raises its limit by /dev/ghostnv, with CAP_SYS_ADMIN", BELOW,
	  raise_by_ioctl },
	{ "admin_grants", "grants itself another GPU by /dev/ghostnv", BELOW, grant_by_ioctl, NULL,
	  TWO_GPUS },
	{ "admin_sysfs", "writes its limits and GPUs in /sys/kernel/ghostnv", BELOW, raise_by_sysfs,
	  NULL, TWO_GPUS },
	{ "admin_own_sysfs", "the same in a mount of sysfs of its own",
	  "as above: it is the caller that counts, not the mount", raise_by_own_sysfs, NULL,
	  TWO_GPUS },
	{ "admin_creates", "makes a container of a cgroup elsewhere", BELOW, create_elsewhere },
	{ "admin_destroys", "destroys another's container, which has no processes", BELOW,
	  destroy_another },
	{ "admin_lowers", "takes another container's limit away from it", BELOW, lower_another },
	{ "admin_listens", "subscribes to the events of others and of all",
	  "events are of one's own container and those below", listen_to_others },
	{ "many_listeners", "subscribes to its own events without end",
	  "a container has 64 readers at most, as each has to be told", many_listeners },
	{ "admin_debugfs", "reads others' clients and handles in debugfs",
	  "who is in a container cannot read there", read_debugfs },
	{ "junk_ioctls", "calls all ioctls of /dev/ghostnv with junk",
	  "structures are checked, and limits are not the caller's to change", junk_ioctls },
	{ "userns_raises", "raises its limit as root of a user namespace", NO_CAPABILITY,
	  small_root_raises },
	{ "userns_sysfs", "writes its limit in sysfs as such", NO_CAPABILITY, small_root_writes },
	{ "userns_creates", "makes a container of a cgroup elsewhere as such", NO_CAPABILITY,
	  small_root_creates },
	{ "userns_leaves", "leaves its cgroup as such", "the kernel's rules of cgroup.procs",
	  small_root_leaves },
	{ "cgroupns_leaves", "mounts cgroup2 in a cgroup namespace and looks for a way up",
	  "a new mount begins at its own cgroup; what is below stays in the container",
	  cgroup_namespace },
	{ "mknod_gpu", "makes a device node of a GPU that is not granted (CAP_MKNOD)",
	  "opening it is refused, by whatever node", node_of_gpu, NULL, TWO_GPUS },
	{ "mknod_all", "makes nodes of its own for control and GPU", "they lead to the same operations",
	  nodes_of_all },
	{ "nodes_beside", "makes nodes of nvidia-modeset and DRM",
	  "they are not interposed; a container runtime must not let them through", nodes_beside,
	  "the simulator has neither" },
	{ "uvm_tools", "calls nvidia-uvm-tools, which reads and writes the memory of processes",
	  "it is not interposed; a container runtime must not let it through", uvm_tools,
	  "the simulator's knows no calls" },
	{ 0 },
};
