/* SPDX-License-Identifier: MIT */
/* test_headers - look-up of field names, lists of fields and of tokens. */
#include <config.h>

#include "core/http/headers.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static void
add(struct headers *h, const char *name, const char *value)
{
	assert_int_equal(headers_add(h, slice_of(name), slice_of(value)), 0);
}

static void
rows_stand_in_order_of_length(void **state)
{
	(void)state;
	for (unsigned int id = HF_OTHER + 1; id < HF_COUNT; id++) {
		const char *name = header_name((enum header_id)id);

		if (strlen(name) < strlen(header_name((enum header_id)(id - 1))))
			fail_msg("headers.def: %s stands behind a longer name", name);
	}
}

static void
each_name_is_found_in_any_case(void **state)
{
	(void)state;
	for (unsigned int id = HF_OTHER + 1; id < HF_COUNT; id++) {
		const char *name = header_name((enum header_id)id);
		size_t len = strlen(name);
		char text[64];

		assert_int_equal(header_id_of(name, len), id);
		for (size_t i = 0; i <= len; i++)
			text[i] = (char)toupper((unsigned char)name[i]);
		assert_int_equal(header_id_of(text, len), id);
		for (size_t i = 0; i <= len; i++)
			text[i] = (char)tolower((unsigned char)name[i]);
		assert_int_equal(header_id_of(text, len), id);
	}
}

static void
names_that_differ_by_one_byte_are_others(void **state)
{
	(void)state;
	for (unsigned int id = HF_OTHER + 1; id < HF_COUNT; id++) {
		const char *name = header_name((enum header_id)id);
		size_t len = strlen(name);
		char text[64];

		for (size_t i = 0; i < len; i++) {
			memcpy(text, name, len);
			text[i] = '~';
			assert_int_equal(header_id_of(text, len), HF_OTHER);
			text[i] = (char)(name[i] ^ 0x80);
			assert_int_equal(header_id_of(text, len), HF_OTHER);
			if (!isalpha((unsigned char)name[i])) {
				text[i] = (char)(name[i] ^ 0x20);
				assert_int_equal(header_id_of(text, len), HF_OTHER);
			}
		}
	}
}

static void
unknown_names_of_any_length_are_others(void **state)
{
	char text[200];

	(void)state;
	memset(text, 'q', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++)
		assert_int_equal(header_id_of(text, len), HF_OTHER);
	assert_string_equal(header_name(HF_OTHER), "");
	assert_string_equal(header_name(HF_COUNT), "");
}

static void
hop_by_hop_and_secret_fields_are_known(void **state)
{
	static const enum header_id hop[] = {
		HF_CONNECTION, HF_KEEP_ALIVE, HF_PROXY_CONNECTION, HF_TE, HF_TRAILER,
		HF_TRANSFER_ENCODING, HF_UPGRADE, HF_PROXY_AUTHENTICATE, HF_PROXY_AUTHORIZATION,
		HF_HTTP2_SETTINGS,
	};
	static const enum header_id secret[] = {
		HF_AUTHORIZATION, HF_COOKIE, HF_SET_COOKIE, HF_PROXY_AUTHORIZATION,
	};
	size_t hops = 0, secrets = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(hop) / sizeof(hop[0]); i++)
		assert_true(header_is_hop_by_hop(hop[i]));
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		assert_true(header_is_secret(secret[i]));
	for (unsigned int id = 0; id < HF_COUNT; id++) {
		hops += header_is_hop_by_hop((enum header_id)id);
		secrets += header_is_secret((enum header_id)id);
	}
	assert_int_equal(hops, sizeof(hop) / sizeof(hop[0]));
	assert_int_equal(secrets, sizeof(secret) / sizeof(secret[0]));
	assert_false(header_is_hop_by_hop(HF_COUNT));
}

static void
requests_and_responses_differ_in_what_may_stand_once(void **state)
{
	(void)state;
	assert_true(header_is_single(HF_HOST, false));
	assert_true(header_is_single(HF_AUTHORIZATION, false));
	assert_false(header_is_single(HF_COOKIE, false));
	assert_false(header_is_single(HF_OTHER, false));
	assert_true(header_is_single(HF_LOCATION, true));
	assert_false(header_is_single(HF_SET_COOKIE, true));
}

static void
reserved_names_are_known_in_any_disguise(void **state)
{
	static const char *const yes[] = {
		"X-ARR-ClientCert", "x-arr-ssl", "X_ARR_LOG_ID", "x-Arr_Anything", "X-ARR-",
		"X.ARR.SSL", "x+arr!ssl", "X~ARR'SSL",
	};
	static const char *const no[] = { "X-ARR", "X-ARRIVAL", "XX-ARR-SSL", "", "XARR-SSL" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		struct slice name = slice_of(yes[i]);

		assert_true(header_is_reserved(&name));
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		struct slice name = slice_of(no[i]);

		assert_false(header_is_reserved(&name));
	}
}

static void
the_first_field_that_is_not_removed_is_found(void **state)
{
	struct headers h = { .count = 0 };

	(void)state;
	add(&h, "Cookie", "a");
	add(&h, "X-Mine", "b");
	add(&h, "COOKIE", "c");
	assert_ptr_equal(headers_find(&h, HF_COOKIE), &h.at[0]);
	assert_ptr_equal(headers_find_name(&h, "x-mine"), &h.at[1]);
	h.at[0].removed = h.at[1].removed = true;
	assert_ptr_equal(headers_find(&h, HF_COOKIE), &h.at[2]);
	assert_null(headers_find_name(&h, "x-mine"));
	assert_null(headers_find(&h, HF_HOST));
}

static void
a_full_list_takes_no_more(void **state)
{
	struct headers h = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < HEADERS_MAX; i++)
		add(&h, "X", "y");
	assert_int_equal(headers_add(&h, slice_of("X"), slice_of("y")), -1);
	assert_int_equal(h.count, HEADERS_MAX);
}

static void
tokens_are_found_in_lists_over_several_lines(void **state)
{
	struct headers h = { .count = 0 };

	(void)state;
	add(&h, "Connection", " keep-alive ,\tUpgrade,");
	add(&h, "Accept", "close");
	add(&h, "Connection", ",, te");
	assert_true(headers_has_token(&h, HF_CONNECTION, "Keep-Alive"));
	assert_true(headers_has_token(&h, HF_CONNECTION, "upgrade"));
	assert_true(headers_has_token(&h, HF_CONNECTION, "TE"));
	assert_false(headers_has_token(&h, HF_CONNECTION, "close"));
	assert_false(headers_has_token(&h, HF_CONNECTION, "keep"));
	assert_false(headers_has_token(&h, HF_CONNECTION, ""));
	h.at[0].removed = true;
	assert_true(headers_has_token(&h, HF_CONNECTION, "upgrade"));
}

static void
lists_are_cut_into_items(void **state)
{
	struct slice list = slice_of(" a b ,,\t, c,"), item;

	(void)state;
	assert_true(headers_next_token(&list, &item));
	assert_true(slice_is(&item, "a b"));
	assert_true(headers_next_token(&list, &item));
	assert_true(slice_is(&item, "c"));
	assert_false(headers_next_token(&list, &item));
	list = slice_of("");
	assert_false(headers_next_token(&list, &item));
}

static void
slices_are_compared_with_and_without_case(void **state)
{
	struct slice s = slice_of("Chunked"), none = { NULL, 0 };

	(void)state;
	assert_true(slice_is(&s, "Chunked"));
	assert_false(slice_is(&s, "chunked"));
	assert_true(slice_is_nocase(&s, "cHUNKED"));
	assert_false(slice_is_nocase(&s, "chunke"));
	assert_false(slice_is_nocase(&s, "chunkedx"));
	assert_true(slice_is(&none, ""));
	assert_true(slice_is_nocase(&none, ""));
}

int
main(void)
{
	const struct CMUnitTest headers[] = {
		cmocka_unit_test(rows_stand_in_order_of_length),
		cmocka_unit_test(each_name_is_found_in_any_case),
		cmocka_unit_test(names_that_differ_by_one_byte_are_others),
		cmocka_unit_test(unknown_names_of_any_length_are_others),
		cmocka_unit_test(hop_by_hop_and_secret_fields_are_known),
		cmocka_unit_test(requests_and_responses_differ_in_what_may_stand_once),
		cmocka_unit_test(reserved_names_are_known_in_any_disguise),
		cmocka_unit_test(the_first_field_that_is_not_removed_is_found),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(tokens_are_found_in_lists_over_several_lines),
		cmocka_unit_test(lists_are_cut_into_items),
		cmocka_unit_test(slices_are_compared_with_and_without_case),
	};

	return cmocka_run_group_tests(headers, NULL, NULL);
}
