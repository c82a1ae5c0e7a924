// SPDX-License-Identifier: GPL-2.0
/*
 * Event records for the readers of /dev/ghostnv: see events.h.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "container.h"
#include "events.h"
#include "sysfs.h"

/* How many records wait for one reader at most. */
#define QUEUE_LEN 256
/*
 * So many readers may be of one container.  Each is looked at for each event, with a lock
 * held that others' events wait for.
 */
#define READERS_MAX 64

/* A record whose process is not yet turned into a reader's number. */
struct record {
	struct ghostnv_event event;
	struct pid *pid;
};

/**
 * struct gnv_events_reader - one open file of /dev/ghostnv
 * @entry: in the list of readers once it has subscribed
 * @wait: woken when a record comes
 * @read_lock: one reader at a time takes records out; outside events_lock
 * @by: id of the container that subscribed first, 0 for none
 * @id: container whose subtree it wants, 0 for all
 * @head: number of records ever put in
 * @tail: number of records ever taken out
 * @lost: records dropped since the queue was last full
 * @queue: a ring; NULL until it subscribes
 */
struct gnv_events_reader {
	struct list_head entry;
	wait_queue_head_t wait;
	struct mutex read_lock;
	u64 by;
	u64 id;
	unsigned int head;
	unsigned int tail;
	u64 lost;
	struct record *queue;
};

/* Protects the list of readers and every reader's fields but read_lock. */
static DEFINE_SPINLOCK(events_lock);
static LIST_HEAD(readers);

static bool wants(const struct gnv_events_reader *reader,
		  const struct gnv_container *container)
{
	bool found = false;

	if (!reader->id)
		return true;
	rcu_read_lock();
	for (; container && !found; container = READ_ONCE(container->parent))
		found = container->id == reader->id;
	rcu_read_unlock();
	return found;
}

static void push(struct gnv_events_reader *reader,
		 const struct ghostnv_event *event)
{
	struct record *record;

	if (reader->head - reader->tail == QUEUE_LEN) {
		reader->lost++;
		return;
	}
	record = &reader->queue[reader->head++ % QUEUE_LEN];
	record->event = *event;
	record->pid = get_pid(task_tgid(current));
	wake_up_interruptible(&reader->wait);
}

/**
 * gnv_events_post() - tell the readers that something happened
 * @type: GHOSTNV_EVENT_*
 * @container: whose event it is, NULL for a GPU's
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @bytes: see the type
 *
 * Who watches vram.events of the container, or of one above it, looks again.
 *
 * Context: Any but interrupts; account_lock is not held.
 */
void gnv_events_post(u32 type, struct gnv_container *container, u32 gpu,
		     u64 bytes)
{
	struct ghostnv_event event = {
		.size = sizeof(event),
		.type = type,
		.id = container ? container->id : 0,
		.time_ns = ktime_get_ns(),
		.bytes = bytes,
		.gpu = gpu,
	};
	struct gnv_events_reader *reader;

	spin_lock(&events_lock);
	list_for_each_entry(reader, &readers, entry) {
		if (wants(reader, container))
			push(reader, &event);
	}
	spin_unlock(&events_lock);
	if (container)
		gnv_sysfs_notify(container, gpu);
}

/**
 * gnv_events_reader_create() - make a reader that gets nothing yet
 *
 * Context: Process context; may sleep.
 * Return: the reader, NULL when memory is short.
 */
struct gnv_events_reader *gnv_events_reader_create(void)
{
	struct gnv_events_reader *reader;

	reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return NULL;
	init_waitqueue_head(&reader->wait);
	mutex_init(&reader->read_lock);
	INIT_LIST_HEAD(&reader->entry);
	return reader;
}

static void drop_records(struct record *queue, unsigned int tail,
			 unsigned int head)
{
	for (; tail != head; tail++)
		put_pid(queue[tail % QUEUE_LEN].pid);
}

/**
 * gnv_events_reader_destroy() - the file is closed
 * @reader: its reader
 *
 * Context: Process context; may sleep.
 */
void gnv_events_reader_destroy(struct gnv_events_reader *reader)
{
	spin_lock(&events_lock);
	list_del(&reader->entry);
	spin_unlock(&events_lock);
	drop_records(reader->queue, reader->tail, reader->head);
	kfree(reader->queue);
	kfree(reader);
}

static bool may_have_more(u64 by)
{
	struct gnv_events_reader *reader;
	unsigned int n = 0;

	lockdep_assert_held(&events_lock);
	if (!by)
		return true;
	list_for_each_entry(reader, &readers, entry)
		n += reader->by == by;
	return n < READERS_MAX;
}

/**
 * gnv_events_subscribe() - choose what a reader gets
 * @reader: the reader
 * @id: container whose subtree it wants, 0 for all
 * @by: the caller's container, 0 for none
 *
 * Context: Process context; may sleep.
 * Return: 0; -ENOMEM; -ENOSPC when the container has too many readers.
 */
int gnv_events_subscribe(struct gnv_events_reader *reader, u64 id, u64 by)
{
	struct record *queue, *old;
	unsigned int head, tail;

	queue = kcalloc(QUEUE_LEN, sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return -ENOMEM;
	spin_lock(&events_lock);
	if (list_empty(&reader->entry)) {
		if (!may_have_more(by)) {
			spin_unlock(&events_lock);
			kfree(queue);
			return -ENOSPC;
		}
		reader->by = by;
		list_add_tail(&reader->entry, &readers);
	}
	old = reader->queue;
	head = reader->head;
	tail = reader->tail;
	reader->queue = queue;
	reader->head = 0;
	reader->tail = 0;
	reader->lost = 0;
	reader->id = id;
	spin_unlock(&events_lock);
	drop_records(old, tail, head);
	kfree(old);
	return 0;
}

static bool has_record(struct gnv_events_reader *reader)
{
	bool has;

	spin_lock(&events_lock);
	has = reader->head != reader->tail || reader->lost;
	spin_unlock(&events_lock);
	return has;
}

/* What was dropped is told after what came before it. */
static bool pop(struct gnv_events_reader *reader, struct ghostnv_event *event)
{
	struct pid *pid = NULL;
	struct record *record;
	bool found = true;

	spin_lock(&events_lock);
	if (reader->head != reader->tail) {
		record = &reader->queue[reader->tail++ % QUEUE_LEN];
		*event = record->event;
		pid = record->pid;
	} else if (reader->lost) {
		*event = (struct ghostnv_event){
			.size = sizeof(*event),
			.type = GHOSTNV_EVENT_LOST,
			.time_ns = ktime_get_ns(),
			.bytes = reader->lost,
			.gpu = GHOSTNV_GPU_TOTAL,
		};
		reader->lost = 0;
	} else {
		found = false;
	}
	spin_unlock(&events_lock);
	if (pid) {
		event->pid = pid_nr_ns(pid, task_active_pid_ns(current));
		put_pid(pid);
	}
	return found;
}

/**
 * gnv_events_read() - take records out
 * @reader: the reader
 * @buf: where they go
 * @size: of @buf
 * @wait: wait for the first one
 *
 * Context: Process context; may sleep.
 * Return: bytes of whole records; -EINVAL when none fits or nothing is
 * subscribed; -EAGAIN; -ERESTARTSYS; -EFAULT.
 */
ssize_t gnv_events_read(struct gnv_events_reader *reader, char __user *buf,
			size_t size, bool wait)
{
	struct ghostnv_event event;
	size_t done = 0;
	int ret;

	/* Once it has a queue it keeps one. */
	if (!READ_ONCE(reader->queue) || size < sizeof(event))
		return -EINVAL;
	do {
		ret = mutex_lock_interruptible(&reader->read_lock);
		if (ret)
			return ret;
		while (size - done >= sizeof(event) && pop(reader, &event)) {
			/* A record that the caller's memory refuses is lost. */
			if (copy_to_user(buf + done, &event, sizeof(event))) {
				mutex_unlock(&reader->read_lock);
				return done ? done : -EFAULT;
			}
			done += sizeof(event);
		}
		mutex_unlock(&reader->read_lock);
		if (done)
			return done;
		if (!wait)
			return -EAGAIN;
		ret = wait_event_interruptible(reader->wait, has_record(reader));
	} while (!ret);
	return ret;
}

/**
 * gnv_events_poll() - whether a record waits
 * @reader: the reader
 * @file: its file
 * @wait: the poll table
 *
 * Context: Process context.
 * Return: a poll mask.
 */
__poll_t gnv_events_poll(struct gnv_events_reader *reader, struct file *file,
			 poll_table *wait)
{
	poll_wait(file, &reader->wait, wait);
	return has_record(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}
