/* SPDX-License-Identifier: MIT */
/* test_slots - tokens put in and pulled out (SoftHSM behind the double, where it is installed). */
#include <config.h>

#include "core/token/slots.h"

#include "core/base/lane.h"
#include "core/registry_watch.h"

#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/pki.h"

static char *folder, *removed, *events;
static char double_path[PATH_MAX];

static int
setup(void **state)
{
	const char *build = getenv("top_builddir");
	char path[PATH_MAX], *conf;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/fixtures/tokens/p11double.so", build ? build : ".");
	if (!realpath(path, double_path))
		return -1;
	folder = folder_make();
	removed = folder_file(folder, "removed");
	events = folder_file(folder, "events");
	conf = folder_file(folder, "softhsm2.conf");
	f = fopen(conf, "w");
	fprintf(f, "directories.tokendir = %s\nobjectstore.backend = file\n", folder);
	fclose(f);
	setenv("SOFTHSM2_CONF", conf, 1);
	setenv("P11DOUBLE_REMOVED", removed, 1);
	free(conf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	folder_done(folder);
	free(removed);
	free(events);
	return 0;
}

static void
on_change(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
}

static void
until(atomic_uint *count, unsigned int wanted)
{
	while (atomic_load(count) < wanted)
		poll(NULL, 0, 5);
}

static bool
no_softhsm(void)
{
	return access("/usr/lib/softhsm/libsofthsm2.so", R_OK) < 0;
}

static void
set_removed(bool yes)
{
	if (!yes)
		assert_int_equal(unlink(removed), 0);
	else
		close(open(removed, O_WRONLY | O_CREAT, 0600));
}

static void
a_module_that_cannot_wait_is_looked_at(void **state)
{
	char *modules[] = { double_path };
	atomic_uint count = 0;
	struct slots *s;

	(void)state;
	if (no_softhsm())
		skip();
	set_removed(true);
	s = slots_watch(modules, 1, on_change, &count);
	assert_non_null(s);
	until(&count, 1); /* once in any case */
	set_removed(false);
	until(&count, 2);
	set_removed(true);
	until(&count, 3);
	set_removed(false);
	until(&count, 4);
	slots_free(s);
	assert_int_equal(lanes_end(), LANES_ENDED);
	assert_int_equal(count, 4);
}

static void
what_is_no_module_is_left_out(void **state)
{
	char none[] = "/nowhere/module.so", relative[] = "module.so";
	char *modules[] = { none, relative };
	atomic_uint count = 0;

	(void)state;
	slots_free(slots_watch(modules, 2, on_change, &count));
	slots_free(NULL);
	assert_int_equal(lanes_end(), LANES_ENDED);
	assert_int_equal(count, 0);
}

/* Those of runtime.c would bring all of the proxy with them. */
struct runtime *
runtime_ref(struct runtime *r)
{
	return r;
}

void
runtime_unref(struct runtime *r)
{
	(void)r;
}

struct hang {
	struct lane_job job; /* first member */
	int begun, gate; /* descriptors: it writes to one, and reads from the other */
};

static void
hang(struct lane_job *j)
{
	struct hang *h = (struct hang *)j;
	char c = 'x';

	assert_int_equal(write(h->begun, &c, 1), 1);
	assert_int_equal(read(h->gate, &c, 1), 1);
}

static void
go(struct lane_job *j)
{
	(void)j;
}

static void
on_registry(void *arg, struct registry *r)
{
	++*(unsigned int *)arg;
	registry_unref(r);
}

static void
on_limit(struct ev_loop *loop, ev_timer *t, int events_seen)
{
	(void)loop;
	(void)t;
	(void)events_seen;
	fail_msg("the tokens were not looked at again");
}

static void
a_first_look_that_never_ran_does_not_stop_later_ones(void **state)
{
	struct config config = { .token_timeout = 20 };
	struct runtime runtime = { .config = &config };
	struct ev_loop *loop = ev_loop_new(0);
	struct lane *lane = lane_named("tokens in view", 1);
	struct buf messages = BUF_INIT;
	int begun[2], gate[2];
	struct hang h = { .job = { .run = hang, .free = go, .seconds = 0 } };
	struct registry_watch *w;
	unsigned int views = 0;
	ev_timer limit;
	char c;

	(void)state;
	assert_true(pipe(begun) == 0 && pipe(gate) == 0);
	h.begun = begun[1];
	h.gate = gate[0];
	lane_send(lane, &h.job);
	assert_int_equal(read(begun[0], &c, 1), 1);
	w = registry_watch_new(loop, &runtime, on_registry, &views, &messages);
	assert_non_null(strstr(buf_text(&messages), "do not answer"));
	assert_int_equal(views, 1); /* of nothing */
	assert_int_equal(write(gate[1], "x", 1), 1);
	while (lane_busy_seconds(lane))
		poll(NULL, 0, 1);
	registry_watch_use(w, &runtime);
	ev_timer_init(&limit, on_limit, 20., 0.);
	ev_timer_start(loop, &limit);
	while (views < 2)
		ev_run(loop, EVRUN_ONCE);
	registry_watch_free(w);
	ev_loop_destroy(loop);
	assert_int_equal(lanes_end(), LANES_ENDED);
	buf_done(&messages);
	for (int i = 0; i < 2; i++) {
		close(begun[i]);
		close(gate[i]);
	}
}

/* The last one: it leaves a thread behind. */
static void
a_module_that_can_wait_tells_at_once(void **state)
{
	char *modules[] = { double_path };
	atomic_uint count = 0;
	struct slots *s;
	int fd;

	(void)state;
	if (no_softhsm())
		skip();
	assert_int_equal(mkfifo(events, 0600), 0);
	setenv("P11DOUBLE_EVENTS", events, 1);
	s = slots_watch(modules, 1, on_change, &count);
	for (unsigned int i = 1; i <= 2; i++) {
		fd = open(events, O_WRONLY); /* returns when the module waits */
		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
		until(&count, i + 1);
	}
	fd = open(events, O_WRONLY); /* it waits again */
	slots_free(s);
	assert_int_equal(lanes_end(), LANES_IDLE);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_that_cannot_wait_is_looked_at),
		cmocka_unit_test(what_is_no_module_is_left_out),
		cmocka_unit_test(a_first_look_that_never_ran_does_not_stop_later_ones),
		cmocka_unit_test(a_module_that_can_wait_tells_at_once),
	};
	int failed = cmocka_run_group_tests(tests, setup, teardown);

	fflush(NULL);
	_exit(failed); /* as the proxy: a thread is still in a library whose end would run */
}
