// SPDX-License-Identifier: MIT
/*
 * Names of containers by their ids: see names.h.  A name is kept, for the last event of
 * a container comes when nothing else tells of it any more.
 */
#include "cli/names.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "cli/gpu_share.h"

#define CGROUP_BYTES_MAX 4096

/* Containers that are not ours must not make each of their events a list. */
#define LIST_EVERY_US	 1000000

static void name_fini(struct cli_name *name)
{
	free(name->name);
	free(name->cgroup);
}

static char *read_cgroup(uint64_t id)
{
	char path[96], *text;

	snprintf(path, sizeof(path), "/sys/kernel/ghostnv/containers/%" PRIu64 "/cgroup", id);
	if (gnv_file_read_at(AT_FDCWD, path, CGROUP_BYTES_MAX, &text, NULL, NULL) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static struct cli_name *find(struct cli_names *names, uint64_t id)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->names[i].id == id)
			return &names->names[i];
	return NULL;
}

static struct cli_name *add(struct cli_names *names, uint64_t id)
{
	struct cli_name *grown = reallocarray(names->names, names->n + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	names->names = grown;
	grown[names->n] = (struct cli_name){ .id = id, .cgroup = read_cgroup(id) };
	return &grown[names->n++];
}

/*
 * A container has its record before its cgroup, but is known by its id only when its
 * first events have been.
 */
static bool is_of(const struct cli_name *name, const struct gnv_root *root,
		  const struct gnv_state *state)
{
	_cleanup_free_ char *id = NULL;
	const char *last = name->cgroup ? strrchr(name->cgroup, '/') : NULL;

	if (state->container_id == name->id)
		return true;
	return last && gnv_root_cgroup_id(root, state->name, &id, NULL) == 0 &&
	       !strcmp(last + 1, id) && last - name->cgroup == strlen("/ghostnv") &&
	       !strncmp(name->cgroup, "/ghostnv", strlen("/ghostnv"));
}

static void list(struct cli_names *names, const struct gnv_root *root, struct cli_name *name)
{
	struct gnv_state *states;
	size_t n, i;

	names->listed_us = cli_now_us();
	if (gnv_container_list(root, &states, &n, NULL) < 0)
		return;
	for (i = 0; i < n; i++)
		if (!name->name && is_of(name, root, &states[i]))
			name->name = STEAL_PTR(states[i].name);
	gnv_container_list_free(states, n);
}

const struct cli_name *cli_names_find(struct cli_names *names, const struct gnv_root *root,
				      uint64_t id)
{
	struct cli_name *name = find(names, id);
	bool is_new = !name;

	if (is_new)
		name = add(names, id);
	if (name && !name->name && (is_new || cli_now_us() - names->listed_us > LIST_EVERY_US))
		list(names, root, name);
	return name;
}

void cli_names_forget(struct cli_names *names, uint64_t id)
{
	struct cli_name *name = find(names, id);

	if (!name)
		return;
	name_fini(name);
	*name = names->names[--names->n];
}

void cli_names_fini(struct cli_names *names)
{
	while (names->n)
		name_fini(&names->names[--names->n]);
	free(names->names);
	memset(names, 0, sizeof(*names));
}
