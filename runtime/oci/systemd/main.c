// SPDX-License-Identifier: MIT
/*
 * ghostnv-oci-systemd: makes, changes and stops systemd's units for
 * ghostnv-container-oci, which executes it with --cgroup-manager=systemd.
 *
 *   ghostnv-oci-systemd system|user start UNIT PID PROPERTY...
 *   ghostnv-oci-systemd system|user set UNIT PROPERTY...
 *   ghostnv-oci-systemd system|user stop UNIT
 *
 * A program of its own, because the runtime is static and libsystemd, which has sd-bus, is
 * not to be had so; nobody else has to load it.  PROPERTY is Name=TYPE:VALUE, with a TYPE of
 * D-Bus: s, b, t, u, i, x, or ay in hexadecimal.  Knows nothing of containers.
 *
 * Status 0, or 1 with one line on standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define DESTINATION	   "org.freedesktop.systemd1"
#define MANAGER_PATH	   "/org/freedesktop/systemd1"
#define MANAGER		   DESTINATION ".Manager"

#define PROPERTY_BYTES_MAX 4096
#define JOB_TIMEOUT_USEC   30000000

struct job {
	const char *path;
	bool ended;
	char result[32];
};

static int complain(int r, const char *what, const char *object, const sd_bus_error *error)
{
	const char *why = error && error->message ? error->message : strerror(-r);

	fprintf(stderr, "%s `%s`: %s\n", what, object, why);
	return r;
}

static int append_bytes(sd_bus_message *m, const char *hex)
{
	unsigned char bytes[PROPERTY_BYTES_MAX / 2];
	size_t n = 0;

	for (; hex[0] && hex[1] && n < sizeof(bytes); hex += 2) {
		char digits[3] = { hex[0], hex[1], '\0' }, *end;

		bytes[n++] = (unsigned char)strtoul(digits, &end, 16);
		if (*end)
			return -EINVAL;
	}
	return *hex ? -EINVAL : sd_bus_message_append_array(m, 'y', bytes, n);
}

static int append_number(sd_bus_message *m, const char *type, const char *value)
{
	bool negative = value[0] == '-';
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno || !*value || *end || (negative && strchr("ut", type[0])))
		return -EINVAL;
	switch (type[0]) {
	case 't':
		return sd_bus_message_append(m, "t", n);
	case 'x':
		return sd_bus_message_append(m, "x", (int64_t)n);
	case 'u':
		return n > UINT32_MAX ? -ERANGE : sd_bus_message_append(m, "u", (uint32_t)n);
	default:
		return sd_bus_message_append(m, "i", (int32_t)n);
	}
}

static int append_value(sd_bus_message *m, const char *type, const char *value)
{
	if (!strcmp(type, "s"))
		return sd_bus_message_append(m, "s", value);
	if (!strcmp(type, "b"))
		return sd_bus_message_append(m, "b", !strcmp(value, "true"));
	if (!strcmp(type, "ay"))
		return append_bytes(m, value);
	if (strlen(type) == 1 && strchr("tuix", type[0]))
		return append_number(m, type, value);
	return -EINVAL;
}

/* "Name=TYPE:VALUE" as (sv). */
static int append_property(sd_bus_message *m, const char *text)
{
	char copy[PROPERTY_BYTES_MAX], *type, *value;
	int r;

	if (strlen(text) >= sizeof(copy))
		return -E2BIG;
	strcpy(copy, text);
	type = strchr(copy, '=');
	value = type ? strchr(type, ':') : NULL;
	if (!value)
		return -EINVAL;
	*type++ = '\0';
	*value++ = '\0';
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", copy);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	if (r >= 0)
		r = append_value(m, type, value);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_properties(sd_bus_message *m, char **properties)
{
	int r = 0;

	for (; r >= 0 && *properties; properties++) {
		r = append_property(m, *properties);
		if (r < 0)
			complain(r, "property", *properties, NULL);
	}
	return r;
}

/* --- jobs --------------------------------------------------------------------------- */

static int note_end(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct job *job = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !job->path ||
	    strcmp(path, job->path) != 0)
		return 0;
	job->ended = true;
	snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

/* Call, and wait until what was asked for is done. */
static int call_job(sd_bus *bus, sd_bus_message *call, const char *what, const char *unit)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct job job = { 0 };
	int r;

	/* The signal may come before the answer is looked at: sd-bus keeps it in line. */
	r = sd_bus_match_signal(bus, NULL, DESTINATION, MANAGER_PATH, MANAGER, "JobRemoved",
				note_end, &job);
	if (r >= 0)
		r = sd_bus_call(bus, call, JOB_TIMEOUT_USEC, &error, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job.path);
	while (r >= 0 && !job.ended) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, JOB_TIMEOUT_USEC) ?: -ETIMEDOUT;
	}
	if (sd_bus_error_has_name(&error, DESTINATION ".NoSuchUnit")) {
		/* What is to be stopped has ended by itself, maybe just now. */
		r = 0;
	} else if (r >= 0 && strcmp(job.result, "done") != 0) {
		fprintf(stderr, "%s `%s`: the job ended with `%s`\n", what, unit, job.result);
		r = -ECANCELED;
	} else if (r < 0) {
		complain(r, what, unit, &error);
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(reply);
	return r;
}

/* --- verbs --------------------------------------------------------------------------- */

static int append_pid(sd_bus_message *m, const char *text)
{
	char *end;
	unsigned long pid = strtoul(text, &end, 10);

	if (!*text || *end || pid > INT32_MAX)
		return complain(-EINVAL, "process", text, NULL);
	return sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
}

static int start(sd_bus *bus, char **argv)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, DESTINATION, MANAGER_PATH, MANAGER,
					       "StartTransientUnit");

	/* One that is there is somebody's. */
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", argv[0], "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_pid(m, argv[1]);
	if (r >= 0)
		r = append_properties(m, argv + 2);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = call_job(bus, m, "start the unit", argv[0]);
	sd_bus_message_unref(m);
	return r;
}

static int set(sd_bus *bus, char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, DESTINATION, MANAGER_PATH, MANAGER,
					       "SetUnitProperties");

	/* Until the unit is gone, not for ever. */
	if (r >= 0)
		r = sd_bus_message_append(m, "sb", argv[0], 1);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(m, argv + 1);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_call(bus, m, JOB_TIMEOUT_USEC, &error, NULL);
	if (r < 0)
		complain(r, "change the unit", argv[0], &error);
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	return r;
}

/* One that has ended by itself is gone, or to be forgotten. */
static int stop(sd_bus *bus, char **argv)
{
	sd_bus_message *m = NULL;
	int r;

	sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "ResetFailedUnit", NULL, NULL,
			   "s", argv[0]);
	r = sd_bus_message_new_method_call(bus, &m, DESTINATION, MANAGER_PATH, MANAGER,
					   "StopUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", argv[0], "replace");
	if (r >= 0)
		r = call_job(bus, m, "stop the unit", argv[0]);
	sd_bus_message_unref(m);
	return r;
}

int main(int argc, char **argv)
{
	sd_bus *bus = NULL;
	int r;

	if (argc < 4) {
		fprintf(stderr, "this is for ghostnv-container-oci to execute\n");
		return EXIT_FAILURE;
	}
	r = !strcmp(argv[1], "user") ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
	if (r < 0)
		complain(r, "reach systemd's bus of the", argv[1], NULL);
	else if (!strcmp(argv[2], "start") && argc > 4)
		r = start(bus, argv + 3);
	else if (!strcmp(argv[2], "set"))
		r = set(bus, argv + 3);
	else if (!strcmp(argv[2], "stop"))
		r = stop(bus, argv + 3);
	else
		r = complain(-EINVAL, "verb", argv[2], NULL);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
