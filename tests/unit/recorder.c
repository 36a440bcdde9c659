/* SPDX-License-Identifier: MIT */
/*
 * recorder - libtrace's two functions that TRACE() calls, writing lines of
 * text: a test sees what a trace would say without a writer.
 */
#include <config.h>

#include "tests/unit/pki.h"

#include <stdlib.h>
#include <string.h>

struct trace {
	struct buf text;	/* a line per event */
};

struct trace *
recorder_new(void)
{
	return calloc(1, sizeof(struct trace));
}

const char *
recorder_text(const struct trace *t)
{
	return buf_text(&t->text);
}

void
recorder_reset(struct trace *t)
{
	buf_reset(&t->text);
}

void
recorder_free(struct trace *t)
{
	buf_done(&t->text);
	free(t);
}

size_t
recorder_count(const struct trace *t, const char *text)
{
	size_t n = 0;

	for (const char *p = recorder_text(t); (p = strstr(p, text)); p++)
		n++;
	return n;
}

bool
trace_is_wanted(const struct trace *t, enum te_id id, unsigned int level)
{
	return t && te_event(id) && level <= TE_VERBOSE;
}

static void
put_value(struct buf *b, const struct te_field *f, const char *at)
{
	const char *text;

	switch (f->type) {
	case TE_U32:
	case TE_ENUM:
	case TE_TEXT:
		buf_put_u64(b, *(const uint32_t *)(const void *)at);
		break;
	case TE_U64:
		buf_put_u64(b, *(const uint64_t *)(const void *)at);
		break;
	case TE_I32:
		buf_put_i64(b, *(const int32_t *)(const void *)at);
		break;
	case TE_STR:
	case TE_LABEL:
		text = *(const char *const *)(const void *)at;
		buf_puts(b, text ? text : "");
		break;
	default:
		buf_puts(b, "?");
	}
}

void
trace_put(struct trace *t, enum te_id id, unsigned int level, const void *fields)
{
	const struct te_event *e = te_event(id);

	buf_putf(&t->text, "%s level=%u", e->name, level);
	for (size_t i = 0; i < e->field_count; i++) {
		const struct te_field *f = &e->fields[i];

		if (strcmp(f->name, "ElapsedUs") == 0)
			continue;
		buf_putf(&t->text, " %s=", f->name);
		put_value(&t->text, f, (const char *)fields + f->offset);
		buf_putc(&t->text, '|');
	}
	buf_putc(&t->text, '\n');
}
