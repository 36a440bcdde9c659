/* SPDX-License-Identifier: MIT */
/*
 * normalise - writes a trace again, value by value.
 *
 * The layout is that of FORMAT 2 with LF.  Values are cut by the same rules as
 * for comparing; numbers of {CLASS-n} count per class from the first value on.
 * Where a rule compares a value by tolerance it is kept as it is.
 */
#include <config.h>

#include "trace/normalise.h"
#include "trace/bindings.h"
#include "trace/buf.h"
#include "trace/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_AT = 1 << 16 };

/* Volatile values that readers take as numbers or times keep that form. */
static const char any_time[] = "2000-01-01T00:00:00.000Z";
static const char any_taken[] = "0";

struct normaliser {
	struct freb_file *file;
	struct rules *rules;
	struct buf out;			/* not yet given to the sink */
	struct bindings numbers;	/* every value bound to itself: gives the n of {CLASS-n} */
	struct fields fields;		/* of the event at hand */
	struct volatile_pieces pieces;
	bool keep_times;
	int error;
};

static const char *const root_order[] = {
	"url", "siteId", "appPoolId", "processId", "verb", "remoteUserName", "userName",
	"tokenUserName", "authenticationType", "activityId", "failureReason", "statusCode",
	"triggerStatusCode", "timeTaken", "fp:client", "fp:server", "fp:farm", "fp:grade",
	"fp:logId",
};

/* Escaped so that any parser reads back the same bytes; what XML forbids becomes U+FFFD. */
static void
put_text(struct normaliser *n, const char *text, size_t len, bool attribute)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '&')
			buf_puts(&n->out, "&amp;");
		else if (c == '<')
			buf_puts(&n->out, "&lt;");
		else if (c == '>')
			buf_puts(&n->out, "&gt;");
		else if (c == '"')
			buf_puts(&n->out, "&quot;");
		else if (c == '\'')
			buf_puts(&n->out, "&apos;");
		else if (c == '\r' || (attribute && (c == '\n' || c == '\t')))
			buf_putf(&n->out, "&#%u;", c);
		else if (c < ' ' && c != '\n' && c != '\t')
			buf_puts(&n->out, "\xEF\xBF\xBD");
		else
			buf_putc(&n->out, (char)c);
	}
}

static void
put_piece(struct normaliser *n, const struct volatile_piece *p, bool attribute)
{
	struct bindings_conflict conflict;
	const char *name = volatile_name(p->class);

	if (p->class == VOLATILE_NONE) {
		put_text(n, p->at, p->len, attribute);
		return;
	}
	buf_putc(&n->out, '{');
	for (; *name; name++)
		buf_putc(&n->out, p->bare ? (char)(*name | 0x20) : *name);
	if (volatile_is_bound(p->class)) {
		if (bindings_meet(&n->numbers, p, p, &conflict) == BINDINGS_FAILED)
			n->error = -ENOMEM;
		buf_putf(&n->out, "-%u", bindings_number(&n->numbers, 0, p));
	}
	buf_putc(&n->out, '}');
}

static void
put_value(struct normaliser *n, const struct rules_at *at, const char *value, size_t len,
	  bool attribute)
{
	rules_split(n->rules, at, value, len, &n->pieces);
	if (n->pieces.failed) {
		n->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n->pieces.count; i++)
		put_piece(n, &n->pieces.piece[i], attribute);
}

static void
put_field(struct normaliser *n, size_t i, bool attribute)
{
	const struct field *f = &n->fields.field[i];
	struct rules_at at = fields_at(&n->fields, i);
	bool time = f->place == VOLATILE_IN_SYSTEM && !strcmp(f->name, "SystemTime");
	bool taken = f->place == VOLATILE_IN_ATTR && !strcmp(f->name, "timeTaken");

	if (n->rules->no_default || (time && n->keep_times) ||
	    (taken && rules_find(n->rules, RULE_TOLERANCE, &at)))
		put_value(n, &at, f->value, f->len, attribute);
	else if (time)
		buf_puts(&n->out, any_time);
	else if (taken && f->len)
		buf_puts(&n->out, any_taken);
	else
		put_value(n, &at, f->value, f->len, attribute);
}

static void
put_attribute(struct normaliser *n, size_t i, const char **before)
{
	const char *name = n->fields.field[i].name;

	buf_putf(&n->out, "%s%s=\"", *before, name);
	put_field(n, i, true);
	buf_puts(&n->out, "\"\n");
	n->fields.field[i].taken = true;
	*before = "               ";
}

/* Index of the attribute that comes next: by name, SIZE_MAX = none is left. */
static size_t
least_attribute(const struct fields *f)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < f->count; i++)
		if (!f->field[i].taken &&
		    (least == SIZE_MAX || strcmp(f->field[i].name, f->field[least].name) < 0))
			least = i;
	return least;
}

/* Attributes of namespaces we do not know keep their prefix, which needs a declaration. */
static void
put_namespaces(struct normaliser *n)
{
	const struct fields *f = &n->fields;

	for (size_t i = 0; i < f->count; i++) {
		size_t len = strcspn(f->field[i].name, ":");
		bool first = f->field[i].name[len] && strncmp(f->field[i].name, "xml:", 4);

		for (size_t k = 0; k < i && first; k++)
			first = strncmp(f->field[k].name, f->field[i].name, len + 1) != 0;
		if (!first)
			continue;
		buf_putf(&n->out, "               xmlns:%.*s=\"", (int)len, f->field[i].name);
		if (len == 2 && !strncmp(f->field[i].name, "fp", 2))
			buf_puts(&n->out, FREB_OWN_NAMESPACE);
		else
			buf_putf(&n->out, "urn:frebdiff:prefix:%.*s", (int)len, f->field[i].name);
		buf_puts(&n->out, "\"\n");
	}
}

static void
put_root(struct normaliser *n)
{
	const char *before = "";
	size_t i;

	fields_of_root(&n->fields, n->file);
	buf_puts(&n->out, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<failedRequest ");
	for (size_t k = 0; k < sizeof(root_order) / sizeof(root_order[0]); k++)
		for (i = 0; i < n->fields.count; i++)
			if (!strcmp(n->fields.field[i].name, root_order[k]))
				put_attribute(n, i, &before);
	while ((i = least_attribute(&n->fields)) != SIZE_MAX)
		put_attribute(n, i, &before);
	put_namespaces(n);
	buf_puts(&n->out, "               "
			  "xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\"\n"
			  "               >\n");
}

/* <Name>text</Name>, nothing when it was not there. */
static void
put_element(struct normaliser *n, const char *indent, const char *name, const char *value)
{
	if (!value)
		return;
	buf_putf(&n->out, "%s<%s>", indent, name);
	put_text(n, value, strlen(value), false);
	buf_putf(&n->out, "</%s>\n", name);
}

/* The System value of that name, volatile parts replaced; nothing when it was not there. */
static void
put_system(struct normaliser *n, const char *before, const char *name, const char *after)
{
	for (size_t i = 0; i < n->fields.count; i++) {
		const struct field *f = &n->fields.field[i];

		if (f->place != VOLATILE_IN_SYSTEM || strcmp(f->name, name))
			continue;
		buf_puts(&n->out, before);
		put_field(n, i, true);
		buf_puts(&n->out, after);
		return;
	}
}

static bool
has_system(const struct normaliser *n, const char *name)
{
	for (size_t i = 0; i < n->fields.count; i++)
		if (n->fields.field[i].place == VOLATILE_IN_SYSTEM &&
		    !strcmp(n->fields.field[i].name, name))
			return true;
	return false;
}

/* <Element One="" Two=""/>, with those attributes that were there. */
static void
put_two(struct normaliser *n, const char *element, const char *one, const char *two)
{
	const char *const name[] = { one, two };
	char before[64];

	if (!has_system(n, one) && !has_system(n, two))
		return;
	buf_putf(&n->out, "  <%s", element);
	for (int i = 0; i < 2; i++) {
		snprintf(before, sizeof(before), " %s=\"", name[i]);
		put_system(n, before, name[i], "\"");
	}
	buf_puts(&n->out, "/>\n");
}

static void
put_system_part(struct normaliser *n, const struct freb_event *e)
{
	buf_puts(&n->out, " <System>\n");
	if (e->provider) {
		buf_puts(&n->out, "  <Provider Name=\"");
		put_text(n, e->provider, strlen(e->provider), true);
		buf_puts(&n->out, "\" Guid=\"");
		put_text(n, e->provider_guid ? e->provider_guid : "",
			 e->provider_guid ? strlen(e->provider_guid) : 0, true);
		buf_puts(&n->out, "\"/>\n");
	}
	put_element(n, "  ", "EventID", e->event_id);
	put_element(n, "  ", "Version", e->version);
	put_element(n, "  ", "Level", e->level);
	put_element(n, "  ", "Opcode", e->opcode);
	put_element(n, "  ", "Keywords", e->keywords);
	put_system(n, "  <TimeCreated SystemTime=\"", "SystemTime", "\"/>\n");
	put_two(n, "Correlation", "ActivityID", "RelatedActivityID");
	put_two(n, "Execution", "ProcessID", "ThreadID");
	put_system(n, "  <Computer>", "Computer", "</Computer>\n");
	buf_puts(&n->out, " </System>\n");
}

static bool
is_of(const struct field *f, const struct freb_data *d)
{
	return f->place != VOLATILE_IN_SYSTEM && f->name == d->name;
}

/* All fields of one Data: one, or the lines of a header block. */
static void
put_data(struct normaliser *n, const struct freb_data *d)
{
	buf_puts(&n->out, "  <Data Name=\"");
	put_text(n, d->name, strlen(d->name), true);
	buf_puts(&n->out, "\">");
	for (size_t i = 0; i < n->fields.count; i++) {
		const struct field *f = &n->fields.field[i];

		if (!is_of(f, d))
			continue;
		if (f->line) {
			/* The name and what stands between it and the value. */
			put_text(n, f->line, (size_t)(f->value - f->line), false);
		}
		put_field(n, i, false);
		if (f->line)
			buf_putc(&n->out, '\n');
	}
	buf_puts(&n->out, "</Data>\n");
}

static void
put_rendering(struct normaliser *n, const struct freb_event *e)
{
	buf_puts(&n->out, " <RenderingInfo Culture=\"");
	put_text(n, e->culture ? e->culture : "", e->culture ? strlen(e->culture) : 0, true);
	buf_puts(&n->out, "\">\n");
	put_element(n, "  ", "Opcode", e->name);
	if (e->keyword) {
		buf_puts(&n->out, "  <Keywords>\n");
		put_element(n, "   ", "Keyword", e->keyword);
		buf_puts(&n->out, "  </Keywords>\n");
	}
	for (size_t i = 0; i < e->data_count; i++) {
		const struct freb_data *d = &e->data[i];

		if (!d->text)
			continue;
		buf_puts(&n->out, "  <freb:Description Data=\"");
		put_text(n, d->name, strlen(d->name), true);
		buf_puts(&n->out, "\">");
		put_text(n, d->text, strlen(d->text), false);
		buf_puts(&n->out, "</freb:Description>\n");
	}
	buf_puts(&n->out, " </RenderingInfo>\n");
}

static void
put_event(struct normaliser *n, const struct freb_event *e)
{
	fields_of_event(&n->fields, n->file, e);
	if (n->fields.failed)
		n->error = -ENOMEM;
	buf_puts(&n->out, "<Event "
			  "xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\n");
	put_system_part(n, e);
	buf_puts(&n->out, " <EventData>\n");
	for (size_t i = 0; i < e->data_count; i++)
		put_data(n, &e->data[i]);
	buf_puts(&n->out, " </EventData>\n");
	put_rendering(n, e);
	if (e->event_guid) {
		buf_puts(&n->out, " <ExtendedTracingInfo xmlns="
				  "\"http://schemas.microsoft.com/win/2004/08/events/trace\">\n");
		put_element(n, "  ", "EventGuid", e->event_guid);
		buf_puts(&n->out, " </ExtendedTracingInfo>\n");
	}
	buf_puts(&n->out, "</Event>\n");
}

static int
flush(struct normaliser *n, normalise_sink *sink, void *arg, size_t above)
{
	int rc = n->error ? n->error : n->out.error;

	if (!rc && n->out.len > above) {
		rc = sink(arg, n->out.data, n->out.len);
		buf_reset(&n->out);
	}
	return rc;
}

int
normalise_write(struct freb_file *f, struct rules *rules, normalise_sink *sink, void *arg)
{
	struct normaliser n = { .file = f, .rules = rules, .keep_times = rules_need_times(rules) };
	int rc = freb_index_all(f);

	if (!rc) {
		put_root(&n);
		rc = flush(&n, sink, arg, FLUSH_AT);
	}
	for (size_t i = 0; !rc && i < freb_count(f); i++) {
		const struct freb_event *e = freb_event(f, i);

		if (e)
			put_event(&n, e);
		rc = e ? flush(&n, sink, arg, FLUSH_AT) : -ENOMEM;
	}
	if (!rc) {
		buf_puts(&n.out, "</failedRequest>\n");
		rc = flush(&n, sink, arg, 0);
	}
	buf_done(&n.out);
	bindings_done(&n.numbers);
	fields_done(&n.fields);
	volatile_done(&n.pieces);
	return rc;
}
