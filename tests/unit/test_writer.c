/* SPDX-License-Identifier: MIT */
/*
 * test_writer - the writer thread and its queue: order, room, drops, stopping,
 * and many threads that submit at once.
 */
#include <config.h>

#include "trace/trace.h"

#include <pthread.h>
#include <semaphore.h>

#include "tests/unit/trace_files.h"
#include "trace/prune.h"

static const struct trace_options everything = {
	.verbosity = 5, .own_areas = ~0u, .iis_areas = ~0u,
};

static sem_t in_message, go_on, room;

/* Holds the writer thread until the test lets it go on. */
static void
hold_writer(bool error, const char *text)
{
	on_message(error, text);
	sem_post(&in_message);
	sem_wait(&go_on);
}

static void
on_room(void *arg)
{
	sem_post(arg);
}

static void
submit(struct trace_writer *w, const char *directory, struct trace_preamble *p, const char *verb)
{
	struct trace *t = trace_new(&everything);
	char url[] = "https://a:443/";
	struct trace_meta meta = {
		.url = url, .verb = verb, .site_id = 1, .directory = directory, .status = 200,
		.max_log_files = 100000,
	};

	trace_guid_new(meta.activity);
	trace_set_preamble(t, p);
	TRACE(t, GENERAL_REQUEST_START, .RequestURL = url, .RequestVerb = verb);
	trace_submit(w, &t, &meta);
	assert_null(t);
	memset(url, 'x', sizeof(url) - 1);
}

static void
stopping_writes_all_that_was_submitted_in_order(void **state)
{
	struct trace_writer_options o = { .on_message = on_message };
	struct trace_writer_counts counts;
	struct trace_writer *w;
	char *xml;

	(void)state;
	assert_int_equal(trace_writer_start(&w, &o), 0);
	for (int i = 0; i < 20; i++) {
		char verb[16];

		snprintf(verb, sizeof(verb), "V%d", i + 1);
		submit(w, top, NULL, verb);
	}
	trace_writer_counts(w, &counts);
	assert_int_equal(counts.written + counts.queued >= 20, 1);
	trace_writer_stop(w);
	trace_writer_stop(NULL);
	assert_int_equal(count_entries("W3SVC1"), 20);
	xml = read_file("W3SVC1/fr000017.xml");
	assert_non_null(strstr(xml, "verb=\"V17\""));
	assert_non_null(strstr(xml, "url=\"https://a:443/\""));
	assert_non_null(strstr(xml, ">GENERAL_REQUEST_START<"));
	free(xml);
}

static void
a_folder_that_cannot_be_made_costs_traces_but_not_the_proxy(void **state)
{
	struct trace_writer_options o = { .on_message = on_message };
	struct trace_writer *w;
	char bad[128];

	(void)state;
	make_file("file", 1000);
	snprintf(bad, sizeof(bad), "%s/file/traces", top);
	assert_int_equal(trace_writer_start(&w, &o), 0);
	for (int i = 0; i < 5; i++)
		submit(w, bad, NULL, "GET");
	submit(w, top, NULL, "GET");
	trace_writer_stop(w);
	assert_int_equal(atomic_load(&errors), 1);
	assert_non_null(strstr(message, bad));
	assert_non_null(strstr(message, "Not a directory"));
	assert_true(is_there("W3SVC1/fr000001.xml"));
}

/* A writer that is being held, with one trace in its hands. */
static struct trace_writer *
start_held(struct trace_writer_options *o)
{
	struct trace_writer *w;

	sem_init(&in_message, 0, 0);
	sem_init(&go_on, 0, 0);
	sem_init(&room, 0, 0);
	o->on_message = hold_writer;
	o->on_room = on_room;
	o->arg = &room;
	assert_int_equal(trace_writer_start(&w, o), 0);
	submit(w, "/dev/null", NULL, "GET");
	sem_wait(&in_message);
	return w;
}

static void
a_full_queue_takes_all_and_tells_when_there_is_room(void **state)
{
	struct trace_writer_options o = { .queue_traces = 4 };
	struct trace_writer *w = start_held(&o);
	struct trace_writer_counts counts;

	(void)state;
	for (int i = 0; i < 3; i++)
		submit(w, top, NULL, "GET");
	assert_false(trace_writer_is_full(w));
	for (int i = 0; i < 6; i++)
		submit(w, top, NULL, "GET");
	assert_true(trace_writer_is_full(w));
	trace_writer_counts(w, &counts);
	assert_int_equal(counts.queued, 10);
	assert_int_equal(counts.dropped, 0);
	sem_post(&go_on);
	sem_wait(&room);
	trace_writer_counts(w, &counts);
	assert_true(counts.queued <= 3);
	assert_false(trace_writer_is_full(w));
	trace_writer_stop(w);
	assert_int_equal(count_entries("W3SVC1"), 9);
	assert_int_equal(sem_trywait(&room), -1);
}

static void
a_full_queue_by_bytes_is_full_as_well(void **state)
{
	struct trace_writer_options o = { .queue_bytes = 1 };
	struct trace_writer *w = start_held(&o);

	(void)state;
	assert_true(trace_writer_is_full(w));
	sem_post(&go_on);
	sem_wait(&room);
	assert_false(trace_writer_is_full(w));
	trace_writer_stop(w);
}

static void
in_drop_mode_what_is_too_much_is_dropped_counted_and_told(void **state)
{
	struct trace_writer_options o = { .queue_traces = 4, .drop = true };
	struct trace_writer *w = start_held(&o);
	struct trace_writer_counts counts;

	(void)state;
	for (int i = 0; i < 9; i++)
		submit(w, top, NULL, "GET");
	assert_false(trace_writer_is_full(w));
	trace_writer_counts(w, &counts);
	assert_int_equal(counts.queued, 4);
	assert_int_equal(counts.dropped, 6);
	sem_post(&go_on);
	sem_wait(&in_message);
	assert_non_null(strstr(message, "6 traces were dropped"));
	sem_post(&go_on);
	trace_writer_stop(w);
	assert_int_equal(count_entries("W3SVC1"), 3);
}

/* More texts in every second one: files get longer and shorter. */
static void
submit_few_files(struct trace_writer *w, unsigned int number)
{
	struct trace *t = trace_new(&everything);
	struct trace_meta meta = {
		.url = "https://a/", .verb = "GET", .site_id = 1, .directory = top, .status = 200,
		.max_log_files = 4,
	};

	for (unsigned int i = 0; i < 1 + number % 2 * 20; i++)
		TRACE(t, GENERAL_REQUEST_START, .RequestURL = meta.url);
	trace_submit(w, &t, &meta);
}

static void
under_churn_with_few_files_each_is_whole_and_no_spare_stays(void **state)
{
	struct trace_writer_options o = { .on_message = on_message };
	struct trace_writer_counts counts;
	struct trace_writer *w;

	(void)state;
	assert_int_equal(trace_writer_start(&w, &o), 0);
	for (unsigned int i = 0; i < 301; i++)
		submit_few_files(w, i);
	do
		trace_writer_counts(w, &counts);
	while (counts.written + counts.failed < 301);
	assert_int_equal(counts.failed, 0);
	trace_writer_stop(w);
	assert_int_equal(count_entries("W3SVC1"), 3);
	for (unsigned int i = 299; i <= 301; i++) {
		char name[PRUNE_NAME + 8] = "W3SVC1/";
		char *xml;

		prune_name(i, name + strlen(name));
		xml = read_file(name);
		assert_int_equal(strncmp(xml, "<?xml ", 6), 0);
		assert_string_equal(strrchr(xml, '<'), "</failedRequest>");
		assert_ptr_equal(strstr(xml, "</failedRequest>"), strrchr(xml, '<'));
		free(xml);
	}
	assert_int_equal(atomic_load(&errors), 0);
}

enum { THREADS = 4, EACH = 100 };

static void *
submit_many(void *arg)
{
	struct trace *conn = trace_new(&everything);
	struct trace_preamble *p;

	TRACE(conn, CONNECTION_START, .RemoteAddress = "10.0.0.1");
	p = trace_seal(conn);
	for (int i = 0; i < EACH; i++)
		submit(arg, top, p, "GET");
	trace_preamble_unref(p);
	trace_free(conn);
	return NULL;
}

static void
many_threads_submit_at_once_and_each_trace_becomes_a_whole_file(void **state)
{
	struct trace_writer_options o = { .queue_traces = 50, .on_message = on_message };
	pthread_t threads[THREADS];
	struct trace_writer *w;

	(void)state;
	assert_int_equal(trace_writer_start(&w, &o), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many, w), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	trace_writer_stop(w);
	assert_int_equal(count_entries("W3SVC1"), THREADS * EACH);
	for (int i = 1; i <= THREADS * EACH; i++) {
		char name[64];
		char *xml;

		snprintf(name, sizeof(name), "W3SVC1/fr%06d.xml", i);
		xml = read_file(name);
		assert_non_null(strstr(xml, ">CONNECTION_START<"));
		assert_string_equal(strrchr(xml, '<'), "</failedRequest>");
		free(xml);
	}
	assert_int_equal(atomic_load(&errors), 0);
}

static void
a_trace_without_events_or_texts_is_still_a_file(void **state)
{
	struct trace_writer_options o = { .on_message = on_message };
	struct trace *t = trace_new(&everything), *none = NULL;
	struct trace_meta meta = { .directory = top };
	struct trace_writer *w;

	(void)state;
	assert_int_equal(trace_writer_start(&w, &o), 0);
	trace_submit(w, &none, &meta);
	trace_submit(w, &t, &meta);
	trace_writer_stop(w);
	assert_int_equal(count_entries("W3SVC0"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_top, remove_top)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stopping_writes_all_that_was_submitted_in_order),
		TEST(a_folder_that_cannot_be_made_costs_traces_but_not_the_proxy),
		TEST(a_full_queue_takes_all_and_tells_when_there_is_room),
		TEST(a_full_queue_by_bytes_is_full_as_well),
		TEST(in_drop_mode_what_is_too_much_is_dropped_counted_and_told),
		TEST(many_threads_submit_at_once_and_each_trace_becomes_a_whole_file),
		TEST(a_trace_without_events_or_texts_is_still_a_file),
		TEST(under_churn_with_few_files_each_is_whole_and_no_spare_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
