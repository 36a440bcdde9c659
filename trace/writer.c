/* SPDX-License-Identifier: MIT */
/*
 * writer - the thread that turns submitted traces into files; trace.h.
 *
 * The queue is a stack that workers push on with one compare-and-swap and the
 * writer takes whole and reverses.  A worker makes a system call only when
 * the writer sleeps.  folder.c knows the files, serialise.c the XML.
 */
#include <config.h>

#include "trace/trace.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trace/folder.h"
#include "trace/record.h"
#include "trace/serialise.h"

#define DEFAULT_TRACES 4096u
#define DEFAULT_BYTES ((size_t)256 << 20)
#define KEEP_BYTES ((size_t)4 << 20)	/* of the output buffer between traces */
#define TELL_MS 60000u			/* between two messages on drops */

struct trace_writer {
	struct trace_writer_options options;	/* with the defaults filled in */
	pthread_t thread;			/* joined by trace_writer_stop */
	sem_t wake;				/* waited for while asleep */
	/* Shared with the workers. */
	_Atomic(struct trace *) queue;		/* newest first */
	atomic_bool sleeping;			/* the writer waits for .wake */
	atomic_bool stopping;			/* end when the queue is empty */
	atomic_bool full;			/* above a limit and not yet under 3/4 */
	atomic_size_t traces;			/* in the queue or about to be */
	atomic_size_t bytes;			/* their weight */
	atomic_uint_fast64_t written;		/* files */
	atomic_uint_fast64_t failed;		/* traces lost by a failure */
	atomic_uint_fast64_t dropped;		/* traces lost by a full queue */
	atomic_uint_fast64_t file_bytes;	/* of files */
	atomic_uint_fast64_t oldest_ns;		/* monotonic: since when the one at work waits; 0 */
	/* The writer thread's. */
	struct serialiser *serialiser;		/* made by the thread: ThreadID */
	struct folders *folders;		/* where files go */
	struct buf out;				/* the file being made */
	uint64_t told_dropped;			/* .dropped at the last message */
	uint64_t told_ms;			/* when that was, 0 = never */
};

/* ---- the worker's side ---- */

/* Moves the texts of t->meta behind its events; false without memory. */
static bool
keep_meta(struct trace *t)
{
	struct trace_meta *m = &t->meta;
	const char **texts[] = {
		&m->url, &m->verb, &m->app_pool_id, &m->remote_user_name, &m->user_name,
		&m->token_user_name, &m->authentication_type, &m->client, &m->server, &m->farm,
		&m->grade, &m->log_id, &m->directory,
	};
	size_t count = sizeof(texts) / sizeof(texts[0]);
	size_t lens[sizeof(texts) / sizeof(texts[0])] = { 0 };
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if (*texts[i])
			lens[i] = strnlen(*texts[i], TRACE_STRING_MAX);
		total += lens[i] + 1;
	}
	t->records.len = t->end;
	if (!buf_reserve(&t->records, total))
		return false;
	for (size_t i = 0; i < count; i++) {
		char *copy = t->records.data + t->records.len;

		if (!*texts[i])
			continue;
		memcpy(copy, *texts[i], lens[i]);
		copy[lens[i]] = '\0';
		*texts[i] = copy;
		t->records.len += lens[i] + 1;
	}
	return true;
}

static void
push(struct trace_writer *w, struct trace *t)
{
	struct trace *newest = atomic_load_explicit(&w->queue, memory_order_relaxed);

	do
		t->next = newest;
	while (!atomic_compare_exchange_weak(&w->queue, &newest, t));
	/* Who finds the queue empty wakes; the others came after it. */
	if (!newest && atomic_exchange(&w->sleeping, false))
		sem_post(&w->wake);
}

static bool
is_over_limit(const struct trace_writer *w, size_t traces, size_t bytes)
{
	return traces > w->options.queue_traces || bytes > w->options.queue_bytes;
}

/* Counts t in; false if it is one too many. */
static bool
enter_queue(struct trace_writer *w, const struct trace *t)
{
	size_t traces = atomic_fetch_add(&w->traces, 1) + 1;
	size_t bytes = atomic_fetch_add(&w->bytes, t->weight) + t->weight;

	if (!is_over_limit(w, traces, bytes))
		return true;
	if (w->options.drop) {
		atomic_fetch_sub(&w->traces, 1);
		atomic_fetch_sub(&w->bytes, t->weight);
		return false;
	}
	/* Set before t is pushed: the writer, done with t, finds it set. */
	atomic_store(&w->full, true);
	return true;
}

static uint64_t
monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void
trace_submit(struct trace_writer *w, struct trace **moved, const struct trace_meta *meta)
{
	struct trace *t = *moved;

	*moved = NULL;
	if (!t)
		return;
	t->meta = *meta;
	if (!keep_meta(t)) {
		atomic_fetch_add(&w->failed, 1);
		trace_free(t);
		return;
	}
	t->weight = sizeof(*t) + t->records.cap + (t->preamble ? t->preamble->len : 0);
	if (!enter_queue(w, t)) {
		atomic_fetch_add(&w->dropped, 1);
		trace_free(t);
		return;
	}
	t->queued_ns = monotonic_ns();
	push(w, t);
}

bool
trace_writer_is_full(const struct trace_writer *w)
{
	return atomic_load_explicit(&w->full, memory_order_relaxed);
}

void
trace_writer_counts(const struct trace_writer *w, struct trace_writer_counts *out)
{
	out->written = atomic_load(&w->written);
	out->failed = atomic_load(&w->failed);
	out->dropped = atomic_load(&w->dropped);
	out->bytes = atomic_load(&w->file_bytes);
	out->queued = atomic_load(&w->traces);
	out->oldest_ns = atomic_load(&w->oldest_ns);
}

/* ---- the writer thread ---- */

static uint64_t
monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

/* The queue as it is now, oldest first. */
static struct trace *
take_queue(struct trace_writer *w)
{
	struct trace *newest = atomic_exchange(&w->queue, NULL);
	struct trace *oldest = NULL;

	while (newest) {
		struct trace *t = newest;

		newest = t->next;
		t->next = oldest;
		oldest = t;
	}
	return oldest;
}

static void
leave_queue(struct trace_writer *w, const struct trace *t)
{
	size_t traces = atomic_fetch_sub(&w->traces, 1) - 1;
	size_t bytes = atomic_fetch_sub(&w->bytes, t->weight) - t->weight;

	if (!atomic_load(&w->full) || traces > w->options.queue_traces / 4 * 3 ||
	    bytes > w->options.queue_bytes / 4 * 3)
		return;
	atomic_store(&w->full, false);
	if (w->options.on_room)
		w->options.on_room(w->options.arg);
}

static void
tell_drops(struct trace_writer *w, uint64_t now_ms)
{
	uint64_t dropped = atomic_load_explicit(&w->dropped, memory_order_relaxed);
	struct buf text = BUF_INIT;

	if (dropped == w->told_dropped || (w->told_ms && now_ms - w->told_ms < TELL_MS))
		return;
	buf_putf(&text, "the queue of the trace writer was full: %llu traces were dropped "
		 "(onOverload=\"drop\")", (unsigned long long)(dropped - w->told_dropped));
	if (!text.error)
		w->options.on_message(true, buf_text(&text));
	buf_done(&text);
	w->told_dropped = dropped;
	w->told_ms = now_ms;
}

static struct serialiser *
new_serialiser(void)
{
	char name[256] = "localhost";
	struct serialise_who who = {
		.process_id = (uint32_t)getpid(),
		.thread_id = (uint32_t)gettid(),
		.computer = name,
	};

	if (gethostname(name, sizeof(name) - 1))
		snprintf(name, sizeof(name), "localhost");
	name[strcspn(name, ".")] = '\0';
	return serialiser_new(&who);
}

/* Makes the file in w->out. */
static int
make_file(struct trace_writer *w, struct trace *t)
{
	buf_reset(&w->out);
	if (!w->serialiser)
		w->serialiser = new_serialiser();
	return w->serialiser ? serialise_trace(w->serialiser, t, &w->out) : -ENOMEM;
}

static int
store_file(struct trace_writer *w, const struct trace *t, uint64_t now_ms)
{
	struct folder_file file = {
		.directory = t->meta.directory,
		.site_id = t->meta.site_id,
		.max_log_files = t->meta.max_log_files,
		.data = w->out.data,
		.len = w->out.len,
	};

	return folders_write(w->folders, &file, now_ms);
}

static void
write_trace(struct trace_writer *w, struct trace *t)
{
	uint64_t now_ms = monotonic_ms();
	int err;

	/* First come, first written: nothing in the queue is older. */
	atomic_store_explicit(&w->oldest_ns, t->queued_ns, memory_order_relaxed);
	err = make_file(w, t);

	if (err == 0)
		err = store_file(w, t, now_ms);
	if (err == 0) {
		atomic_fetch_add(&w->written, 1);
		atomic_fetch_add(&w->file_bytes, w->out.len);
	} else {
		atomic_fetch_add(&w->failed, 1);
	}
	buf_reset(&w->out);
	buf_shrink(&w->out, KEEP_BYTES);
	leave_queue(w, t);
	trace_free(t);
	tell_drops(w, now_ms);
}

static void
wait_ms(struct trace_writer *w, uint64_t ms)
{
	struct timespec until;

	if (ms == UINT64_MAX) {
		while (sem_wait(&w->wake) && errno == EINTR)
			;
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000 + 1);
	while (sem_clockwait(&w->wake, CLOCK_MONOTONIC, &until) && errno == EINTR)
		;
}

/* For @ms at most. */
static void
sleep_until_woken(struct trace_writer *w, uint64_t ms)
{
	atomic_store(&w->sleeping, true);
	if (!atomic_load(&w->queue) && !atomic_load(&w->stopping))
		wait_ms(w, ms);
	atomic_store(&w->sleeping, false);
}

static void *
run(void *arg)
{
	struct trace_writer *w = arg;

	for (;;) {
		bool stopping = atomic_load(&w->stopping);
		uint64_t tidy_ms = folders_tidy(w->folders, monotonic_ms());
		struct trace *t = take_queue(w);

		if (!t && stopping)
			break;
		if (!t)
			sleep_until_woken(w, tidy_ms);
		while (t) {
			struct trace *next = t->next;

			write_trace(w, t);
			t = next;
		}
		atomic_store_explicit(&w->oldest_ns, 0, memory_order_relaxed);
	}
	tell_drops(w, monotonic_ms());
	serialiser_free(w->serialiser);
	return NULL;
}

/* ---- start and stop ---- */

static void
writer_free(struct trace_writer *w)
{
	sem_destroy(&w->wake);
	folders_free(w->folders);
	buf_done(&w->out);
	free(w);
}

/* Signals are main's: the thread starts with all of them blocked. */
static int
start_thread(struct trace_writer *w)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == 0)
		pthread_setname_np(w->thread, "trace-writer");
	return -err;
}

int
trace_writer_start(struct trace_writer **out, const struct trace_writer_options *options)
{
	struct trace_writer *w = calloc(1, sizeof(*w));
	int err = -ENOMEM;

	*out = NULL;
	if (!w)
		return err;
	w->options = *options;
	if (w->options.queue_traces == 0)
		w->options.queue_traces = DEFAULT_TRACES;
	if (w->options.queue_bytes == 0)
		w->options.queue_bytes = DEFAULT_BYTES;
	sem_init(&w->wake, 0, 0);
	w->folders = folders_new(options->on_message);
	if (w->folders)
		err = start_thread(w);
	if (err)
		writer_free(w);
	else
		*out = w;
	return err;
}

void
trace_writer_stop(struct trace_writer *w)
{
	if (!w)
		return;
	atomic_store(&w->stopping, true);
	sem_post(&w->wake);
	pthread_join(w->thread, NULL);
	writer_free(w);
}
