/* SPDX-License-Identifier: MIT */
/*
 * test_control - what the operator is answered: pages, names, numbers.  The
 * sockets, and what a change does to traffic, are tests/e2e/admin.sh's.
 */
#include <config.h>

#include "core/control/answer.h"
#include "core/control/show.h"
#include "core/control/steer.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two farms with a server of the same name, one with a name that wants escaping. */
#define ODD "o\n\"\\d"
static struct config_server servers[2][2] = {
	{ { .name = (char *)"a", .weight = 3, .enabled = true, .index = 0 },
	  { .name = (char *)"b", .weight = 1, .enabled = true, .index = 1 } },
	{ { .name = (char *)"a", .weight = 1, .enabled = false, .index = 0 } },
};
static struct config_farm farms[2] = {
	{ .name = (char *)"farm", .servers = servers[0], .server_count = 2,
	  .health = { .path = (char *)"" } },
	{ .name = (char *)ODD, .servers = servers[1], .server_count = 1,
	  .health = { .path = (char *)"" } },
};

struct scene {
	struct config config;
	struct farm *farms[2];
	struct runtime runtime;
	struct worker workers[2];
	struct trust *trust;
	struct control_view view;
	unsigned int reloads;
};

static void
on_message(bool error, const char *text)
{
	(void)error;
	(void)text;
}

static bool
reload(void *arg, struct buf *messages)
{
	struct scene *s = arg;

	buf_puts(messages, "frebproxy.xml:1: \"x\" is wrong\n");
	return ++s->reloads > 1;
}

static void
scene_init(struct scene *s)
{
	const struct config_trust none = { .ca_count = 0 };
	const struct trace_writer_options options = { .on_message = on_message };
	struct buf messages = BUF_INIT;

	memset(s, 0, sizeof(*s));
	s->config = (struct config){ .farms = farms, .farm_count = 2,
				     .source = (char *)"frebproxy.xml" };
	s->runtime = (struct runtime){ .config = &s->config, .farms = s->farms };
	for (unsigned int i = 0; i < 4; i++) {
		struct sockaddr_in *in = (void *)&servers[i / 2][i % 2].address.sa;

		in->sin_port = htons(80);
		servers[i / 2][i % 2].port = 80; /* so that hosts are names alone */
	}
	for (unsigned int i = 0; i < 2; i++) {
		s->farms[i] = farm_new(&farms[i], 2 * i);
		s->workers[i].counters = counters_new();
		assert_non_null(s->farms[i]);
		assert_non_null(s->workers[i].counters);
	}
	s->trust = trust_load(&none, &messages);
	assert_non_null(s->trust);
	s->view = (struct control_view){ .runtime = &s->runtime, .trust = s->trust,
					 .workers = s->workers, .worker_count = 2,
					 .generation = 1, .reload = reload, .arg = s };
	assert_int_equal(trace_writer_start(&s->view.writer, &options), 0);
	buf_done(&messages);
}

static void
scene_done(struct scene *s)
{
	trace_writer_stop(s->view.writer);
	trust_unref(s->trust);
	for (unsigned int i = 0; i < 2; i++) {
		farm_free(s->farms[i]);
		free(s->workers[i].counters);
	}
}

/* The answer to "GET /path" at the socket, or at the status listener; its body in text. */
static unsigned int
ask(struct scene *s, bool socket, const char *line, struct buf *text)
{
	const struct head_limits limits = HEAD_LIMITS_DEFAULT;
	const struct asker who = { .socket = socket, .name = "user 1", .address = "127.0.0.1" };
	struct answer a = { .body = BUF_INIT };
	struct http_request q;
	struct head_error err;
	char head[512];
	int len = snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", line);

	assert_int_equal(head_parse_request(&q, head, (size_t)len, &limits, &err), 0);
	answer_make(&s->view, &q, &who, &a);
	buf_reset(text);
	buf_put(text, buf_text(&a.body), a.body.len);
	buf_done(&a.body);
	return a.status;
}

static void
each_worker_counts_and_the_page_adds_up(void **state)
{
	struct scene s;
	struct buf text = BUF_INIT;

	(void)state;
	scene_init(&s);
	counter_add(&s.workers[0].counters->requests, 3);
	counter_add(&s.workers[1].counters->requests, 4);
	counter_add(&s.workers[1].counters->responses[2], 5);
	counter_add(&s.workers[0].counters->refusals[FAULT_NO_SERVER], 2);
	assert_int_equal(ask(&s, false, "GET /metrics", &text), 200);
	assert_non_null(strstr(text.data, "\nfrebproxy_requests_total 7\n"));
	assert_non_null(strstr(text.data, "\nfrebproxy_requests_running 2\n"));
	assert_non_null(strstr(text.data, "_responses_total{class=\"2xx\"} 5\n"));
	assert_non_null(strstr(text.data,
			       "_refusals_total{status=\"502.4\",reason=\"NoServer\"} 2\n"));
	counter_add(&s.workers[1].counters->responses[2], 5); /* read late: never below zero */
	ask(&s, false, "GET /metrics", &text);
	assert_non_null(strstr(text.data, "\nfrebproxy_requests_running 0\n"));
	buf_done(&text);
	scene_done(&s);
}

static void
names_are_escaped_as_each_format_wants_it(void **state)
{
	struct scene s;
	struct buf text = BUF_INIT;
	json_t *json;

	(void)state;
	scene_init(&s);
	ask(&s, false, "GET /metrics", &text);
	assert_non_null(strstr(text.data, "{farm=\"o\\n\\\"\\\\d\",server=\"a\"} "));
	ask(&s, false, "GET /status.json", &text);
	json = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	json_t *list = json_object_get(json, "farms");
	json_t *odd = json_array_get(list, 1);
	json_t *server = json_array_get(json_object_get(odd, "servers"), 0);

	assert_string_equal(json_string_value(json_object_get(odd, "name")), ODD);
	assert_string_equal(json_string_value(json_object_get(server, "state")), "Disabled");
	json_decref(json);
	ask(&s, true, "GET /list", &text);
	assert_non_null(strstr(text.data, "\no?\"\\d (WeightedRoundRobin)\n"));
	buf_done(&text);
	scene_done(&s);
}

static void
a_name_that_several_farms_have_is_asked_back(void **state)
{
	struct scene s;
	struct buf text = BUF_INIT;

	(void)state;
	scene_init(&s);
	assert_int_equal(ask(&s, true, "POST /server?verb=drain&server=a", &text), 409);
	assert_string_equal(text.data,
			    "several farms have a server a; say which: farm/a, " ODD "/a\n");
	assert_int_equal(farm_server_state(&s.farms[0]->servers[0]), SERVER_AVAILABLE);
	assert_int_equal(ask(&s, true, "POST /server?verb=drain&server=farm%2fA", &text), 200);
	assert_string_equal(text.data, "farm/a is Drain, was Available\n");
	assert_int_equal(farm_server_state(&s.farms[0]->servers[0]), SERVER_DRAIN);
	assert_int_equal(ask(&s, true, "POST /server?verb=health-down&server=b", &text), 200);
	assert_false(farm_server_is_healthy(&s.farms[0]->servers[1]));
	assert_int_equal(ask(&s, true, "POST /server?verb=drain&server=c", &text), 404);
	buf_done(&text);
	scene_done(&s);
}

static void
the_status_listener_shows_and_does_nothing_else(void **state)
{
	static const char *const others[] = {
		"GET /list", "GET /show", "POST /server?verb=drain&server=b", "POST /reload",
		"GET /", "GET /metrics/", "GET /%6detrics",
	};
	struct scene s;
	struct buf text = BUF_INIT;

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(ask(&s, false, others[i], &text), 404);
	assert_int_equal(s.reloads, 0);
	assert_int_equal(ask(&s, false, "POST /metrics", &text), 405);
	assert_int_equal(ask(&s, false, "HEAD /metrics", &text), 200);
	buf_done(&text);
	scene_done(&s);
}

static void
a_reload_is_answered_with_its_messages(void **state)
{
	struct scene s;
	struct buf text = BUF_INIT;

	(void)state;
	scene_init(&s);
	assert_int_equal(ask(&s, true, "GET /reload", &text), 405);
	assert_int_equal(ask(&s, true, "POST /reload", &text), 409);
	assert_string_equal(text.data, "frebproxy.xml:1: \"x\" is wrong\n"
				       "the configuration was not loaded; the old one stays\n");
	assert_int_equal(ask(&s, true, "POST /reload", &text), 200);
	buf_done(&text);
	scene_done(&s);
}

static void
what_cannot_be_decoded_is_refused(void **state)
{
	static const char *const wrong[] = {
		"POST /server?verb=drain", "POST /server?verb=drain&server=",
		"POST /server?verb=drain&server=%", "POST /server?verb=drain&server=%4",
		"POST /server?verb=drain&server=%g0", "POST /server?verb=drain&server=b%00",
		"POST /server?verb=drain&server=b%0a", "POST /server?verb=reload&server=b",
		"POST /server?verb=&server=b", "POST /server?server=b", "POST /server",
		"GET /list?farm=%", "GET /show?server=%7f",
	};
	struct scene s;
	struct buf text = BUF_INIT;
	char line[400];

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(ask(&s, true, wrong[i], &text), 400);
	assert_int_equal(farm_server_state(&s.farms[0]->servers[1]), SERVER_AVAILABLE);
	snprintf(line, sizeof(line), "GET /show?server=%0300d", 1); /* long, but a name */
	assert_int_equal(ask(&s, true, line, &text), 404);
	buf_done(&text);
	scene_done(&s);
}

static void
every_verb_and_metric_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < verb_count; i++)
		assert_ptr_equal(verb_find(verbs[i].word), &verbs[i]);
	assert_null(verb_find("stop"));
	for (size_t i = 0; i < metric_count; i++) {
		size_t len = strlen(metrics[i].name);

		assert_true(*metrics[i].text && *metrics[i].key);
		assert_null(strpbrk(metrics[i].text, "\\\n"));
		assert_int_equal(metrics[i].counter,
				 len > 6 && strcmp(metrics[i].name + len - 6, "_total") == 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(metrics[i].name, metrics[k].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_worker_counts_and_the_page_adds_up),
		cmocka_unit_test(names_are_escaped_as_each_format_wants_it),
		cmocka_unit_test(a_name_that_several_farms_have_is_asked_back),
		cmocka_unit_test(the_status_listener_shows_and_does_nothing_else),
		cmocka_unit_test(a_reload_is_answered_with_its_messages),
		cmocka_unit_test(what_cannot_be_decoded_is_refused),
		cmocka_unit_test(every_verb_and_metric_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
