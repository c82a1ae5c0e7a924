// SPDX-License-Identifier: MIT
/*
 * A container's GPUs as `run` is asked for them.  Owns no state.
 */
#include "container/gpus.h"

#include <string.h>

#include "base/parse.h"
#include "gpu/module.h"

/* With a limit on GPU memory and no list, the limit is over all GPUs. */
static const char *selection(const struct gnv_request *request)
{
	if (request->gpu_devices)
		return request->gpu_devices;
	return request->gpu_memory_bytes || request->gpu_limits.n ? "all" : "none";
}

int gnv_gpus_check_memory(uint64_t wanted_bytes, uint64_t mask, uint64_t vram_bytes,
			  struct gnv_error **err)
{
	char wanted[GNV_BYTES_LEN], have[GNV_BYTES_LEN];

	if (!wanted_bytes)
		return 0;
	gnv_format_bytes(wanted_bytes, wanted);
	if (!mask) {
		gnv_error_set(err, EINVAL, "--gpu-memory %s: no GPU is selected", wanted);
		return gnv_error_remedy(err, -EINVAL, "leave --gpu-devices out, or name a GPU");
	}
	/* The driver may not have told how much there is; the limit still holds. */
	if (!vram_bytes || wanted_bytes <= vram_bytes)
		return 0;
	gnv_error_set(err, ERANGE, "--gpu-memory %s: the selected GPUs have %s", wanted,
		      gnv_format_bytes(vram_bytes, have));
	return gnv_error_remedy(err, -ERANGE, "ask for at most that much");
}

static int fill(struct gnv_gpus *gpus, const struct gnv_request *request,
		struct gnv_error **err)
{
	struct gnv_gpu_list *list = &gpus->list;
	int r;

	r = gnv_gpus_look(gpus, err);
	if (!r)
		r = gnv_gpu_select(list, selection(request), &gpus->mask, err);
	if (!r)
		r = gnv_gpus_check_memory(request->gpu_memory_bytes, gpus->mask,
					  gnv_gpu_vram_bytes(list, gpus->mask), err);
	if (r < 0)
		return r;
	gpus->vram_max_bytes = request->gpu_memory_bytes ? request->gpu_memory_bytes :
							   GHOSTNV_UNLIMITED;
	return 0;
}

int gnv_gpus_init(struct gnv_gpus *gpus, const struct gnv_request *request, bool *ret_absent,
		  struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *why = NULL;
	int r;

	memset(gpus, 0, sizeof(*gpus));
	*ret_absent = false;
	if (!strcmp(selection(request), "none") && request->gpu_limits.n) {
		gnv_error_set(err, EINVAL, "--%s: no GPU is selected",
			      gnv_gpu_limit_option(request->gpu_limits.limits[0].limit));
		return gnv_error_remedy(err, -EINVAL, "leave --gpu-devices out, or name a GPU");
	}
	if (!strcmp(selection(request), "none"))
		return gnv_gpus_check_memory(request->gpu_memory_bytes, 0, 0, err);
	gnv_module_load();
	r = gnv_module_open(&gpus->module, &why);
	if (r == -ENODEV && !request->gpu_memory_bytes && !request->gpu_limits.n &&
	    !strcmp(selection(request), "all")) {
		*ret_absent = true;
		return 0;
	}
	if (r < 0) {
		gnv_error_move(err, &why);
		return gnv_error_wrap(err, r, "%s",
				      request->gpu_memory_bytes ? "--gpu-memory" :
								  "--gpu-devices");
	}
	r = fill(gpus, request, err);
	if (r < 0)
		gnv_gpus_fini(gpus);
	return r;
}
