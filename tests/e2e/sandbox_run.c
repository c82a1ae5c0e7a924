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
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "sandbox/cgroup.h"
#include "sandbox/sandbox.h"

#define LIST_MAX       16
#define STATUS_SANDBOX 125

enum { CGROUP = 256,
       CPU,
       DEVICE,
       GPU,
       HOLD,
       MEMORY,
       PIDS,
       PUT,
       READ_ONLY,
       THREADS,
       USERNS };

static const struct option options[] = {
	{ "cgroup", required_argument, NULL, CGROUP },
	{ "cpu", required_argument, NULL, CPU },
	{ "device", required_argument, NULL, DEVICE },
	{ "env", required_argument, NULL, 'e' },
	{ "gpu", required_argument, NULL, GPU },
	{ "hold", no_argument, NULL, HOLD },
	{ "memory", required_argument, NULL, MEMORY },
	{ "pids", required_argument, NULL, PIDS },
	{ "put", required_argument, NULL, PUT },
	{ "read-only", no_argument, NULL, READ_ONLY },
	{ "threads", no_argument, NULL, THREADS },
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
	struct gnv_put puts[LIST_MAX];
	const char *gpus[LIST_MAX + 1];
	size_t n_gpus;
	char **env;
	const char *cgroup; /* id of one to be made, with a device program */
	char *cgroup_path;
	struct gnv_cgroup_limits limits;
	bool hold; /* say ready=1, and release when standard input ends */
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "sandbox_run: %s\n", what);
	exit(STATUS_SANDBOX);
}

/* Never far from holding the allocator's lock. */
static void *allocate(void *unused)
{
	for (;;) {
		void *volatile p = malloc(1000);

		free(p);
	}
	return unused;
}

static void start_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, allocate, NULL))
			die("cannot make threads");
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

/* "TARGET:file:SOURCE", "TARGET:link:TO" or "TARGET:text:TEXT" */
static void add_put(struct request *request, char *text)
{
	struct gnv_put *put = &request->puts[request->sandbox.n_puts++];
	char *kind;

	if (request->sandbox.n_puts > LIST_MAX)
		die("too many files");
	put->fd = -1;
	put->target = strsep(&text, ":");
	kind = strsep(&text, ":");
	if (!text)
		die("a file is TARGET:KIND:WHAT");
	if (!strcmp(kind, "link")) {
		put->link = text;
	} else if (!strcmp(kind, "text")) {
		put->data = text;
		put->bytes = strlen(text);
	} else {
		put->fd = open(text, O_PATH | O_CLOEXEC);
		if (put->fd < 0)
			die("no such file to put");
	}
}

static void take_option(struct request *request, int option)
{
	struct gnv_sandbox *sandbox = &request->sandbox;

	switch (option) {
	case CGROUP:
		request->cgroup = optarg;
		break;
	case CPU:
		request->limits.cpu_millicores = strtoull(optarg, NULL, 10);
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
		request->hold = true;
		break;
	case MEMORY:
		request->limits.memory_max_bytes = strtoull(optarg, NULL, 10);
		break;
	case PIDS:
		request->limits.pids_max = strtoull(optarg, NULL, 10);
		break;
	case PUT:
		add_put(request, optarg);
		break;
	case READ_ONLY:
		sandbox->rootfs_read_only = true;
		break;
	case THREADS:
		start_threads();
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
		.puts = request->puts,
		.cgroup_fd = -1,
		.stdio = { -1, -1, -1 },
	};
	while ((option = getopt_long(argc, argv, "+e:u:v:w:", options, NULL)) >= 0)
		take_option(request, option);
	if (argc - optind < 2)
		die("usage: sandbox_run [OPTION]... ROOTFS PROGRAM [ARG]...");
	request->sandbox.rootfs = argv[optind];
	request->sandbox.argv = argv + optind + 1;
	request->sandbox.env = request->env;
}

/* What every container may use, and what --device gives. */
static void make_cgroup(struct request *request, struct gnv_error **err)
{
	struct gnv_device_rule rules[3 + LIST_MAX] = {
		{ 'c', -1, -1, "m" },
		{ 'b', -1, -1, "m" },
		{ 'c', 1, 3, "rwm" },
	};
	size_t n = 3, i;

	for (i = 0; i < request->sandbox.n_devices; i++)
		rules[n++] = (struct gnv_device_rule){ 'c', request->devices[i].major,
						       request->devices[i].minor, "rw" };
	if (gnv_cgroup_create(request->cgroup, &request->limits, &request->cgroup_path,
			      &request->sandbox.cgroup_fd, err) < 0 ||
	    gnv_cgroup_allow_devices(request->sandbox.cgroup_fd, rules, n, err) < 0)
		die(gnv_error_message(*err));
}

static void end_cgroup(const struct request *request)
{
	struct gnv_error *error = NULL;

	if (request->cgroup_path && (gnv_cgroup_kill(request->cgroup_path, &error) < 0 ||
				     gnv_cgroup_remove(request->cgroup_path, 10000, &error) < 0))
		die(gnv_error_message(error));
}

static void hold(pid_t pid)
{
	char byte;

	printf("pid=%d\nready=1\n", pid);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
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

static int run(const struct request *request)
{
	struct gnv_error *error = NULL;
	struct gnv_process process;

	if (gnv_sandbox_start(&request->sandbox, &process, &error) < 0) {
		fprintf(stderr, "sandbox_run: %s\n", gnv_error_message(error));
		return STATUS_SANDBOX;
	}
	forward_to = process.pid;
	signal(SIGTERM, forward);
	signal(SIGUSR1, forward);
	if (request->hold)
		hold(process.pid);
	if (gnv_sandbox_release(&process, &error) < 0) {
		fprintf(stderr, "sandbox_run: %s\n", gnv_error_message(error));
		wait_for_end(process.pid);
		return STATUS_SANDBOX;
	}
	gnv_process_fini(&process);
	return wait_for_end(process.pid);
}

int main(int argc, char **argv)
{
	struct request request = { .hold = false };
	struct gnv_error *error = NULL;
	int status;

	parse(&request, argc, argv);
	if (request.cgroup)
		make_cgroup(&request, &error);
	status = run(&request);
	end_cgroup(&request);
	return status;
}
