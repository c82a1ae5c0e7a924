// SPDX-License-Identifier: MIT
/*
 * Writing the gate's orders.
 */
#include "oci/gate.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/strv.h"
#include "oci/init/gate.h"
#include "sandbox/init_image.h"

struct writer {
	char *bytes;
	size_t length, room;
	bool failed;
};

/* Return: where it lies, at a multiple of 8. */
static uint32_t add(struct writer *w, const void *data, size_t n)
{
	size_t at = (w->length + 7) & ~(size_t)7;
	char *grown;

	if (n > UINT32_MAX / 4 || at > UINT32_MAX / 4) {
		w->failed = true;
		return 0;
	}
	if (at + n > w->room) {
		grown = realloc(w->bytes, 2 * (at + n));
		if (!grown) {
			w->failed = true;
			return 0;
		}
		w->bytes = grown;
		w->room = 2 * (at + n);
	}
	memset(w->bytes + w->length, 0, at - w->length);
	if (n)
		memcpy(w->bytes + at, data, n);
	w->length = at + n;
	return (uint32_t)at;
}

static uint32_t add_text(struct writer *w, const char *text)
{
	return add(w, text, strlen(text) + 1);
}

static size_t count_bytes(char *const *strings)
{
	size_t n = 0;

	for (; strings && *strings; strings++)
		n += strlen(*strings) + 1;
	return n;
}

static char *pack(char *to, char *const *strings)
{
	for (; strings && *strings; strings++)
		to = stpcpy(to, *strings) + 1;
	return to;
}

static int add_hook(struct writer *w, const struct oci_hook *hook, struct oci_gate_hook *ret,
		    struct gnv_error **err)
{
	char *const path_only[] = { hook->path, NULL };
	char *const *args = hook->args && hook->args[0] ? hook->args : path_only;
	_cleanup_free_ char *strings = malloc(count_bytes(args) + count_bytes(hook->env) + 1);

	if (!strings)
		return gnv_error_errno(err, ENOMEM, "startContainer hook `%s`", hook->path);
	pack(pack(strings, args), hook->env);
	*ret = (struct oci_gate_hook){
		.timeout_s = (uint32_t)hook->timeout.value,
		.n_args = (uint32_t)gnv_strv_length(args),
		.n_env = (uint32_t)gnv_strv_length(hook->env),
		.path = add_text(w, hook->path),
		.strings = add(w, strings, count_bytes(args) + count_bytes(hook->env)),
	};
	if (ret->n_args + ret->n_env > OCI_GATE_STRINGS_MAX)
		return gnv_error_set(err, E2BIG, "startContainer hook `%s`: more than %d arguments",
				     hook->path, OCI_GATE_STRINGS_MAX);
	return 0;
}

static int add_hooks(struct writer *w, const struct oci_plan *plan, struct oci_gate *gate,
		     struct gnv_error **err)
{
	const struct oci_hooks *all = plan->config->hooks;
	size_t i, n = all && !plan->joins ? all->start_container.n : 0;
	_cleanup_free_ struct oci_gate_hook *hooks = calloc(n + 1, sizeof(*hooks));
	int r;

	if (!hooks)
		return gnv_error_errno(err, ENOMEM, "startContainer hooks");
	for (i = 0; i < n; i++) {
		r = add_hook(w, &OCI_ITEMS(struct oci_hook, all->start_container)[i], &hooks[i],
			     err);
		if (r < 0)
			return r;
	}
	gate->n_hooks = (uint32_t)n;
	gate->hooks = add(w, hooks, n * sizeof(*hooks));
	return 0;
}

/* Without a map of groups, the kernel lets nobody in a user namespace set them. */
static bool may_set_groups(const struct oci_plan *plan)
{
	_cleanup_close_ int fd = -EBADF;
	char text[8];

	if (!plan->in_userns && !plan->rootless)
		return true;
	fd = open("/proc/self/setgroups", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* Where it cannot be read there is no user namespace of its own. */
	return fd < 0 || read(fd, text, sizeof(text)) <= 0 || text[0] != 'd';
}

/* All that we have; what we have not, the kernel gives to nobody of ours. */
static uint64_t find_permitted(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/*
 * What the kernel would not take is left out: ambient capabilities are those that are
 * permitted and inheritable, effective ones are permitted, inheritable ones bounding.
 */
static void take_capabilities(const struct oci_capabilities *caps, struct oci_gate *gate)
{
	uint64_t ours;

	gate->flags |= OCI_GATE_CAPABILITIES;
	if (!caps)
		return;
	ours = find_permitted();
	gate->bounding = caps->bounding;
	gate->permitted = caps->permitted & ours;
	gate->effective = caps->effective & gate->permitted;
	gate->inheritable = caps->inheritable & caps->bounding & ours;
	gate->ambient = caps->ambient & gate->permitted & gate->inheritable;
}

uint64_t oci_gate_lacks(const struct oci_plan *plan)
{
	const struct oci_capabilities *caps = plan->process->capabilities;

	/* Root of a user namespace has all of them there. */
	if (!caps || plan->in_userns)
		return 0;
	return (caps->bounding | caps->permitted | caps->effective | caps->inheritable |
		caps->ambient) &
	       ~find_permitted();
}

static int add_labels(struct writer *w, const struct oci_plan *plan, struct oci_gate *gate,
		      struct gnv_error **err)
{
	struct oci_gate_label labels[OCI_LSM_LABELS_MAX];
	int i;

	for (i = 0; i < plan->n_labels; i++) {
		_cleanup_free_ char *text = NULL;

		if (asprintf(&text, "%s%s", plan->labels[i].prefix, plan->labels[i].label) < 0)
			return gnv_error_errno(err, ENOMEM, "write the gate's orders");
		labels[i].path = add_text(w, plan->labels[i].path);
		labels[i].text = add_text(w, text);
		labels[i].length = (uint32_t)strlen(text);
	}
	gate->n_labels = (uint32_t)plan->n_labels;
	gate->labels = add(w, labels, (size_t)plan->n_labels * sizeof(*labels));
	return 0;
}

int oci_gate_make(const struct oci_plan *plan, const char *program, int listen_fd,
		  int connection_fd, int procfs_fd, int *ret_fd, struct gnv_error **err)
{
	const struct oci_process *process = plan->process;
	const struct oci_user *user = process->user;
	struct oci_gate gate = { .listen_fd = listen_fd,
				 .connection_fd = connection_fd,
				 .procfs_fd = procfs_fd };
	struct writer w = { 0 };
	int r;

	add(&w, &gate, sizeof(gate));
	if (user) {
		gate.uid = (uint32_t)user->uid.value;
		gate.gid = (uint32_t)user->gid.value;
		gate.n_groups = (uint32_t)user->additional_gids.n;
		gate.groups = add(&w, user->additional_gids.items,
				  gate.n_groups * sizeof(uint32_t));
	}
	if (plan->leave_fd >= 0)
		gate.flags |= OCI_GATE_WAITS;
	if (process->no_new_privileges)
		gate.flags |= OCI_GATE_NO_NEW_PRIVS;
	if (gate.n_groups || may_set_groups(plan))
		gate.flags |= OCI_GATE_GROUPS;
	take_capabilities(process->capabilities, &gate);
	gate.n_filter = plan->filter.len;
	gate.filter_flags = plan->filter_flags;
	gate.filter = add(&w, plan->filter.filter, plan->filter.len * sizeof(*plan->filter.filter));
	gate.program = add_text(&w, program);
	r = add_hooks(&w, plan, &gate, err);
	if (r >= 0)
		r = add_labels(&w, plan, &gate, err);
	if (r >= 0 && w.failed)
		r = gnv_error_errno(err, ENOMEM, "write the gate's orders");
	if (r >= 0) {
		memcpy(w.bytes, &gate, sizeof(gate));
		r = gnv_gate_image_make(w.bytes, w.length, OCI_GATE_ORDERS, ret_fd, err);
	}
	free(w.bytes);
	return r;
}
