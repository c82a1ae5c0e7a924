/* SPDX-License-Identifier: MIT */
/*
 * What tables cannot say about config.json: bounds between members, forms of
 * strings, and what this runtime or this kernel does not do.  Called by the
 * tables of config.c, with the reader's path at the object.
 */
#ifndef GNV_OCI_CHECK_H
#define GNV_OCI_CHECK_H

struct oci_reader;

void oci_check_rlimit(struct oci_reader *reader, const void *object);
void oci_check_process(struct oci_reader *reader, const void *object);
void oci_check_scheduler(struct oci_reader *reader, const void *object);
void oci_check_affinity(struct oci_reader *reader, const void *object);
void oci_check_memory_policy(struct oci_reader *reader, const void *object);
void oci_check_intel_rdt(struct oci_reader *reader, const void *object);
void oci_check_root(struct oci_reader *reader, const void *object);
void oci_check_mount(struct oci_reader *reader, const void *object);
void oci_check_hook(struct oci_reader *reader, const void *object);
void oci_check_device_rule(struct oci_reader *reader, const void *object);
void oci_check_memory(struct oci_reader *reader, const void *object);
void oci_check_hugepage(struct oci_reader *reader, const void *object);
void oci_check_resources(struct oci_reader *reader, const void *object);
void oci_check_namespace(struct oci_reader *reader, const void *object);
void oci_check_device(struct oci_reader *reader, const void *object);
void oci_check_syscall(struct oci_reader *reader, const void *object);
void oci_check_seccomp(struct oci_reader *reader, const void *object);
void oci_check_linux(struct oci_reader *reader, const void *object);
void oci_check_config(struct oci_reader *reader, const void *object);

#endif /* GNV_OCI_CHECK_H */
