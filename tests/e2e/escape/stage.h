/* SPDX-License-Identifier: MIT */
/*
 * Small steps with cgroups and /dev/ghostnv that fail with -1 and errno, for
 * the harness and for vectors that are about them.
 */
#ifndef TESTS_E2E_ESCAPE_STAGE_H
#define TESTS_E2E_ESCAPE_STAGE_H

#include <stddef.h>

#include "escape.h"

void stage_take_door(int fd);
int write_text(const char *path, const char *text);
int move_to(const char *dir);
void make_dir(struct scene *scene, enum place place, const char *name, char *path, size_t size);
int ghostnv_call(unsigned long number, void *argument);
int set_limit(__u64 id, __u32 which, __u64 value);

/* session.c: what the program is that a vector executes. */
int after_exec(char **argv);

/* modules.c */
bool modules_unload(const char *const *names);
bool modules_load(const char *name, const char *arguments);
bool modules_load_bridge(void);
bool modules_use_bridge(bool wanted);
bool modules_reload_ghostnv(const char *arguments);

#endif /* TESTS_E2E_ESCAPE_STAGE_H */
