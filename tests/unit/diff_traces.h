/* SPDX-License-Identifier: MIT */
/*
 * diff_traces - what test_normalise and test_compare share: traces written by
 * hand into a temporary folder, small and fully under the test's control.
 */
#ifndef TESTS_UNIT_DIFF_TRACES_H
#define TESTS_UNIT_DIFF_TRACES_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/buf.h"
#include "trace/compare.h"
#include "trace/normalise.h"

static char folder[64];		/* of one test; removed after it */

struct ids {			/* what differs between two runs */
	const char *activity;
	const char *client_port;
	const char *farm_port;
	const char *thread;
	const char *time;	/* hh:mm:ss.mmm */
	const char *serial;
	const char *sha256;
	const char *cert;
	const char *log_id;
};

static const struct ids run_a = {
	"{40000001-0001-FB00-B63F-84710C7967BB}", "50111", "40001", "77", "10:00:00.000",
	"1A2B3C", "AA11", "MIIBAAAA", "0f0e0d0c-0b0a-0908-0706-050403020100",
};

static const struct ids run_b = {
	"{80000001-0001-FD00-B63F-84710C7967BB}", "50999", "40007", "99", "11:30:00.500",
	"99FFEE", "BB22", "MIICBBBB", "ffeeddcc-bbaa-9988-7766-554433221100",
};

static inline int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), P_tmpdir "/test_diff.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int
remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void
put_root(struct buf *out, const struct ids *id, const char *status)
{
	buf_putf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"
		 "<failedRequest url=\"https://127.0.0.1:%s/portal?a=1&amp;b=2\" siteId=\"1\" "
		 "processId=\"%s\" verb=\"GET\" activityId=\"%s\" statusCode=\"%s\" "
		 "timeTaken=\"%s\" fp:logId=\"%s\" xmlns:fp=\"urn:frebproxy:trace:1\" "
		 "xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\">\r\n",
		 id->farm_port, id->thread, id->activity, status, id->thread, id->log_id);
}

/* One event; @data is ready XML of Data elements, ContextId goes ahead. */
static inline void
put_event(struct buf *out, const struct ids *id, const char *name, const char *data)
{
	buf_putf(out, "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n"
		 " <System>\r\n  <Provider Name=\"frebproxy\" Guid=\"{6D273B11}\"/>\r\n"
		 "  <EventID>0</EventID>\r\n  <Version>1</Version>\r\n  <Level>4</Level>\r\n"
		 "  <Opcode>1</Opcode>\r\n  <Keywords>0x1</Keywords>\r\n"
		 "  <TimeCreated SystemTime=\"2026-01-02T%sZ\"/>\r\n"
		 "  <Correlation ActivityID=\"%s\"/>\r\n"
		 "  <Execution ProcessID=\"%s\" ThreadID=\"%s\"/>\r\n"
		 "  <Computer>HOST%s</Computer>\r\n </System>\r\n <EventData>\r\n"
		 "  <Data Name=\"ContextId\">%s</Data>\r\n%s </EventData>\r\n"
		 " <RenderingInfo Culture=\"en-US\">\r\n  <Opcode>%s</Opcode>\r\n"
		 " </RenderingInfo>\r\n <ExtendedTracingInfo "
		 "xmlns=\"http://schemas.microsoft.com/win/2004/08/events/trace\">\r\n"
		 "  <EventGuid>{A8E70AE2}</EventGuid>\r\n </ExtendedTracingInfo>\r\n</Event>\r\n",
		 id->time, id->activity, id->thread, id->thread, id->thread, id->activity, data,
		 name);
}

static inline void
put_data(struct buf *out, const char *name, const char *value)
{
	buf_putf(out, "  <Data Name=\"%s\">%s</Data>\r\n", name, value);
}

/* GENERAL_SET_REQUEST_HEADER. */
static inline void
put_header(struct buf *out, const struct ids *id, const char *name, const char *value)
{
	struct buf data = BUF_INIT;

	put_data(&data, "HeaderName", name);
	put_data(&data, "HeaderValue", value);
	put_data(&data, "Replace", "true");
	put_event(out, id, "GENERAL_SET_REQUEST_HEADER", buf_text(&data));
	buf_done(&data);
}

/* A small trace as the proxy writes it: connection, chain, headers, routing, response. */
static inline void
put_story(struct buf *out, const struct ids *id)
{
	struct buf d = BUF_INIT;

	put_data(&d, "ModuleName", "Connection");
	put_data(&d, "ConnId", id->thread);
	put_data(&d, "RemoteAddress", "127.0.0.1");
	put_data(&d, "RemotePort", id->client_port);
	put_event(out, id, "CONNECTION_START", buf_text(&d));
	buf_reset(&d);
	put_data(&d, "Subject", "CN=Kuhn Anna 4711");
	put_data(&d, "SerialNumber", id->serial);
	put_data(&d, "Sha256", id->sha256);
	put_data(&d, "NotAfter", id->time);
	put_event(out, id, "SECURITY_CHAIN_ELEMENT", buf_text(&d));
	buf_reset(&d);
	buf_putf(&d, "Host: 127.0.0.1:%s\r\nDate: %s\r\nX-Demo: one\r\n", id->farm_port, id->time);
	struct buf block = BUF_INIT;

	put_data(&block, "Headers", buf_text(&d));
	put_event(out, id, "GENERAL_REQUEST_HEADERS", buf_text(&block));
	buf_done(&block);
	buf_reset(&d);
	buf_putf(&d, "10.1.2.3:%s", id->client_port);
	put_header(out, id, "Max-Forwards", "10");
	put_header(out, id, "X-Forwarded-For", buf_text(&d));
	put_header(out, id, "X-ARR-ClientCert", id->cert);
	put_header(out, id, "X-ARR-LOG-ID", id->log_id);
	buf_reset(&d);
	buf_putf(&d, "127.0.0.1:%s", id->farm_port);
	struct buf up = BUF_INIT;

	put_data(&up, "Server", buf_text(&d));
	put_data(&up, "ElapsedUs", id->thread);
	put_event(out, id, "UPSTREAM_CONNECT_END", buf_text(&up));
	buf_done(&up);
	buf_done(&d);
}

static inline const char *
path_to(const char *name)
{
	static char path[2][512];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

/* Ends the trace and writes it; @out is emptied. */
static inline void
save(const char *name, struct buf *out)
{
	FILE *f = fopen(path_to(name), "wb");

	buf_puts(out, "</failedRequest>");
	assert_non_null(f);
	assert_int_equal(out->error, 0);
	assert_int_equal(fwrite(out->data, 1, out->len, f), out->len);
	assert_int_equal(fclose(f), 0);
	buf_done(out);
}

/* The story, with one id or all of @id. */
static inline void
save_story(const char *name, const struct ids *id, const char *status)
{
	struct buf out = BUF_INIT;

	put_root(&out, id, status);
	put_story(&out, id);
	save(name, &out);
}

static inline struct freb_file *
open_trace(const char *name)
{
	struct freb_file *f = NULL;
	char *error = NULL;

	assert_int_equal(freb_open(path_to(name), &f, &error), 0);
	assert_int_equal(freb_index_all(f), 0);
	assert_int_equal(freb_damage_count(f), 0);
	return f;
}

static inline int
to_buf(void *arg, const void *data, size_t len)
{
	buf_put(arg, data, len);
	return 0;
}

/* The normalised form; free(). */
static inline char *
normalised(const char *name, struct rules *rules)
{
	struct freb_file *f = open_trace(name);
	struct buf out = BUF_INIT;

	assert_int_equal(normalise_write(f, rules, to_buf, &out), 0);
	freb_close(f);
	return buf_take(&out);
}

static inline void
save_normalised(const char *from, const char *to, struct rules *rules)
{
	char *text = normalised(from, rules);
	FILE *f = fopen(path_to(to), "wb");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	free(text);
}

/* @n equal events, one more before event @at (from 1) when it is not 0. */
static inline void
save_row(const char *name, const struct ids *id, size_t n, size_t at, const char *extra)
{
	struct buf out = BUF_INIT, d = BUF_INIT;
	char text[32];

	put_root(&out, id, "200");
	for (size_t i = 1; i <= n; i++) {
		buf_reset(&d);
		if (i == at) {
			put_data(&d, "Message", extra);
			put_event(&out, id, "SECURITY_HANDSHAKE_MESSAGE", buf_text(&d));
			buf_reset(&d);
		}
		snprintf(text, sizeof(text), "message %zu", i);
		put_data(&d, "Message", text);
		put_event(&out, id, "SECURITY_HANDSHAKE_MESSAGE", buf_text(&d));
	}
	buf_done(&d);
	save(name, &out);
}

static inline void
save_event(const char *name, const char *data)
{
	struct buf out = BUF_INIT;

	put_root(&out, &run_a, "200");
	put_event(&out, &run_a, "X", data);
	save(name, &out);
}

#define D(name, value) "  <Data Name=\"" name "\">" value "</Data>\r\n"

struct found {			/* what a comparison told */
	struct compare_totals totals;
	char text[4096];	/* one line per difference: kind name a b note */
};

static inline int
note_row(void *arg, const struct compare_row *row)
{
	struct found *f = arg;
	size_t n = strlen(f->text);

	if (row->kind == COMPARE_REMOVED || row->kind == COMPARE_ADDED)
		snprintf(f->text + n, sizeof(f->text) - n, "%c%zu\n",
			 row->kind == COMPARE_ADDED ? '+' : '-',
			 (row->kind == COMPARE_ADDED ? row->b : row->a) + 1);
	for (size_t i = 0; i < row->count; i++) {
		const struct compare_item *x = &row->items[i];

		n = strlen(f->text);
		snprintf(f->text + n, sizeof(f->text) - n, "%d %s [%s] [%s] %s\n", (int)x->kind,
			 x->name, x->a ? x->a : "", x->b ? x->b : "", x->note ? x->note : "");
	}
	return 0;
}

static inline struct found
compare_with(const char *a, const char *b, struct compare_options options)
{
	struct freb_file *f = open_trace(a), *g = open_trace(b);
	struct compare *c = compare_new(f, g, &options);
	struct found found = { 0 };

	assert_non_null(c);
	assert_int_equal(compare_run(c, note_row, &found), 0);
	found.totals = *compare_totals(c);
	compare_free(c);
	freb_close(f);
	freb_close(g);
	return found;
}

static inline struct found
compare_traces(const char *a, const char *b)
{
	struct rules *rules = rules_new();
	struct found found = compare_with(a, b, (struct compare_options){ .rules = rules });

	rules_free(rules);
	return found;
}

/* With the lines of a rules file behind its version line. */
static inline struct found
compare_by_rules(const char *a, const char *b, const char *lines)
{
	struct buf text = BUF_INIT;
	char *error;

	buf_putf(&text, "frebdiff 1\n%s", lines);
	struct rules *rules = rules_parse("test", buf_text(&text), text.len, &error);

	if (!rules)
		fail_msg("%s", error);
	struct found found = compare_with(a, b, (struct compare_options){ .rules = rules });

	rules_free(rules);
	buf_done(&text);
	return found;
}

#endif
