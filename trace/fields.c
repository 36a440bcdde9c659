/* SPDX-License-Identifier: MIT */
/*
 * fields - takes an event apart into single values.
 *
 * Header blocks end every line with CR LF; the parser leaves LF.  A line
 * without a colon is a field with an empty name.
 */
#include <config.h>

#include "trace/fields.h"

#include <stdlib.h>
#include <string.h>

bool
fields_is_block(const char *data)
{
	return !strcmp(data, "Headers");
}

static void
reset(struct fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->field[i].header);
	f->count = 0;
}

void
fields_done(struct fields *f)
{
	reset(f);
	free(f->field);
	*f = (struct fields)FIELDS_INIT;
}

static struct field *
add(struct fields *f, enum volatile_place place, const char *name, const char *value, size_t len)
{
	if (f->count == f->room) {
		size_t room = f->room * 2 + 16;
		struct field *more = realloc(f->field, room * sizeof(*more));

		if (!more) {
			f->failed = true;
			return NULL;
		}
		f->field = more;
		f->room = room;
	}
	f->field[f->count] = (struct field){
		.place = place, .name = name, .value = value, .len = len,
	};
	return &f->field[f->count++];
}

static void
add_header(struct fields *f, const struct freb_data *d, const char *header, size_t header_len,
	   const char *value, size_t len)
{
	char *copy = strndup(header, header_len);
	struct field *field = copy ? add(f, VOLATILE_IN_HEADER, d->name, value, len) : NULL;

	if (!field) {
		f->failed = true;
		free(copy);
		return;
	}
	field->header = copy;
	field->text = d->text;
}

static void
add_block(struct fields *f, const struct freb_data *d)
{
	const char *line = d->value ? d->value : "";

	while (*line) {
		size_t len = strcspn(line, "\n"), skip = len + (line[len] == '\n');

		if (len && line[len - 1] == '\r')
			len--;
		const char *colon = memchr(line, ':', len), *value = colon ? colon + 1 : line;

		while (value < line + len && (*value == ' ' || *value == '\t'))
			value++;
		if (len) {
			add_header(f, d, line, colon ? (size_t)(colon - line) : 0, value,
				   len - (size_t)(value - line));
			if (f->failed)
				return;
			f->field[f->count - 1].line = line;
		}
		line += skip;
	}
}

static void
add_data(struct fields *f, const struct freb_event *e, const struct freb_data *d)
{
	if (fields_is_block(d->name)) {
		add_block(f, d);
		return;
	}
	const struct freb_data *header =
		!strcmp(d->name, "HeaderValue") ? freb_data_get(e, "HeaderName") : NULL;

	if (header) {
		add_header(f, d, header->value, strlen(header->value), d->value, strlen(d->value));
		return;
	}
	struct field *field = add(f, VOLATILE_IN_DATA, d->name, d->value, strlen(d->value));

	if (field)
		field->text = d->text;
}

void
fields_of_root(struct fields *f, const struct freb_file *file)
{
	const struct freb_root *root = freb_root(file);

	reset(f);
	f->event = "";
	f->subject = (struct condition_subject){ .file = file };
	for (size_t i = 0; i < root->attr_count; i++) {
		const struct freb_attr *a = &root->attrs[i];

		if (strcmp(a->name, "xmlns") && strncmp(a->name, "xmlns:", 6))
			add(f, VOLATILE_IN_ATTR, a->name, a->value, strlen(a->value));
	}
}

void
fields_of_event(struct fields *f, const struct freb_file *file, const struct freb_event *e)
{
	const struct {
		const char *name;
		const char *value;
	} system[] = {
		{ "SystemTime", e->time }, { "ActivityID", e->activity },
		{ "RelatedActivityID", e->related }, { "ProcessID", e->process },
		{ "ThreadID", e->thread }, { "Computer", e->computer },
	};

	reset(f);
	f->event = e->name ? e->name : "";
	f->subject = (struct condition_subject){ .file = file, .event = e };
	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++)
		if (system[i].value && *system[i].value)
			add(f, VOLATILE_IN_SYSTEM, system[i].name, system[i].value,
			    strlen(system[i].value));
	for (size_t i = 0; i < e->data_count; i++)
		add_data(f, e, &e->data[i]);
}

struct rules_at
fields_at(const struct fields *f, size_t i)
{
	const struct field *x = &f->field[i];

	return (struct rules_at){
		.where = { x->place, f->event, x->header ? x->header : x->name },
		.data = x->header ? x->name : NULL,
		.line = x->line,
		.subject = f->subject,
	};
}
