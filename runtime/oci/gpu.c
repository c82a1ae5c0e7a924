// SPDX-License-Identifier: MIT
/*
 * GPUs for a bundle.  Files of the host's are walked to descriptors here; what is done in
 * the container goes by them.
 */
#include "oci/gpu.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "container/driver.h"
#include "container/gpus.h"
#include "gpu/capabilities.h"
#include "gpu/module.h"
#include "gpu/visible.h"
#include "oci/gpu_admin.h"
#include "oci/gpu_request.h"
#include "oci/lsm.h"
#include "sandbox/gpu_proc.h"
#include "sandbox/mount_api.h"
#include "sandbox/paths.h"
#include "sandbox/put.h"

#define GPU_PROC "/proc/driver/nvidia"

struct oci_gpu {
	struct oci_gpu_request request;
	struct oci_gpu_admin admin;
	struct gnv_gpus gpus;
	struct gnv_driver driver;
	bool has_driver; /* its nodes and files come in */
	int *put_fds; /* as many as the driver has puts */
	int proc_fd;
};

void oci_gpu_free(struct oci_gpu *gpu)
{
	size_t i;

	if (!gpu)
		return;
	for (i = 0; gpu->put_fds && i < gpu->driver.n_puts; i++)
		gnv_close(&gpu->put_fds[i]);
	free(gpu->put_fds);
	gnv_close(&gpu->proc_fd);
	gnv_driver_fini(&gpu->driver);
	gnv_gpus_fini(&gpu->gpus);
	oci_gpu_admin_fini(&gpu->admin);
	oci_gpu_request_fini(&gpu->request);
	free(gpu);
}

static void freep(struct oci_gpu **gpu)
{
	oci_gpu_free(*gpu);
}

/* --- which GPUs --------------------------------------------------------------------------- */

static int find_granted(const struct oci_gpu *gpu, uint64_t *ret, struct gnv_error **err)
{
	const struct gnv_gpu_list *list = &gpu->gpus.list;
	size_t i;
	int r;

	if (gpu->request.granted) {
		r = gnv_gpu_select(list, gpu->request.granted, ret, err);
		return gnv_error_wrap(err, r, OCI_GPU_ANNOTATIONS "gpus");
	}
	*ret = 0;
	for (i = 0; i < list->n; i++)
		*ret |= 1ULL << list->gpus[i].index;
	return 0;
}

/* A name that is not granted is a contradiction of the caller's. */
static int select_names(const struct oci_gpu *gpu, uint64_t granted, uint64_t *mask,
			struct gnv_error **err)
{
	char *const *names = gpu->request.names.items;
	size_t i;

	for (i = 0; i < gpu->request.names.n; i++) {
		uint64_t one;
		int r = gnv_gpu_select(&gpu->gpus.list, names[i], &one, err);

		if (r < 0)
			return gnv_error_wrap(err, r, "the caller's device");
		if (one & ~granted) {
			gnv_error_set(err, EPERM, "the caller's device: GPU `%s` is not granted",
				      names[i]);
			return gnv_error_remedy(err, -EPERM,
						"name it in `" OCI_GPU_ANNOTATIONS "gpus`");
		}
		*mask |= one;
	}
	return 0;
}

static uint64_t mask_of_nodes(const struct oci_gpu *gpu, const struct oci_config *config)
{
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, config->os->devices);
	const struct gnv_gpu_list *list = &gpu->gpus.list;
	uint64_t mask = 0;
	size_t i, j;

	for (i = 0; i < config->os->devices.n; i++)
		for (j = 0; j < list->n; j++)
			if (oci_gpu_is_node(&devices[i]) &&
			    devices[i].minor.value == (int64_t)list->gpus[j].minor)
				mask |= 1ULL << list->gpus[j].index;
	return mask;
}

/*
 * The environment chooses where the caller has not; NVIDIA's CDI devices come with one that
 * says void.
 */
static int choose(struct oci_gpu *gpu, const struct oci_config *config, struct gnv_error **err)
{
	bool chosen = gpu->request.names.n || gpu->request.has_nodes;
	uint64_t granted, mask = 0, by_env;
	enum gnv_visible visible;
	int r = find_granted(gpu, &granted, err);

	if (r >= 0)
		r = select_names(gpu, granted, &mask, err);
	if (r >= 0)
		r = gnv_visible_read(gpu->request.env, &gpu->gpus.list, granted, &visible, &by_env,
				     NULL, err);
	if (r < 0)
		return r;
	mask |= mask_of_nodes(gpu, config) & granted;
	if (!chosen || visible == GNV_VISIBLE_SOME)
		mask |= by_env;
	gpu->gpus.mask = mask;
	gpu->has_driver = gpu->request.asks && (chosen || visible != GNV_VISIBLE_VOID);
	return 0;
}

static int settle(struct oci_gpu *gpu, struct gnv_error **err)
{
	unsigned int granted = GNV_DRIVER_ALL;
	int r = 0;

	if (!gpu->has_driver)
		return 0;
	if (gpu->admin.driver_capabilities)
		r = gnv_capabilities_parse(gpu->admin.driver_capabilities, &granted, err);
	if (r >= 0)
		r = gnv_gpus_settle(&gpu->gpus, gpu->request.capabilities, granted,
				    gpu->request.env, err);
	return r;
}

/* --- the configuration ---------------------------------------------------------------------- */

static bool has_device(const struct oci_linux *os, const char *path)
{
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, os->devices);
	size_t i;

	for (i = 0; i < os->devices.n; i++)
		if (!strcmp(devices[i].path, path))
			return true;
	return false;
}

/* Room for one item more; NULL without memory. */
static void *grow(struct oci_array *array, size_t size)
{
	char *grown = reallocarray(array->items, array->n + 1, size);

	if (!grown)
		return NULL;
	array->items = grown;
	return memset(grown + array->n * size, 0, size);
}

static int add_node(struct oci_linux *os, const struct gnv_gpu_node *node)
{
	struct oci_device_rule *rule;
	struct oci_device *device;

	if (!has_device(os, node->path)) {
		device = grow(&os->devices, sizeof(*device));
		if (!device)
			return -ENOMEM;
		os->devices.n++;
		device->type = strdup("c");
		device->path = strdup(node->path);
		device->major = (struct oci_int){ true, node->major };
		device->minor = (struct oci_int){ true, node->minor };
		if (!device->type || !device->path)
			return -ENOMEM;
	}
	rule = grow(&os->resources->devices, sizeof(*rule));
	if (!rule)
		return -ENOMEM;
	os->resources->devices.n++;
	rule->allow = true;
	rule->type = strdup("c");
	rule->access = strdup("rw");
	rule->major = (struct oci_int){ true, node->major };
	rule->minor = (struct oci_int){ true, node->minor };
	return rule->type && rule->access ? 0 : -ENOMEM;
}

/* As if the caller had given them: they are made, mounted and allowed like others. */
static int add_nodes(const struct oci_gpu *gpu, struct oci_linux *os, struct gnv_error **err)
{
	size_t i;
	int r = 0;

	if (!os->resources)
		os->resources = calloc(1, sizeof(*os->resources));
	if (!os->resources)
		r = -ENOMEM;
	for (i = 0; r >= 0 && i < gpu->gpus.n_nodes; i++)
		r = add_node(os, &gpu->gpus.nodes[i]);
	return r < 0 ? gnv_error_errno(err, -r, "add the GPUs' nodes") : 0;
}

/* --- the driver's files --------------------------------------------------------------------- */

static int prepare_files(struct oci_gpu *gpu, const char *rootfs, const char *label,
			 struct gnv_error **err)
{
	const struct gnv_driver_wish wish = {
		.root = gpu->admin.driver_root,
		.version = gpu->gpus.driver,
		.capabilities = gpu->gpus.capabilities,
		.sockets = gpu->admin.driver_sockets,
	};
	size_t i;
	int r = 0;

	if (wish.capabilities)
		r = gnv_driver_init(&gpu->driver, &wish, rootfs, err);
	if (r < 0)
		return r;
	gpu->put_fds = malloc((gpu->driver.n_puts + 1) * sizeof(*gpu->put_fds));
	if (!gpu->put_fds)
		return gnv_error_errno(err, ENOMEM, "prepare the driver's files");
	for (i = 0; i < gpu->driver.n_puts; i++)
		gpu->put_fds[i] = -EBADF;
	for (i = 0; r >= 0 && i < gpu->driver.n_puts; i++)
		r = gnv_put_prepare(&gpu->driver.puts[i], &gpu->put_fds[i], err);
	if (r >= 0)
		r = gnv_gpu_proc_make(GPU_PROC, gpu->gpus.pci, label, &gpu->proc_fd, err);
	return r;
}

/* --- all of it ------------------------------------------------------------------------------ */

static int read_wishes(struct oci_gpu *gpu, const struct oci_config *config,
		       const char *admin_path, struct gnv_error **err)
{
	int r = oci_gpu_admin_read(admin_path, &gpu->admin, err);
	bool refused;

	if (r >= 0)
		r = oci_gpu_request_read(config, !gpu->admin.ignore_environment, &gpu->request,
					 err);
	if (r >= 0)
		r = oci_gpu_limits_read(&gpu->admin.limits, "", &gpu->request.limits, err);
	if (r >= 0)
		r = gnv_gpu_limits_add_env(&gpu->request.limits, gpu->request.env,
					   gpu->admin.realtime_priority, &refused, err);
	return r < 0 ? r : oci_gpu_limits_lower(gpu->request.env, &gpu->request.limits, err);
}

static int make(struct oci_gpu *gpu, struct oci_config *config, const char *rootfs,
		struct gnv_error **err)
{
	int r = gnv_gpus_look(&gpu->gpus, err);

	if (r >= 0)
		r = choose(gpu, config, err);
	if (r >= 0)
		r = settle(gpu, err);
	if (r < 0 || !gpu->has_driver)
		return r;
	r = add_nodes(gpu, config->os, err);
	return r < 0 ? r : prepare_files(gpu, rootfs, oci_lsm_mount_label(config->os), err);
}

int oci_gpu_prepare(struct oci_config *config, const char *rootfs, const char *admin_path,
		    struct oci_gpu **ret, struct gnv_error **err)
{
	_cleanup_(freep) struct oci_gpu *gpu = NULL;
	_cleanup_error_ struct gnv_error *reason = NULL;
	int r;

	*ret = NULL;
	if (!oci_gpu_is_concerned(config))
		return 0;
	gpu = calloc(1, sizeof(*gpu));
	if (!gpu)
		return gnv_error_errno(err, ENOMEM, "prepare GPUs");
	gpu->proc_fd = -EBADF;
	r = read_wishes(gpu, config, admin_path, err);
	if (r < 0)
		return r;
	oci_gpu_drop_hooks(config);
	if (!gpu->request.asks && !gpu->request.has_nodes)
		return 0;
	r = gnv_module_open(&gpu->gpus.module, &reason);
	/* A privileged container has all nodes of the host, and need not want any of them. */
	if (r == -ENODEV && !gpu->request.asks)
		return 0;
	if (r < 0)
		gnv_error_move(err, &reason);
	else
		r = make(gpu, config, rootfs, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "GPUs");
	*ret = STEAL_PTR(gpu);
	return 0;
}

int oci_gpu_register(const struct oci_gpu *gpu, int cgroup_fd, struct gnv_error **err)
{
	struct ghostnv *module = gpu ? gpu->gpus.module : NULL;
	uint64_t id;
	int r;

	if (!module)
		return 0;
	r = ghostnv_container_create(module, cgroup_fd, gpu->gpus.mask, GHOSTNV_UNLIMITED, &id);
	if (r < 0) {
		gnv_error_errno(err, -r, "register the cgroup with ghostnv");
		if (r == -EEXIST)
			return gnv_error_remedy(err, r, "give `linux.cgroupsPath` of its own");
		if (r == -EPERM)
			return gnv_error_remedy(err, r, "run as root");
		return r;
	}
	return gnv_gpu_limits_apply(&gpu->request.limits, module, id, err);
}

/* What is found may be a container above it; that of the cgroup has its inode's number. */
static int open_registered(int cgroup_fd, struct ghostnv **ret, uint64_t *ret_id,
			   struct gnv_error **err)
{
	_cleanup_module_ struct ghostnv *module = NULL;
	struct stat st;
	int r = gnv_module_open(&module, err);

	if (r < 0)
		return r;
	r = fstat(cgroup_fd, &st) < 0 ? -errno :
					ghostnv_container_find(module, cgroup_fd, ret_id);
	if (r < 0 && r != -ENOENT)
		return gnv_error_errno(err, -r, "ask ghostnv for the container");
	if (r < 0 || *ret_id != st.st_ino) {
		gnv_error_set(err, ENOENT, "it was created without a GPU");
		return gnv_error_remedy(err, -ENOENT, "create it anew, with one");
	}
	*ret = STEAL_PTR(module);
	return 0;
}

int oci_gpu_update(int cgroup_fd, const struct gnv_gpu_limits *limits, struct gnv_gpu_undo *undo,
		   struct gnv_error **err)
{
	int r = open_registered(cgroup_fd, &undo->module, &undo->id, err);

	return r < 0 ? r : gnv_gpu_limits_change(limits, undo, err);
}

int oci_gpu_stats(int cgroup_fd, struct ghostnv_stats *ret)
{
	_cleanup_module_ struct ghostnv *module = NULL;
	uint64_t id;
	int r = open_registered(cgroup_fd, &module, &id, NULL);

	return r < 0 ? r : ghostnv_stats_get(module, id, GHOSTNV_GPU_TOTAL, ret);
}

int oci_gpu_put(const struct oci_gpu *gpu, int rootfs_fd, struct gnv_error **err)
{
	const char *failed = NULL;
	int r;

	if (!gpu)
		return 0;
	r = gnv_put_all(rootfs_fd, gpu->driver.puts, gpu->put_fds, gpu->driver.n_puts, &failed);
	return r < 0 ? gnv_error_errno(err, -r, "put `%s` into the root file system", failed) : 0;
}

int oci_gpu_cover(const struct oci_gpu *gpu, int rootfs_fd, struct gnv_error **err)
{
	_cleanup_close_ int target_fd = -EBADF;
	int r;

	if (!gpu || gpu->proc_fd < 0)
		return 0;
	target_fd = gnv_path_open_plain(rootfs_fd, GPU_PROC, O_PATH | O_DIRECTORY);
	/* There need not be a procfs. */
	if (target_fd == -ENOENT)
		return 0;
	r = target_fd < 0 ? target_fd : gnv_mount_attach(gpu->proc_fd, target_fd);
	return r < 0 ? gnv_error_errno(err, -r, "cover `" GPU_PROC "`") : 0;
}
