// SPDX-License-Identifier: MIT
/*
 * ghostnv-container devices: the GPUs that containers can have.
 */
#include "cli/command.h"
#include "base/options.h"
#include "cli/output.h"
#include "gpu/gpu.h"
#include "gpu/module.h"

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ 0 },
};

static const char *scrub(const struct ghostnv_gpu *gpu)
{
	switch (gpu->scrub) {
	case GHOSTNV_SCRUB_ON:
		return "on";
	case GHOSTNV_SCRUB_OFF:
		return "off";
	default:
		return "unknown";
	}
}

static struct json_object *describe(const struct ghostnv_gpu *gpu)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_u64(object, "index", gpu->index);
	cli_json_add_text(object, "name", gpu->name);
	cli_json_add_text(object, "uuid", gpu->uuid);
	cli_json_add_text(object, "pci", gpu->pci);
	cli_json_add_u64(object, "minor", gpu->minor);
	cli_json_add(object, "numa_node",
		     gpu->numa_node < 0 ? NULL : json_object_new_int(gpu->numa_node));
	cli_json_add_text(object, "scrub", scrub(gpu));
	cli_json_add_u64(object, "vram_bytes", gpu->vram_bytes);
	cli_json_add_u64(object, "vram_used_bytes", gpu->vram_used_bytes);
	return object;
}

static int print_json(const struct gnv_gpu_list *list)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		cli_json_append(array, describe(&list->gpus[i]));
	return cli_json_print(array, true);
}

static int print_table(const struct gnv_gpu_list *list)
{
	static const char *const heads[] = { "GPU", "NAME", "UUID", "PCI",
					     "MINOR", "VRAM USED", "VRAM TOTAL", "NUMA" };
	_cleanup_table_ struct cli_table table = { .columns = 8 };
	const struct ghostnv_gpu *gpu;
	size_t i;

	for (i = 0; i < table.columns; i++)
		cli_table_add(&table, "%s", heads[i]);
	for (gpu = list->gpus; gpu < list->gpus + list->n; gpu++) {
		cli_table_add(&table, "%u", gpu->index);
		cli_table_add(&table, "%s", gpu->name[0] ? gpu->name : "-");
		cli_table_add(&table, "%s", gpu->uuid[0] ? gpu->uuid : "-");
		cli_table_add(&table, "%s", gpu->pci);
		cli_table_add(&table, "%u", gpu->minor);
		cli_table_add_bytes(&table, gpu->vram_used_bytes);
		cli_table_add_bytes(&table, gpu->vram_bytes);
		if (gpu->numa_node < 0)
			cli_table_add(&table, "-");
		else
			cli_table_add(&table, "%d", gpu->numa_node);
	}
	return cli_table_print(&table);
}

static int show(const struct gnv_root *root, const struct cli_format *format,
		struct gnv_error **err)
{
	_cleanup_free_ struct gnv_gpu_list *list = calloc(1, sizeof(*list));
	_cleanup_module_ struct ghostnv *module = NULL;
	int r;

	(void)root;
	if (!list)
		return gnv_error_errno(err, ENOMEM, "list the GPUs");
	gnv_module_load();
	r = gnv_module_open(&module, err);
	if (!r)
		r = gnv_gpu_list(module, list, err);
	/* None is an answer, but not when the module says why. */
	if (!r && !list->n)
		r = gnv_module_check(module, err);
	if (r < 0)
		return r;
	r = format->json ? print_json(list) : print_table(list);
	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	return cli_run_answer(self, root, argc, argv, show);
}

const struct cli_command cmd_devices = {
	.name = "devices",
	.synopsis = "[OPTION...]",
	.help = "list the GPUs that containers can have",
	.options = options,
	.run = run,
};
