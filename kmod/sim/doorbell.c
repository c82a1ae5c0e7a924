// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Doorbells; see doorbell.h.
 */
#include "doorbell.h"
#include "gpu.h"
#include "memory.h"

/**
 * sim_doorbells_init() - begin with no mappings
 * @doorbells: what to set up
 *
 * Context: any; the caller owns @doorbells.
 */
void sim_doorbells_init(struct sim_doorbells *doorbells)
{
	mutex_init(&doorbells->lock);
	INIT_LIST_HEAD(&doorbells->maps);
}

/**
 * sim_doorbell_add() - a doorbell page can be mapped
 * @map: the mapping
 *
 * Context: sim_rm_lock is held.
 */
void sim_doorbell_add(struct sim_cpu_map *map)
{
	struct sim_doorbells *doorbells = &map->gpu->doorbells;

	mutex_lock(&doorbells->lock);
	list_add_tail(&map->doorbell, &doorbells->maps);
	mutex_unlock(&doorbells->lock);
}

/**
 * sim_doorbell_remove() - a mapping is about to end
 * @map: the mapping
 *
 * Context: sim_rm_lock is held.
 */
void sim_doorbell_remove(struct sim_cpu_map *map)
{
	struct sim_doorbells *doorbells = &map->gpu->doorbells;

	mutex_lock(&doorbells->lock);
	list_del(&map->doorbell);
	mutex_unlock(&doorbells->lock);
}

/**
 * sim_doorbells_arm() - let the next store into any doorbell page fault
 * @gpu: of which GPU
 *
 * Context: process; takes the lock of the doorbells and those of mappings.
 */
void sim_doorbells_arm(struct sim_gpu *gpu)
{
	struct sim_cpu_map *map;

	mutex_lock(&gpu->doorbells.lock);
	list_for_each_entry(map, &gpu->doorbells.maps, doorbell)
		sim_cpu_map_zap(map);
	mutex_unlock(&gpu->doorbells.lock);
}
