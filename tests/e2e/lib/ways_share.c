// SPDX-License-Identifier: MIT
/* The commands of rmways that pass memory on. See ways.h. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "ways.h"

#define CHUNK	 (16ULL << 20)
#define NOT_HERE 3
#define PATTERN	 0x6e76u

bool in_child(int (*act)(const struct options *options, const void *what),
	      const struct options *options, const void *what)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(act(options, what));
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

static __u32 write_word(struct rm_gpu *gpu, __u32 memory, __u32 word)
{
	struct rm_map map;
	__u32 status = rm_memory_map(gpu, memory, 0, 4096, &map);

	if (status != NV_OK)
		return status;
	*(volatile __u32 *)map.address = word;
	return rm_memory_unmap(gpu, memory, &map);
}

static __u32 read_word(struct rm_gpu *gpu, __u32 memory)
{
	struct rm_map map;
	__u32 word;

	if (rm_memory_map(gpu, memory, 0, 4096, &map) != NV_OK)
		return 0;
	word = *(volatile __u32 *)map.address;
	rm_memory_unmap(gpu, memory, &map);
	return word;
}

static __u32 export_one(struct session *s, __u32 memory, int fd, __u32 flags)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_PARAMS p = {
		.object.type = NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM,
		.object.data.rmObject.hDevice = s->gpu.device,
		.object.data.rmObject.hObject = memory,
		.fd = fd,
		.flags = flags,
	};

	return rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECT_TO_FD, &p,
			  sizeof(p));
}

static __u32 import_one(struct session *s, int fd, __u32 *memory)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECT_FROM_FD_PARAMS p = {
		.fd = fd,
		.object.type = NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM,
		.object.data.rmObject.hParent = s->gpu.device,
	};
	__u32 status = rm_control(&s->rm, s->rm.client,
				  NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_FROM_FD, &p, sizeof(p));

	*memory = p.object.data.rmObject.hObject;
	return status;
}

/* What a file says that it keeps; false when it keeps nothing. */
static bool export_info(struct session *s, int fd, __u16 *objects, __u32 *instance)
{
	struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550 new = { .fd = fd };
	struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS *old = (void *)&new;
	bool is_new = s->rm.branch->export_info_size == sizeof(new);

	if (rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_OS_UNIX_GET_EXPORT_OBJECT_INFO, &new,
		       s->rm.branch->export_info_size) != NV_OK)
		return false;
	*objects = is_new ? new.maxObjects : old->maxObjects;
	*instance = is_new ? new.deviceInstance : old->deviceInstance;
	return true;
}

/* In another process: the file alone gives the memory, and its bytes. */
static int import_and_read(const struct options *options, const void *what)
{
	struct session s;
	__u32 memory, status;
	int bad;

	if (session_open(&s, options))
		return 1;
	status = import_one(&s, *(const int *)what, &memory);
	bad = status != NV_OK || read_word(&s.gpu, memory) != PATTERN;
	session_close(&s);
	return bad;
}

static int wrong_exports(struct session *s, __u32 memory, int full, int empty)
{
	__u32 unused;
	int bad = 0;

	bad |= check("full_file_is_refused",
		     export_one(s, memory, full, 0) == NV_ERR_STATE_IN_USE);
	bad |= check("no_file_is_refused",
		     export_one(s, memory, -1, 0) == NV_ERR_INVALID_PARAMETER);
	bad |= check("device_file_is_refused",
		     export_one(s, memory, s->gpu.file, 0) == NV_ERR_INVALID_PARAMETER);
	bad |= check("foreign_file_is_refused",
		     export_one(s, memory, STDIN_FILENO, 0) == NV_ERR_INVALID_PARAMETER);
	bad |= check("empty_flag_is_refused",
		     export_one(s, memory, empty, 1) == NV_ERR_INVALID_PARAMETER);
	bad |= check("no_object_is_refused",
		     export_one(s, 0x1234, empty, 0) == NV_ERR_OBJECT_NOT_FOUND);
	bad |= check("empty_file_gives_nothing",
		     import_one(s, empty, &unused) == NV_ERR_INVALID_PARAMETER);
	return bad;
}

int way_export(const struct options *options)
{
	__u32 memory, status, instance = ~0u;
	__u64 before, got;
	__u16 objects = 0;
	struct session s;
	int fd, empty, bad = 0;

	if (session_open(&s, options))
		return 1;
	fd = rm_open_node(options->devices, "nvidiactl");
	empty = rm_open_node(options->devices, "nvidiactl");
	before = free_bytes(&s);
	status = rm_memory_alloc(&s.gpu, options->via, CHUNK, &memory, &got);
	if (status == NV_OK)
		status = write_word(&s.gpu, memory, PATTERN);
	if (status == NV_OK)
		status = export_one(&s, memory, fd, 0);
	if (status != NV_OK) {
		session_close(&s);
		return fail("export", status);
	}
	bad |= check("file_tells", export_info(&s, fd, &objects, &instance) && objects == 1 &&
					   instance == s.gpu.card->device_instance);
	bad |= check("empty_file_tells_nothing", !export_info(&s, empty, &objects, &instance));
	bad |= wrong_exports(&s, memory, fd, empty);
	rm_free(&s.rm, s.gpu.device, memory);
	bad |= check("outlives_the_original", before - free_bytes(&s) >= got);
	bad |= check("other_process_gets_it", in_child(import_and_read, options, &fd));
	bad |= check("is_still_there", before - free_bytes(&s) >= got);
	bad |= check("own_client_gets_it", import_one(&s, fd, &memory) == NV_OK);
	hold(options);
	close(fd);
	bad |= check("import_outlives_the_file", read_word(&s.gpu, memory) == PATTERN);
	rm_free(&s.rm, s.gpu.device, memory);
	bad |= check("all_is_given_back", free_bytes(&s) == before);
	close(empty);
	session_close(&s);
	return bad;
}

static __u32 export_two(struct session *s, int fd, const __u32 memory[2], __u16 index)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECTS_TO_FD_PARAMS p = {
		.fd = fd,
		.hDevice = s->gpu.device,
		.maxObjects = 4,
		.metadata = "two of four",
		.objects = { memory[0], memory[1] },
		.numObjects = 2,
		.index = index,
	};

	return rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECTS_TO_FD, &p,
			  sizeof(p));
}

static int import_two(const struct options *options, const void *what)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECTS_FROM_FD_PARAMS p = {
		.fd = *(const int *)what,
		.numObjects = 4,
	};
	struct session s;
	__u32 status;
	int bad;

	if (session_open(&s, options))
		return 1;
	p.hParent = s.gpu.device;
	status = rm_control(&s.rm, s.rm.client, NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECTS_FROM_FD,
			    &p, sizeof(p));
	bad = status != NV_OK || p.objectTypes[0] || p.objectTypes[3] ||
	      p.objectTypes[1] != NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_VIDMEM ||
	      read_word(&s.gpu, p.objects[1]) != PATTERN ||
	      read_word(&s.gpu, p.objects[2]) != PATTERN + 1;
	session_close(&s);
	return bad;
}

int way_exports(const struct options *options)
{
	__u32 memory[2], status = NV_OK, instance;
	__u64 before, got;
	__u16 objects = 0;
	struct session s;
	int fd, bad = 0;

	if (session_open(&s, options))
		return 1;
	fd = rm_open_node(options->devices, "nvidiactl");
	before = free_bytes(&s);
	for (unsigned int i = 0; i < 2 && status == NV_OK; i++) {
		status = rm_memory_alloc(&s.gpu, options->via, CHUNK, &memory[i], &got);
		if (status == NV_OK)
			status = write_word(&s.gpu, memory[i], PATTERN + i);
	}
	if (status == NV_OK)
		status = export_two(&s, fd, memory, 1);
	if (status != NV_OK) {
		session_close(&s);
		return fail("exports", status);
	}
	bad |= check("file_tells", export_info(&s, fd, &objects, &instance) && objects == 4);
	bad |= check("beyond_the_end_is_refused",
		     export_two(&s, fd, memory, 3) == NV_ERR_OUT_OF_RANGE);
	rm_free(&s.rm, s.gpu.device, memory[0]);
	rm_free(&s.rm, s.gpu.device, memory[1]);
	bad |= check("outlive_the_originals", before - free_bytes(&s) >= 2 * got);
	bad |= check("other_process_gets_them", in_child(import_two, options, &fd));
	hold(options);
	close(fd);
	bad |= check("all_is_given_back", free_bytes(&s) == before);
	session_close(&s);
	return bad;
}

/* Both forms of the structure have the same members; where, differs. */
static __u32 export_dmabuf(struct session *s, __u32 client, __u32 memory, __u64 bytes, int *fd)
{
	struct nv_ioctl_export_to_dma_buf_fd_t_R580 new = {
		.fd = -1,
		.hClient = client,
		.totalObjects = 1,
		.numObjects = 1,
		.totalSize = bytes,
		.handles = { memory },
		.sizes = { bytes },
	};
	struct nv_ioctl_export_to_dma_buf_fd_t old = {
		.fd = -1,
		.hClient = client,
		.totalObjects = 1,
		.numObjects = 1,
		.totalSize = bytes,
		.handles = { memory },
		.sizes = { bytes },
	};
	bool is_new = s->rm.branch->export_to_dmabuf.size == sizeof(new);
	__u32 status = rm_ioctl(&s->rm, s->gpu.file, NV_ESC_EXPORT_TO_DMABUF_FD,
				is_new ? (void *)&new : (void *)&old,
				is_new ? sizeof(new) : sizeof(old));

	*fd = is_new ? new.fd : old.fd;
	return status != NV_OK ? status : is_new ? new.status :
						   old.status;
}

/* A memory of another process, by its handles. */
struct foreign {
	__u32 client;
	__u32 memory;
};

static int export_foreign(const struct options *options, const void *what)
{
	const struct foreign *foreign = what;
	struct session s;
	int fd, bad;

	if (session_open(&s, options))
		return 1;
	bad = export_dmabuf(&s, foreign->client, foreign->memory, CHUNK, &fd) != NV_OK;
	session_close(&s);
	return bad;
}

int way_dmabuf(const struct options *options)
{
	struct foreign own;
	__u64 before, got;
	struct session s;
	int fd, bad = 0;
	__u32 status;

	if (session_open(&s, options))
		return 1;
	before = free_bytes(&s);
	own.client = s.rm.client;
	status = rm_memory_alloc(&s.gpu, options->via, CHUNK, &own.memory, &got);
	if (status == NV_OK)
		status = export_dmabuf(&s, own.client, own.memory, CHUNK, &fd);
	if (status != NV_OK) {
		session_close(&s);
		return status == NV_ERR_NOT_SUPPORTED ? NOT_HERE : fail("dmabuf", status);
	}
	bad |= check("is_as_large", lseek(fd, 0, SEEK_END) == (off_t)CHUNK);
	/* The driver does not ask whose the client is. */
	bad |= check("other_process_exports_it", in_child(export_foreign, options, &own));
	rm_free(&s.rm, s.gpu.device, own.memory);
	bad |= check("outlives_the_original", before - free_bytes(&s) >= got);
	hold(options);
	close(fd);
	bad |= check("all_is_given_back", free_bytes(&s) == before);
	status = rm_memory_alloc(&s.gpu, options->via, CHUNK, &own.memory, &got);
	bad |= check("part_of_a_page_is_refused",
		     export_dmabuf(&s, own.client, own.memory, 100, &fd) ==
			     NV_ERR_INVALID_ARGUMENT);
	bad |= check("too_much_is_refused",
		     export_dmabuf(&s, own.client, own.memory, CHUNK + 4096, &fd) ==
			     NV_ERR_INVALID_ARGUMENT);
	session_close(&s);
	return bad;
}

static int take(const struct options *options, const void *what)
{
	const struct foreign *foreign = what;
	struct session s;
	__u32 memory;
	int bad;

	if (session_open(&s, options))
		return 1;
	bad = rm_dup(&s.rm, s.gpu.device, &memory, foreign->client, foreign->memory) != NV_OK;
	session_close(&s);
	return bad;
}

static __u32 inherit(struct session *s, __u16 type)
{
	struct NV0000_CTRL_CLIENT_SET_INHERITED_SHARE_POLICY_PARAMS p = {
		.sharePolicy.accessMask.limbs = { 1U << RS_ACCESS_DUP_OBJECT },
		.sharePolicy.type = type,
	};

	return rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_CLIENT_SET_INHERITED_SHARE_POLICY,
			  &p, sizeof(p));
}

static __u32 share_one(struct session *s, __u32 memory, __u16 type)
{
	struct NV0000_CTRL_CLIENT_SHARE_OBJECT_PARAMS p = {
		.hObject = memory,
		.sharePolicy.accessMask.limbs = { 1U << RS_ACCESS_DUP_OBJECT },
		.sharePolicy.type = type,
	};

	return rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_CLIENT_SHARE_OBJECT, &p,
			  sizeof(p));
}

int way_policy(const struct options *options)
{
	struct foreign own;
	struct session s;
	__u32 status;
	__u64 got;
	int bad = 0;

	if (session_open(&s, options))
		return 1;
	own.client = s.rm.client;
	status = rm_memory_alloc(&s.gpu, options->via, CHUNK, &own.memory, &got);
	if (status != NV_OK) {
		session_close(&s);
		return fail("policy", status);
	}
	bad |= check("strangers_may_not", !in_child(take, options, &own));
	status = inherit(&s, RS_SHARE_TYPE_OS_SECURITY_TOKEN);
	bad |= check("same_user_may_by_inheritance",
		     status == NV_OK && in_child(take, options, &own));
	status = share_one(&s, own.memory, RS_SHARE_TYPE_NONE);
	bad |= check("own_rule_comes_first", status == NV_OK && !in_child(take, options, &own));
	status = share_one(&s, own.memory, RS_SHARE_TYPE_ALL);
	bad |= check("all_may", status == NV_OK && in_child(take, options, &own));
	session_close(&s);
	return bad;
}
