/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Doorbells: the pages through which programs say that there is work.
 *
 * A store into a mapped page cannot be seen, and looking again and again costs time
 * when there is nothing.  So while all engines are awake and look for work anyway the
 * pages are mapped; before an engine goes to sleep it takes them away from all
 * processes ("arms" them), and the next store faults, which wakes the engines and
 * maps the page again.  Nothing is lost: after arming, the engine looks once more.
 */
#ifndef SIM_DOORBELL_H
#define SIM_DOORBELL_H

#include <linux/list.h>
#include <linux/mutex.h>

struct sim_cpu_map;
struct sim_gpu;

/**
 * struct sim_doorbells - the mappings of the doorbell pages of one GPU
 * @lock: protects @maps; taken below sim_rm_lock, above sim_cpu_map.lock
 * @maps: of struct sim_cpu_map
 */
struct sim_doorbells {
	struct mutex lock;
	struct list_head maps;
};

void sim_doorbells_init(struct sim_doorbells *doorbells);
void sim_doorbells_arm(struct sim_gpu *gpu);
void sim_doorbell_add(struct sim_cpu_map *map);
void sim_doorbell_remove(struct sim_cpu_map *map);

#endif /* SIM_DOORBELL_H */
