// SPDX-License-Identifier: MIT
/* The commands of rmclient that reach for what another process has. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "nvabi/nvstatus.h"

#include "client.h"

/* CLIENT:OBJECT, as `alloc` printed them: a duplicate across processes. */
int cmd_take(const struct options *options, const char *argument)
{
	unsigned int client, object;
	__u32 copy, status;
	struct session s;
	__u64 taken = 0;

	if (sscanf(argument, "%x:%x", &client, &object) != 2) {
		fprintf(stderr, "rmclient: `%s` is not CLIENT:OBJECT\n", argument);
		return 2;
	}
	if (session_open(&s, options))
		return 1;
	status = rm_dup(&s.rm, s.gpu.device, &copy, client, object);
	say_status("status", status);
	if (status == NV_OK) {
		rm_memory_size(&s.rm, copy, &taken);
		say("taken=%" PRIu64, (uint64_t)taken);
		hold(options);
	}
	session_close(&s);
	return status != NV_OK;
}

/* What one thread frees when it is told to, while another one allocates. */
struct piece {
	struct session *session;
	__u32 memory;
	__u32 status;
};

static void *free_when_told(void *argument)
{
	struct piece *piece = argument;
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	piece->status = rm_free(&piece->session->rm, piece->session->gpu.device,
				piece->memory);
	return NULL;
}

int cmd_waitfree(const struct options *options, const char *argument)
{
	struct session s;
	struct piece piece = { .session = &s };
	__u32 status, memory;
	pthread_t thread;
	__u64 got;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	status = rm_memory_alloc(&s.gpu, options->via, options->chunk, &piece.memory, &got);
	if (status != NV_OK || pthread_create(&thread, NULL, free_when_told, &piece)) {
		session_close(&s);
		return fail("first", status);
	}
	say("ready=1");
	status = rm_memory_alloc(&s.gpu, options->via, options->chunk, &memory, &got);
	pthread_join(thread, NULL);
	say_status("freed", piece.status);
	say_status("status", status);
	session_close(&s);
	return status != NV_OK;
}

/* What goes along with the files that are passed on. */
struct loan {
	__u32 client;
	__u32 device;
	__u32 next_handle;
	char version[64];
};

static int unix_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		fprintf(stderr, "rmclient: `%s` is too long for a socket\n", path);
		return -1;
	}
	strcpy(address->sun_path, path);
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static struct msghdr loan_message(struct iovec *vector, struct loan *loan, void *control,
				  size_t size)
{
	*vector = (struct iovec){ .iov_base = loan, .iov_len = sizeof(*loan) };
	return (struct msghdr){
		.msg_iov = vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = size,
	};
}

int cmd_lend(const struct options *options, const char *argument)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct sockaddr_un address;
	struct iovec vector;
	struct session s;
	struct msghdr message;
	struct loan loan;
	int server, peer, bad = 1;
	char byte;

	if (session_open(&s, options))
		return 1;
	loan = (struct loan){
		.client = s.rm.client,
		.device = s.gpu.device,
		.next_handle = s.rm.next_handle,
	};
	memcpy(loan.version, s.rm.version, sizeof(loan.version));
	server = unix_address(argument, &address);
	if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(server, 1)) {
		say("failed=socket");
		session_close(&s);
		return 1;
	}
	say("ready=1");
	peer = accept(server, NULL, NULL);
	message = loan_message(&vector, &loan, control.bytes, sizeof(control.bytes));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(&control.header), (int[]){ s.rm.control, s.gpu.file },
	       2 * sizeof(int));
	if (peer >= 0 && sendmsg(peer, &message, MSG_NOSIGNAL) == sizeof(loan)) {
		/* The borrower is done when it hangs up. */
		while (read(peer, &byte, 1) > 0)
			;
		bad = 0;
	}
	if (peer >= 0)
		close(peer);
	close(server);
	unlink(argument);
	session_close(&s);
	return bad;
}

int cmd_borrow(const struct options *options, const char *argument)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct sockaddr_un address;
	struct iovec vector;
	struct msghdr message;
	struct loan loan;
	struct rm rm = { .wrap = options->xfer, .devices = options->devices };
	struct rm_gpu gpu = { .rm = &rm };
	int files[2], server;
	__u32 memory, status;
	__u64 got;

	server = unix_address(argument, &address);
	if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof(address))) {
		say("failed=connect");
		return 1;
	}
	message = loan_message(&vector, &loan, control.bytes, sizeof(control.bytes));
	if (recvmsg(server, &message, MSG_CMSG_CLOEXEC) != sizeof(loan) ||
	    control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(sizeof(files))) {
		say("failed=receive");
		close(server);
		return 1;
	}
	memcpy(files, CMSG_DATA(&control.header), sizeof(files));
	rm.control = files[0];
	rm.client = loan.client;
	rm.next_handle = loan.next_handle;
	memcpy(rm.version, loan.version, sizeof(rm.version));
	rm.branch = nvabi_branch_find(rm.version);
	gpu.file = files[1];
	gpu.device = loan.device;
	status = rm_memory_alloc(&gpu, options->via, options->chunk, &memory, &got);
	say_status("status", status);
	if (status == NV_OK) {
		say("got=%" PRIu64, (uint64_t)got);
		hold(options);
	}
	close(files[0]);
	close(files[1]);
	close(server);
	return status != NV_OK;
}
