/* SPDX-License-Identifier: MIT */
/* plan - see plan.h; the grammar is FORMAT 2's. */
#include <config.h>

#include "trace/plan.h"

#include <string.h>

#include "trace/escape.h"
#include "trace/serialise.h"

#define XMLNS "http://schemas.microsoft.com/win/2004/08/events/"

static struct slice
end_slice(const struct plans *all, size_t start)
{
	return (struct slice){ (uint32_t)start, (uint32_t)(all->text.len - start) };
}

static void
plan_head(struct plans *all, struct plan *p, const struct te_event *e, bool limit)
{
	const struct te_area_info *a = te_area(e->area);
	struct buf *b = &all->text;
	size_t at = b->len;

	buf_putf(b, "<Event xmlns=\"" XMLNS "event\">\r\n <System>\r\n"
		 "  <Provider Name=\"%s\" Guid=\"%s\"/>\r\n  <EventID>0</EventID>\r\n"
		 "  <Version>%d</Version>\r\n  <Level>", a->provider, a->provider_guid, !limit);
	p->start = end_slice(all, at);
	at = b->len;
	buf_putf(b, "</Level>\r\n  <Opcode>%u</Opcode>\r\n  <Keywords>0x%x</Keywords>\r\n"
		 "  <TimeCreated SystemTime=\"", e->opcode, a->bit);
	p->system = end_slice(all, at);
}

static void
plan_fields(struct plans *all, struct plan *p, const struct te_event *e)
{
	for (unsigned int i = 0; i < e->field_count; i++) {
		const struct te_field *f = &e->fields[i];
		size_t at = all->text.len;

		buf_putf(&all->text, "</Data>\r\n  <Data Name=\"%s\">", f->name);
		p->data[i] = end_slice(all, at);
		at = all->text.len;
		buf_putf(&all->text, "  <freb:Description Data=\"%s\">", f->name);
		p->describe[i] = end_slice(all, at);
		p->fixed += p->data[i].len + p->describe[i].len + PLAN_NUMBER +
			sizeof("</freb:Description>\r\n");
		if (f->enumeration != TE_ENUM_NONE)
			p->fixed += PLAN_TEXT;
		p->has_texts = p->has_texts || f->enumeration != TE_ENUM_NONE || f->text_offset;
	}
}

static void
plan_tail(struct plans *all, struct plan *p, const struct te_event *e, bool limit)
{
	const struct te_area_info *a = te_area(e->area);
	struct buf *b = &all->text;
	size_t at = b->len;

	buf_puts(b, limit ? "" : "</Data>\r\n");
	buf_putf(b, " </EventData>\r\n <RenderingInfo Culture=\"en-US\">\r\n"
		 "  <Opcode>%s</Opcode>\r\n", e->name);
	if (a->keyword)
		buf_putf(b, "  <Keywords>\r\n   <Keyword>%s</Keyword>\r\n  </Keywords>\r\n",
			 a->keyword);
	p->render = end_slice(all, at);
	at = b->len;
	buf_putf(b, " </RenderingInfo>\r\n <ExtendedTracingInfo xmlns=\"" XMLNS "trace\">\r\n"
		 "  <EventGuid>%s</EventGuid>\r\n </ExtendedTracingInfo>\r\n</Event>\r\n",
		 a->event_guid);
	p->close = end_slice(all, at);
}

static void
plan_common(struct plans *all, const struct serialise_who *who)
{
	struct buf *b = &all->text;
	size_t at = b->len;
	char *o;

	buf_puts(b, "Z\"/>\r\n  <Correlation ActivityID=\"");
	all->correlate = end_slice(all, at);
	at = b->len;
	buf_putf(b, "\"/>\r\n  <Execution ProcessID=\"%u\" ThreadID=\"%u\"/>\r\n  <Computer>",
		 who->process_id, who->thread_id);
	if (buf_reserve(b, ESCAPE_MAX * strlen(who->computer))) {
		o = escape_text(b->data + b->len, who->computer, strlen(who->computer));
		b->len = (size_t)(o - b->data);
	}
	buf_puts(b, "</Computer>\r\n </System>\r\n <EventData>\r\n");
	all->execute_bare = end_slice(all, at);
	buf_puts(b, "  <Data Name=\"ContextId\">");
	all->execute = end_slice(all, at);
}

int
plans_init(struct plans *all, const struct serialise_who *who)
{
	memset(all, 0, sizeof(*all));
	plan_common(all, who);
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct te_event *e = te_event(id);
		struct plan *p = &all->of[id];
		bool limit = id == TE_LOG_FILE_MAX_SIZE_TRUNCATE;

		plan_head(all, p, e, limit);
		plan_fields(all, p, e);
		plan_tail(all, p, e, limit);
		p->fixed += p->start.len + p->system.len + p->render.len + p->close.len +
			all->correlate.len + all->execute.len + 2 * PLAN_GUID + 2 * PLAN_NUMBER;
	}
	return all->text.error;
}

void
plans_done(struct plans *all)
{
	buf_done(&all->text);
}
