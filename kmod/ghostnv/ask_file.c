// SPDX-License-Identifier: GPL-2.0
/*
 * Questions by the driver's ioctls: see ask_file.h.  It knows nothing of what is
 * asked.
 *
 * All of it happens in one work item after the other, so the variables below need
 * no lock; a kernel thread may use memory that is not its own.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "ask_file.h"
#include "bridge.h"
#include "driver.h"
#include "intercept.h"
#include "nvabi/branch.h"
#include "nvabi/nvos.h"
#include "nvabi/nvrmops.h"
#include "nvabi/nvstatus.h"
#include "rm_object.h"

/* The memory is divided: the ioctl's structure, its parameters, what these point at. */
#define ROOM_BYTES 4096
#define PARAMS_AT  ROOM_BYTES
#define LIST_AT	   (2 * ROOM_BYTES)
#define AREA_BYTES PAGE_ALIGN(3 * ROOM_BYTES)

/**
 * struct errand - one question on its way
 * @work: carries it out
 * @file: the file that it is put on, NULL: a new one of the control device
 * @cred: in whose name, NULL: the kernel's
 * @ask: the question
 * @q: what it is about
 * @ret: what came out
 */
struct errand {
	struct work_struct work;
	struct file *file;
	const struct cred *cred;
	gnv_ask_fn ask;
	const struct gnv_question *q;
	int ret;
};

/* Set once, when the module starts. */
static struct workqueue_struct *errands;
static struct mm_struct *memory;
static unsigned long area;
/* NULL while there is no driver that could be asked. */
static const struct nvabi_branch *driver_branch;

/* The file that is asked on. */
static struct file *asked;
/* What CARD_INFO told, and the file that holds one of these GPUs open. */
static struct nv_ioctl_card_info_t cards[NV_MAX_GPUS];
static struct file *gpu_file;
static int gpu_fd;

static int put(u32 at, const void *data, u32 bytes)
{
	void __user *to = (void __user *)(area + at);

	BUILD_BUG_ON(sizeof(cards) > ROOM_BYTES);
	if (bytes > ROOM_BYTES)
		return -EINVAL;
	/* The driver may take more than we know of. */
	if (clear_user(to, ROOM_BYTES) || copy_to_user(to, data, bytes))
		return -EFAULT;
	return 0;
}

static int get(u32 at, void *data, u32 bytes)
{
	return copy_from_user(data, (void __user *)(area + at), bytes) ? -EFAULT : 0;
}

static int call(unsigned int nr, void *args, u32 bytes)
{
	long ret = put(0, args, bytes);

	if (!ret)
		ret = gnv_intercept_pass(asked,
					 _IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, nr, bytes),
					 area);
	return ret ?: get(0, args, bytes);
}

/*
 * A control file may be tied to another one (REGISTER_FD): from then on it acts for the
 * clients of that one, and not for its own.  None can be tied to a file that is tied
 * itself, and the ioctl's own result, which is nobody's to change, says whether it was.
 * Return: a file of our own that is tied to the one that is asked.
 */
static struct file *tie_one(void)
{
	struct nv_ioctl_register_fd_t args;
	struct file *file;
	int ret;

	args.ctl_fd = get_unused_fd_flags(O_CLOEXEC);
	if (args.ctl_fd < 0)
		return ERR_PTR(args.ctl_fd);
	file = gnv_driver_open(MKDEV(NV_MAJOR_DEVICE_NUMBER,
				     NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE));
	if (IS_ERR(file)) {
		put_unused_fd(args.ctl_fd);
		return file;
	}
	fd_install(args.ctl_fd, get_file(asked));
	ret = put(0, &args, sizeof(args));
	if (!ret && gnv_intercept_pass(file,
				       _IOWR(NV_IOCTL_MAGIC, NV_ESC_REGISTER_FD,
					     struct nv_ioctl_register_fd_t),
				       area))
		ret = -EBUSY;
	close_fd(args.ctl_fd);
	if (!ret)
		return file;
	gnv_driver_close(file);
	return ERR_PTR(ret);
}

static int check_not_tied(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct file *file = tie_one();

	if (IS_ERR(file))
		return PTR_ERR(file);
	gnv_driver_close(file);
	return 0;
}

static int make_deputy(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct file **deputy = q->answer;

	*deputy = tie_one();
	return PTR_ERR_OR_ZERO(*deputy);
}

static int close_deputy(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	gnv_driver_close(asked);
	return 0;
}

static const struct nvabi_branch *branch(void)
{
	return READ_ONCE(driver_branch);
}

static u32 enumerate(struct nv_gpu_info_t *gpus)
{
	u32 i, n = 0;

	memset(cards, 0, sizeof(cards));
	if (call(NV_ESC_CARD_INFO, cards, sizeof(cards)))
		return 0;
	for (i = 0; i < ARRAY_SIZE(cards); i++) {
		if (!cards[i].valid)
			continue;
		gpus[n].gpu_id = cards[i].gpu_id;
		gpus[n].pci_info.domain = cards[i].pci_info.domain;
		gpus[n].pci_info.bus = cards[i].pci_info.bus;
		gpus[n].pci_info.slot = cards[i].pci_info.slot;
		gpus[n].pci_info.function = cards[i].pci_info.function;
		n++;
	}
	return n;
}

/* The driver gives a GPU only to tasks that have its file among their own. */
static int open_gpu(u32 gpu_id)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cards); i++) {
		if (cards[i].valid && cards[i].gpu_id == gpu_id)
			break;
	}
	if (i == ARRAY_SIZE(cards))
		return -ENOENT;
	gpu_fd = get_unused_fd_flags(O_CLOEXEC);
	if (gpu_fd < 0)
		return gpu_fd;
	gpu_file = gnv_driver_open(MKDEV(NV_MAJOR_DEVICE_NUMBER, cards[i].minor_number));
	if (IS_ERR(gpu_file)) {
		put_unused_fd(gpu_fd);
		return PTR_ERR(gpu_file);
	}
	fd_install(gpu_fd, get_file(gpu_file));
	return 0;
}

static void close_gpu(u32 gpu_id)
{
	close_fd(gpu_fd);
	gnv_driver_close(gpu_file);
}

static int alloc_object(u32 client, u32 parent, u32 *object, u32 class, void *params, u32 bytes)
{
	struct NVOS21_PARAMETERS args = {
		.hRoot = client,
		.hObjectParent = parent,
		.hObjectNew = *object,
		.hClass = class,
		.pAllocParms = area + PARAMS_AT,
	};
	int ret = put(PARAMS_AT, params, bytes);

	if (!ret)
		ret = call(NV_ESC_RM_ALLOC, &args, sizeof(args));
	if (!ret)
		ret = get(PARAMS_AT, params, bytes);
	*object = args.hObjectNew;
	return ret ?: gnv_ask_errno(args.status);
}

static int free_object(u32 client, u32 object)
{
	struct NVOS00_PARAMETERS args = {
		.hRoot = client,
		.hObjectOld = object,
	};
	int ret = call(NV_ESC_RM_FREE, &args, sizeof(args));

	return ret ?: gnv_ask_errno(args.status);
}

static const struct gnv_rm_way way;

static int put_list(void *params, const struct gnv_rm_list *list)
{
	u64 address = area + LIST_AT;

	memcpy(params + list->at, &address, sizeof(address));
	return put(LIST_AT, list->data, list->bytes);
}

static int control(u32 client, u32 object, u32 cmd, void *params, u32 bytes,
		   const struct gnv_rm_list *list)
{
	struct NVOS54_PARAMETERS args = {
		.hClient = client,
		.hObject = object,
		.cmd = cmd,
		.params = area + PARAMS_AT,
		.paramsSize = bytes,
	};
	int ret = list ? put_list(params, list) : 0;

	if (!ret)
		ret = put(PARAMS_AT, params, bytes);
	if (!ret)
		ret = call(NV_ESC_RM_CONTROL, &args, sizeof(args));
	if (!ret)
		ret = get(PARAMS_AT, params, bytes);
	if (!ret && list)
		ret = get(LIST_AT, list->data, list->bytes);
	/* It may be there, and this file act for others. */
	if (!ret && args.status == NV_ERR_INVALID_CLIENT)
		ret = check_not_tied(&way, NULL);
	return ret ?: gnv_ask_errno(args.status);
}

static const struct gnv_rm_way way = {
	.branch = branch,
	.enumerate = enumerate,
	.open_gpu = open_gpu,
	.close_gpu = close_gpu,
	.alloc = alloc_object,
	.free = free_object,
	.control = control,
};

/* Where the driver looks at who calls, that has to be who made the client. */
static int ask_on(struct file *file, const struct errand *errand)
{
	const struct cred *old = NULL;
	int ret;

	asked = file;
	if (errand->cred)
		old = override_creds(errand->cred);
	ret = errand->ask(&way, errand->q);
	if (old)
		revert_creds(old);
	return ret;
}

static void run(struct work_struct *work)
{
	struct errand *errand = container_of(work, struct errand, work);
	struct file *file;

	kthread_use_mm(memory);
	if (errand->file) {
		errand->ret = ask_on(errand->file, errand);
	} else {
		file = gnv_driver_open(MKDEV(NV_MAJOR_DEVICE_NUMBER,
					     NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE));
		errand->ret = PTR_ERR_OR_ZERO(file);
		if (!errand->ret) {
			errand->ret = ask_on(file, errand);
			gnv_driver_close(file);
		}
	}
	kthread_unuse_mm(memory);
}

static int run_errand(struct errand *errand)
{
	INIT_WORK_ONSTACK(&errand->work, run);
	queue_work(errands, &errand->work);
	flush_work(&errand->work);
	destroy_work_on_stack(&errand->work);
	return errand->ret;
}

/**
 * gnv_ask_file() - put a question by the driver's own ioctls
 * @ask: the question
 * @q: what it is about
 *
 * Context: Process context; may sleep for as long as calls of the driver's.
 * Return: what @ask returns; -ENODEV where nothing can be asked; -ENOENT when there
 * is no such client; -EBUSY when its file is about to be closed.
 */
int gnv_ask_file(gnv_ask_fn ask, const struct gnv_question *q)
{
	struct errand errand = { .ask = ask, .q = q };
	int ret;

	if (!gnv_ask_file_ready())
		return -ENODEV;
	if (!q->client)
		return run_errand(&errand);
	ret = gnv_client_file(q->client, &errand.file, &errand.cred);
	if (ret)
		return ret;
	ret = run_errand(&errand);
	put_cred(errand.cred);
	fput(errand.file);
	return ret;
}

/**
 * gnv_ask_file_is_own() - whether a client is freed when its file is closed
 * @client: handle of the client
 *
 * One that was made on a file that is tied to another goes with that other one.
 *
 * Context: Process context; may sleep for as long as calls of the driver's.
 * Return: 0 if so; a negative errno where not, or where it cannot be told.
 */
int gnv_ask_file_is_own(u32 client)
{
	const struct gnv_question q = { .client = client };

	return gnv_ask_file(check_not_tied, &q);
}

/**
 * gnv_ask_file_depute() - let a client be asked whatever becomes of its file
 * @client: the client, whose call_lock is held
 *
 * A call that ties the client's file to another one may have been in the driver since
 * before a container used that file.  A file of our own that is tied to it acts for it
 * also when that call has come to its end.
 *
 * Context: Process context; may sleep for as long as calls of the driver's.
 * Return: 0, also where that cannot be; -EBUSY when the file is tied; or another
 * negative errno.  gnv_ask_file_recall() is due.
 */
int gnv_ask_file_depute(struct gnv_client *client)
{
	struct file *deputy = NULL;
	struct gnv_question q = { .answer = &deputy };
	int ret;

	if (gnv_bridge_present() || !gnv_client_is_from_outside(client, &q.client))
		return 0;
	ret = gnv_ask_file(make_deputy, &q);
	if (!ret)
		gnv_client_set_deputy(client, deputy);
	return ret;
}

/**
 * gnv_ask_file_recall() - undo gnv_ask_file_depute()
 * @client: the client, whose call_lock is held
 *
 * Context: Process context; may sleep.
 */
void gnv_ask_file_recall(struct gnv_client *client)
{
	struct errand errand = {
		.file = gnv_client_set_deputy(client, NULL),
		.ask = close_deputy,
	};

	if (errand.file)
		run_errand(&errand);
}

/**
 * gnv_ask_file_set_branch() - which driver there is to be asked
 * @branch: the layouts of its ABI, NULL for none
 *
 * Context: Any.
 */
void gnv_ask_file_set_branch(const struct nvabi_branch *branch)
{
	WRITE_ONCE(driver_branch, branch);
}

/**
 * gnv_ask_file_ready() - whether the driver can be asked
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_ask_file_ready(void)
{
	return errands && branch();
}

/**
 * gnv_ask_file_init() - take what questions need from who loads the module
 *
 * Without a process, as in a kernel that has the module built in, nothing can be
 * asked.
 *
 * Context: Module's start; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_ask_file_init(void)
{
	unsigned long start;

	if (!current->mm || (current->flags & PF_KTHREAD))
		return 0;
	start = vm_mmap(NULL, 0, AREA_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(start))
		return (int)start;
	errands = alloc_ordered_workqueue("ghostnv_ask", 0);
	if (!errands) {
		vm_munmap(start, AREA_BYTES);
		return -ENOMEM;
	}
	area = start;
	memory = current->mm;
	mmget(memory);
	return 0;
}

/* That process may be there still. */
static void unmap(struct work_struct *work)
{
	kthread_use_mm(memory);
	vm_munmap(area, AREA_BYTES);
	kthread_unuse_mm(memory);
}

/**
 * gnv_ask_file_fini() - undo gnv_ask_file_init()
 *
 * Context: Module's end; may sleep.  Nobody asks any more.
 */
void gnv_ask_file_fini(void)
{
	struct work_struct work;

	if (!errands)
		return;
	INIT_WORK_ONSTACK(&work, unmap);
	queue_work(errands, &work);
	flush_work(&work);
	destroy_work_on_stack(&work);
	destroy_workqueue(errands);
	errands = NULL;
	mmput(memory);
}
