// SPDX-License-Identifier: MIT
/*
 * Handing listeners over.
 */
#include "oci/listener.h"

#include <string.h>

#include "image/json.h"
#include "oci/seccomp.h"
#include "oci/socket.h"

int oci_notice_init(struct oci_notice *notice, const struct oci_config *config, const char *id,
		    const struct oci_state *state, enum oci_status status, struct gnv_error **err)
{
	if (!config->os || !config->os->seccomp || !oci_seccomp_notifies(config->os->seccomp))
		return 0;
	notice->seccomp = config->os->seccomp;
	notice->state = oci_state_json(id, state, status);
	return notice->state ? 0 : gnv_error_errno(err, ENOMEM, "describe the container");
}

void oci_notice_fini(struct oci_notice *notice)
{
	json_object_put(notice->state);
	notice->state = NULL;
}

/* What comes from a process that is about to be the container's is looked at. */
static bool is_listener(int fd)
{
	static const char wanted[] = "anon_inode:seccomp notify";
	char path[32], link[sizeof(wanted) + 1];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	return n == sizeof(wanted) - 1 && !memcmp(link, wanted, sizeof(wanted) - 1);
}

static struct json_object *describe(const struct oci_notice *notice, pid_t pid)
{
	struct json_object *object = json_object_new_object();
	struct json_object *fds = json_object_new_array();
	const char *metadata = notice->seccomp->listener_metadata;

	if (!object || !fds) {
		json_object_put(fds);
		return object;
	}
	json_object_array_add(fds, json_object_new_string("seccompFd"));
	json_object_object_add(object, "ociVersion", json_object_new_string(OCI_VERSION));
	json_object_object_add(object, "fds", fds);
	json_object_object_add(object, "pid", json_object_new_int(pid));
	json_object_object_add(object, "metadata", json_object_new_string(metadata ? metadata : ""));
	json_object_object_add(object, "state", json_object_get(notice->state));
	return object;
}

int oci_notice_send(const struct oci_notice *notice, pid_t pid, int listener_fd,
		    struct gnv_error **err)
{
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_close_ int fd = -EBADF;
	const char *text;
	int r;

	if (!notice || !notice->seccomp || !is_listener(listener_fd))
		return gnv_error_set(err, EPROTO, "the gate hands over what it should not");
	json = describe(notice, pid);
	text = json ? json_object_to_json_string_ext(json, OCI_JSON_PLAIN) : NULL;
	if (!text)
		return gnv_error_errno(err, ENOMEM, "linux.seccomp.listenerPath");
	r = oci_socket_connect(notice->seccomp->listener_path, "linux.seccomp.listenerPath", &fd, err);
	if (r < 0)
		return gnv_error_remedy(err, r, "start the agent that listens there first");
	r = oci_socket_send_fd(fd, text, strlen(text), listener_fd);
	return r < 0 ? gnv_error_errno(err, -r, "linux.seccomp.listenerPath: send the listener") : 0;
}
