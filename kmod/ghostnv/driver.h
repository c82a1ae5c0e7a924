/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding the parts of NVIDIA's driver, by what it has in every version: its
 * character devices and its files in /proc.
 */
#ifndef _GHOSTNV_DRIVER_H
#define _GHOSTNV_DRIVER_H

#include <linux/types.h>

struct file;

/**
 * struct gnv_driver - what is loaded
 * @rm: the driver's devices (major 195) are there
 * @uvm_major: major of nvidia-uvm, 0 when it is not there
 */
struct gnv_driver {
	bool rm;
	unsigned int uvm_major;
};

int gnv_driver_find(struct gnv_driver *driver);
struct file *gnv_driver_open(dev_t dev);
void gnv_driver_close(struct file *file);
int gnv_driver_version(struct file *control, char *buf, size_t size);
u32 gnv_driver_minor(const char *pci);
bool gnv_driver_limits_itself(const char *version);
bool gnv_driver_may_have_hmm(const struct file *uvm);

#endif /* _GHOSTNV_DRIVER_H */
