/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a pure file may use: integer types and a few macros, in the kernel and
 * on the host alike.  A pure file takes bytes and numbers and gives decisions;
 * it takes no lock, allocates nothing, and knows neither `current` nor a clock.
 */
#ifndef _GHOSTNV_PURE_H
#define _GHOSTNV_PURE_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#ifndef U64_MAX
#define U64_MAX UINT64_MAX
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef container_of
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer)-offsetof(type, member)))
#endif
#ifndef check_add_overflow
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#endif

#endif /* __KERNEL__ */

#endif /* _GHOSTNV_PURE_H */
