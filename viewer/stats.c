/* SPDX-License-Identifier: MIT */
/*
 * stats - see stats.h.  Each table is a list of names sorted by name, so that
 * finding one is a binary search; it is sorted by count only to be printed.
 * Percentiles are by nearest rank: every number printed was measured.
 */
#include <config.h>

#include "viewer/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cell.h"
#include "viewer/facts.h"

enum {
	TOP = 20,		/* rows printed per table */
	SPANS = 40,		/* spans printed */
	NAME_COLUMNS = 44,	/* of a table's first column */
};

struct item {
	char *name;		/* untrusted */
	size_t count;
	int64_t *ms;		/* of spans and times: what was measured */
	size_t ms_count;
	size_t ms_cap;		/* of ms */
};

struct table {
	struct item *at;	/* sorted by name */
	size_t count;
	size_t cap;		/* of at */
};

enum { BY_STATUS, BY_REASON, BY_CLIENT, BY_SERVER, BY_CULPRIT, TABLES };

static const char *const titles[TABLES] = {
	"Status", "Failure reason", "Client", "Server", "Broken by",
};

struct stats {
	struct table tables[TABLES];
	struct table times;	/* time taken, and each span */
	size_t traces;
	size_t events;
	size_t problems;	/* levels 1 to 3 */
	int64_t first_ms;	/* INT64_MIN = none yet */
	int64_t last_ms;	/* as first_ms */
};

struct stats *
stats_new(void)
{
	struct stats *s = calloc(1, sizeof(*s));

	if (s)
		s->first_ms = s->last_ms = INT64_MIN;
	return s;
}

static void
table_done(struct table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->at[i].name);
		free(t->at[i].ms);
	}
	free(t->at);
}

void
stats_free(struct stats *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < TABLES; i++)
		table_done(&s->tables[i]);
	table_done(&s->times);
	free(s);
}

/* ---- counting ---- */

/* The item of that name, made if need be; NULL without memory. */
static struct item *
item_of(struct table *t, const char *name)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(t->at[mid].name, name);

		if (order == 0)
			return &t->at[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 32;
		struct item *at = realloc(t->at, cap * sizeof(*at));

		if (!at)
			return NULL;
		t->at = at;
		t->cap = cap;
	}
	memmove(t->at + low + 1, t->at + low, (t->count - low) * sizeof(*t->at));
	t->at[low] = (struct item){ .name = strdup(name) };
	if (!t->at[low].name) {
		memmove(t->at + low, t->at + low + 1, (t->count - low) * sizeof(*t->at));
		return NULL;
	}
	t->count++;
	return &t->at[low];
}

static int
count(struct table *t, const char *name)
{
	struct item *i = item_of(t, name && *name ? name : "-");

	if (!i)
		return -ENOMEM;
	i->count++;
	return 0;
}

static int
measure(struct table *t, const char *name, int64_t ms)
{
	struct item *i = item_of(t, name);

	if (!i)
		return -ENOMEM;
	if (i->ms_count == i->ms_cap) {
		size_t cap = i->ms_cap ? i->ms_cap * 2 : 16;
		int64_t *more = realloc(i->ms, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		i->ms = more;
		i->ms_cap = cap;
	}
	i->ms[i->ms_count++] = ms;
	i->count++;
	return 0;
}

static int
add_spans(struct stats *s, const struct text_style *style, struct freb_file *f)
{
	struct buf name = BUF_INIT;
	int result = 0;

	for (size_t i = 0; i < freb_count(f) && result == 0; i++) {
		size_t end = freb_partner(f, i);
		int64_t start_ms = freb_entry(f, i)->time_ms;

		if (end == SIZE_MAX || end < i || !text_shows(style, i) || start_ms == INT64_MIN ||
		    freb_entry(f, end)->time_ms == INT64_MIN)
			continue;
		buf_reset(&name);
		result = text_span_name(f, i, &name);
		if (result == 0)
			result = measure(&s->times, buf_text(&name),
					 freb_entry(f, end)->time_ms - start_ms);
	}
	buf_done(&name);
	return result;
}

static void
add_time(struct stats *s, int64_t ms)
{
	if (ms == INT64_MIN)
		return;
	if (s->first_ms == INT64_MIN || ms < s->first_ms)
		s->first_ms = ms;
	if (s->last_ms == INT64_MIN || ms > s->last_ms)
		s->last_ms = ms;
}

int
stats_add(struct stats *s, const struct text_style *style, struct freb_file *f)
{
	const char *taken = freb_root_get(f, "timeTaken");
	struct facts facts = { 0 };
	int failed;

	facts_gather(&facts, f);
	s->traces++;
	s->events += facts.events;
	s->problems += facts.counts.critical + facts.counts.errors + facts.counts.warnings;
	add_time(s, row_zero_ms(f));
	failed = count(&s->tables[BY_STATUS], freb_root_get(f, "statusCode"));
	failed |= count(&s->tables[BY_REASON], freb_root_get(f, "failureReason"));
	failed |= count(&s->tables[BY_CLIENT], facts.client);
	failed |= count(&s->tables[BY_SERVER], facts.server);
	if (facts.culprit_name)
		failed |= count(&s->tables[BY_CULPRIT], facts.culprit_name);
	if (taken && *taken && strspn(taken, "0123456789") == strlen(taken) && strlen(taken) < 13)
		failed |= measure(&s->times, "time taken", atoll(taken));
	facts_done(&facts);
	return failed ? -ENOMEM : add_spans(s, style, f);
}

/* ---- printing ---- */

static int
by_count(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->name, y->name);
}

static int
by_ms(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int64_t
sum_of(const struct item *i)
{
	int64_t sum = 0;

	for (size_t k = 0; k < i->ms_count; k++)
		sum += i->ms[k];
	return sum;
}

/* What took longest in all comes first, the time taken before everything. */
static int
by_sum(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int64_t m = sum_of(x), n = sum_of(y);
	bool first = strcmp(x->name, "time taken") == 0;
	bool second = strcmp(y->name, "time taken") == 0;

	if (first != second)
		return first ? -1 : 1;
	return m != n ? (m < n ? 1 : -1) : strcmp(x->name, y->name);
}

static void
print_more(const struct text_style *style, size_t left)
{
	struct buf line = BUF_INIT;

	if (left == 0)
		return;
	buf_putf(&line, "... and %zu more", left);
	text_line(style, &line, 0, TEXT_PLAIN);
	buf_done(&line);
}

static void
print_counts(const struct text_style *style, const char *title, struct table *t, size_t traces)
{
	struct buf line = BUF_INIT;

	if (t->count == 0)
		return;
	qsort(t->at, t->count, sizeof(*t->at), by_count);
	text_words(style, TEXT_PLAIN, "");
	buf_putf(&line, "%-*s %8s %6s", NAME_COLUMNS, title, "Traces", "Share");
	text_line(style, &line, 0, TEXT_BOLD);
	for (size_t i = 0; i < t->count && i < TOP; i++) {
		buf_reset(&line);
		text_cell(&line, t->at[i].name, NAME_COLUMNS);
		buf_putf(&line, " %8zu %4.0f %%", t->at[i].count,
			 100.0 * (double)t->at[i].count / (double)traces);
		text_line(style, &line, 0, TEXT_PLAIN);
	}
	buf_done(&line);
	print_more(style, t->count > TOP ? t->count - TOP : 0);
}

static void
print_times(const struct text_style *style, struct table *t)
{
	static const size_t percents[] = { 50, 90, 95, 99 };
	struct buf line = BUF_INIT;

	if (t->count == 0)
		return;
	qsort(t->at, t->count, sizeof(*t->at), by_sum);
	text_words(style, TEXT_PLAIN, "");
	buf_putf(&line, "%-*s %8s %8s %8s %8s %8s %8s %8s %10s", NAME_COLUMNS,
		 "Times and spans in ms", "Count", "Min", "50 %", "90 %", "95 %", "99 %", "Max",
		 "Sum");
	text_line(style, &line, 0, TEXT_BOLD);
	for (size_t i = 0; i < t->count && i < SPANS; i++) {
		struct item *it = &t->at[i];

		qsort(it->ms, it->ms_count, sizeof(*it->ms), by_ms);
		buf_reset(&line);
		text_cell(&line, it->name, NAME_COLUMNS);
		buf_putf(&line, " %8zu %8" PRId64, it->ms_count, it->ms[0]);
		for (size_t p = 0; p < sizeof(percents) / sizeof(percents[0]); p++)
			buf_putf(&line, " %8" PRId64,
				 it->ms[(percents[p] * it->ms_count + 99) / 100 - 1]);
		buf_putf(&line, " %8" PRId64 " %10" PRId64, it->ms[it->ms_count - 1], sum_of(it));
		text_line(style, &line, 0, TEXT_PLAIN);
	}
	buf_done(&line);
	print_more(style, t->count > SPANS ? t->count - SPANS : 0);
}

int
stats_print(struct stats *s, const struct text_style *style)
{
	enum row_time zone = style->time == ROW_TIME_LOCAL ? ROW_TIME_LOCAL : ROW_TIME_UTC;
	char from[ROW_TIME_LEN], to[ROW_TIME_LEN];
	struct buf line = BUF_INIT;
	int result;

	row_date_text(s->first_ms, zone, from);
	row_date_text(s->last_ms, zone, to);
	buf_putf(&line, "%zu traces, %zu events, %zu errors and warnings", s->traces, s->events,
		 s->problems);
	if (*from)
		buf_putf(&line, ", from %s to %s", from, to);
	text_line(style, &line, 2, TEXT_BOLD);
	for (size_t i = 0; i < TABLES; i++)
		print_counts(style, titles[i], &s->tables[i], s->traces);
	print_times(style, &s->times);
	result = line.error;
	buf_done(&line);
	return result;
}
