/* SPDX-License-Identifier: MIT */
/*
 * json - see json.h.  Objects are made with jansson, which keeps the order in
 * which members were set.
 */
#include <config.h>

#include "viewer/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "trace/buf.h"
#include "viewer/cell.h"
#include "viewer/rows.h"

/* UTF-8 that jansson accepts: what is none becomes U+FFFD. */
static json_t *
text(const char *value)
{
	struct buf clean = BUF_INIT;
	size_t len = value ? strlen(value) : 0;
	json_t *made;

	if (!value)
		return json_null();
	while (len > 0) {
		uint32_t code;
		size_t n = cell_decode(value, len, &code);

		if (code == 0xFFFD)
			buf_puts(&clean, "\xEF\xBF\xBD");
		else
			buf_put(&clean, value, n);
		value += n;
		len -= n;
	}
	made = clean.error ? NULL : json_stringn(buf_text(&clean), clean.len);
	buf_done(&clean);
	return made;
}

/* A whole number as such; else null (absent, empty) or the text as it is. */
static json_t *
number(const char *value)
{
	char *end;
	long long n;

	if (!value || !*value)
		return json_null();
	errno = 0;
	n = strtoll(value, &end, 10);
	return *end == '\0' && errno == 0 ? json_integer(n) : text(value);
}

static int
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) < 0 ? -ENOMEM : 0;
}

/* Members whose names come from the file; a repeated name makes an array. */
static int
add(json_t *object, const char *name, json_t *value)
{
	json_t *key = text(name);
	const char *clean = key ? json_string_value(key) : NULL;
	json_t *had = clean ? json_object_get(object, clean) : NULL;
	int result;

	if (!clean || !value) {
		json_decref(key);
		json_decref(value);
		return -ENOMEM;
	}
	if (had && !json_is_array(had)) {
		json_t *both = json_pack("[O]", had);

		if (!both || json_object_set_new(object, clean, both) < 0) {
			json_decref(key);
			json_decref(value);
			return -ENOMEM;
		}
		had = both;
	}
	result =
		had ? json_array_append_new(had, value) : json_object_set_new(object, clean, value);
	json_decref(key);
	return result < 0 ? -ENOMEM : 0;
}

/* DEL is the one control character that JSON need not escape; we do. */
static int
print(FILE *out, json_t *object)
{
	char *line = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	const char *at = line;

	json_decref(object);
	if (!line)
		return -ENOMEM;
	while (*at) {
		size_t n = strcspn(at, "\x7f");

		fwrite(at, 1, n, out);
		at += n;
		if (*at == '\x7f') {
			fputs("\\u007f", out);
			at++;
		}
	}
	fputc('\n', out);
	free(line);
	return 0;
}

static json_t *
attributes(const struct freb_file *f)
{
	const struct freb_root *root = freb_root(f);
	json_t *object = json_object();

	for (size_t i = 0; object && i < root->attr_count; i++) {
		if (add(object, root->attrs[i].name, text(root->attrs[i].value)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *
damages(const struct freb_file *f)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < freb_damage_count(f); i++) {
		const struct freb_damage *d = freb_damage(f, i);
		json_t *one = json_pack("{s:I, s:I, s:I}", "offset", (json_int_t)d->offset, "line",
					(json_int_t)d->line, "event", (json_int_t)d->event);

		if (!one || set(one, "message", text(d->message)) < 0 ||
		    json_array_append(array, one) < 0) {
			json_decref(one);
			json_decref(array);
			return NULL;
		}
		json_decref(one);
	}
	return array;
}

static json_t *
first_time(struct freb_file *f)
{
	for (size_t i = 0; i < freb_count(f); i++) {
		if (freb_entry(f, i)->time_ms != INT64_MIN) {
			const struct freb_event *e = freb_event(f, i);

			return e ? text(e->time) : NULL;
		}
	}
	return json_null();
}

static json_t *
trace_object(struct freb_file *f)
{
	json_t *o = json_pack("{s:s, s:i}", "kind", "trace", "schema", 1);
	struct row_counts counts;
	int failed;

	if (!o)
		return NULL;
	row_count(f, &counts);
	failed = set(o, "file", text(freb_path(f)));
	failed |= set(o, "url", text(freb_root_get(f, "url")));
	failed |= set(o, "verb", text(freb_root_get(f, "verb")));
	failed |= set(o, "status", text(freb_root_get(f, "statusCode")));
	failed |= set(o, "reason", text(freb_root_get(f, "failureReason")));
	failed |= set(o, "taken_ms", number(freb_root_get(f, "timeTaken")));
	failed |= set(o, "time", first_time(f));
	failed |= set(o, "attrs", attributes(f));
	failed |= set(o, "events", json_integer((json_int_t)freb_count(f)));
	failed |= set(o, "errors", json_integer((json_int_t)(counts.critical + counts.errors)));
	failed |= set(o, "warnings", json_integer((json_int_t)counts.warnings));
	failed |= set(o, "truncated", json_boolean(freb_is_truncated(f)));
	failed |= set(o, "damage", damages(f));
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
span_ms(const struct freb_file *f, size_t index)
{
	size_t partner = freb_partner(f, index);
	const struct freb_entry *start = freb_entry(f, index);
	const struct freb_entry *end = partner == SIZE_MAX ? NULL : freb_entry(f, partner);

	if (!end || partner < index || start->time_ms == INT64_MIN || end->time_ms == INT64_MIN)
		return json_null();
	return json_integer(end->time_ms - start->time_ms);
}

static int
set_data(json_t *o, const struct freb_event *e)
{
	json_t *data = json_object();
	json_t *friendly = json_object();
	int failed = data && friendly ? 0 : -ENOMEM;

	for (size_t i = 0; i < e->data_count && !failed; i++) {
		const struct freb_data *d = &e->data[i];
		bool secret = row_is_secret(d->name);

		failed = add(data, d->name, text(secret ? "********" : d->value));
		if (!failed && d->text && !secret)
			failed = add(friendly, d->name, text(d->text));
	}
	/* json_object_set_new takes the values whatever comes. */
	if (json_object_set_new(o, "data", data) < 0)
		failed = -ENOMEM;
	if (json_object_set_new(o, "text", friendly) < 0)
		failed = -ENOMEM;
	return failed;
}

static json_t *
event_object(struct freb_file *f, size_t index)
{
	const struct freb_entry *entry = freb_entry(f, index);
	const struct freb_event *e = freb_event(f, index);
	json_t *o = e ? json_pack("{s:s}", "kind", "event") : NULL;
	int failed;

	if (!o)
		return NULL;
	failed = set(o, "file", text(freb_path(f)));
	failed |= set(o, "no", json_integer((json_int_t)index + 1));
	failed |= set(o, "time", text(e->time));
	failed |= set(o, "gap_ms", json_integer(row_gap_ms(f, index)));
	failed |= set(o, "level", entry->level == 255 ? json_null() : json_integer(entry->level));
	failed |= set(o, "op", text(freb_opcode_name(f, entry->opcode)));
	failed |= set(o, "provider", text(e->provider));
	failed |= set(o, "depth", json_integer(entry->depth));
	failed |= set(o, "span_ms", span_ms(f, index));
	failed |= set_data(o, e);
	if (e->damaged)
		failed |= set(o, "damaged", json_true());
	if (failed) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int
json_event(FILE *out, struct freb_file *f, size_t index)
{
	return print(out, event_object(f, index));
}

int
json_trace(FILE *out, struct freb_file *f, size_t first, const bool *shown)
{
	int result = print(out, trace_object(f));

	for (size_t i = first; i < freb_count(f) && result == 0 && !ferror(out); i++)
		if (!shown || shown[i])
			result = print(out, event_object(f, i));
	return result;
}
