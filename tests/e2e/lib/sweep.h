/* SPDX-License-Identifier: MIT */
/*
 * What fault_sweep's parts share, and soak with them.  An "operation" is what is done
 * while the kernel is told to fail one allocation of this task: the first, then in a
 * new world the second, and so on until one run has met no failure; or while its
 * process is killed.  A "world" is what stands before; an operation says up to which
 * stage it wants one.
 */
#ifndef TESTS_E2E_LIB_SWEEP_H
#define TESTS_E2E_LIB_SWEEP_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "rm.h"
#include "uvm.h"

/* Each is made from the one before. */
enum stage {
	STAGE_NONE,	/* the container and a file of /dev/ghostnv */
	STAGE_CONTROL,	/* a file of nvidiactl */
	STAGE_CLIENT,
	STAGE_GPU,	/* a file of nvidiaN, a device and a subdevice */
	STAGE_MEMORY,	/* video memory */
	STAGE_UVM,	/* a session of nvidia-uvm */
	STAGE_RANGE,	/* GPU and address space registered, an external range */
	STAGE_MAPPED,	/* the memory is mapped there */
};

struct world {
	enum stage stage;
	int ctl;
	int cgroup;
	__u64 id;
	__u64 child;
	int file;
	struct rm rm;
	struct rm_gpu gpu;
	__u32 memory;
	__u32 object;
	struct rm_map map;
	__u32 vaspace;
	struct uvm uvm;
	__u8 uuid[16];
	void *range;
};

/**
 * struct operation - one row of the sweep's table
 * @name: what the report calls it
 * @stage: the world that it wants
 * @act: does it; 0 when it went well.  What is open afterwards is in the world.
 * @undo: takes back what @act has done; NULL: ending the world does
 * @outside: is for who manages containers: done from outside the container
 */
struct operation {
	const char *name;
	enum stage stage;
	int (*act)(struct world *w);
	void (*undo)(struct world *w);
	bool outside;
};

/* sweep_world.c */
#define SWEEP_CGROUP "/sys/fs/cgroup/sweep"
#define SWEEP_CHILD SWEEP_CGROUP "/child"
#define SWEEP_BYTES (4ULL << 20)

bool sweep_world_init(void);
void sweep_world_fini(void);
void sweep_world_none(struct world *w);
__u32 sweep_world_stage(struct world *w, enum stage stage);
bool sweep_world_make(struct world *w, enum stage stage);
void sweep_world_end(struct world *w);
void sweep_drop_map(struct rm_map *map);
bool sweep_world_leave(void);
bool sweep_world_enter(void);

/* sweep_state.c: all that may not change, as text; at most SWEEP_STATE_MAX bytes. */
#define SWEEP_STATE_MAX 4096

bool sweep_state_init(void);
void sweep_state(char *text);
bool sweep_state_is(const char *text);

/* sweep_table.c; ends with a row without a name. */
extern const struct operation sweep_table[];

/* sweep_fail.c */
bool sweep_fail_init(void);
void sweep_fail_arm(unsigned int nth);
unsigned int sweep_fail_left(void);
bool sweep_fail_disarm(void);

#endif /* TESTS_E2E_LIB_SWEEP_H */
