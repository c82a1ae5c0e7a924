// SPDX-License-Identifier: MIT
/*
 * Runs one program in a sandbox, with nothing of ghostnv-container around it:
 *
 *	sandbox_run [OPTION]... ROOTFS PROGRAM [ARG]...
 *
 * Exit status: the program's, or 125 when the sandbox could not be made.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "sandbox/sandbox.h"

#define LIST_MAX 16
#define STATUS_SANDBOX 125

enum { DEVICE = 256, GPU, HOLD, READ_ONLY, USERNS };

static const struct option options[] = {
	{ "cgroup", required_argument, NULL, 'c' },
	{ "device", required_argument, NULL, DEVICE },
	{ "env", required_argument, NULL, 'e' },
	{ "gpu", required_argument, NULL, GPU },
	{ "hold", required_argument, NULL, HOLD },
	{ "read-only", no_argument, NULL, READ_ONLY },
	{ "user", required_argument, NULL, 'u' },
	{ "userns", no_argument, NULL, USERNS },
	{ "volume", required_argument, NULL, 'v' },
	{ "workdir", required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

struct request {
	struct gnv_sandbox sandbox;
	struct gnv_mount mounts[LIST_MAX];
	struct gnv_device_node devices[LIST_MAX];
	const char *gpus[LIST_MAX + 1];
	size_t n_gpus;
	char **env;
	const char *hold; /* a FIFO: wait for its end before the release */
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "sandbox_run: %s\n", what);
	exit(STATUS_SANDBOX);
}

/* "SOURCE:TARGET[:ro]" */
static void add_volume(struct request *request, char *text)
{
	struct gnv_mount *mount = &request->mounts[request->sandbox.n_mounts++];
	char *mode;

	if (request->sandbox.n_mounts > LIST_MAX)
		die("too many volumes");
	mount->source = strsep(&text, ":");
	mount->target = strsep(&text, ":");
	mode = strsep(&text, ":");
	mount->read_only = mode && !strcmp(mode, "ro");
	if (!mount->target)
		die("a volume is SOURCE:TARGET[:ro]");
}

/* "PATH:MAJOR:MINOR", a character device */
static void add_device(struct request *request, char *text)
{
	struct gnv_device_node *node = &request->devices[request->sandbox.n_devices++];
	char *major, *minor;

	if (request->sandbox.n_devices > LIST_MAX)
		die("too many devices");
	node->path = strsep(&text, ":");
	major = strsep(&text, ":");
	minor = strsep(&text, ":");
	if (!minor)
		die("a device is PATH:MAJOR:MINOR");
	node->type = 'c';
	node->mode = 0666;
	node->major = (unsigned int)strtoul(major, NULL, 10);
	node->minor = (unsigned int)strtoul(minor, NULL, 10);
}

static void take_option(struct request *request, int option)
{
	struct gnv_sandbox *sandbox = &request->sandbox;

	switch (option) {
	case 'c':
		sandbox->cgroup_fd = open(optarg, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (sandbox->cgroup_fd < 0)
			die("cannot open the cgroup");
		break;
	case DEVICE:
		add_device(request, optarg);
		break;
	case 'e':
		gnv_strv_append(&request->env, optarg);
		break;
	case GPU:
		if (request->n_gpus == LIST_MAX)
			die("too many GPUs");
		request->gpus[request->n_gpus++] = optarg;
		sandbox->gpu_pci = request->gpus;
		break;
	case HOLD:
		request->hold = optarg;
		break;
	case READ_ONLY:
		sandbox->rootfs_read_only = true;
		break;
	case 'u':
		sandbox->user = optarg;
		break;
	case USERNS:
		sandbox->userns = true;
		break;
	case 'v':
		add_volume(request, optarg);
		break;
	case 'w':
		sandbox->workdir = optarg;
		break;
	default:
		exit(STATUS_SANDBOX);
	}
}

static void parse(struct request *request, int argc, char **argv)
{
	int option;

	request->sandbox = (struct gnv_sandbox){
		.hostname = "sandbox",
		.mounts = request->mounts,
		.devices = request->devices,
		.cgroup_fd = -1,
		.stdio = { -1, -1, -1 },
	};
	while ((option = getopt_long(argc, argv, "+c:e:u:v:w:", options, NULL)) >= 0)
		take_option(request, option);
	if (argc - optind < 2)
		die("usage: sandbox_run [OPTION]... ROOTFS PROGRAM [ARG]...");
	request->sandbox.rootfs = argv[optind];
	request->sandbox.argv = argv + optind + 1;
	request->sandbox.env = request->env;
}

static void wait_for_hold(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open the fifo of --hold");
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

static pid_t forward_to;

static void forward(int signal)
{
	kill(forward_to, signal);
}

static int wait_for_end(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct request request = { .hold = NULL };
	struct gnv_error *error = NULL;
	struct gnv_process process;

	parse(&request, argc, argv);
	if (gnv_sandbox_start(&request.sandbox, &process, &error) < 0)
		die(gnv_error_message(error));
	forward_to = process.pid;
	signal(SIGTERM, forward);
	signal(SIGUSR1, forward);
	if (request.hold) {
		printf("started %d\n", process.pid);
		fflush(stdout);
		wait_for_hold(request.hold);
	}
	if (gnv_sandbox_release(&process, &error) < 0) {
		fprintf(stderr, "sandbox_run: %s\n", gnv_error_message(error));
		wait_for_end(process.pid);
		return STATUS_SANDBOX;
	}
	gnv_process_fini(&process);
	return wait_for_end(process.pid);
}
