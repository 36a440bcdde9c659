/* SPDX-License-Identifier: MIT */
/*
 * Asking a parsed filter.  The tree is small (FILTER_NODES), so it is walked
 * anew for every event; what costs is reading the event, which happens only
 * when a node really needs it.
 */
#include <config.h>
#include "viewer/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "viewer/filter_parse.h"

struct ask {				/* one question */
	const struct filter_subject *s;	/* about whom */
	const struct freb_event *event;	/* read at the first need */
	bool about_trace;		/* words mean the trace, event fields have no value */
};

static const struct freb_event *
event_of(struct ask *a)
{
	if (!a->event && a->s->file && !a->about_trace)
		a->event = freb_event(a->s->file, a->s->event);
	return a->event;
}

/* ---- comparing ---- */

static bool
holds(enum filter_op op, int order)
{
	switch (op) {
	case FILTER_EQ:
		return order == 0;
	case FILTER_NE:
		return order != 0;
	case FILTER_LT:
		return order < 0;
	case FILTER_LE:
		return order <= 0;
	case FILTER_GT:
		return order > 0;
	case FILTER_GE:
		return order >= 0;
	default:
		return false;
	}
}

static int
order_of(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static bool
all_digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 19;
}

static bool
text_holds(const struct filter_node *n, const char *text)
{
	if (!text)
		return n->op == FILTER_NE || n->op == FILTER_UNLIKE;
	if (n->op == FILTER_LIKE || n->op == FILTER_UNLIKE)
		return search_text(n->pattern, text) == (n->op == FILTER_LIKE);
	if (n->op != FILTER_EQ && n->op != FILTER_NE && all_digits(text) && all_digits(n->text))
		return holds(n->op, order_of(atoll(text), atoll(n->text)));
	return holds(n->op, strcasecmp(text, n->text));
}

/* status=502 means 502 with any substatus; 5xx means 500 to 599. */
static bool
status_holds(const struct filter_node *n, const char *status)
{
	if (!status)
		return n->op == FILTER_NE;
	int64_t has = atoi(status) * (int64_t)1000;
	const char *dot = strchr(status, '.');

	has += dot ? atoi(dot + 1) : 0;
	if (has < n->number)
		return holds(n->op, -1);
	return holds(n->op, has > n->number_to ? 1 : 0);
}

/* ---- facts of the trace ---- */

static const char *
trace_text(const struct filter_subject *s, enum filter_field field)
{
	const struct facts *f = s->facts && s->facts->known ? s->facts : NULL;

	if (!s->trace)
		return NULL;
	switch (field) {
	case FIELD_file:
		return s->trace->file;
	case FIELD_url:
		return s->trace->url;
	case FIELD_verb:
		return s->trace->verb;
	case FIELD_status:
		return s->trace->status;
	case FIELD_why:
		return s->trace->reason;
	case FIELD_client:
		return facts_client(f, s->trace);
	case FIELD_issuer:
		return f ? f->issuer : NULL;
	case FIELD_serial:
		return f ? f->serial : NULL;
	case FIELD_server:
		return facts_server(f, s->trace);
	default:
		return NULL;
	}
}

static bool
trace_number(const struct filter_subject *s, enum filter_field field, int64_t *v)
{
	const struct facts *f = s->facts && s->facts->known ? s->facts : NULL;

	if (field == FIELD_errors || field == FIELD_warnings) {
		if (f)
			*v = (int64_t)(field == FIELD_warnings ? f->counts.warnings
				       : f->counts.critical + f->counts.errors);
		return f != NULL;
	}
	if (!s->trace)
		return false;
	*v = field == FIELD_taken ? s->trace->taken_ms
	   : field == FIELD_site ? s->trace->site : field == FIELD_pid ? s->trace->pid
	   : field == FIELD_size ? (int64_t)s->trace->size
	   : field == FIELD_time ? s->trace->time_ms : s->trace->damaged;
	return *v >= 0;
}

/* ---- facts of an event ---- */

static bool
span_of(const struct filter_subject *s, int64_t *v)
{
	size_t end = freb_partner(s->file, s->event);

	if (end == SIZE_MAX)
		return false;
	int64_t a = freb_entry(s->file, s->event)->time_ms, b = freb_entry(s->file, end)->time_ms;

	*v = a < b ? b - a : a - b;
	return a != INT64_MIN && b != INT64_MIN;
}

static bool
event_number(const struct filter_subject *s, enum filter_field field, int64_t *v)
{
	const struct freb_entry *e = freb_entry(s->file, s->event);
	int64_t zero;

	switch (field) {
	case FIELD_no:
		*v = (int64_t)s->event + 1;
		return true;
	case FIELD_level:
		*v = e->level;
		return e->level >= 1 && e->level <= 5;
	case FIELD_gap:
		*v = row_gap_ms(s->file, s->event);
		return true;
	case FIELD_t:
		zero = row_zero_ms(s->file);
		*v = e->time_ms - zero;
		return e->time_ms != INT64_MIN && zero != INT64_MIN;
	default:
		return span_of(s, v);
	}
}

static bool
data_holds(const struct filter_node *n, const struct freb_event *e)
{
	bool either = n->op != FILTER_NE && n->op != FILTER_UNLIKE;
	bool met = false, yes = false;

	for (size_t i = 0; i < e->data_count && !yes; i++) {
		const struct freb_data *d = &e->data[i];

		if (strcmp(d->name, n->name) != 0)
			continue;
		met = true;
		yes = text_holds(n, d->value) ||
		      (d->text && either && text_holds(n, d->text));
	}
	if (met)
		((struct filter_node *)n)->met = true;
	return yes;
}

static bool
any_text_holds(const struct filter_node *n, struct ask *a)
{
	const struct freb_event *e = event_of(a);
	bool wanted = n->op != FILTER_NE && n->op != FILTER_UNLIKE;
	struct filter_node plain = *n;

	if (!e)
		return false;
	plain.op = n->op == FILTER_NE ? FILTER_EQ : n->op == FILTER_UNLIKE ? FILTER_LIKE : n->op;
	bool yes = text_holds(&plain, e->name);
	for (size_t i = 0; i < e->data_count && !yes; i++) {
		yes = text_holds(&plain, e->data[i].name) || text_holds(&plain, e->data[i].value) ||
		      (e->data[i].text && text_holds(&plain, e->data[i].text));
	}
	return yes == wanted;
}

static bool
event_text_holds(const struct filter_node *n, struct ask *a)
{
	/* The name is in the index: no need to read the event. */
	if (n->field == FIELD_op) {
		const struct freb_entry *entry = freb_entry(a->s->file, a->s->event);

		return text_holds(n, freb_opcode_name(a->s->file, entry->opcode));
	}
	if (n->field == FIELD_text)
		return any_text_holds(n, a);
	/* Most events lack the Data asked for: no need to parse them to know. */
	if (n->field == FIELD_data && !a->event &&
	    !search_raw(a->s->file, a->s->event, n->name, false))
		return false;
	const struct freb_event *e = event_of(a);

	if (!e)
		return false;
	if (n->field == FIELD_data)
		return data_holds(n, e);
	if (n->field == FIELD_provider)
		return text_holds(n, e->provider);
	const struct freb_data *d = freb_data_get(e, "ModuleName");
	return text_holds(n, d ? d->value : NULL);
}

/* ---- the tree ---- */

static bool
word_holds(const struct filter_node *n, struct ask *a)
{
	static const enum filter_field shown[] = { FIELD_file, FIELD_url, FIELD_verb, FIELD_status,
						   FIELD_why, FIELD_client, FIELD_server };

	if (!a->about_trace)
		return a->s->file && search_event(n->pattern, a->s->file, a->s->event);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (search_text(n->pattern, trace_text(a->s, shown[i])))
			return true;
	}
	return false;
}

static bool
field_holds(const struct filter_node *n, struct ask *a)
{
	int64_t v = 0;

	if (n->scope == FILTER_EVENT && (a->about_trace || !a->s->file))
		return false;
	switch (n->kind) {
	case FILTER_STATUS:
		return status_holds(n, trace_text(a->s, n->field));
	case FILTER_TEXT:
		return n->scope == FILTER_EVENT ? event_text_holds(n, a)
						: text_holds(n, trace_text(a->s, n->field));
	default:
		if (!(n->scope == FILTER_EVENT ? event_number(a->s, n->field, &v)
					       : trace_number(a->s, n->field, &v)))
			return false;
		return holds(n->op, order_of(v, n->number));
	}
}

static bool
node_holds(const struct filter *f, int at, struct ask *a)
{
	const struct filter_node *n = &f->nodes[at];

	switch (n->type) {
	case NODE_OR:
		return node_holds(f, n->left, a) || node_holds(f, n->right, a);
	case NODE_AND:
		return node_holds(f, n->left, a) && node_holds(f, n->right, a);
	case NODE_NOT:
		return !node_holds(f, n->left, a);
	case NODE_WORD:
		return word_holds(n, a);
	default:
		return field_holds(n, a);
	}
}

bool
filter_event(const struct filter *f, const struct filter_subject *s)
{
	struct ask a = { .s = s };

	return node_holds(f, f->root, &a);
}

bool
filter_trace(const struct filter *f, const struct filter_subject *s)
{
	struct ask a = { .s = s, .about_trace = true };

	return node_holds(f, f->root, &a);
}

bool
filter_asks_events(const struct filter *f)
{
	for (int i = 0; i < f->count; i++) {
		if (f->nodes[i].type == NODE_FIELD && f->nodes[i].scope == FILTER_EVENT)
			return true;
	}
	return false;
}

/*
 * A comparison of Data fails where the Data is not there, whatever its operator; a
 * number stands in the file as it is written here.
 */
static const char *
word_of(const struct filter *f, int at)
{
	const struct filter_node *n = &f->nodes[at];
	const char *word;

	if (n->type == NODE_AND) {
		word = word_of(f, n->left);
		return word ? word : word_of(f, n->right);
	}
	if (n->type != NODE_FIELD || n->field != FIELD_data)
		return NULL;
	return n->op == FILTER_EQ && all_digits(n->text) && strlen(n->text) > 3 ? n->text : n->name;
}

const char *
filter_word(const struct filter *f)
{
	return word_of(f, f->root);
}

/* What the head of a trace does not tell. */
static bool
is_inside(enum filter_field field, const struct dir_entry *e)
{
	switch (field) {
	case FIELD_client:
		return !e->client && !e->ours;
	case FIELD_server:
		return !e->server && !e->ours;
	case FIELD_issuer:
	case FIELD_serial:
	case FIELD_errors:
	case FIELD_warnings:
		return true;
	default:
		return false;
	}
}

bool
filter_asks_facts(const struct filter *f, const struct dir_entry *e)
{
	for (int i = 0; i < f->count; i++) {
		if (f->nodes[i].type == NODE_FIELD && is_inside(f->nodes[i].field, e))
			return true;
	}
	return false;
}

const char *
filter_unmet(const struct filter *f)
{
	for (int i = 0; i < f->count; i++) {
		if (f->nodes[i].type == NODE_FIELD && f->nodes[i].field == FIELD_data &&
		    !f->nodes[i].met)
			return f->nodes[i].name;
	}
	return NULL;
}
