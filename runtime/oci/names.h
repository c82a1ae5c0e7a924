/* SPDX-License-Identifier: MIT */
/*
 * What the runtime calls itself and its things.
 */
#ifndef GNV_OCI_NAMES_H
#define GNV_OCI_NAMES_H

#define OCI_PROGRAM	 "ghostnv-container-oci"
#define OCI_DEFAULT_ROOT "/run/ghostnv-oci"

#endif /* GNV_OCI_NAMES_H */
