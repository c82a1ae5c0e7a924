// SPDX-License-Identifier: MIT
/*
 * A directory of a fixed number of pins; a hash of the instructions says which one.  What is
 * there is not believed: the kernel tells the instructions of a program, and they are compared.
 * So whoever can write there, from a container that was given the host's eBPF file system for
 * example, changes nobody's rules.  The first that comes has the place until the host is
 * started anew: nothing is removed, as anybody may make links where the directory is.
 */
#include "sandbox/device_cache.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"

#define SLOTS	 64
/* Longer programs are loaded each time: some fifty rules. */
#define INSNS_MAX 1024
#define PATH_LEN sizeof(GNV_DEVICE_CACHE "/devices-00")

static int call(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void find_slot(const struct bpf_insn *code, size_t n, char path[PATH_LEN])
{
	snprintf(path, PATH_LEN, GNV_DEVICE_CACHE "/devices-%u",
		 (unsigned int)(gnv_hash(code, n * sizeof(*code)) % SLOTS));
}

/* As the verifier left them, which changes none of ours, or it is only loaded anew. */
static bool is_program(int fd, const struct bpf_insn *code, size_t n)
{
	const size_t bytes = n * sizeof(*code);
	struct bpf_insn there[INSNS_MAX];
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };

	info.xlated_prog_insns = (uint64_t)(uintptr_t)there;
	info.xlated_prog_len = (uint32_t)bytes;
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uint64_t)(uintptr_t)&info;
	/* Without the right to see them, the kernel clears the address. */
	return call(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 &&
	       info.type == BPF_PROG_TYPE_CGROUP_DEVICE && info.xlated_prog_insns &&
	       info.xlated_prog_len == bytes && !memcmp(there, code, bytes);
}

int gnv_device_cache_recall(const struct bpf_insn *code, size_t n)
{
	union bpf_attr attr = { 0 };
	_cleanup_close_ int fd = -EBADF;
	char path[PATH_LEN];

	if (n > INSNS_MAX)
		return -1;
	find_slot(code, n, path);
	attr.pathname = (uint64_t)(uintptr_t)path;
	fd = call(BPF_OBJ_GET, &attr);
	return fd >= 0 && is_program(fd, code, n) ? STEAL_FD(fd) : -1;
}

void gnv_device_cache_keep(int program_fd, const struct bpf_insn *code, size_t n)
{
	union bpf_attr attr = { 0 };
	char path[PATH_LEN];

	if (n > INSNS_MAX)
		return;
	/* Nothing else than the file system of eBPF lets anybody make one there. */
	if (mkdir(GNV_DEVICE_CACHE, 0700) < 0 && errno != EEXIST)
		return;
	find_slot(code, n, path);
	attr.pathname = (uint64_t)(uintptr_t)path;
	attr.bpf_fd = (uint32_t)program_fd;
	call(BPF_OBJ_PIN, &attr);
}
