/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the test machines' process 1 share.
 */
#ifndef GNV_GUEST_H
#define GNV_GUEST_H

/* Where the run directory is mounted in the guest. */
#define GUEST_RUN "/run/ghostnv-vm"

/* Tells the host what went wrong (errno says why) and powers off. */
void guest_die(const char *what, const char *object) __attribute__((noreturn));

/* Writes a line to the kernel's log. */
void guest_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* mount.c: the overlaid root, and what a running system has mounted. */
void guest_mount_root(void);
void guest_mount_system(void);

/* module.c; a line is a path, then parameters. */
void guest_load_module(const char *line);
void guest_unload_module(const char *line);

/* What the kernel lost before the modules came is none of their doing. */
void guest_forget_leaks(void);

/* Puts what was lost since then into the kernel's log. Takes some seconds. */
void guest_scan_leaks(void);

#endif
