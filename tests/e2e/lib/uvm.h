/* SPDX-License-Identifier: MIT */
/*
 * A small client of NVIDIA's unified memory device, beside rm.h: external ranges
 * of virtual addresses that show memory of the resource manager.
 */
#ifndef TESTS_E2E_LIB_UVM_H
#define TESTS_E2E_LIB_UVM_H

#include <linux/types.h>

#include "rm.h"

/**
 * struct uvm - one session on nvidia-uvm
 * @rm: the resource manager's session beside it
 * @file: of nvidia-uvm
 * @mm_file: a second one, which holds the process's memory map
 */
struct uvm {
	struct rm *rm;
	int file;
	int mm_file;
};

__u32 uvm_open(struct uvm *uvm, struct rm *rm, __u64 flags);
void uvm_close(struct uvm *uvm);
__u32 uvm_mm_initialize(struct uvm *uvm);
__u32 uvm_call(struct uvm *uvm, unsigned int number, void *params, __u32 *status);

__u32 uvm_register_gpu(struct uvm *uvm, const __u8 uuid[16]);
__u32 uvm_unregister_gpu(struct uvm *uvm, const __u8 uuid[16]);
__u32 uvm_register_vaspace(struct uvm *uvm, const __u8 uuid[16], __u32 vaspace);
__u32 uvm_unregister_vaspace(struct uvm *uvm, const __u8 uuid[16]);
__u32 uvm_create_external_range(struct uvm *uvm, __u64 base, __u64 length);
__u32 uvm_map_external(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16],
		       __u32 memory);
__u32 uvm_unmap_external(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16]);
__u32 uvm_free(struct uvm *uvm, __u64 base, __u64 length);
__u32 uvm_migrate(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16]);
void *uvm_mmap(struct uvm *uvm, __u64 length);

#endif /* TESTS_E2E_LIB_UVM_H */
