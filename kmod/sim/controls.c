// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands: from the structure of NV_ESC_RM_CONTROL to the function that
 * answers; see controls.h.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "gpu.h"
#include "sim.h"

static const struct sim_control_table *const tables[] = {
	&sim_controls_root,
	&sim_controls_export,
	&sim_controls_device,
	&sim_controls_subdevice,
	&sim_controls_monitor,
	&sim_controls_memory,
	&sim_controls_group,
	&sim_controls_channel,
	&sim_controls_fifo,
	&sim_controls_event_buffer,
	&sim_controls_switches,
};

static const struct sim_control *find_control(u32 cmd, u32 *kind)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (j = 0; j < tables[i]->count; j++) {
			if (tables[i]->controls[j].cmd != cmd ||
			    tables[i]->controls[j].since > sim_config.branch->major)
				continue;
			*kind = tables[i]->kind;
			return &tables[i]->controls[j];
		}
	}
	return NULL;
}

static u32 control_bytes(const struct sim_control *control)
{
	return control->branch_bytes ? control->branch_bytes() :
				       control->bytes;
}

/* A class's null command: category and index are 0. */
static bool is_null(u32 cmd)
{
	return !(cmd & 0xffff);
}

static u32 get_list(const struct sim_control_list *list,
		    struct sim_control_call *cc, struct sim_params *copy)
{
	u64 pointer = *(u64 *)(cc->params + list->pointer);
	u32 count = *(u32 *)(cc->params + list->count);

	/* A length without a list asks for the length, or is a mistake. */
	if (!pointer || !count)
		return NV_OK;
	if (count > SIM_PARAMS_MAX_BYTES / list->element_bytes)
		return NV_ERR_INVALID_ARGUMENT;
	return sim_params_get(cc->call, pointer, count * list->element_bytes, 0,
			      copy);
}

static u32 get_lists(const struct sim_control *control,
		     struct sim_control_call *cc)
{
	u32 status = NV_OK;
	unsigned int i;

	for (i = 0; i < SIM_CONTROL_LISTS && status == NV_OK; i++) {
		if (control->lists[i].element_bytes)
			status = get_list(&control->lists[i], cc,
					  &cc->lists[i]);
	}
	return status;
}

static u32 write_lists_back(const struct sim_control_call *cc)
{
	u32 status = NV_OK;
	unsigned int i;

	for (i = 0; i < SIM_CONTROL_LISTS && status == NV_OK; i++)
		status = sim_params_write_back(&cc->lists[i]);
	return status;
}

static void put_lists(struct sim_control_call *cc)
{
	unsigned int i;

	for (i = 0; i < SIM_CONTROL_LISTS; i++)
		sim_params_put(&cc->lists[i]);
}

static u32 find_target(const struct sim_call *call, u32 hclient, u32 hobject,
		       struct sim_object **object)
{
	struct sim_client *client;
	u32 status = sim_client_find_for(call, hclient, &client);

	if (status != NV_OK)
		return NV_ERR_INVALID_CLIENT;
	return sim_object_find(client, hobject, object);
}

/* Who asks and what it goes to, before anything is copied in. */
static u32 check_target(const struct sim_call *call,
			const struct NVOS54_PARAMETERS *api,
			const struct sim_control *control)
{
	struct sim_object *object;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = find_target(call, api->hClient, api->hObject, &object);
	mutex_unlock(&sim_rm_lock);
	if (status == NV_ERR_INVALID_CLIENT)
		return status;
	if (!api->paramsSize != !api->params)
		return NV_ERR_INVALID_ARGUMENT;
	if (control && api->paramsSize != control_bytes(control))
		return NV_ERR_INVALID_ARGUMENT;
	if (status == NV_OK && !control)
		return NV_ERR_NOT_SUPPORTED;
	return status;
}

static u32 answer(const struct NVOS54_PARAMETERS *api,
		  const struct sim_control *control, u32 kind,
		  struct sim_control_call *cc)
{
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = find_target(cc->call, api->hClient, api->hObject, &cc->object);
	if (status == NV_OK) {
		if (cc->object->class->kind != kind)
			status = NV_ERR_NOT_SUPPORTED;
		else if (cc->object->gpu && sim_gpu_is_lost(cc->object->gpu))
			status = NV_ERR_GPU_IS_LOST;
		else
			status = control->answer(cc);
	}
	mutex_unlock(&sim_rm_lock);
	return status;
}

static u32 serve(const struct sim_call *call,
		 const struct NVOS54_PARAMETERS *api,
		 const struct sim_control *control, u32 kind)
{
	struct sim_control_call cc = { .call = call, .bytes = api->paramsSize };
	struct sim_params params;
	u32 status;

	/* Answers may use the longest form that any branch has. */
	status = sim_params_get(call, api->params, api->paramsSize,
				max(control->bytes, api->paramsSize), &params);
	cc.params = params.copy;
	if (status == NV_OK)
		status = get_lists(control, &cc);
	if (status == NV_OK)
		status = answer(api, control, kind, &cc);
	if (status == NV_OK)
		status = write_lists_back(&cc);
	if (status == NV_OK)
		status = sim_params_write_back(&params);
	put_lists(&cc);
	sim_params_put(&params);
	return status;
}

/**
 * sim_control() - NV_ESC_RM_CONTROL
 * @call: who asks
 * @api: the structure
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_control(const struct sim_call *call, struct NVOS54_PARAMETERS *api)
{
	const struct sim_control *control;
	u32 kind;

	if (is_null(api->cmd)) {
		api->status = NV_OK;
		return;
	}
	control = find_control(api->cmd, &kind);
	if (!control)
		pr_debug("control 0x%08x (%u bytes) is not simulated\n",
			 api->cmd, api->paramsSize);
	api->status = check_target(call, api, control);
	if (api->status == NV_OK)
		api->status = serve(call, api, control, kind);
}
