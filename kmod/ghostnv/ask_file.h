/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver is asked by its own ioctls, for where ghostnv-rm.ko is not there: the
 * proprietary flavour has nothing that it could link to.
 *
 * What the driver answers to a program lies in that program's memory, where all of
 * its threads can write.  So the questions are put from other memory: that of the
 * process that has loaded this module, which is nobody's any more when that has
 * ended.  The driver lets a client be used on the file that it was made on, by
 * whoever calls, so they are put on that file.
 */
#ifndef _GHOSTNV_ASK_FILE_H
#define _GHOSTNV_ASK_FILE_H

#include <linux/types.h>

#include "ask.h"

struct gnv_client;

int gnv_ask_file_init(void);
void gnv_ask_file_fini(void);
void gnv_ask_file_set_branch(const struct nvabi_branch *branch);
bool gnv_ask_file_ready(void);
int gnv_ask_file(gnv_ask_fn ask, const struct gnv_question *q);
int gnv_ask_file_is_own(u32 client);
int gnv_ask_file_depute(struct gnv_client *client);
void gnv_ask_file_recall(struct gnv_client *client);

#endif /* _GHOSTNV_ASK_FILE_H */
