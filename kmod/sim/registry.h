/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The driver's registry: keys with numbers that NVreg_RegistryDwords gives, as
 * "key=number;key=number".  It must not know what a key means.
 */
#ifndef SIM_REGISTRY_H
#define SIM_REGISTRY_H

#include <linux/types.h>

bool sim_registry_read(const char *key, u32 *value);
const char *sim_registry_text(void);

#endif /* SIM_REGISTRY_H */
