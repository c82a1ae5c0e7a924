/* SPDX-License-Identifier: MIT */
/*
 * What images require something of, as far as it can be known without NVIDIA's
 * libraries.  Pure: tables of published facts.  NULL: not known.
 */
#ifndef GNV_GPU_FACTS_H
#define GNV_GPU_FACTS_H

#include <stdint.h>

/* The newest CUDA that a driver of this version serves: "12.4". */
const char *gnv_fact_cuda(const char *driver);

/* NVML's name of the brand, in small letters and one word, by the marketing name. */
const char *gnv_fact_brand(const char *name);

/* The compute capability ("8.9") by the number of the PCI device. */
const char *gnv_fact_arch(uint32_t device);

#endif /* GNV_GPU_FACTS_H */
