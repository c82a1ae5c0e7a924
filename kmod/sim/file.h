/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Open files of /dev/nvidiactl and /dev/nvidiaN.  It must not know what the
 * ioctls do.
 *
 * "Registered": a file that NV_ESC_REGISTER_FD tied to a control file; it acts
 * for the clients of that one.
 */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

struct sim_cpu_map;
struct sim_export;
struct sim_gpu;

struct sim_file;

/**
 * struct sim_file - what the driver keeps for one open file
 * @gpu: of a device file, with a reference; NULL for a control file
 * @space: mappings of a device file, so that they can be taken away
 * @lock: protects @map and the attached GPUs
 * @map: what mmap() maps, with a reference; once set, it stays
 * @attached: GPUs that the file holds open, with references
 * @attached_count: length of @attached
 * @control: the control file it is registered with; set once
 * @control_filp: the same, with a reference
 * @export: objects that the file keeps for others, NULL for none; protected by
 *	sim_rm_lock
 * @waiters: who waits for events
 * @event_pending: one came and nobody was told; cleared by poll()
 */
struct sim_file {
	struct sim_gpu *gpu;
	struct address_space space;
	struct mutex lock;
	struct sim_cpu_map *map;
	struct sim_gpu **attached;
	unsigned int attached_count;
	struct sim_file *control;
	struct file *control_filp;
	struct sim_export *export;
	wait_queue_head_t waiters;
	bool event_pending;
};

int sim_chardev_init(void);
void sim_chardev_fini(void);

struct sim_file *sim_file_of_fd(int fd, bool control, struct file **filp);
bool sim_file_opened_here(const struct sim_gpu *gpu);
struct sim_file *sim_file_owner(struct sim_file *file);
u32 sim_file_register(struct sim_file *file, int control_fd);
u32 sim_file_set_map(int fd, struct sim_cpu_map *map);
int sim_file_attach_gpus(struct sim_file *file, const u32 *ids,
			 size_t count);
bool sim_file_is_control(const struct sim_file *file);

#endif /* SIM_FILE_H */
