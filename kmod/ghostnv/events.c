// SPDX-License-Identifier: GPL-2.0
/*
 * Event records for the readers of /dev/ghostnv: see events.h.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
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
/* So many readers may be of one container: each is looked at for each event. */
#define READERS_MAX 64

/* A record whose process is not yet turned into a reader's number. */
struct record {
	struct ghostnv_event event;
	struct pid *pid;
};

/**
 * struct ring - records that wait for one reader
 * @records: QUEUE_LEN of them; NULL: nothing is kept
 * @head: number of records ever put in
 * @tail: number of records ever taken out
 */
struct ring {
	struct record *records;
	unsigned int head;
	unsigned int tail;
};

/**
 * struct gnv_events_reader - one open file of /dev/ghostnv
 * @entry: in the list of readers once it has subscribed; RCU readers, written under
 *	events_lock
 * @rcu: for kfree_rcu()
 * @wait: woken when a record comes
 * @read_lock: one reader at a time takes records out; outside @lock
 * @by: id of the container that subscribed first, 0 for none; written under events_lock
 * @lock: protects all that follows; inside events_lock
 * @id: container whose subtree it wants, 0 for all; read with READ_ONCE without @lock
 * @lost: records dropped since the queue was last full
 * @ring: its records; none until it subscribes, and when it goes
 */
struct gnv_events_reader {
	struct list_head entry;
	struct rcu_head rcu;
	wait_queue_head_t wait;
	struct mutex read_lock;
	u64 by;
	spinlock_t lock;
	u64 id;
	u64 lost;
	struct ring ring;
};

/*
 * Protects the list of readers.  Who posts an event does not take it: nobody waits for
 * another container's events, however many wait for those.
 */
static DEFINE_SPINLOCK(events_lock);
static LIST_HEAD(readers);

static bool wants(u64 id, const struct gnv_container *container)
{
	if (!id)
		return true;
	while (container && container->id != id)
		container = READ_ONCE(container->parent);
	return container;
}

/* Return: whether there is something new for it. */
static bool push(struct gnv_events_reader *reader, const struct ghostnv_event *event)
{
	struct ring *ring = &reader->ring;
	struct record *record;

	lockdep_assert_held(&reader->lock);
	if (!ring->records)
		return false;
	if (ring->head - ring->tail == QUEUE_LEN) {
		reader->lost++;
		return false;
	}
	record = &ring->records[ring->head++ % QUEUE_LEN];
	record->event = *event;
	record->pid = get_pid(task_tgid(current));
	return true;
}

/* It may have subscribed to something else meanwhile. */
static void offer(struct gnv_events_reader *reader, const struct gnv_container *container,
		  const struct ghostnv_event *event)
{
	bool pushed;

	spin_lock(&reader->lock);
	pushed = wants(reader->id, container) && push(reader, event);
	spin_unlock(&reader->lock);
	/* There may be very many who wait: not under the lock. */
	if (pushed)
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

	rcu_read_lock();
	list_for_each_entry_rcu(reader, &readers, entry) {
		if (wants(READ_ONCE(reader->id), container))
			offer(reader, container, &event);
	}
	rcu_read_unlock();
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
	spin_lock_init(&reader->lock);
	INIT_LIST_HEAD(&reader->entry);
	return reader;
}

/* Return: what it had. */
static struct ring replace_ring(struct gnv_events_reader *reader, struct record *records,
				u64 id)
{
	struct ring old;

	spin_lock(&reader->lock);
	old = reader->ring;
	reader->ring = (struct ring){ .records = records };
	reader->lost = 0;
	WRITE_ONCE(reader->id, id);
	spin_unlock(&reader->lock);
	return old;
}

static void free_ring(struct ring *ring)
{
	for (; ring->tail != ring->head; ring->tail++)
		put_pid(ring->records[ring->tail % QUEUE_LEN].pid);
	kfree(ring->records);
}

/**
 * gnv_events_reader_destroy() - the file is closed
 * @reader: its reader
 *
 * Context: Process context; may sleep.
 */
void gnv_events_reader_destroy(struct gnv_events_reader *reader)
{
	struct ring old;

	spin_lock(&events_lock);
	list_del_rcu(&reader->entry);
	spin_unlock(&events_lock);
	/* Who has just found it finds no place to put anything in. */
	old = replace_ring(reader, NULL, 0);
	free_ring(&old);
	kfree_rcu(reader, rcu);
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
	struct record *records;
	struct ring old;

	records = kcalloc(QUEUE_LEN, sizeof(*records), GFP_KERNEL_ACCOUNT);
	if (!records)
		return -ENOMEM;
	spin_lock(&events_lock);
	if (list_empty(&reader->entry) && !may_have_more(by)) {
		spin_unlock(&events_lock);
		kfree(records);
		return -ENOSPC;
	}
	old = replace_ring(reader, records, id);
	if (list_empty(&reader->entry)) {
		reader->by = by;
		list_add_tail_rcu(&reader->entry, &readers);
	}
	spin_unlock(&events_lock);
	free_ring(&old);
	return 0;
}

static bool has_record(struct gnv_events_reader *reader)
{
	bool has;

	spin_lock(&reader->lock);
	has = reader->ring.head != reader->ring.tail || reader->lost;
	spin_unlock(&reader->lock);
	return has;
}

/* What was dropped is told after what came before it. */
static bool pop(struct gnv_events_reader *reader, struct ghostnv_event *event)
{
	struct pid *pid = NULL;
	struct record *record;
	bool found = true;

	spin_lock(&reader->lock);
	if (reader->ring.head != reader->ring.tail) {
		record = &reader->ring.records[reader->ring.tail++ % QUEUE_LEN];
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
	spin_unlock(&reader->lock);
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
	if (!READ_ONCE(reader->ring.records) || size < sizeof(event))
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
