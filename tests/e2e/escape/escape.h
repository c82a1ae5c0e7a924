/* SPDX-License-Identifier: MIT */
/*
 * What the vectors of the program escape share: the scene that they are played
 * in, and the table that they stand in.
 *
 * A "vector" is one way past the quota or to what is others'.  It is played
 * twice, each time on a scene of its own: by an attacker in a container with a
 * limit, and, as its "control", by the same program outside of any container.
 * The control shows that what is tried would work if nothing stood in the way.
 *
 * On a scene there is first only a director, an unlimited process.  It may set
 * things up, cast others (cast()), and becomes the attacker by enter().  What
 * everybody does is written into the scene, which all share; they hold what they
 * have until the harness has looked at the card and kills them.
 */
#ifndef TESTS_E2E_ESCAPE_H
#define TESTS_E2E_ESCAPE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/e2e/lib/rm.h"
#include "tests/e2e/lib/uvm.h"

#define KiB	(1ULL << 10)
#define MiB	(1ULL << 20)
#define PIECE	(32 * MiB)
/* What the attacker's container may have, and a victim's. */
#define LIMIT	(96 * MiB)
/* What an attacker tries to get before it gives up. */
#define GREED	(8 * PIECE)

/* Whose cgroup a process is in; all are children of the scene's. */
enum place {
	OUTSIDE,	/* no container: the director's */
	OWN,		/* the attacker's; in a control no container either */
	OTHER,		/* a victim's container, with a limit and GPU 0 */
};

/**
 * struct scene - what all processes of one play share
 * @control: it is played outside of a container
 * @begun: the attack itself was reached
 * @tried: there is something that must not succeed, beside too many bytes
 * @reached: something succeeded that must not
 * @broken: something failed that has to work for the attack to mean anything
 * @skipped: it cannot be played on this machine
 * @told: what was reached, what is broken, or how the attack was refused
 * @rightful: bytes on the cards that are not the attacker's: victims', and what
 *	was held before the limit
 * @dir: the scene's cgroup
 * @id: the container's id; 0 while it has none
 * @secret: what a victim's memory is filled with
 * @version: of the driver, where it cannot be asked
 * @word: for the vector's own use
 */
struct scene {
	bool control;
	volatile bool begun;
	volatile bool tried;
	volatile bool reached;
	volatile bool broken;
	volatile bool skipped;
	char told[160];
	volatile __u64 rightful;
	char dir[64];
	__u64 id;
	__u64 secret;
	char version[64];
	volatile __u64 word[8];
};

enum {
	LATE_LIMIT = 1,		/* the vector calls limit() itself */
	TWO_GPUS = 2,		/* needs a second GPU, which is not granted */
	NEEDS_HMM = 4,		/* the driver is loaded without uvm_disable_hmm */
	FEW_THINGS = 8,		/* ghostnv's counts of objects are set low */
};

/**
 * struct vector - one row of the table
 * @name: of the vector
 * @what: what the attacker does
 * @why: why it gets nothing by that
 * @play: does it
 * @no_control: why even an unlimited process has no success; NULL where it has
 * @flags: what it needs
 */
struct vector {
	const char *name;
	const char *what;
	const char *why;
	void (*play)(struct scene *scene);
	const char *no_control;
	unsigned int flags;
};

/* The table, by subject; each part ends with a row without a name. */
extern const struct vector alloc_vectors[];
extern const struct vector race_vectors[];
extern const struct vector share_vectors[];
extern const struct vector session_vectors[];
extern const struct vector cgroup_vectors[];
extern const struct vector power_vectors[];
extern const struct vector gpu_vectors[];
extern const struct vector life_vectors[];

/* --- scene.c: for everybody on a scene ----------------------------------------- */

void enter(struct scene *scene);
void enter_place(struct scene *scene, enum place place);
void enter_dir(struct scene *scene, const char *path);
void place_dir(const struct scene *scene, enum place place, char *path, size_t size);
void limit(struct scene *scene);
__u64 make_container(const char *dir, __u64 gpus, __u64 bytes);

pid_t cast(struct scene *scene, enum place place, void (*play)(struct scene *scene));
void kill_one(pid_t pid);
void played(void);

void must(struct scene *scene, const char *step, __u32 status);
void must_errno(struct scene *scene, const char *step, int ret);
void begin(struct scene *scene);
void forbidden(struct scene *scene, const char *what, __u32 status);
void forbidden_errno(struct scene *scene, const char *what, long ret);
void refused_with(struct scene *scene, const char *what, __u32 status);
void skip_vector(struct scene *scene, const char *why);

/* --- attacker.c: what attackers and victims do with the driver ------------------ */

/**
 * struct attacker - a client with all that it needs to take memory
 * @rm: its session
 * @gpu: what it holds on GPU 0
 * @uvm: its session on nvidia-uvm; see open_uvm()
 * @uuid: of the GPU
 */
struct attacker {
	struct rm rm;
	struct rm_gpu gpu;
	struct uvm uvm;
	__u8 uuid[16];
};

void open_all(struct scene *scene, struct attacker *a);
__u32 try_open_all(struct attacker *a);
void open_uvm(struct scene *scene, struct attacker *a);
__u32 take(struct attacker *a, enum rm_via via, __u64 bytes, __u32 *handle);
__u64 take_all(struct scene *scene, struct attacker *a);
void arm(struct scene *scene, struct attacker *a);
void be_greedy(struct scene *scene);
void hold_secret(struct scene *scene, struct attacker *a, __u64 bytes, __u32 *handle);
bool knows_secret(struct scene *scene, struct attacker *a, __u32 memory);
struct NV_MEMORY_ALLOCATION_PARAMS;
void fill_params(struct attacker *a, struct NV_MEMORY_ALLOCATION_PARAMS *params, __u64 bytes);
void *read_only_copy(const void *from, size_t size);
__u32 rm_send(const struct rm *rm, int file, unsigned int escape, void *args, size_t size,
	      const __u32 *status);
void send_files(int socket, const int *files, unsigned int count);
int take_file(struct scene *scene, pid_t pid, int file);
void receive_files(int socket, int *files, unsigned int count);
__u64 pointer(const void *p);

/* --- harness.c ------------------------------------------------------------------ */

bool harness_open(void);
void harness_close(void);
bool harness_reload(const char *argument);
unsigned int harness_gpus(void);
__u64 harness_free_bytes(void);

/**
 * struct outcome - how one play ended
 * @scene: a copy of what stood in it
 * @over: bytes that the card held beyond what was rightful and allowed
 * @held: bytes that the card held for the attacker
 * @hung: it was not over in time
 * @left: something stayed after all were killed
 */
struct outcome {
	struct scene scene;
	__u64 held;
	__u64 over;
	bool hung;
	bool left;
};

void harness_play(const struct vector *vector, bool control, struct outcome *outcome);

#endif /* TESTS_E2E_ESCAPE_H */
