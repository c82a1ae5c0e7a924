// SPDX-License-Identifier: MIT
/*
 * Figures of containers as JSON.  Owns no state.
 */
#include "cli/stats_json.h"

#include "cli/output.h"

struct json_object *cli_json_gpus(uint64_t mask)
{
	struct json_object *array = json_object_new_array();
	int index;

	for (index = 0; index < GHOSTNV_GPUS_MAX; index++)
		if (mask & 1ULL << index)
			cli_json_append(array, json_object_new_int(index));
	return array;
}

static void add_vram(struct json_object *object, const struct ghostnv_stats *stats)
{
	cli_json_add_u64(object, "current_bytes", stats->vram_current_bytes);
	cli_json_add_u64(object, "peak_bytes", stats->vram_peak_bytes);
	cli_json_add_u64_or_null(object, "max_bytes", stats->vram_max_bytes,
				 GHOSTNV_UNLIMITED);
	cli_json_add_u64_or_null(object, "limit_bytes", stats->vram_limit_bytes,
				 GHOSTNV_UNLIMITED);
	cli_json_add_u64_or_null(object, "high_bytes", stats->vram_high_bytes,
				 GHOSTNV_UNLIMITED);
	cli_json_add_u64(object, "low_bytes", stats->vram_low_bytes);
	cli_json_add_u64(object, "orphaned_bytes", stats->vram_orphaned_bytes);
	cli_json_add_u64(object, "contexts", stats->contexts);
	cli_json_add_u64(object, "queues", stats->queues);
	cli_json_add_u64(object, "spaces", stats->spaces);
	cli_json_add_u64(object, "allocations", stats->allocations);
	cli_json_add_u64(object, "events_max", stats->events_max);
	cli_json_add_u64(object, "events_low", stats->events_low);
	cli_json_add_u64(object, "events_high", stats->events_high);
	cli_json_add_u64(object, "events_oom", stats->events_oom);
	cli_json_add_u64(object, "events_oom_kill", stats->events_oom_kill);
	cli_json_add_u64(object, "events_evict", stats->events_evict);
	cli_json_add_u64(object, "events_wait", stats->events_wait);
	cli_json_add_u64(object, "wait_some_us", stats->vram_wait_some_us);
	cli_json_add_u64(object, "wait_full_us", stats->vram_wait_full_us);
}

static struct json_object *describe_gpus(const struct gnv_container_stats *stats)
{
	struct json_object *array = json_object_new_array(), *object;
	size_t i;

	for (i = 0; i < stats->n_gpus; i++) {
		object = json_object_new_object();
		cli_json_add_u64(object, "index", stats->gpus[i].index);
		add_vram(object, &stats->gpus[i].stats);
		cli_json_append(array, object);
	}
	return array;
}

static struct json_object *describe_time(const struct ghostnv_stats *stats)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_u64(object, "usage_us", stats->gpu_usage_us);
	cli_json_add_u64(object, "periods", stats->gpu_periods);
	cli_json_add_u64(object, "throttled", stats->gpu_throttled);
	cli_json_add_u64(object, "throttled_us", stats->gpu_throttled_us);
	cli_json_add_u64(object, "gated", stats->gpu_gated);
	cli_json_add_u64(object, "preemptions", stats->gpu_preemptions);
	cli_json_add_u64(object, "wait_some_us", stats->gpu_wait_some_us);
	cli_json_add_u64(object, "wait_full_us", stats->gpu_wait_full_us);
	cli_json_add(object, "paused", json_object_new_boolean(stats->gpu_paused));
	return object;
}

/* The same for each GPU. */
static struct json_object *describe_times(const struct gnv_container_stats *stats)
{
	struct json_object *object = describe_time(&stats->total), *gpu;
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < stats->n_gpus; i++) {
		gpu = describe_time(&stats->gpus[i].stats);
		cli_json_add_u64(gpu, "index", stats->gpus[i].index);
		cli_json_append(array, gpu);
	}
	cli_json_add(object, "gpus", array);
	return object;
}

static struct json_object *describe_vram(const struct gnv_container_stats *stats)
{
	struct json_object *object = json_object_new_object();

	add_vram(object, &stats->total);
	cli_json_add_text(object, "oom_policy", gnv_oom_policy_name(stats->oom_policy));
	cli_json_add_u64(object, "oom_priority", stats->oom_priority);
	cli_json_add_u64(object, "events_refused", stats->total.events_refused);
	cli_json_add_u64(object, "events_denied", stats->total.events_denied);
	cli_json_add_u64(object, "sessions", stats->total.sessions);
	cli_json_add_u64(object, "clients", stats->total.clients);
	cli_json_add(object, "gpus", describe_gpus(stats));
	return object;
}

struct json_object *cli_json_stats(const struct gnv_state *state,
				   const struct gnv_container_stats *stats)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_text(object, "name", state->name);
	cli_json_add_u64(object, "cpu_usage_us", stats->cpu_usage_us);
	cli_json_add_u64_or_null(object, "cpu_millicores", state->cpu_millicores, 0);
	cli_json_add_u64(object, "memory_bytes", stats->memory_bytes);
	cli_json_add_u64_or_null(object, "memory_max_bytes", state->memory_max_bytes, 0);
	cli_json_add_u64(object, "pids", stats->pids);
	cli_json_add_u64_or_null(object, "pids_max", state->pids_max, 0);
	cli_json_add(object, "vram", stats->has_gpu ? describe_vram(stats) : NULL);
	cli_json_add(object, "gpu_time", stats->has_gpu ? describe_times(stats) : NULL);
	return object;
}
