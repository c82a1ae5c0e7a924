// SPDX-License-Identifier: MIT
/*
 * Reading the wishes of a bundle.
 */
#include "oci/gpu_request.h"

#include <ctype.h>
#include <string.h>

#include "base/options.h"
#include "base/strv.h"
#include "gpu/capabilities.h"
#include "gpu/visible.h"

#define GPUS	     OCI_GPU_ANNOTATIONS "gpus"
#define CAPABILITIES OCI_GPU_ANNOTATIONS "driver.capabilities"
#define CDI	     "cdi.k8s.io/"
#define VOLUMES	     "/var/run/nvidia-container-devices/"

/* Kinds of CDI devices that are GPUs of ours. */
static const char *const cdi_kinds[] = { "nvidia.com/gpu=", "ghostnv.dev/gpu=", NULL };

static const char *behind(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

bool oci_gpu_is_node(const struct oci_device *device)
{
	const char *number = behind(device->path, "/dev/nvidia");

	return number && isdigit((unsigned char)*number) && *device->type == 'c';
}

/* --- NVIDIA's hooks --------------------------------------------------------------------- */

static bool is_nvidias(const struct oci_hook *hook)
{
	static const char *const names[] = { "nvidia-container-runtime-hook",
					     "nvidia-container-toolkit", "nvidia-cdi-hook" };
	const char *slash = strrchr(hook->path, '/');
	const char *name = slash ? slash + 1 : hook->path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	/* Which has other commands, too. */
	return !strcmp(name, "nvidia-ctk") && hook->args && hook->args[0] && hook->args[1] &&
	       !strcmp(hook->args[1], "hook");
}

static bool has_nvidias(const struct oci_array *hooks)
{
	size_t i;

	for (i = 0; i < hooks->n; i++)
		if (is_nvidias(&OCI_ITEMS(struct oci_hook, *hooks)[i]))
			return true;
	return false;
}

static bool has_hooks(const struct oci_hooks *hooks)
{
	return hooks && (has_nvidias(&hooks->prestart) || has_nvidias(&hooks->create_runtime) ||
			 has_nvidias(&hooks->create_container));
}

static void drop(struct oci_array *array)
{
	struct oci_hook *hooks = array->items;
	size_t i, n = 0;

	for (i = 0; i < array->n; i++) {
		if (!is_nvidias(&hooks[i])) {
			hooks[n++] = hooks[i];
			continue;
		}
		free(hooks[i].path);
		gnv_strv_free(hooks[i].args);
		gnv_strv_free(hooks[i].env);
	}
	array->n = n;
}

void oci_gpu_drop_hooks(struct oci_config *config)
{
	if (!config->hooks)
		return;
	drop(&config->hooks->prestart);
	drop(&config->hooks->create_runtime);
	drop(&config->hooks->create_container);
}

/* --- annotations -------------------------------------------------------------------------- */

const char *oci_gpu_annotation(size_t index)
{
	static const char *const words[] = { GPUS, CAPABILITIES };
	const size_t n = sizeof(words) / sizeof(words[0]);

	return index < n ? words[index] : oci_gpu_limit_annotation(index - n);
}

static int refuse_unknown(const char *key, struct gnv_error **err)
{
	const char *known[32] = { NULL };
	const char *nearest;
	size_t i;

	for (i = 0; oci_gpu_annotation(i); i++) {
		if (!strcmp(key, oci_gpu_annotation(i)))
			return 0;
		known[i] = oci_gpu_annotation(i);
	}
	nearest = cli_nearest(key, known);
	gnv_error_set(err, EINVAL, "%.64s: there is no such limit", key);
	return gnv_error_remedy(err, -EINVAL, nearest ? "did you mean `%s`?" : "leave it out",
				nearest);
}

static int take_own(const struct oci_pair *pair, struct oci_gpu_request *request,
		    struct gnv_error **err)
{
	unsigned int capabilities;

	if (!strcmp(pair->key, GPUS)) {
		request->granted = pair->value;
		return *pair->value ? 0 : gnv_error_set(err, EINVAL, GPUS ": it is empty");
	}
	if (!strcmp(pair->key, CAPABILITIES)) {
		request->capabilities = pair->value;
		return gnv_error_wrap(err,
				      gnv_capabilities_parse(pair->value, &capabilities, err),
				      CAPABILITIES);
	}
	return refuse_unknown(pair->key, err);
}

/* There is room up to a power of two: an annotation may have a million names. */
static int add_name(struct oci_gpu_request *request, const char *name)
{
	struct oci_array *names = &request->names;
	bool full = !(names->n & (names->n - 1));
	char **items = names->items;

	if (full)
		items = reallocarray(items, names->n ? 2 * names->n : 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	names->items = items;
	items[names->n] = strdup(name);
	if (!items[names->n])
		return -ENOMEM;
	names->n++;
	return 0;
}

/* "nvidia.com/gpu=0,nvidia.com/gpu=1", among devices of others. */
static int take_cdi(const char *value, struct oci_gpu_request *request)
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *device;
	size_t i;

	if (!copy)
		return -ENOMEM;
	while ((device = strsep(&rest, ",")))
		for (i = 0; cdi_kinds[i]; i++) {
			const char *name = behind(device, cdi_kinds[i]);

			if (name && add_name(request, name) < 0)
				return -ENOMEM;
		}
	return 0;
}

static int read_annotations(const struct oci_config *config, struct oci_gpu_request *request,
			    struct gnv_error **err)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < config->annotations.n; i++) {
		if (behind(pairs[i].key, OCI_GPU_ANNOTATIONS)) {
			request->annotated = true;
			r = take_own(&pairs[i], request, err);
		} else if (behind(pairs[i].key, CDI)) {
			r = take_cdi(pairs[i].value, request);
			if (r < 0)
				gnv_error_errno(err, -r, "%s", pairs[i].key);
		}
	}
	if (r < 0)
		return r;
	return oci_gpu_limits_read(&config->annotations, OCI_GPU_ANNOTATIONS, &request->limits,
				   err);
}

static int check(struct oci_reader *reader, const struct oci_config *config)
{
	_cleanup_gpu_request_ struct oci_gpu_request request = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL;
	int r = read_annotations(config, &request, &err);

	if (r < 0)
		oci_fault(reader, "annotations", "%s%s%s", gnv_error_message(err),
			  gnv_error_get_remedy(err) ? "; " : "",
			  gnv_error_get_remedy(err) ? gnv_error_get_remedy(err) : "");
	return r;
}

/* One by one, and then, where none is wrong by itself, all of them. */
void oci_gpu_check(struct oci_reader *reader, const struct oci_config *config)
{
	struct oci_pair *pairs = config->annotations.items;
	bool good = true;
	size_t i;

	for (i = 0; i < config->annotations.n; i++) {
		const struct oci_config one = { .annotations = { 1, &pairs[i] } };

		good &= pairs[i].value && check(reader, &one) >= 0;
	}
	if (good)
		check(reader, config);
}

/* --- all of it ------------------------------------------------------------------------------ */

static int read_volumes(const struct oci_config *config, struct oci_gpu_request *request)
{
	const struct oci_mount *mounts = OCI_ITEMS(struct oci_mount, config->mounts);
	size_t i;

	for (i = 0; i < config->mounts.n; i++) {
		const char *name = behind(mounts[i].destination, VOLUMES);

		if (name && *name && add_name(request, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool has_nodes(const struct oci_config *config)
{
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, config->os->devices);
	size_t i;

	for (i = 0; i < config->os->devices.n; i++)
		if (oci_gpu_is_node(&devices[i]))
			return true;
	return false;
}

/* A bundle that only makes a container may have no process. */
static char **environment(const struct oci_config *config)
{
	return config->process ? config->process->env : NULL;
}

static bool env_speaks(char *const *env)
{
	for (; env && *env; env++)
		if (behind(*env, "NVIDIA_VISIBLE_DEVICES=") || behind(*env, "CUDA_VERSION="))
			return true;
	return false;
}

static bool env_asks(char *const *env)
{
	const char *visible = gnv_env_get(env, "NVIDIA_VISIBLE_DEVICES");

	if (!visible || !*visible)
		return gnv_visible_is_legacy(env);
	return strcmp(visible, "void") != 0;
}

/*
 * The container that only keeps a pod's namespaces has all annotations of the pod, as engines of
 * Kubernetes have it, but runs nothing that could use a GPU.
 */
static bool is_sandbox(const struct oci_config *config)
{
	static const char *const keys[] = { "io.kubernetes.cri.container-type",
					    "io.kubernetes.cri-o.ContainerType" };
	const char *type;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		type = oci_annotation(config, keys[i]);
		if (type && !strcmp(type, "sandbox"))
			return true;
	}
	return false;
}

bool oci_gpu_is_concerned(const struct oci_config *config)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, config->annotations);
	const struct oci_mount *mounts = OCI_ITEMS(struct oci_mount, config->mounts);
	size_t i;

	for (i = 0; i < config->annotations.n; i++)
		if (behind(pairs[i].key, OCI_GPU_ANNOTATIONS) || behind(pairs[i].key, CDI))
			return true;
	for (i = 0; i < config->mounts.n; i++)
		if (behind(mounts[i].destination, VOLUMES))
			return true;
	return has_nodes(config) || has_hooks(config->hooks) || env_speaks(environment(config));
}

int oci_gpu_request_read(const struct oci_config *config, bool trust_env,
			 struct oci_gpu_request *ret, struct gnv_error **err)
{
	int r = read_annotations(config, ret, err);

	if (r < 0)
		return r;
	r = read_volumes(config, ret);
	if (r < 0)
		return gnv_error_errno(err, -r, "read what is asked of GPUs");
	ret->env = environment(config);
	ret->has_nodes = has_nodes(config);
	ret->asks = (ret->annotated && !is_sandbox(config)) || ret->names.n ||
		    (trust_env && env_asks(ret->env)) ||
		    (ret->has_nodes && has_hooks(config->hooks));
	return 0;
}

void oci_gpu_request_fini(struct oci_gpu_request *request)
{
	char **names = request->names.items;

	while (request->names.n)
		free(names[--request->names.n]);
	free(names);
	*request = (struct oci_gpu_request){ 0 };
}
