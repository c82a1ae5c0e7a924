/* SPDX-License-Identifier: MIT */
/*
 * Keeping the host's program from those who can see this process.
 */
#ifndef GNV_OCI_PROTECT_H
#define GNV_OCI_PROTECT_H

#include "base/error.h"

/*
 * Before we show ourselves in namespaces that a container's processes are in: go on as
 * the same program by a read-only mount that is nowhere, so that /proc/PID/exe opens
 * nothing that can be written to (CVE-2019-5736).  Returns when that is so already.
 */
int oci_protect_program(struct gnv_error **err);

#endif /* GNV_OCI_PROTECT_H */
