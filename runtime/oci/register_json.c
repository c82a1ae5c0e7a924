// SPDX-License-Identifier: MIT
/*
 * Docker's daemon.json.  The text is changed in place; what json-c makes of the new one
 * has to be what it makes of the old one with the same change, so that what this does not
 * see through (names written with escapes, names that stand twice) is refused.
 */
#include <string.h>

#include "image/json.h"
#include "oci/register.h"

#define RUNTIMES   "runtimes"
#define DEFAULT	   "default-runtime"

#define INDENT_MAX 16

/* A member of an object: where its name begins, its value, and the end of that. */
struct member {
	size_t key, value, end;
};

/* A text and the line breaks that members of the first, second and third level have. */
struct draft {
	char *text;
	char breaks[4][1 + 3 * INDENT_MAX + 1];
};

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* All of these see only texts that json-c has read. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
	unsigned int depth = 0;

	if (*p != '"' && *p != '{' && *p != '[')
		return p + strcspn(p, ",]} \t\r\n");
	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (depth && *p);
	return p;
}

/* The member @key (NULL: the last) of the object at @object. */
static bool find(const char *text, size_t object, const char *key, struct member *ret)
{
	const char *p = skip_space(text + object + 1);
	bool found = false;

	while (*p == '"' && !(found && key)) {
		const char *name = p, *end = skip_string(p), *value;

		value = skip_space(skip_space(end) + 1);
		p = skip_value(value);
		found = !key || ((size_t)(end - name) == strlen(key) + 2 &&
				 !strncmp(name + 1, key, strlen(key)));
		if (found)
			*ret = (struct member){ (size_t)(name - text), (size_t)(value - text),
						(size_t)(p - text) };
		p = skip_space(p);
		if (*p == ',')
			p = skip_space(p + 1);
	}
	return found;
}

static int put(struct draft *draft, size_t from, size_t end, const char *text)
{
	char *changed = text ? oci_text_splice(draft->text, from, end, text) : NULL;

	if (!changed)
		return -ENOMEM;
	free(draft->text);
	draft->text = changed;
	return 0;
}

/* Add a member at the end of an object, as the others stand in it. */
static int append(struct draft *draft, size_t object, unsigned int level, const char *key,
		  const char *value)
{
	const char *inside = skip_space(draft->text + object + 1);
	_cleanup_free_ char *text = NULL;
	struct member last;
	int n;

	if (!find(draft->text, object, NULL, &last)) {
		n = asprintf(&text, "{%s\"%s\": %s%s}", draft->breaks[level], key, value,
			     draft->breaks[level - 1]);
		if (n < 0)
			text = NULL;
		return put(draft, object, (size_t)(inside + 1 - draft->text), text);
	}
	n = asprintf(&text, ",%.*s\"%s\": %s", (int)(inside - draft->text - (ssize_t)object - 1),
		     draft->text + object + 1, key, value);
	if (n < 0)
		text = NULL;
	return put(draft, last.end, last.end, text);
}

static int set(struct draft *draft, size_t object, unsigned int level, const char *key,
	       const char *value)
{
	struct member member;

	if (find(draft->text, object, key, &member))
		return put(draft, member.value, member.end, value);
	return append(draft, object, level, key, value);
}

/* With the comma before it, or behind it. */
static int take_out(struct draft *draft, size_t object, const char *key)
{
	const char *before, *behind;
	struct member member;

	if (!find(draft->text, object, key, &member))
		return 0;
	before = draft->text + member.key;
	while (before[-1] != ',' && before[-1] != '{')
		before--;
	behind = skip_space(draft->text + member.end);
	if (before[-1] == ',')
		before--, behind = draft->text + member.end;
	else if (*behind == ',')
		before = draft->text + member.key, behind = skip_space(behind + 1);
	return put(draft, (size_t)(before - draft->text), (size_t)(behind - draft->text), "");
}

static size_t root_of(const struct draft *draft)
{
	return (size_t)(skip_space(draft->text) - draft->text);
}

/* The first member's indent is everybody's; a text without lines gets none. */
static void look_at_layout(struct draft *draft)
{
	const char *first = draft->text + root_of(draft) + 1, *inside = skip_space(first);
	char unit[INDENT_MAX + 1] = "    ";
	const char *line = memrchr(first, '\n', (size_t)(inside - first));
	unsigned int level;

	if (*inside == '"' && !line)
		return;
	if (*inside == '"' && inside - line - 1 <= INDENT_MAX) {
		memcpy(unit, line + 1, (size_t)(inside - line - 1));
		unit[inside - line - 1] = '\0';
	}
	for (level = 0; level < 4; level++)
		snprintf(draft->breaks[level], sizeof(draft->breaks[level]), "\n%s%s%s",
			 level > 0 ? unit : "", level > 1 ? unit : "", level > 2 ? unit : "");
}

static int put_runtime(struct draft *draft, const char *name, const char *path)
{
	_cleanup_free_ char *entry = NULL, *all = NULL;
	struct member runtimes, runtime;

	if (asprintf(&entry, "{%s\"path\": %s%s}", draft->breaks[3], path, draft->breaks[2]) < 0) {
		entry = NULL;
		return -ENOMEM;
	}
	if (!find(draft->text, root_of(draft), RUNTIMES, &runtimes) ||
	    draft->text[runtimes.value] != '{') {
		if (asprintf(&all, "{%s\"%s\": %s%s}", draft->breaks[2], name, entry,
			     draft->breaks[1]) < 0) {
			all = NULL;
			return -ENOMEM;
		}
		return set(draft, root_of(draft), 1, RUNTIMES, all);
	}
	if (find(draft->text, runtimes.value, name, &runtime) &&
	    draft->text[runtime.value] == '{')
		return set(draft, runtime.value, 3, "path", path);
	return set(draft, runtimes.value, 2, name, entry);
}

/* "" where nothing is. */
static int parse(const char *text, struct json_object **ret, struct gnv_error **err)
{
	if (!*skip_space(text)) {
		*ret = json_object_new_object();
		return *ret ? 0 : gnv_error_errno(err, ENOMEM, "parse JSON");
	}
	return gnv_json_parse(text, strlen(text), json_type_object, ret, err);
}

static int refuse_unless_same(const char *text, struct json_object *wanted, const char *name,
			      struct gnv_error **err)
{
	_cleanup_json_ struct json_object *got = NULL;

	if (!parse(text, &got, NULL) && json_object_equal(got, wanted))
		return 0;
	gnv_error_set(err, EINVAL,
		      "one of `" RUNTIMES "`, `" DEFAULT "` and `%s` stands twice, or with escapes",
		      name);
	return gnv_error_remedy(err, -EINVAL, "write each once, without \\u");
}

static struct json_object *copy_of(struct json_object *object)
{
	struct json_object *copy = NULL;

	return json_object_deep_copy(object, &copy, NULL) < 0 ? NULL : copy;
}

/* The same change to what json-c has read. */
static int add_to_model(struct json_object *model, const struct oci_registration *wish,
			struct gnv_error **err)
{
	struct json_object *runtimes, *runtime;
	int r = gnv_json_get(model, RUNTIMES, json_type_object, &runtimes, err);

	if (r < 0)
		return r;
	if (!runtimes) {
		runtimes = json_object_new_object();
		json_object_object_add(model, RUNTIMES, runtimes);
	}
	r = gnv_json_get(runtimes, wish->name, json_type_object, &runtime, err);
	if (r < 0)
		return gnv_error_wrap(err, r, RUNTIMES);
	if (runtime && json_object_object_get_ex(runtime, "runtimeType", NULL)) {
		gnv_error_set(err, EEXIST, RUNTIMES ": `%s` is a shim of containerd's", wish->name);
		return gnv_error_remedy(err, -EEXIST, "give another --name");
	}
	if (!runtime) {
		runtime = json_object_new_object();
		json_object_object_add(runtimes, wish->name, runtime);
	}
	json_object_object_add(runtime, "path", json_object_new_string(wish->path));
	if (wish->set_default)
		json_object_object_add(model, DEFAULT, json_object_new_string(wish->name));
	return 0;
}

int oci_register_json_add(const struct oci_engine *engine, const struct oci_registration *wish,
			  const char *text, char **ret, struct gnv_error **err)
{
	_cleanup_json_ struct json_object *old = NULL, *model = NULL;
	_cleanup_free_ char *path = oci_text_quote(wish->path), *name = oci_text_quote(wish->name);
	struct draft draft = { 0 };
	int r = parse(text, &old, err);

	(void)engine;
	if (r < 0)
		return r;
	model = copy_of(old);
	if (!model || !path || !name)
		return gnv_error_errno(err, ENOMEM, "change it");
	r = add_to_model(model, wish, err);
	if (r < 0)
		return r;
	draft.text = strdup(*skip_space(text) ? text : "{}\n");
	if (draft.text && !json_object_equal(old, model)) {
		look_at_layout(&draft);
		r = put_runtime(&draft, wish->name, path);
		if (!r && wish->set_default)
			r = set(&draft, root_of(&draft), 1, DEFAULT, name);
	}
	if (!draft.text || r < 0)
		r = gnv_error_errno(err, ENOMEM, "change it");
	else
		r = refuse_unless_same(draft.text, model, wish->name, err);
	if (r < 0)
		free(draft.text);
	else
		*ret = draft.text;
	return r;
}

/* What the default was before, but one that was in the same text and is no more. */
static const char *former_default(struct json_object *former, struct json_object *runtimes)
{
	struct json_object *before = NULL;
	const char *name = NULL;

	if (!former || gnv_json_get_string(former, DEFAULT, &name, NULL) < 0 || !name)
		return NULL;
	json_object_object_get_ex(former, RUNTIMES, &before);
	return json_object_object_get_ex(before, name, NULL) &&
			       !json_object_object_get_ex(runtimes, name, NULL) ?
		       NULL :
		       name;
}

/* @removed: whether there was such a runtime.  @again: NULL: not named any more. */
struct removal {
	bool runtime, runtimes, was_default;
	const char *again;
};

static int remove_from_model(struct json_object *model, const char *name,
			     struct json_object *former, struct removal *ret,
			     struct gnv_error **err)
{
	struct json_object *runtimes;
	const char *chosen;
	int r = gnv_json_get(model, RUNTIMES, json_type_object, &runtimes, err);

	if (!r)
		r = gnv_json_get_string(model, DEFAULT, &chosen, err);
	if (r < 0)
		return r;
	ret->runtime = runtimes && json_object_object_get_ex(runtimes, name, NULL);
	if (ret->runtime)
		json_object_object_del(runtimes, name);
	ret->was_default = chosen && !strcmp(chosen, name);
	if (ret->was_default) {
		ret->again = former_default(former, runtimes);
		json_object_object_del(model, DEFAULT);
		if (ret->again)
			json_object_object_add(model, DEFAULT, json_object_new_string(ret->again));
	}
	ret->runtimes = ret->runtime && !json_object_object_length(runtimes);
	if (ret->runtimes)
		json_object_object_del(model, RUNTIMES);
	return 0;
}

static int remove_from_draft(struct draft *draft, const char *name,
			     const struct removal *removal)
{
	_cleanup_free_ char *again = removal->again ? oci_text_quote(removal->again) : NULL;
	struct member runtimes;
	int r = 0;

	if (removal->runtimes)
		r = take_out(draft, root_of(draft), RUNTIMES);
	else if (removal->runtime && find(draft->text, root_of(draft), RUNTIMES, &runtimes))
		r = take_out(draft, runtimes.value, name);
	if (r < 0 || !removal->was_default)
		return r;
	if (removal->again)
		return again ? set(draft, root_of(draft), 1, DEFAULT, again) : -ENOMEM;
	return take_out(draft, root_of(draft), DEFAULT);
}

int oci_register_json_remove(const struct oci_engine *engine,
			     const struct oci_registration *wish, const char *text, char **ret,
			     struct gnv_error **err)
{
	_cleanup_json_ struct json_object *model = NULL, *former = NULL;
	struct removal removal = { 0 };
	struct draft draft = { 0 };
	int r = parse(text, &model, err);

	(void)engine;
	if (!r && wish->former)
		parse(wish->former, &former, NULL);
	if (!r)
		r = remove_from_model(model, wish->name, former, &removal, err);
	if (r < 0)
		return r;
	draft.text = strdup(text);
	r = draft.text ? remove_from_draft(&draft, wish->name, &removal) : -ENOMEM;
	if (r < 0)
		r = gnv_error_errno(err, ENOMEM, "change it");
	else
		r = refuse_unless_same(draft.text, model, wish->name, err);
	/* Nobody else has written this file. */
	if (!r && !wish->former && removal.runtime && !json_object_object_length(model))
		draft.text[0] = '\0';
	if (r < 0)
		free(draft.text);
	else
		*ret = draft.text;
	return r;
}
