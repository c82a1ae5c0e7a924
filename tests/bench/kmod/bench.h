/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What tests/bench/intercept.c asks of ghostnv-bench.ko: to make one ioctl on an
 * open file many times from inside the kernel, so that what entering it costs is in
 * no figure.
 */
#ifndef TESTS_BENCH_KMOD_BENCH_H
#define TESTS_BENCH_KMOD_BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BENCH_CALLS_MAX 1000000
#define BENCH_BYTES_MAX 4096

/**
 * struct bench_calls - what to repeat
 * @file: the open file
 * @cmd: number of the ioctl
 * @arg: its structure, which is @arg_bytes long
 * @params: a second structure, which is @params_bytes long
 * @ns: out: how long each call took
 * @calls: how many
 *
 * Both structures are made what they were before each call.
 */
struct bench_calls {
	__s32 file;
	__u32 cmd;
	__aligned_u64 arg;
	__aligned_u64 params;
	__aligned_u64 ns;
	__u32 arg_bytes;
	__u32 params_bytes;
	__u32 calls;
	__u32 __reserved;
};

#define BENCH_IOC_CALLS _IOWR(0xEA, 0, struct bench_calls)

#endif /* TESTS_BENCH_KMOD_BENCH_H */
