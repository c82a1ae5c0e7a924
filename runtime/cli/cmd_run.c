// SPDX-License-Identifier: MIT
/*
 * ghostnv-container run: one container, in front or detached.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "base/parse.h"
#include "base/strv.h"
#include "cli/command.h"
#include "container/limit_options.h"
#include "base/options.h"
#include "container/container.h"
#include "gpu/capabilities.h"

#define MEMORY_MIN_BYTES (4u << 20)
#define PIDS_MIN	 2u /* init and the program */
#define PIDS_MAX	 (4u << 20)

static int keep(char **place, const char *value, struct gnv_error **err)
{
	free(*place);
	*place = strdup(value);
	return *place ? 0 : gnv_error_errno(err, ENOMEM, "keep `%s`", value);
}

/* An option of which "" makes no sense. */
static int keep_some(char **place, const char *option, const char *value,
		     struct gnv_error **err)
{
	if (*value)
		return keep(place, value, err);
	gnv_error_set(err, EINVAL, "--%s: the value is empty", option);
	return gnv_error_remedy(err, -EINVAL, "give one, or leave the option out");
}

static int bad_value(const char *option, const char *value, const char *remedy,
		     struct gnv_error **err)
{
	gnv_error_set(err, EINVAL, "--%s `%s`: this cannot be", option, value);
	return gnv_error_remedy(err, -EINVAL, "%s", remedy);
}

static int take_name(void *data, const char *value, struct gnv_error **err)
{
	if (!gnv_name_is_valid(value))
		return bad_value("name", value,
				 "use 1 to 63 letters, digits, `_`, `.` and `-`, a letter or digit first",
				 err);
	return keep(&((struct gnv_request *)data)->name, value, err);
}

static int take_gpu_memory(void *data, const char *value, struct gnv_error **err)
{
	struct gnv_request *request = data;

	if (gnv_parse_bytes(value, &request->gpu_memory_bytes) == 0 &&
	    request->gpu_memory_bytes)
		return 0;
	return bad_value("gpu-memory", value, "give a size from 1 byte, such as 512M or 1.5G",
			 err);
}

static int take_gpu_devices(void *data, const char *value, struct gnv_error **err)
{
	return keep_some(&((struct gnv_request *)data)->gpu_devices, "gpu-devices", value, err);
}

static int take_driver_capabilities(void *data, const char *value, struct gnv_error **err)
{
	struct gnv_request *request = data;
	unsigned int capabilities;
	int r = gnv_capabilities_parse(value, &capabilities, err);

	if (r < 0)
		return gnv_error_wrap(err, r, "--driver-capabilities");
	return keep_some(&request->driver_capabilities, "driver-capabilities", value, err);
}

static int take_driver_root(void *data, const char *value, struct gnv_error **err)
{
	if (*value != '/')
		return bad_value("driver-root", value, "give an absolute path", err);
	return keep(&((struct gnv_request *)data)->driver_root, value, err);
}

static int take_memory(void *data, const char *value, struct gnv_error **err)
{
	uint64_t *bytes = &((struct gnv_request *)data)->limits.memory_max_bytes;

	if (gnv_parse_bytes(value, bytes) == 0 && *bytes >= MEMORY_MIN_BYTES)
		return 0;
	return bad_value("memory", value, "give a size from 4M, such as 512M or 1.5G", err);
}

static int take_cpu_cores(void *data, const char *value, struct gnv_error **err)
{
	struct gnv_request *request = data;

	if (gnv_request_parse_cores(value, &request->limits.cpu_millicores) == 0)
		return 0;
	return bad_value("cpu-cores", value, "give 0.01 to 8192 with up to three decimals, such as 1.5",
			 err);
}

static int take_pids(void *data, const char *value, struct gnv_error **err)
{
	uint64_t *pids = &((struct gnv_request *)data)->limits.pids_max;

	if (gnv_parse_u64(value, pids) == 0 && *pids >= PIDS_MIN && *pids <= PIDS_MAX)
		return 0;
	return bad_value("pids", value, "give 2 to 4194304", err);
}

static int take_volume(void *data, const char *value, struct gnv_error **err)
{
	return gnv_request_add_volume(data, value, err);
}

static int take_env(void *data, const char *value, struct gnv_error **err)
{
	return gnv_request_add_env(data, value, err);
}

static int take_workdir(void *data, const char *value, struct gnv_error **err)
{
	if (*value != '/')
		return bad_value("workdir", value, "give an absolute path", err);
	return keep(&((struct gnv_request *)data)->workdir, value, err);
}

static int take_user(void *data, const char *value, struct gnv_error **err)
{
	return keep_some(&((struct gnv_request *)data)->user, "user", value, err);
}

static int take_hostname(void *data, const char *value, struct gnv_error **err)
{
	if (strlen(value) > 63 || !gnv_name_is_valid(value))
		return bad_value("hostname", value, "use 1 to 63 letters, digits, `.` and `-`",
				 err);
	return keep(&((struct gnv_request *)data)->hostname, value, err);
}

static int take_entrypoint(void *data, const char *value, struct gnv_error **err)
{
	return keep(&((struct gnv_request *)data)->entrypoint, value, err);
}

#define FLAG(field) \
	static int take_##field(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)value, (void)err; \
		((struct gnv_request *)data)->field = true; \
		return 0; \
	}

FLAG(driver_sockets)
FLAG(gpu_realtime)
FLAG(userns)
FLAG(read_only)
FLAG(remove)
FLAG(detach)

static const struct cli_option options[] = {
	{ "name", 0, "NAME", "of the container (one is made up)", take_name },
	{ "gpu-memory", 0, "SIZE", "limit of video memory over its GPUs", take_gpu_memory },
	GNV_LIMIT_OPTIONS,
	{ "gpu-realtime", 0, NULL, "its environment may ask for --gpu-latency",
	  take_gpu_realtime },
	{ "gpu-devices", 0, "LIST", "all, none, or indices, UUIDs, PCI addresses",
	  take_gpu_devices },
	{ "driver-capabilities", 0, "LIST", "which of NVIDIA's libraries it gets (utility,compute)",
	  take_driver_capabilities },
	{ "driver-root", 0, "DIR", "where NVIDIA's driver is installed (/)", take_driver_root },
	{ "driver-sockets", 0, NULL, "it may talk to NVIDIA's daemons", take_driver_sockets },
	{ "memory", 'm', "SIZE", "limit of memory", take_memory },
	{ "cpu-cores", 0, "N", "limit of processor time, such as 1.5", take_cpu_cores },
	{ "pids", 0, "N", "limit of processes and threads", take_pids },
	{ "volume", 'v', "SRC:DST[:ro]", "mount a file or directory of the host", take_volume },
	{ "env", 'e', "KEY[=VALUE]", "set a variable, or pass it on", take_env },
	{ "workdir", 'w', "DIR", "where the program starts", take_workdir },
	{ "user", 'u', "USER[:GROUP]", "whom it runs as", take_user },
	{ "hostname", 0, "HOST", "the container's host name (its name)", take_hostname },
	{ "entrypoint", 0, "PROGRAM", "in place of the image's", take_entrypoint },
	{ "userns", 0, NULL, "map its root to an unprivileged user", take_userns },
	{ "read-only", 0, NULL, "its root file system cannot be written", take_read_only },
	{ "rm", 0, NULL, "keep nothing when it has ended", take_remove },
	{ "detach", 'd', NULL, "return when it runs; print its name", take_detach },
	{ 0 },
};

static void on_text(const char *text, void *data)
{
	(void)data;
	cli_notice(cmd_run.name, text);
}

static int run_and_report(const struct gnv_root *root, const struct gnv_request *request,
			  const struct gnv_run_hooks *hooks)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int status;

	if (gnv_container_run(root, request, hooks, &status, &err) < 0)
		cli_report(cmd_run.name, err);
	return status;
}

/* The supervisor's side of --detach: leave the terminal, then say so. */
static void on_detached(const char *name, void *data)
{
	int *report_fd = data;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	setsid();
	if (chdir("/") < 0)
		cli_notice(cmd_run.name, "cannot leave the working directory");
	for (fd = 0; null_fd >= 0 && fd <= 2; fd++)
		dup2(null_fd, fd);
	if (null_fd > 2)
		close(null_fd);
	/* A launcher that is gone already has nobody to tell. */
	if (write(*report_fd, name, strlen(name)) < 0)
		errno = 0;
	gnv_close(report_fd);
}

static int supervise(const struct gnv_root *root, const struct gnv_request *request,
		     int report_fd)
{
	const struct gnv_run_hooks hooks = {
		.progress = on_text,
		.notice = on_text,
		.started = on_detached,
		.data = &report_fd,
	};

	return run_and_report(root, request, &hooks);
}

/* Wait for the name of a container that runs, or for its supervisor's failure. */
static int await_supervisor(pid_t pid, int report_fd)
{
	char name[GNV_NAME_MAX + 1];
	ssize_t n;
	int status;

	do {
		n = read(report_fd, name, sizeof(name) - 1);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		printf("%.*s\n", (int)n, name);
		return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int detach(const struct gnv_root *root, const struct gnv_request *request)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		gnv_error_errno(&err, errno, "make a pipe");
		cli_report(cmd_run.name, err);
		return EXIT_FAILURE;
	}
	read_fd = fds[0];
	write_fd = fds[1];
	pid = fork();
	if (pid < 0) {
		gnv_error_errno(&err, errno, "make a supervisor");
		cli_report(cmd_run.name, err);
		return EXIT_FAILURE;
	}
	if (pid == 0) {
		gnv_close(&read_fd);
		return supervise(root, request, STEAL_FD(write_fd));
	}
	gnv_close(&write_fd);
	return await_supervisor(pid, read_fd);
}

/* argv[1] is the image; what follows it is the command. */
static int take_operands(struct gnv_request *request, int operands, char **argv,
			 struct gnv_error **err)
{
	int i, r;

	if (!operands) {
		gnv_error_set(err, EINVAL, "the IMAGE is missing");
		return gnv_error_remedy(err, -EINVAL,
					"give an image layout, an archive or a root directory");
	}
	if (!*argv[1]) {
		gnv_error_set(err, EINVAL, "IMAGE ``: this is no path");
		return gnv_error_remedy(err, -EINVAL,
					"give an image layout, an archive or a root directory");
	}
	r = keep(&request->image, argv[1], err);
	for (i = 2; !r && i <= operands; i++) {
		r = gnv_strv_append(&request->command, argv[i]);
		if (r < 0)
			gnv_error_errno(err, -r, "keep the command");
	}
	return r;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	const struct gnv_run_hooks hooks = { .progress = on_text, .notice = on_text };
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_request_ struct gnv_request request = { 0 };
	int operands, r;

	r = cli_options_parse(options, CLI_OPERANDS_LAST, argc, argv, &request, &operands,
			      &err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	if (!r)
		r = take_operands(&request, operands, argv, &err);
	if (r < 0)
		return cli_usage_error(self, err);
	if (geteuid() != 0) {
		gnv_error_set(&err, EPERM, "making namespaces and mounts takes root");
		gnv_error_remedy(&err, 0, "use sudo");
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return request.detach ? detach(root, &request) : run_and_report(root, &request, &hooks);
}

const struct cli_command cmd_run = {
	.name = "run",
	.synopsis = "[OPTION...] IMAGE [COMMAND [ARGUMENT...]]",
	.help = "run a program in a new container",
	.more = "IMAGE is an OCI image layout (DIR[:TAG]), a docker-archive tar, or a root\n"
		"directory. Sizes take K, M, G, T (powers of 1024). Without a GPU option the\n"
		"container has no GPU; with --gpu-memory alone it has all, under that limit.\n"
		"The exit status is the program's, 128+N after signal N; 127 no such program,\n"
		"126 it cannot be executed, 1 a failure of ours, 2 wrong use.",
	.options = options,
	.run = run,
};
