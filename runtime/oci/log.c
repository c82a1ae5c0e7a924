// SPDX-License-Identifier: MIT
/*
 * One line a message.
 */
#include "oci/log.h"

#include <fcntl.h>
#include <json-c/json_object.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"
#include "image/json.h"
#include "oci/names.h"
#include "oci/register.h"

int oci_log_open(struct oci_log *log, const char *path, struct gnv_error **err)
{
	if (!path)
		return 0;
	/* No container is to wait for who reads a pipe. */
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
		       0644);
	if (log->fd < 0 && errno == ENXIO)
		return gnv_error_set(err, ENXIO, "--log `%s`: nobody reads this pipe", path);
	return log->fd < 0 ? gnv_error_errno(err, errno, "--log `%s`", path) : 0;
}

static const char *const level_names[] = { "error", "warning", "debug" };

/* As Go's logrus does it, which callers parse. */
static char *format_json(enum oci_level level, const char *time, const char *text)
{
	_cleanup_json_ struct json_object *line = json_object_new_object();
	const char *words;
	char *copy = NULL;

	if (!line)
		return NULL;
	json_object_object_add(line, "level", json_object_new_string(level_names[level]));
	json_object_object_add(line, "msg", json_object_new_string(text));
	json_object_object_add(line, "time", json_object_new_string(time));
	words = json_object_to_json_string_ext(
		line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (asprintf(&copy, "%s\n", words) < 0)
		return NULL;
	return copy;
}

static char *format_text(enum oci_level level, const char *time, const char *text)
{
	_cleanup_free_ char *quoted = oci_text_quote(text);
	char *line = NULL;

	if (!quoted ||
	    asprintf(&line, "time=\"%s\" level=%s msg=%s\n", time, level_names[level], quoted) < 0)
		return NULL;
	return line;
}

/* A log that does not take it is nobody's to be told, and a pipe that nobody reads ends nobody. */
static void append(int fd, const char *line)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	ssize_t n = write(fd, line, strlen(line));

	(void)n;
	signal(SIGPIPE, before);
}

static void write_file(const struct oci_log *log, enum oci_level level, const char *text)
{
	_cleanup_free_ char *line = NULL;
	char when[GNV_TIME_LEN];

	gnv_time_format(time(NULL), when);
	if (log->json)
		line = format_json(level, when, text);
	else
		line = format_text(level, when, text);
	if (line)
		append(log->fd, line);
}

void oci_log_write(const struct oci_log *log, enum oci_level level, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (level == OCI_LOG_DEBUG && !log->debug)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return;
	gnv_utf8_make_plain(text);
	if (level == OCI_LOG_ERROR || log->fd < 0)
		fprintf(stderr, OCI_PROGRAM ": %s%s\n",
			level == OCI_LOG_WARNING ? "warning: " : "", text);
	if (log->fd >= 0)
		write_file(log, level, text);
}

/* Engines know by these words what to end with (126, 127), and write them as Go does. */
static void write_as_engines(char *text)
{
	static const char *const words[] = { ": Permission denied", ": No such file or directory" };
	size_t i;
	char *p;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (p = strstr(text, words[i]); p; p = strstr(p, words[i]))
			p[2] |= 'a' - 'A';
}

static void write_reason(const struct oci_log *log, enum oci_level level, const char *text,
			 const struct gnv_error *err)
{
	const char *remedy = gnv_error_get_remedy(err);

	oci_log_write(log, level, "%s%s%s", text, remedy ? "; " : "", remedy ? remedy : "");
}

void oci_log_error(const struct oci_log *log, const struct gnv_error *err)
{
	_cleanup_free_ char *text = strdup(gnv_error_message(err));

	if (text)
		write_as_engines(text);
	write_reason(log, OCI_LOG_ERROR, text ? text : gnv_error_message(err), err);
}

void oci_log_warning(const struct oci_log *log, const struct gnv_error *err)
{
	write_reason(log, OCI_LOG_WARNING, gnv_error_message(err), err);
}
