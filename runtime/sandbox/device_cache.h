/* SPDX-License-Identifier: MIT */
/*
 * Device programs that are loaded once for all containers with the same rules: pinned in the
 * host's file system of eBPF, where there is one.
 */
#ifndef GNV_SANDBOX_DEVICE_CACHE_H
#define GNV_SANDBOX_DEVICE_CACHE_H

#include <stddef.h>

struct bpf_insn;

/* Where they are. */
#define GNV_DEVICE_CACHE "/sys/fs/bpf/ghostnv"

/* Return: a device program of exactly these instructions, or -1, which it is for very long ones. */
int gnv_device_cache_recall(const struct bpf_insn *code, size_t n);

/* For the next one; that it cannot be kept is no fault. */
void gnv_device_cache_keep(int program_fd, const struct bpf_insn *code, size_t n);

#endif /* GNV_SANDBOX_DEVICE_CACHE_H */
