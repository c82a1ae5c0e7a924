// SPDX-License-Identifier: MIT
/*
 * state.json: its writer and its reader, side by side.  Owns no state of its own.
 */
#include "container/state.h"

#include <json.h>
#include <limits.h>
#include <string.h>

#include "base/strv.h"

#define STATE_VERSION 1

static const char *const status_names[] = {
	[GNV_STATUS_STARTING] = "starting",
	[GNV_STATUS_RUNNING] = "running",
	[GNV_STATUS_EXITED] = "exited",
	[GNV_STATUS_DEAD] = "dead",
	[GNV_STATUS_PAUSED] = "paused",
};

const char *gnv_status_name(enum gnv_status status)
{
	return status_names[status];
}

bool gnv_status_runs(enum gnv_status status)
{
	return status == GNV_STATUS_RUNNING || status == GNV_STATUS_PAUSED;
}

void gnv_state_fini(struct gnv_state *state)
{
	free(state->name);
	free(state->image);
	free(state->boot);
	free(state->cgroup);
	gnv_strv_free(state->command);
	memset(state, 0, sizeof(*state));
}

static void json_putp(struct json_object **object)
{
	json_object_put(*object);
}

/* Takes @value over. */
static bool add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return false;
	if (json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		return false;
	}
	return true;
}

static struct json_object *strings(char *const *strv)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; array && strv && strv[i]; i++)
		if (json_object_array_add(array, json_object_new_string(strv[i])) < 0) {
			json_object_put(array);
			return NULL;
		}
	return array;
}

static bool fill(struct json_object *o, const struct gnv_state *s)
{
	return add(o, "version", json_object_new_int(STATE_VERSION)) &&
	       add(o, "name", json_object_new_string(s->name)) &&
	       add(o, "image", json_object_new_string(s->image)) &&
	       add(o, "command", strings(s->command)) &&
	       add(o, "status", json_object_new_string(gnv_status_name(s->status))) &&
	       add(o, "boot", json_object_new_string(s->boot ? s->boot : "")) &&
	       add(o, "pid", json_object_new_int64(s->pid)) &&
	       add(o, "start_time", json_object_new_uint64(s->start_time)) &&
	       add(o, "exit_status", json_object_new_int(s->exit_status)) &&
	       add(o, "created", json_object_new_int64(s->created)) &&
	       add(o, "cgroup", json_object_new_string(s->cgroup ? s->cgroup : "")) &&
	       add(o, "container_id", json_object_new_uint64(s->container_id)) &&
	       add(o, "gpus", json_object_new_uint64(s->gpus)) &&
	       add(o, "vram_max_bytes", json_object_new_uint64(s->vram_max_bytes)) &&
	       add(o, "memory_max_bytes", json_object_new_uint64(s->memory_max_bytes)) &&
	       add(o, "cpu_millicores", json_object_new_uint64(s->cpu_millicores)) &&
	       add(o, "pids_max", json_object_new_uint64(s->pids_max)) &&
	       add(o, "remove", json_object_new_boolean(s->remove)) &&
	       add(o, "log", json_object_new_boolean(s->log));
}

int gnv_state_format(const struct gnv_state *state, char **ret, struct gnv_error **err)
{
	_cleanup_(json_putp) struct json_object *object = json_object_new_object();
	const char *text = NULL;

	if (object && fill(object, state))
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "write down the state");
}

static int bad(struct gnv_error **err, const char *key)
{
	return gnv_error_set(err, EBADMSG, "`%s` is missing or no such value", key);
}

static int get(struct json_object *o, const char *key, enum json_type type,
	       struct json_object **ret, struct gnv_error **err)
{
	if (json_object_object_get_ex(o, key, ret) && json_object_is_type(*ret, type))
		return 0;
	return bad(err, key);
}

static int get_string(struct json_object *o, const char *key, char **ret,
		      struct gnv_error **err)
{
	struct json_object *value;
	int r = get(o, key, json_type_string, &value, err);

	if (r < 0)
		return r;
	*ret = strdup(json_object_get_string(value));
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "read `%s`", key);
}

static int get_u64(struct json_object *o, const char *key, uint64_t *ret,
		   struct gnv_error **err)
{
	struct json_object *value;
	int r = get(o, key, json_type_int, &value, err);

	if (r < 0)
		return r;
	/* Below 0 json-c gives 0, and what is too large the largest. */
	if (json_object_get_int64(value) < 0)
		return bad(err, key);
	*ret = json_object_get_uint64(value);
	return 0;
}

static int get_int(struct json_object *o, const char *key, int64_t min, int64_t max,
		   int64_t *ret, struct gnv_error **err)
{
	struct json_object *value;
	int r = get(o, key, json_type_int, &value, err);

	if (r < 0)
		return r;
	*ret = json_object_get_int64(value);
	return *ret < min || *ret > max ? bad(err, key) : 0;
}

static int get_bool(struct json_object *o, const char *key, bool *ret,
		    struct gnv_error **err)
{
	struct json_object *value;
	int r = get(o, key, json_type_boolean, &value, err);

	if (!r)
		*ret = json_object_get_boolean(value);
	return r;
}

static int get_command(struct json_object *o, char ***ret, struct gnv_error **err)
{
	struct json_object *array, *item;
	size_t i;
	int r = get(o, "command", json_type_array, &array, err);

	if (r < 0)
		return r;
	for (i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return bad(err, "command");
		r = gnv_strv_append(ret, json_object_get_string(item));
		if (r < 0)
			return gnv_error_errno(err, -r, "read `command`");
	}
	return 0;
}

static int get_status(struct json_object *o, enum gnv_status *ret, struct gnv_error **err)
{
	_cleanup_free_ char *name = NULL;
	int r = get_string(o, "status", &name, err);
	unsigned int i;

	if (r < 0)
		return r;
	for (i = GNV_STATUS_STARTING; i < GNV_STATUS_DEAD; i++)
		if (!strcmp(name, status_names[i])) {
			*ret = (enum gnv_status)i;
			return 0;
		}
	return bad(err, "status");
}

static int read_object(struct json_object *o, struct gnv_state *s, struct gnv_error **err)
{
	int64_t pid, exit_status, version;
	int r;

	r = get_int(o, "version", STATE_VERSION, STATE_VERSION, &version, err);
	if (r < 0)
		return r;
	if ((r = get_string(o, "name", &s->name, err)) < 0 ||
	    (r = get_string(o, "image", &s->image, err)) < 0 ||
	    (r = get_command(o, &s->command, err)) < 0 ||
	    (r = get_status(o, &s->status, err)) < 0 ||
	    (r = get_string(o, "boot", &s->boot, err)) < 0 ||
	    (r = get_int(o, "pid", 0, INT_MAX, &pid, err)) < 0 ||
	    (r = get_u64(o, "start_time", &s->start_time, err)) < 0 ||
	    (r = get_int(o, "exit_status", GNV_EXIT_UNKNOWN, 255, &exit_status, err)) < 0 ||
	    (r = get_int(o, "created", 0, INT64_MAX, &s->created, err)) < 0 ||
	    (r = get_string(o, "cgroup", &s->cgroup, err)) < 0 ||
	    (r = get_u64(o, "container_id", &s->container_id, err)) < 0 ||
	    (r = get_u64(o, "gpus", &s->gpus, err)) < 0 ||
	    (r = get_u64(o, "vram_max_bytes", &s->vram_max_bytes, err)) < 0 ||
	    (r = get_u64(o, "memory_max_bytes", &s->memory_max_bytes, err)) < 0 ||
	    (r = get_u64(o, "cpu_millicores", &s->cpu_millicores, err)) < 0 ||
	    (r = get_u64(o, "pids_max", &s->pids_max, err)) < 0 ||
	    (r = get_bool(o, "remove", &s->remove, err)) < 0 ||
	    (r = get_bool(o, "log", &s->log, err)) < 0)
		return r;
	s->pid = (pid_t)pid;
	s->exit_status = (int)exit_status;
	return 0;
}

int gnv_state_parse(const char *text, struct gnv_state *ret, struct gnv_error **err)
{
	_cleanup_(json_putp) struct json_object *object = json_tokener_parse(text);
	struct gnv_state state = { 0 };
	int r;

	if (!object || !json_object_is_type(object, json_type_object))
		return gnv_error_set(err, EBADMSG, "this is no JSON object");
	r = read_object(object, &state, err);
	if (r < 0) {
		gnv_state_fini(&state);
		return r;
	}
	*ret = state;
	return 0;
}
