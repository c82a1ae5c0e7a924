/* SPDX-License-Identifier: MIT */
/*
 * The administrator's configuration of GPUs, /etc/ghostnv/config.json.
 */
#ifndef GNV_OCI_GPU_ADMIN_H
#define GNV_OCI_GPU_ADMIN_H

#include "oci/schema.h"

#define OCI_GPU_ADMIN_PATH "/etc/ghostnv/config.json"

struct oci_gpu_admin {
	char *driver_root; /* NULL: "/" */
	char *driver_capabilities; /* what environments may choose from; NULL: all */
	bool driver_sockets;
	bool ignore_environment; /* it alone does not ask for GPUs */
	bool realtime_priority; /* it may ask for the latency class */
	struct oci_array limits; /* of containers whose annotations do not say */
};

/* @path NULL: the usual one, which need not be there. */
int oci_gpu_admin_read(const char *path, struct oci_gpu_admin *ret, struct gnv_error **err);

/* Pure: of the text in it.  What was read is to be freed in any case. */
int oci_gpu_admin_parse(const char *text, size_t length, struct oci_gpu_admin *ret,
			struct gnv_error **err);
void oci_gpu_admin_fini(struct oci_gpu_admin *admin);

#define _cleanup_gpu_admin_ _cleanup_(oci_gpu_admin_fini)

#endif /* GNV_OCI_GPU_ADMIN_H */
