// SPDX-License-Identifier: MIT
/*
 * The configurations of containerd, CRI-O and Podman.
 *
 * A block is what register adds at the end of a text, between two comments by which it is
 * found again.  What has to stand in a table that is there already is a line of that table.
 *
 * containerd's file itself is changed, and none is imported: containerd 1 takes the whole of
 * a plugin's configuration from the last file that has any of it.
 */
#include <json-c/json_object.h>
#include <string.h>

#include "oci/names.h"
#include "oci/register.h"
#include "oci/toml.h"

#define BEGIN "# >>> ghostnv-container-oci register: "
#define END   "# <<< ghostnv-container-oci register: "
/* Behind a line that was added to a table. */
#define MARK  " # ghostnv-container-oci register"

/* Where in an engine's tables things are. */
struct places {
	const char *table; /* of the key that names the default */
	const char *key;
	const char *runtimes; /* table of runtimes */
};

struct draft {
	const struct oci_registration *wish;
	const struct places *places;
	char *name, *path; /* quoted */
	char *text;
	struct toml toml; /* of ->text */
	/* The block that is there already, or NULL. */
	const struct toml_entry *begin, *end;
	FILE *block; /* lines of the one to come */
};

static void draft_fini(struct draft *draft)
{
	oci_toml_fini(&draft->toml);
	free(draft->text);
	free(draft->name);
	free(draft->path);
	gnv_fclose(&draft->block);
}

#define _cleanup_draft_ _cleanup_(draft_fini)

static int no_memory(struct gnv_error **err)
{
	return gnv_error_errno(err, ENOMEM, "change it");
}

static bool is_marker(const struct draft *draft, const struct toml_entry *entry,
		      const char *marker)
{
	const char *line = draft->text + entry->start, *name = draft->wish->name;

	if (entry->kind != TOML_COMMENT || strncmp(line, marker, strlen(marker)) != 0)
		return false;
	line += strlen(marker);
	return !strncmp(line, name, strlen(name)) && strchr("\r\n", line[strlen(name)]);
}

static int find_block(struct draft *draft, struct gnv_error **err)
{
	const struct toml_entry *entry = draft->toml.entries;

	draft->begin = draft->end = NULL;
	for (; entry < oci_toml_end(&draft->toml); entry++) {
		if (!draft->begin && is_marker(draft, entry, BEGIN))
			draft->begin = entry;
		else if (draft->begin && is_marker(draft, entry, END))
			draft->end = entry;
		if (draft->end)
			return 0;
	}
	if (!draft->begin)
		return 0;
	gnv_error_set(err, EINVAL, "line %u: the end of this block is missing",
		      draft->begin->line);
	return gnv_error_remedy(err, -EINVAL, "write `" END "%s` behind it", draft->wish->name);
}

/* Take a text over. */
static int load(struct draft *draft, char *text, struct gnv_error **err)
{
	int r;

	if (!text)
		return no_memory(err);
	free(draft->text);
	draft->text = text;
	oci_toml_fini(&draft->toml);
	r = oci_toml_scan(text, &draft->toml, err);
	return r < 0 ? r : find_block(draft, err);
}

static int draft_init(struct draft *draft, const struct oci_registration *wish,
		      const char *text, struct gnv_error **err)
{
	draft->wish = wish;
	draft->name = oci_text_quote(wish->name);
	draft->path = oci_text_quote(wish->path);
	if (!draft->name || !draft->path)
		return no_memory(err);
	return load(draft, strdup(text), err);
}

static int replace(struct draft *draft, size_t from, size_t end, const char *put,
		   struct gnv_error **err)
{
	return load(draft, oci_text_splice(draft->text, from, end, put), err);
}

/*
 * Lines into a text, and out of it.  Where the last line had no end, the new last one has
 * none either, by which it is seen that the end before it was added.
 */
static int put_lines(struct draft *draft, size_t at, const char *lines, struct gnv_error **err)
{
	_cleanup_free_ char *turned = NULL;

	if (!at || draft->text[at - 1] == '\n')
		return replace(draft, at, at, lines, err);
	if (asprintf(&turned, "\n%.*s", (int)strlen(lines) - 1, lines) < 0) {
		turned = NULL;
		return no_memory(err);
	}
	return replace(draft, at, at, turned, err);
}

static int cut_lines(struct draft *draft, size_t from, size_t end, struct gnv_error **err)
{
	if (from && draft->text[end - 1] != '\n')
		from -= from > 1 && draft->text[from - 2] == '\r' ? 2 : 1;
	return replace(draft, from, end, "", err);
}

static bool is_inside(const struct draft *draft, const struct toml_entry *entry)
{
	return draft->end && entry > draft->begin && entry < draft->end;
}

/* The first outside of the block; of two with one path the other is not seen. */
static const struct toml_entry *find_outside(const struct draft *draft, enum toml_kind kind,
					     const char *path)
{
	const struct toml_entry *entry = draft->toml.entries;

	for (; entry < oci_toml_end(&draft->toml); entry++)
		if (entry->kind == kind && entry->path && !strcmp(entry->path, path) &&
		    !is_inside(draft, entry))
			return entry;
	return NULL;
}

/* @path is @above or below it. */
static bool is_within(const char *path, const char *above)
{
	size_t length = strlen(above);

	return !strncmp(path, above, length) && (!path[length] || path[length] == '.');
}

static bool has_value(const struct draft *draft, const struct toml_entry *entry,
		      const char *value)
{
	size_t length = entry->value_end - entry->value;

	return length == strlen(value) && !strncmp(draft->text + entry->value, value, length);
}

static bool is_marked(const struct draft *draft, const struct toml_entry *entry)
{
	size_t length = strlen(MARK);

	return entry->kind == TOML_KEY && entry->end - entry->value_end >= length &&
	       !strncmp(draft->text + entry->value_end, MARK, length);
}

static int refuse(const struct toml_entry *entry, struct gnv_error **err)
{
	gnv_error_set(err, EEXIST, "line %u: `%s` is there already, and register has not put it",
		      entry->line, entry->path);
	return gnv_error_remedy(err, -EEXIST,
				"take it out, or give another --name or --config");
}

/*
 * Outside of the block nothing is at or below @path, and no value is where a table above it
 * has to be.  1: something is there, and it is @key with @value.
 */
static int look_for_others(const struct draft *draft, const char *path, const char *key,
			   const char *value, struct gnv_error **err)
{
	const struct toml_entry *entry = draft->toml.entries, *same;

	same = find_outside(draft, TOML_KEY, key);
	if (same && has_value(draft, same, value))
		return 1;
	for (; entry < oci_toml_end(&draft->toml); entry++) {
		if (!entry->path || is_inside(draft, entry) || is_marked(draft, entry))
			continue;
		if (is_within(entry->path, path) ||
		    (entry->kind != TOML_TABLE && is_within(path, entry->path)))
			return refuse(entry, err);
	}
	return 0;
}

/* A table that keys of one above it have made, `b.c = 1` in [a], cannot be named again. */
static int check_has_header(const struct draft *draft, const char *table, struct gnv_error **err)
{
	const struct toml_entry *entry = draft->toml.entries;

	for (; entry < oci_toml_end(&draft->toml); entry++) {
		if (entry->kind != TOML_KEY || !is_within(entry->path, table) ||
		    entry->table >= strlen(table))
			continue;
		gnv_error_set(err, EINVAL, "line %u: `%s` has no line [%s] before it", entry->line,
			      entry->path, table);
		return gnv_error_remedy(err, -EINVAL, "write it below such a line, with no dots");
	}
	return 0;
}

/* A key with that value, in its table where that is there, else in the block. */
static int put_key(struct draft *draft, const char *table, const char *key, const char *value,
		   struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL, *line = NULL;
	const struct toml_entry *entry;
	int r;

	if (asprintf(&path, "%s.%s", table, key) < 0) {
		path = NULL;
		return no_memory(err);
	}
	entry = oci_toml_find(&draft->toml, TOML_KEY, path);
	if (entry && has_value(draft, entry, value))
		return 0;
	if (entry)
		return replace(draft, entry->value, entry->value_end, value, err);
	entry = oci_toml_find(&draft->toml, TOML_TABLE, table);
	if (!entry) {
		r = check_has_header(draft, table, err);
		if (r >= 0)
			fprintf(draft->block, "[%s]\n%s = %s\n", table, key, value);
		return r;
	}
	if (asprintf(&line, "%.*s%s = %s%s\n",
		     (int)strspn(draft->text + entry->start, " \t"), draft->text + entry->start,
		     key, value, is_inside(draft, entry) ? "" : MARK) < 0) {
		line = NULL;
		return no_memory(err);
	}
	return put_lines(draft, entry->end, line, err);
}

/* What was written into ->block, between its markers: one that is there is added to. */
static int put_block(struct draft *draft, const char *lines, struct gnv_error **err)
{
	_cleanup_free_ char *block = NULL;
	const char *name = draft->wish->name;

	if (!*lines)
		return 0;
	if (draft->end)
		return put_lines(draft, draft->end->start, lines, err);
	if (asprintf(&block, BEGIN "%s\n%s" END "%s\n", name, lines, name) < 0) {
		block = NULL;
		return no_memory(err);
	}
	return put_lines(draft, strlen(draft->text), block, err);
}

/* --- what each engine wants --------------------------------------------------------------- */

#define V2 "plugins.\"io.containerd.grpc.v1.cri\".containerd"
#define V3 "plugins.\"io.containerd.cri.v1.runtime\".containerd"

static const struct places containerd_2 = { V2, "default_runtime_name", V2 ".runtimes" };
static const struct places containerd_3 = { V3, "default_runtime_name", V3 ".runtimes" };
static const struct places crio = { "crio.runtime", "default_runtime", "crio.runtime.runtimes" };
static const struct places podman = { "engine", "runtime", "engine.runtimes" };

static bool is_empty_outside(const struct draft *draft)
{
	const struct toml_entry *entry = draft->toml.entries;

	for (; entry < oci_toml_end(&draft->toml); entry++)
		if (entry->path && !is_inside(draft, entry))
			return false;
	return true;
}

/* Both containerd 1 and 2 read layout 2: an empty file gets that. */
static int find_containerd(struct draft *draft, struct gnv_error **err)
{
	const struct toml_entry *version = oci_toml_find(&draft->toml, TOML_KEY, "version");

	if (version ? is_inside(draft, version) : is_empty_outside(draft)) {
		if (draft->block && !version)
			fprintf(draft->block, "version = 2\n");
		draft->places = &containerd_2;
		return 0;
	}
	draft->places = version && has_value(draft, version, "2") ? &containerd_2 :
			version && has_value(draft, version, "3") ? &containerd_3 :
								    NULL;
	if (draft->places)
		return 0;
	if (version)
		gnv_error_set(err, EOPNOTSUPP, "line %u: `version` is neither 2 nor 3",
			      version->line);
	else
		gnv_error_set(err, EOPNOTSUPP, "it has no `version`, so it is of version 1");
	return gnv_error_remedy(err, -EOPNOTSUPP,
				"`containerd config migrate` prints it as a newer one");
}

static int find_places(const struct oci_engine *engine, struct draft *draft,
		       struct gnv_error **err)
{
	if (!strcmp(engine->name, "containerd"))
		return find_containerd(draft, err);
	draft->places = !strcmp(engine->name, "crio") ? &crio : &podman;
	return 0;
}

/* Who has systemd make runc's cgroups has it make ours. */
static bool wants_systemd(const struct draft *draft)
{
	_cleanup_free_ char *path = NULL;
	const struct toml_entry *entry;

	if (asprintf(&path, "%s.runc.options.SystemdCgroup", draft->places->runtimes) < 0) {
		path = NULL;
		return false;
	}
	entry = find_outside(draft, TOML_KEY, path);
	return entry && has_value(draft, entry, "true");
}

static void write_containerd(struct draft *draft, const char *table)
{
	fprintf(draft->block,
		"[%s]\n"
		"runtime_type = \"io.containerd.runc.v2\"\n"
		"pod_annotations = [\"dev.ghostnv/*\"]\n"
		"container_annotations = [\"dev.ghostnv/*\"]\n"
		"[%s.options]\n"
		"BinaryName = %s\n%s",
		table, table, draft->path,
		wants_systemd(draft) ? "SystemdCgroup = true\n" : "");
}

static void write_crio(struct draft *draft, const char *table)
{
	fprintf(draft->block,
		"[%s]\n"
		"runtime_path = %s\n"
		"runtime_type = \"oci\"\n"
		"runtime_root = \"" OCI_DEFAULT_ROOT "\"\n",
		table, draft->path);
}

static int put_runtime(struct draft *draft, struct gnv_error **err)
{
	const struct places *places = draft->places;
	_cleanup_free_ char *table = NULL, *key = NULL, *list = NULL;
	const struct toml_entry *own;
	const char *value;
	int r;

	if (asprintf(&table, "%s.%s", places->runtimes, draft->wish->name) < 0)
		table = NULL;
	if (asprintf(&key, "%s%s", table,
		     places == &podman ? "" :
		     places == &crio   ? ".runtime_path" :
					 ".options.BinaryName") < 0)
		key = NULL;
	if (asprintf(&list, "[%s]", draft->path) < 0)
		list = NULL;
	if (!table || !key || !list)
		return no_memory(err);
	value = places == &podman ? list : draft->path;
	own = oci_toml_find(&draft->toml, TOML_KEY, key);
	if (own && is_inside(draft, own))
		return has_value(draft, own, value) ?
			       0 :
			       replace(draft, own->value, own->value_end, value, err);
	r = look_for_others(draft, table, key, value, err);
	if (r)
		return r < 0 ? r : 0;
	if (places == &podman)
		return put_key(draft, places->runtimes, draft->wish->name, list, err);
	if (places == &crio)
		write_crio(draft, table);
	else
		write_containerd(draft, table);
	return 0;
}

static int add(const struct oci_engine *engine, struct draft *draft, struct gnv_error **err)
{
	int r = find_places(engine, draft, err);

	if (r < 0)
		return r;
	r = put_runtime(draft, err);
	if (!r && draft->wish->set_default)
		r = put_key(draft, draft->places->table, draft->places->key, draft->name, err);
	return r;
}

int oci_register_toml_add(const struct oci_engine *engine, const struct oci_registration *wish,
			  const char *text, char **ret, struct gnv_error **err)
{
	_cleanup_draft_ struct draft draft = { 0 };
	_cleanup_free_ char *lines = NULL;
	size_t length;
	int r = draft_init(&draft, wish, text, err);

	if (r < 0)
		return r;
	draft.block = open_memstream(&lines, &length);
	if (!draft.block)
		return no_memory(err);
	r = add(engine, &draft, err);
	if (!r && fflush(draft.block) != 0)
		r = no_memory(err);
	if (!r)
		r = put_block(&draft, lines, err);
	gnv_fclose(&draft.block);
	draft.block = NULL;
	if (!r)
		*ret = STEAL_PTR(draft.text);
	return r;
}

/* --- and away ------------------------------------------------------------------------------ */

static const struct toml_entry *find_default(const struct toml *toml, const struct places *places)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s.%s", places->table, places->key) < 0) {
		path = NULL;
		return NULL;
	}
	return oci_toml_find(toml, TOML_KEY, path);
}

/* Lines that another registration has put into a table of the block. */
static int refuse_guests(const struct draft *draft, struct gnv_error **err)
{
	const struct toml_entry *chosen = find_default(&draft->toml, draft->places), *entry;

	for (entry = draft->begin; entry < draft->end; entry++) {
		if (!is_marked(draft, entry) &&
		    (entry != chosen || has_value(draft, entry, draft->name)))
			continue;
		gnv_error_set(err, EBUSY, "line %u: `%s` is of another runtime", entry->line,
			      entry->path);
		return gnv_error_remedy(err, -EBUSY, "`unregister` that first");
	}
	return 0;
}

/* A key that stands behind the block without a table of its own belongs to the block's last. */
static int cut_block(struct draft *draft, struct gnv_error **err)
{
	const struct toml_entry *next = draft->end + 1;
	int r = refuse_guests(draft, err);

	if (r < 0)
		return r;
	while (next < oci_toml_end(&draft->toml) && next->kind == TOML_COMMENT)
		next++;
	if (next < oci_toml_end(&draft->toml) && next->kind == TOML_KEY) {
		gnv_error_set(err, EINVAL, "line %u: `%s` belongs to a table of the block above it",
			      next->line, next->path);
		return gnv_error_remedy(err, -EINVAL, "move it to a table of its own");
	}
	return cut_lines(draft, draft->begin->start, draft->end->end, err);
}

static bool has_runtime(const struct toml *toml, const struct places *places, const char *name)
{
	_cleanup_free_ char *path = NULL;
	const struct toml_entry *entry = toml->entries;

	if (asprintf(&path, "%s.%s", places->runtimes, name) < 0) {
		path = NULL;
		return false;
	}
	for (; entry < oci_toml_end(toml); entry++)
		if (entry->path && is_within(entry->path, path))
			return true;
	return false;
}

/*
 * What the default was called before, quoted; NULL where the runtime was in the same text, and is
 * no more.  Others are built in, or in another file.
 */
static char *former_default(const struct draft *draft)
{
	_cleanup_toml_ struct toml toml = { 0 };
	_cleanup_free_ char *name = NULL;
	const char *former = draft->wish->former;
	const struct toml_entry *entry;
	size_t length;

	if (!former || oci_toml_scan(former, &toml, NULL) < 0)
		return NULL;
	entry = find_default(&toml, draft->places);
	length = entry ? entry->value_end - entry->value : 0;
	if (length < 2)
		return NULL;
	name = strndup(former + entry->value + 1, length - 2);
	if (!name || (has_runtime(&toml, draft->places, name) &&
		      !has_runtime(&draft->toml, draft->places, name)))
		return NULL;
	return strndup(former + entry->value, length);
}

static int cut_default(struct draft *draft, struct gnv_error **err)
{
	const struct toml_entry *entry = find_default(&draft->toml, draft->places);
	_cleanup_free_ char *former = NULL;

	if (!entry || !has_value(draft, entry, draft->name))
		return 0;
	former = former_default(draft);
	if (former)
		return replace(draft, entry->value, entry->value_end, former, err);
	return cut_lines(draft, entry->start, entry->end, err);
}

/* Lines in tables that were there; Podman's is the one such. */
static int cut_runtime(struct draft *draft, struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL;
	const struct toml_entry *entry;

	if (asprintf(&path, "%s.%s", draft->places->runtimes, draft->wish->name) < 0) {
		path = NULL;
		return no_memory(err);
	}
	entry = find_outside(draft, TOML_KEY, path);
	if (!entry || !is_marked(draft, entry))
		return 0;
	return cut_lines(draft, entry->start, entry->end, err);
}

int oci_register_toml_remove(const struct oci_engine *engine,
			     const struct oci_registration *wish, const char *text, char **ret,
			     struct gnv_error **err)
{
	_cleanup_draft_ struct draft draft = { 0 };
	int r = draft_init(&draft, wish, text, err);

	if (!r)
		r = find_places(engine, &draft, err);
	if (!r && draft.end)
		r = cut_block(&draft, err);
	if (!r)
		r = cut_default(&draft, err);
	if (!r)
		r = cut_runtime(&draft, err);
	if (!r)
		*ret = STEAL_PTR(draft.text);
	return r;
}
