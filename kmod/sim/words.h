/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Values of 64 bits that methods set by halves, and the fields of words.
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include <linux/limits.h>
#include <linux/types.h>

/* A field of NVIDIA's, which has a _MASK and a _SHIFT. */
#define SIM_FIELD(word, name) (((word)&name##_MASK) >> name##_SHIFT)

static inline void sim_set_low(u64 *value, u32 data)
{
	*value = (*value & ~(u64)U32_MAX) | data;
}

static inline void sim_set_high(u64 *value, u32 data)
{
	*value = (u64)data << 32 | (u32)*value;
}

#endif /* SIM_WORDS_H */
