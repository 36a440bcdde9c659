/* SPDX-License-Identifier: MIT */
/*
 * rows - see rows.h.
 *
 * The rules of the Compact View are those of FORMAT 5.6; one deviation: no
 * comma hangs at the end when the last Data is a hidden one.
 */
#include <config.h>

#include "viewer/rows.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
	char letter;		/* never colour alone */
	const char *severity;	/* as the Compact View says it */
	const char *word;	/* as Complete Request Trace says it */
} levels[] = {
	{ '.', "", "" },
	{ 'C', "Critical Error", "Critical Error" },
	{ 'E', "Error", "Error" },
	{ 'W', "Warning", "Warning" },
	{ 'i', "", "Informational" },
	{ '.', "", "Verbose" },
};

static uint8_t
known(uint8_t level)
{
	return level < sizeof(levels) / sizeof(levels[0]) ? level : 0;
}

char
row_letter(uint8_t level)
{
	return levels[known(level)].letter;
}

const char *
row_severity(uint8_t level)
{
	return levels[known(level)].severity;
}

const char *
row_level_word(uint8_t level)
{
	return levels[known(level)].word;
}

bool
row_is_problem(uint8_t level)
{
	return level >= 1 && level <= 3;
}

int64_t
row_gap_ms(const struct freb_file *f, size_t index)
{
	const struct freb_entry *e = freb_entry(f, index);
	const struct freb_entry *before = index > 0 ? freb_entry(f, index - 1) : NULL;

	if (!e || !before || e->time_ms == INT64_MIN || before->time_ms == INT64_MIN)
		return 0;
	return e->time_ms - before->time_ms;
}

int64_t
row_zero_ms(const struct freb_file *f)
{
	for (size_t i = 0; i < freb_count(f); i++)
		if (freb_entry(f, i)->time_ms != INT64_MIN)
			return freb_entry(f, i)->time_ms;
	return INT64_MIN;
}

void
row_count(const struct freb_file *f, struct row_counts *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < freb_count(f); i++) {
		uint8_t level = freb_entry(f, i)->level;

		out->critical += level == 1;
		out->errors += level == 2;
		out->warnings += level == 3;
	}
}

/* ---- times ---- */

static bool
split_time(int64_t time_ms, enum row_time time, struct tm *tm, int *ms)
{
	int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0);
	time_t t = (time_t)seconds;

	*ms = (int)(time_ms - seconds * 1000);
	return (time == ROW_TIME_LOCAL ? localtime_r(&t, tm) : gmtime_r(&t, tm)) != NULL;
}

void
row_time_text(int64_t time_ms, enum row_time time, int64_t zero_ms, char out[static ROW_TIME_LEN])
{
	struct tm tm;
	int ms;

	out[0] = '\0';
	if (time_ms == INT64_MIN || (time == ROW_TIME_RELATIVE && zero_ms == INT64_MIN))
		return;
	if (time == ROW_TIME_RELATIVE) {
		int64_t since = time_ms - zero_ms;
		long long whole = (long long)(since < 0 ? -since : since);

		snprintf(out, ROW_TIME_LEN, "%c%lld.%03lld", since < 0 ? '-' : '+', whole / 1000,
			 whole % 1000);
	} else if (split_time(time_ms, time, &tm, &ms)) {
		snprintf(out, ROW_TIME_LEN, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
			 ms);
	}
}

void
row_date_text(int64_t time_ms, enum row_time time, char out[static ROW_TIME_LEN])
{
	struct tm tm;
	size_t n;
	int ms;

	out[0] = '\0';
	if (time_ms == INT64_MIN || !split_time(time_ms, time, &tm, &ms))
		return;
	n = strftime(out, ROW_TIME_LEN, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(out + n, ROW_TIME_LEN - n, ".%03d", ms);
}

/* Characters 12 to 23 as the file has them: only those of a time that was understood. */
static void
time_as_written(const struct freb_event *e, char out[static ROW_TIME_LEN])
{
	out[0] = '\0';
	if (e->time && freb_time(e->time) != INT64_MIN)
		snprintf(out, ROW_TIME_LEN, "%.12s", e->time + 11);
}

/* ---- rows ---- */

bool
row_is_secret(const char *name)
{
	return strstr(name, "PIN") != NULL;
}

static const char stars[] = "********";

static void
put_details(const struct freb_event *e, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < e->data_count; i++) {
		const struct freb_data *d = &e->data[i];

		if (freb_data_is_hidden(d))
			continue;
		if (!first)
			buf_puts(out, ", ");
		first = false;
		buf_puts(out, d->name);
		buf_puts(out, "=\"");
		buf_puts(out, row_is_secret(d->name) ? stars : freb_data_shown(d));
		buf_putc(out, '"');
	}
}

int
row_read(struct freb_file *f, size_t index, enum row_time time, int64_t zero_ms, struct row *r)
{
	const struct freb_entry *entry = freb_entry(f, index);
	const struct freb_event *e = freb_event(f, index);

	if (!entry || !e)
		return -ENOMEM;
	r->no = index + 1;
	r->level = entry->level;
	r->letter = row_letter(entry->level);
	r->severity = row_severity(entry->level);
	r->gap_ms = row_gap_ms(f, index);
	r->depth = entry->depth;
	r->damaged = e->damaged;
	if (time == ROW_TIME_UTC)
		time_as_written(e, r->time);
	else
		row_time_text(entry->time_ms, time, zero_ms, r->time);
	buf_reset(&r->event);
	buf_reset(&r->details);
	buf_puts(&r->event, freb_opcode_name(f, entry->opcode));
	put_details(e, &r->details);
	return r->event.error ? r->event.error : r->details.error;
}

void
row_done(struct row *r)
{
	buf_done(&r->event);
	buf_done(&r->details);
}

/* ---- details ---- */

/* Line breaks of a friendly text are an accident of the message tables: one blank. */
static void
put_unbroken(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");

		buf_put(out, text, n);
		text += n;
		if (!*text)
			break;
		text += strspn(text, "\r\n ");
		if (*text)
			buf_putc(out, ' ');
	}
}

/* 0x80072EFD of an ErrorCode: the form people search for. */
static void
put_hex_code(struct buf *out, const struct freb_data *d)
{
	char *end;
	unsigned long long code;

	if (strcmp(d->name, "ErrorCode") != 0 || !isdigit((unsigned char)d->value[0]))
		return;
	errno = 0;
	code = strtoull(d->value, &end, 10);
	if (errno == 0 && *end == '\0' && code <= UINT32_MAX)
		buf_putf(out, " (0x%08llX)", code);
}

void
row_value(const struct freb_data *d, unsigned int flags, struct buf *out)
{
	if (row_is_secret(d->name)) {
		buf_puts(out, stars);
	} else if (d->text && d->text[0] && !(flags & ROW_RAW)) {
		put_unbroken(out, d->text);
		buf_puts(out, " (");
		buf_puts(out, d->value);
		buf_putc(out, ')');
	} else {
		buf_puts(out, d->value);
		put_hex_code(out, d);
	}
}

static int
add_line(struct row_lines *l, enum row_line_kind kind, const char *label, const char *text,
	 size_t len)
{
	struct row_line *line;

	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;
		struct row_line *at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	line = &l->at[l->count];
	*line = (struct row_line){.kind = kind, .label = strdup(label), .text = strndup(text, len)};
	if (!line->label || !line->text) {
		free(line->label);
		free(line->text);
		return -ENOMEM;
	}
	l->count++;
	return 0;
}

/* One line per line of the value; the last line break of a header blob is no line. */
static int
add_value(struct row_lines *l, const char *label, const char *value, size_t len)
{
	enum row_line_kind kind = ROW_LINE_DATA;
	int result = 0;

	while (len > 0 && (value[len - 1] == '\n' || value[len - 1] == '\r'))
		len--;
	do {
		const char *end = memchr(value, '\n', len);
		size_t n = end ? (size_t)(end - value) : len;
		size_t shown = n > 0 && value[n - 1] == '\r' ? n - 1 : n;

		result = add_line(l, kind, kind == ROW_LINE_DATA ? label : "", value, shown);
		n += end != NULL;
		value += n;
		len -= n;
		kind = ROW_LINE_MORE;
	} while (len > 0 && result == 0);
	return result;
}

static int
add_data(struct row_lines *l, const struct freb_data *d, unsigned int flags, size_t value_max)
{
	struct buf value = BUF_INIT;
	size_t len;
	int result;

	row_value(d, flags, &value);
	len = value.len < value_max ? value.len : value_max;
	if (value.error)
		result = value.error;
	else if (value.len == 0)
		result = add_line(l, ROW_LINE_DATA, d->name, "(empty)", 7);
	else
		result = add_value(l, d->name, buf_text(&value), len);
	if (result == 0) {
		l->at[l->count - 1].empty = value.len == 0;
		l->at[l->count - 1].cut = len < value.len;
	}
	buf_done(&value);
	return result;
}

static void
put_word(struct buf *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	if (out->len)
		buf_puts(out, "  ");
	buf_puts(out, label);
	if (*label)
		buf_putc(out, ' ');
	buf_puts(out, value);
}

static int
add_words(struct row_lines *l, const char *label, struct buf *words)
{
	int result = words->error;

	if (result == 0 && words->len)
		result = add_line(l, ROW_LINE_SYSTEM, label, buf_text(words), words->len);
	buf_reset(words);
	return result;
}

static int
add_system(struct row_lines *l, const struct freb_event *e)
{
	struct buf words = BUF_INIT;
	int result;

	put_word(&words, "Level", e->level);
	put_word(&words, "EventID", e->event_id);
	put_word(&words, "Opcode", e->opcode);
	put_word(&words, "Version", e->version);
	put_word(&words, "Keywords", e->keywords);
	put_word(&words, "", e->keyword);
	result = add_words(l, "System", &words);
	put_word(&words, "", e->provider);
	put_word(&words, "Process", e->process);
	put_word(&words, "Thread", e->thread);
	put_word(&words, "Computer", e->computer);
	if (result == 0)
		result = add_words(l, "Source", &words);
	put_word(&words, "", e->time);
	put_word(&words, "Activity", e->activity);
	put_word(&words, "Related", e->related);
	if (result == 0)
		result = add_words(l, "Time", &words);
	buf_done(&words);
	return result;
}

int
row_details(const struct freb_event *e, unsigned int flags, size_t value_max,
	    struct row_lines *out)
{
	int result = 0;

	for (size_t i = 0; i < out->count; i++) {
		free(out->at[i].label);
		free(out->at[i].text);
	}
	out->count = 0;
	for (size_t i = 0; i < e->data_count && result == 0; i++)
		result = add_data(out, &e->data[i], flags, value_max);
	if (result == 0 && !(flags & ROW_NO_SYSTEM))
		result = add_system(out, e);
	return result;
}

void
row_lines_done(struct row_lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->at[i].label);
		free(l->at[i].text);
	}
	free(l->at);
	memset(l, 0, sizeof(*l));
}
