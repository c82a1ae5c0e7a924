/* SPDX-License-Identifier: MIT */
/*
 * Which files belong to NVIDIA's driver in userspace, and to which capability.
 * Tables; names carry over from NVIDIA's documentation of what its driver installs.
 */
#ifndef GNV_GPU_DRIVER_TABLE_H
#define GNV_GPU_DRIVER_TABLE_H

struct gnv_driver_name {
	const char *name;
	unsigned int capabilities; /* any of these brings it */
};

/* Each table ends with a NULL name. */
extern const struct gnv_driver_name gnv_driver_libraries[]; /* "libcuda" */
extern const struct gnv_driver_name gnv_driver_programs[]; /* "nvidia-smi" */
extern const struct gnv_driver_name gnv_driver_data[]; /* "/usr/share/…" */
extern const struct gnv_driver_name gnv_driver_sockets[]; /* "/run/…" */

/* Links that ldconfig does not make: in a library's folder, @name to @to. */
struct gnv_driver_alias {
	const char *name, *to;
};

extern const struct gnv_driver_alias gnv_driver_aliases[];

#endif /* GNV_GPU_DRIVER_TABLE_H */
