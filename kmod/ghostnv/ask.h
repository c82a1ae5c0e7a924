/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What is asked of the driver's resource manager: what GPUs it has, and whether an
 * object is there, of which class and how large.  It knows nothing of the way that
 * the questions take: one leads through ghostnv-rm.ko (bridge.h), the other through
 * the driver's own ioctls (ask_file.h).
 */
#ifndef _GHOSTNV_ASK_H
#define _GHOSTNV_ASK_H

#include <linux/types.h>

struct nv_gpu_info_t;
struct nvabi_branch;

/**
 * struct gnv_rm_list - what the parameters of a control call point at
 * @at: where in the parameters its address belongs
 * @data: the list
 * @bytes: its size
 */
struct gnv_rm_list {
	u32 at;
	void *data;
	u32 bytes;
};

/**
 * struct gnv_rm_way - a way to the resource manager
 * @branch: the layouts of the driver's ABI
 * @enumerate: fill in the driver's GPUs, NV_MAX_GPUS at most; returns their number
 * @open_gpu: bring a GPU up, as opening its device file does
 * @close_gpu: undo that
 * @alloc: make an object; @object: in: its handle, 0 for one that the driver chooses
 * @free: free an object and all below it
 * @control: make a control call; @list: what its parameters point at, or NULL
 *
 * All may sleep and return a negative errno: gnv_ask_errno().
 */
struct gnv_rm_way {
	const struct nvabi_branch *(*branch)(void);
	u32 (*enumerate)(struct nv_gpu_info_t *gpus);
	int (*open_gpu)(u32 gpu_id);
	void (*close_gpu)(u32 gpu_id);
	int (*alloc)(u32 client, u32 parent, u32 *object, u32 class, void *params,
		     u32 bytes);
	int (*free)(u32 client, u32 object);
	int (*control)(u32 client, u32 object, u32 cmd, void *params, u32 bytes,
		       const struct gnv_rm_list *list);
};

/**
 * struct gnv_question - one question
 * @client: handle of the client that it is about; 0: of none that is there
 * @object: handle of the object
 * @subdevice: handle of a subdevice of the client's on the object's GPU
 * @answer: out: what the question says
 * @max: length of @answer, where that is a list
 */
struct gnv_question {
	u32 client;
	u32 object;
	u32 subdevice;
	void *answer;
	unsigned int max;
};

typedef int (*gnv_ask_fn)(const struct gnv_rm_way *rm, const struct gnv_question *q);

int gnv_ask_gpus(const struct gnv_rm_way *rm, const struct gnv_question *q);
int gnv_ask_memory(const struct gnv_rm_way *rm, const struct gnv_question *q);
int gnv_ask_class(const struct gnv_rm_way *rm, const struct gnv_question *q);
int gnv_ask_context(const struct gnv_rm_way *rm, const struct gnv_question *q);
int gnv_ask_free(const struct gnv_rm_way *rm, const struct gnv_question *q);

/* Handles of our own clients' objects: any numbers do. */
#define GNV_ASK_DEVICE	  0x474e0001
#define GNV_ASK_SUBDEVICE 0x474e0002

int gnv_ask_open(const struct gnv_rm_way *rm, u32 gpu_id, u32 *client);
void gnv_ask_close(const struct gnv_rm_way *rm, u32 gpu_id, u32 client);
int gnv_ask_errno(u32 status);

#endif /* _GHOSTNV_ASK_H */
