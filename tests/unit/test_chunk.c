/* SPDX-License-Identifier: MIT */
/*
 * test_chunk - the battery of fixtures/corpus/http/chunked, one test per file:
 * whole, byte by byte, and cut in two at every place, with the same result.
 */
#include <config.h>

#include "core/http/trailer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/message.h"

#define CUT_MAX 2000	/* longer messages are not cut at every byte */

struct result {
	struct chunk c;
	struct buf body;
};

/* Feeds one piece, from a copy of its exact size; false when it was refused. */
static bool
feed(struct result *r, const char *data, size_t len)
{
	char *copy = malloc(len ? len : 1);
	size_t at = 0;
	ssize_t n = 0;

	assert_non_null(copy);
	memcpy(copy, data, len);
	while (at < len && !r->c.done && n >= 0) {
		struct slice body;

		n = chunk_feed(&r->c, copy + at, len - at, &body);
		if (n < 0)
			break;
		assert_in_range(n, 1, len - at);
		assert_true(body.at >= copy + at && body.at + body.len <= copy + at + n);
		buf_put(&r->body, body.at, body.len);
		at += (size_t)n;
	}
	free(copy);
	return n >= 0;
}

static void
feed_all(struct result *r, const struct message *m, size_t first, size_t piece)
{
	const char *data = buf_text(&m->bytes);
	size_t len = m->bytes.len;

	while (len && !r->c.done) {
		size_t n = first ? first : piece;

		if (n > len)
			n = len;
		if (!feed(r, data, n))
			return;
		data += n;
		len -= n;
		first = 0;
	}
}

static void
check(const struct message *m, size_t first, size_t piece)
{
	struct result r = { CHUNK_INIT, BUF_INIT };
	const char *data = message_fact(m, "data"), *left = message_fact(m, "left");
	struct buf found = BUF_INIT, rest = BUF_INIT;

	feed_all(&r, m, first, piece);
	assert_string_equal(head_rule_name(r.c.rule), head_rule_name(m->rule));
	if (m->rule != HEAD_OK)
		assert_int_equal(r.c.eaten, m->offset);
	message_escape(&found, buf_text(&r.body), r.body.len);
	assert_string_equal(buf_text(&found), data ? data : "");
	assert_int_equal(r.c.body, r.body.len);
	if (left) {
		if (r.c.done)
			buf_put_u64(&rest, m->bytes.len - r.c.eaten);
		else
			buf_puts(&rest, "more");
		assert_string_equal(buf_text(&rest), left);
	}
	buf_done(&found);
	buf_done(&rest);
	buf_done(&r.body);
}

static void
is_read_as_its_file_says(void **state)
{
	const struct message *m = *state;

	check(m, 0, m->bytes.len);
	check(m, 0, 1);
	check(m, 0, 3);
	for (size_t cut = 1; cut < m->bytes.len && m->bytes.len <= CUT_MAX; cut++)
		check(m, cut, m->bytes.len);
}

static void
a_refused_body_stays_refused(void **state)
{
	struct chunk c = CHUNK_INIT;
	struct slice body;

	(void)state;
	assert_int_equal(chunk_feed(&c, "x", 1, &body), -1);
	assert_int_equal(c.rule, HEAD_CHUNK_SIZE);
	assert_int_equal(chunk_feed(&c, "0\r\n\r\n", 5, &body), -1);
	assert_int_equal(c.rule, HEAD_CHUNK_SIZE);
	assert_false(c.done);
}

static void
a_finished_body_eats_nothing_more(void **state)
{
	struct chunk c = CHUNK_INIT;
	struct slice body;

	(void)state;
	assert_int_equal(chunk_feed(&c, "0\r\n\r\nGET", 8, &body), 5);
	assert_true(c.done);
	assert_int_equal(chunk_feed(&c, "GET", 3, &body), 0);
	assert_int_equal(body.len, 0);
}

static void
size_lines_are_written_in_hexadecimal(void **state)
{
	static const struct {
		size_t len;
		const char *text;
	} rows[] = {
		{ 1, "1\r\n" }, { 15, "f\r\n" }, { 16, "10\r\n" }, { 0x1a2b, "1a2b\r\n" },
		{ 65536, "10000\r\n" }, { 0, "0\r\n" }, { SIZE_MAX, "ffffffffffffffff\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[CHUNK_HEAD_MAX];
		size_t n = chunk_head(out, rows[i].len);

		assert_int_equal(n, strlen(rows[i].text));
		assert_memory_equal(out, rows[i].text, n);
	}
}

static void
what_is_written_is_read_again(void **state)
{
	(void)state;
	for (size_t len = 1; len < 100000; len = len * 3 + 1) {
		struct chunk c = CHUNK_INIT;
		char out[CHUNK_HEAD_MAX];
		size_t n = chunk_head(out, len);
		struct slice body;

		assert_int_equal(chunk_feed(&c, out, n, &body), n);
		assert_int_equal(c.left, len);
	}
}

/* The fields as "name=value;" after a body that came in two pieces. */
static void
read_trailers(const char *text, size_t cut, struct buf *out)
{
	struct trailer_section t = { 0 };
	struct chunk c = CHUNK_INIT;
	size_t len = strlen(text), at = 0, next = 0;
	struct arena arena;
	struct header h;

	arena_init(&arena, 0);
	while (at < len) {
		size_t before = c.trailer;
		struct slice body;
		ssize_t n = chunk_feed(&c, text + at, (at < cut ? cut : len) - at, &body);

		assert_in_range(n, 1, len);
		at += (size_t)n;
		trailer_keep(&arena, &t, &c, before, text + at);
	}
	assert_true(c.done);
	while (trailer_next(&t, &next, &h)) {
		buf_put(out, h.name.at, h.name.len);
		buf_putc(out, '=');
		buf_put(out, h.value.at, h.value.len);
		buf_putc(out, ';');
		assert_int_equal(h.id, header_id_of(h.name.at, h.name.len));
	}
	arena_done(&arena);
}

static void
trailers_are_kept_however_they_are_cut(void **state)
{
	static const char *const rows[][2] = {
		{ "1\r\nx\r\n0\r\n\r\n", "" },
		{ "0\r\nA: 1\r\n\r\n", "A=1;" },
		{ "2\r\nxx\r\n0\r\nA:\t 1 2 \r\nB:\r\nCookie:c:d\r\nA:2\r\n\r\n",
		  "A=1 2;B=;Cookie=c:d;A=2;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t cut = 0; cut < strlen(rows[i][0]); cut++) {
			struct buf out = BUF_INIT;

			read_trailers(rows[i][0], cut, &out);
			assert_string_equal(buf_text(&out), rows[i][1]);
			buf_done(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(a_refused_body_stays_refused),
		cmocka_unit_test(a_finished_body_eats_nothing_more),
		cmocka_unit_test(size_lines_are_written_in_hexadecimal),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(trailers_are_kept_however_they_are_cut),
	};
	const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
	struct messages list;
	struct CMUnitTest *tests;
	int failed;

	messages_read(&list, "chunked");
	tests = calloc(list.count + fixed_count, sizeof(*tests));
	if (!tests)
		return 99;
	for (size_t i = 0; i < list.count; i++) {
		struct buf title = BUF_INIT;

		buf_putf(&title, "%s: %s", list.at[i].name, message_fact(&list.at[i], "title"));
		tests[i] = (struct CMUnitTest){ .name = buf_take(&title),
						.test_func = is_read_as_its_file_says,
						.initial_state = &list.at[i] };
	}
	memcpy(tests + list.count, fixed, sizeof(fixed));
	failed = _cmocka_run_group_tests("chunk", tests, list.count + fixed_count, NULL, NULL);
	for (size_t i = 0; i < list.count; i++)
		free((void *)(uintptr_t)tests[i].name);
	free(tests);
	messages_done(&list);
	return failed;
}
