/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Objects that an open file of nvidiactl keeps, so that whoever gets the file can
 * import them.  It must not know the control commands that ask for it.
 *
 * As in the driver, an exported object is duplicated into a client of the
 * driver's own, and an import duplicates it from there: the memory lives until
 * the file is closed, whoever frees the original.
 *
 * Functions return NVIDIA's status codes; sim_rm_lock is held unless said.
 */
#ifndef SIM_EXPORT_H
#define SIM_EXPORT_H

#include <linux/types.h>

#include "nvabi/nvctrl.h"

struct sim_client;
struct sim_file;

/**
 * struct sim_export - what one file keeps
 * @handles: of the duplicates, 0 where there is none
 * @max: length of @handles
 * @device_instance: of the device that was named, NV_MAX_DEVICES for none
 * @metadata: whatever the exporter wrote
 */
struct sim_export {
	u32 *handles;
	u16 max;
	u32 device_instance;
	u8 metadata[NV0000_OS_UNIX_EXPORT_OBJECT_FD_BUFFER_SIZE];
};

u32 sim_export_begin(struct sim_file *file, const struct sim_client *client,
		     u32 hdevice, u16 max, const u8 *metadata);
void sim_export_end(struct sim_file *file);
u32 sim_export_object(const struct sim_client *client, u32 hobject, u32 *handle,
		      u32 *device_instance);
void sim_export_drop(u32 handle);
u32 sim_export_import(const struct sim_client *client, u32 hparent, u32 *hobject,
		      u32 handle, u8 *type);
void sim_export_close(struct sim_file *file);

#endif /* SIM_EXPORT_H */
