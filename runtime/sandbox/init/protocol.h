/* SPDX-License-Identifier: MIT */
/*
 * What the sandbox and the container's init agree on.  Init is executed with two
 * descriptors beside the standard ones and the program's argv behind its own
 * argv[0].
 */
#ifndef GNV_SANDBOX_INIT_PROTOCOL_H
#define GNV_SANDBOX_INIT_PROTOCOL_H

/* Read: a byte lets the program run, the end of the pipe means to exit. */
#define GNV_INIT_RELEASE_FD 3

/*
 * Write: first the byte GNV_INIT_READY, then nothing until the pipe closes because
 * the program has been executed, or a struct gnv_error_wire.
 */
#define GNV_INIT_REPORT_FD 4

#define GNV_INIT_READY 'r'

/* Where a program without a slash is looked for when PATH is not set. */
#define GNV_INIT_PATH                                                          \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#endif /* GNV_SANDBOX_INIT_PROTOCOL_H */
