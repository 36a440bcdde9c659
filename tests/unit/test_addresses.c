/* SPDX-License-Identifier: MIT */
/* test_addresses - where a server with a name is reached, while its addresses change. */
#include <config.h>

#include "core/base/log.h"
#include "core/config_values.h"
#include "core/route/addresses.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config_server config = { .name = (char *)"app.test", .named = true, .enabled = true,
				       .port = 8080, .weight = 1 };
static struct config_farm farm_config = { .name = (char *)"web", .servers = &config,
					  .server_count = 1 };

static int
make(void **state)
{
	*state = farm_new(&farm_config, 0);
	return *state ? 0 : -1;
}

static int
unmake(void **state)
{
	farm_free(*state);
	return 0;
}

static struct config_address
address(const char *text)
{
	struct config_address a;

	assert_int_equal(value_address(text, 0, &a), 0);
	return a;
}

static void
set(const struct farm_server *s, const char *first, const char *second)
{
	struct config_address list[2] = { address(first), address(second) };

	addresses_set(s, list, 2);
}

static void
expect(const struct farm_server *s, unsigned int n, const char *text)
{
	struct config_address a;

	assert_true(addresses_get(s, n, &a));
	assert_string_equal(a.text, text);
}

static void
a_name_that_was_never_found_has_none(void **state)
{
	struct farm *f = *state;
	struct config_address a;

	assert_false(addresses_get(&f->servers[0], 0, &a));
	assert_string_equal(a.text, "");
}

static void
both_families_are_tried_in_order_with_the_port(void **state)
{
	struct farm *f = *state;
	struct config_address a;

	set(f->servers, "2001:db8::1", "192.0.2.1");
	expect(f->servers, 0, "[2001:db8::1]:8080");
	expect(f->servers, 1, "192.0.2.1:8080");
	assert_false(addresses_get(f->servers, 2, &a));
}

static void
what_answered_is_tried_first(void **state)
{
	struct farm *f = *state;
	struct config_address a = address("192.0.2.1"), other = address("192.0.2.9");

	set(f->servers, "2001:db8::1", "192.0.2.1");
	addresses_prefer(f->servers, &a);
	expect(f->servers, 0, "192.0.2.1:8080");
	expect(f->servers, 1, "[2001:db8::1]:8080");
	addresses_prefer(f->servers, &other);
	expect(f->servers, 0, "192.0.2.1:8080");
}

static void
another_order_is_no_change(void **state)
{
	struct farm *f = *state;
	struct config_address list[] = { address("192.0.2.1"), address("192.0.2.2"),
					 address("192.0.2.1") };
	struct config_address moved = address("192.0.2.3");

	assert_true(addresses_set(f->servers, list, 3));
	set(f->servers, "192.0.2.2", "192.0.2.1");
	expect(f->servers, 0, "192.0.2.1:8080");
	assert_false(addresses_set(f->servers, list, 2));
	assert_true(addresses_have(f->servers, &list[1]));
	assert_true(addresses_set(f->servers, &moved, 1));
	assert_false(addresses_have(f->servers, &list[1]));
	expect(f->servers, 0, "192.0.2.3:8080");
}

static void
more_than_it_has_room_for_are_left_out(void **state)
{
	struct farm *f = *state;
	struct config_address list[ADDRESSES_MAX + 3], a;

	for (unsigned int i = 0; i < ADDRESSES_MAX + 3; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.2.%u", i + 1);
		list[i] = address(text);
	}
	addresses_set(f->servers, list, ADDRESSES_MAX + 3);
	expect(f->servers, ADDRESSES_MAX - 1, "192.0.2.8:8080");
	assert_false(addresses_get(f->servers, ADDRESSES_MAX, &a));
}

static void
a_reload_keeps_them(void **state)
{
	struct farm *f = *state, *next;

	set(f->servers, "192.0.2.1", "192.0.2.2");
	next = farm_new(&farm_config, 0);
	assert_non_null(next);
	expect(next->servers, 1, "192.0.2.2:8080");
	farm_free(next);
}

static void *
change(void *arg)
{
	for (unsigned int i = 0; i < 2000; i++) {
		set(arg, "192.0.2.1", "192.0.2.2");
		set(arg, "2001:db8::1", "2001:db8::2");
	}
	return NULL;
}

/* Never a mixture of two lists. */
static void
a_list_is_read_whole_while_it_changes(void **state)
{
	struct farm *f = *state;
	struct config_address a;
	pthread_t thread;

	set(f->servers, "192.0.2.1", "192.0.2.2");
	assert_int_equal(pthread_create(&thread, NULL, change, f->servers), 0);
	for (unsigned int i = 0; i < 20000; i++) {
		assert_true(addresses_get(f->servers, 1, &a));
		if (strcmp(a.text, "192.0.2.2:8080") && strcmp(a.text, "[2001:db8::2]:8080"))
			fail_msg("%s", a.text);
	}
	pthread_join(thread, NULL);
}

static void
a_socket_has_its_path_and_is_asked_as_localhost(void **state)
{
	struct config_server local = { .name = (char *)"unix:/run/app.sock", .enabled = true,
				       .port = 80, .weight = 1 };
	struct config_farm web = { .name = (char *)"local", .servers = &local, .server_count = 1 };
	struct config_address a;
	char path[109];
	struct farm *f;

	(void)state;
	assert_int_equal(value_socket("/run/app.sock", &local.address), 0);
	f = farm_new(&web, 0);
	assert_non_null(f);
	expect(f->servers, 0, "unix:/run/app.sock");
	assert_false(addresses_get(f->servers, 1, &a));
	assert_string_equal(f->servers->host, "unix:/run/app.sock");
	assert_string_equal(f->servers->host_field, "localhost");
	farm_free(f);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(value_socket(path, &a), -22);
	path[107] = '\0';
	assert_int_equal(value_socket(path, &a), 0);
	assert_int_equal(strlen(a.text), 5 + 107);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
		TEST(a_name_that_was_never_found_has_none),
		TEST(both_families_are_tried_in_order_with_the_port),
		TEST(what_answered_is_tried_first),
		TEST(another_order_is_no_change),
		TEST(more_than_it_has_room_for_are_left_out),
		TEST(a_reload_keeps_them),
		TEST(a_list_is_read_whole_while_it_changes),
		TEST(a_socket_has_its_path_and_is_asked_as_localhost),
#undef TEST
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
