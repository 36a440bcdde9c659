/* SPDX-License-Identifier: MIT */
/* test_lane - work that may hang: its limit, those who wait, what comes after. */
#include <config.h>

#include "core/base/lane.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct work {
	struct lane_job job; /* first member */
	int gate; /* runs until this descriptor can be read; -1 = at once */
	int clock_off_ms; /* a person takes so long */
	atomic_uint *ran, *freed;
};

static void
run(struct lane_job *j)
{
	struct work *w = (struct work *)j;
	struct pollfd p = { .fd = w->gate, .events = POLLIN };

	if (w->clock_off_ms) {
		lane_clock(false);
		poll(NULL, 0, w->clock_off_ms);
		lane_clock(true);
	}
	if (w->gate >= 0)
		poll(&p, 1, -1);
	atomic_fetch_add(w->ran, 1);
}

static void
done(struct lane_job *j)
{
	struct work *w = (struct work *)j;

	atomic_fetch_add(w->freed, 1);
	free(w);
}

static struct lane_job *
work(int gate, int clock_off_ms, atomic_uint *ran, atomic_uint *freed)
{
	struct work *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->job = (struct lane_job){ .run = run, .free = done, .seconds = 1 };
	w->gate = gate;
	w->clock_off_ms = clock_off_ms;
	w->ran = ran;
	w->freed = freed;
	return &w->job;
}

/* For what another thread does in its own time. */
static void
until(atomic_uint *count, unsigned int wanted)
{
	while (atomic_load(count) < wanted)
		poll(NULL, 0, 1);
}

static void
a_name_means_one_lane(void **state)
{
	(void)state;
	assert_ptr_equal(lane_named("one", 1), lane_named("one", 1));
	assert_ptr_not_equal(lane_named("one", 1), lane_named("two", 1));
}

static void
a_call_waits_for_its_job(void **state)
{
	atomic_uint ran = 0, freed = 0;
	struct lane_job *j = work(-1, 0, &ran, &freed);

	(void)state;
	assert_int_equal(lane_call(lane_named("one", 1), j), 0);
	assert_int_equal(ran, 1);
	assert_int_equal(freed, 0);
	lane_release(j);
	until(&freed, 1); /* the thread may hold it for a moment longer */
}

static void
nobody_waits_longer_than_the_limit_and_nothing_new_waits_at_all(void **state)
{
	struct lane *l = lane_named("hangs", 4);
	atomic_uint ran = 0, freed = 0, other = 0;
	struct lane_job *hangs, *late;
	int gate[2];

	(void)state;
	assert_int_equal(pipe(gate), 0);
	hangs = work(gate[0], 0, &ran, &freed);
	assert_int_equal(lane_busy_seconds(l), 0);
	assert_int_equal(lane_call(l, hangs), -ETIMEDOUT);
	lane_release(hangs);
	assert_int_equal(ran, 0);
	assert_int_equal(freed, 0); /* its thread still uses it */
	assert_true(lane_busy_seconds(l) >= 1);
	late = work(-1, 0, &other, &freed);
	assert_int_equal(lane_call(l, late), -EBUSY);
	lane_release(late);
	assert_int_equal(freed, 1);
	assert_int_equal(other, 0);
	lane_send(l, work(-1, 0, &other, &freed)); /* what nobody waits for runs all the same */
	until(&freed, 2);
	assert_int_equal(other, 1);
	assert_int_equal(write(gate[1], "x", 1), 1);
	until(&freed, 3);
	assert_int_equal(ran, 1);
	assert_int_equal(lane_busy_seconds(l), 0);
	late = work(-1, 0, &other, &freed);
	assert_int_equal(lane_call(l, late), 0);
	lane_release(late);
	until(&freed, 4);
	close(gate[0]);
	close(gate[1]);
}

static void
who_stands_behind_one_that_hangs_is_sent_away(void **state)
{
	struct lane *l = lane_named("narrow", 1);
	atomic_uint ran = 0, freed = 0, other = 0;
	struct lane_job *behind;
	int gate[2];

	(void)state;
	assert_int_equal(pipe(gate), 0);
	lane_send(l, work(gate[0], 0, &ran, &freed));
	behind = work(-1, 0, &other, &freed);
	assert_int_equal(lane_call(l, behind), -EBUSY);
	lane_release(behind);
	assert_int_equal(freed, 1);
	assert_int_equal(write(gate[1], "x", 1), 1);
	until(&freed, 2);
	assert_int_equal(other, 0);
	close(gate[0]);
	close(gate[1]);
}

static void
a_persons_time_does_not_count(void **state)
{
	atomic_uint ran = 0, freed = 0;
	struct lane_job *j = work(-1, 1500, &ran, &freed);

	(void)state;
	assert_int_equal(lane_call(lane_named("prompt", 1), j), 0);
	lane_release(j);
	until(&freed, 1);
	assert_int_equal(ran, 1);
}

static void
at_the_end_what_waits_is_still_done(void **state)
{
	struct lane *l = lane_named("one", 1);
	atomic_uint ran = 0, freed = 0;

	(void)state;
	assert_non_null(lane_waiters(l));
	for (unsigned int i = 0; i < 20; i++)
		lane_send(l, work(-1, 0, &ran, &freed));
	lanes_end_waiters();
	assert_int_equal(lanes_end(), LANES_ENDED);
	assert_int_equal(ran, 20);
	assert_int_equal(freed, 20);
}

struct giver { /* what it uses is given back in another lane, as the key of a token is */
	struct work work; /* first member */
	struct lane *to;
	struct lane_job *last;
};

static void
give_back(struct lane_job *j)
{
	struct giver *g = (struct giver *)j;

	lane_send(g->to, g->last);
	done(j);
}

static void
a_last_job_may_send_another_to_any_lane(void **state)
{
	struct lane *from = lane_named("one", 1);
	struct giver *g = calloc(1, sizeof(*g));
	atomic_uint ran = 0, freed = 0;

	(void)state;
	assert_non_null(g);
	g->to = lane_named("two", 1); /* made later: it is looked at first */
	g->last = work(-1, 0, &ran, &freed);
	g->work = (struct work){ .gate = -1, .clock_off_ms = 200, .ran = &ran, .freed = &freed };
	g->work.job = (struct lane_job){ .run = run, .free = give_back, .seconds = 1 };
	lane_send(g->to, work(-1, 0, &ran, &freed)); /* it has a thread */
	until(&freed, 1);
	lane_send(from, &g->work.job);
	assert_int_equal(lanes_end(), LANES_ENDED);
	assert_int_equal(ran, 3);
	assert_int_equal(freed, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_means_one_lane),
		cmocka_unit_test(a_call_waits_for_its_job),
		cmocka_unit_test(nobody_waits_longer_than_the_limit_and_nothing_new_waits_at_all),
		cmocka_unit_test(who_stands_behind_one_that_hangs_is_sent_away),
		cmocka_unit_test(a_persons_time_does_not_count),
		cmocka_unit_test(at_the_end_what_waits_is_still_done),
		cmocka_unit_test(a_last_job_may_send_another_to_any_lane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
