/* SPDX-License-Identifier: MIT */
/*
 * quick - takes an event of the usual form apart in place.
 *
 * What it accepts is a small part of XML: the elements in the order of FORMAT
 * 2, attributes in double quotes, the five predefined entities, no comments,
 * no CDATA, no character references.  Whatever else comes, it gives up and the
 * real parser reads the event; so it may refuse, but must never read wrongly.
 */
#include <config.h>

#include "trace/quick.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
	char *at;	/* what is left; ends with NUL */
	char *end;
};

void
quick_init(struct quick *s, struct freb_file *file)
{
	*s = (struct quick){ .file = file };
}

void
quick_done(struct quick *s)
{
	free(s->bytes);
	s->bytes = NULL;
}

static void
skip_blanks(struct cursor *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
		c->at++;
}

static bool
take(struct cursor *c, const char *text, size_t len)
{
	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len))
		return false;
	c->at += len;
	return true;
}

#define TAKE(c, text) take((c), (text), sizeof(text) - 1)

/* Length of the entity at @at (behind &), and what it stands for; 0 = none of the five. */
static size_t
entity(const char *at, size_t len, char *out)
{
	static const struct {
		const char *name;
		size_t len;
		char is;
	} names[] = {
		{ "gt;", 3, '>' }, { "lt;", 3, '<' }, { "quot;", 5, '"' },
		{ "amp;", 4, '&' }, { "apos;", 5, '\'' },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (len < names[i].len || memcmp(at, names[i].name, names[i].len))
			continue;
		*out = names[i].is;
		return names[i].len;
	}
	return 0;
}

/*
 * Text up to @stop, decoded in place and ended with NUL; the cursor stands
 * behind @stop.  As the XML standard says, CR LF and CR become LF.  Attributes
 * with line ends or tabs are left to the parser, so are control characters.
 */
static char *
take_text(struct cursor *c, char stop)
{
	char *start = c->at, *out;

	/* Nearly always there is nothing to decode. */
	while (c->at < c->end && (unsigned char)*c->at >= ' ' && *c->at != '&' && *c->at != '<' &&
	       *c->at != stop)
		c->at++;
	for (out = c->at; c->at < c->end && *c->at != stop; c->at++) {
		unsigned char ch = (unsigned char)*c->at;
		bool blank = ch == '\n' || ch == '\t';

		if (ch == '&') {
			size_t n = entity(c->at + 1, (size_t)(c->end - c->at - 1), out);

			if (!n)
				return NULL;
			out++;
			c->at += n;
		} else if (ch == '\r' && stop == '<') {
			*out++ = '\n';
			c->at += c->at + 1 < c->end && c->at[1] == '\n';
		} else if (ch == '<' || (ch < ' ' && !(stop == '<' && blank))) {
			return NULL;
		} else {
			*out++ = (char)ch;
		}
	}
	if (c->at == c->end)
		return NULL;
	c->at++;
	*out = '\0';
	return start;
}

/* <Name>text</Name>; @tag is "Name>". */
static char *
take_element(struct cursor *c, const char *tag, size_t len)
{
	skip_blanks(c);
	if (!TAKE(c, "<") || !take(c, tag, len))
		return NULL;
	char *text = take_text(c, '<');

	return text && TAKE(c, "/") && take(c, tag, len) ? text : NULL;
}

#define ELEMENT(c, tag) take_element((c), tag ">", sizeof(tag))

static bool
take_start(struct cursor *c, const char *text, size_t len)
{
	skip_blanks(c);
	return take(c, text, len);
}

#define START(c, text) take_start((c), (text), sizeof(text) - 1)

static bool
take_system(struct cursor *c, struct freb_event *e)
{
	if (!START(c, "<System>") || !START(c, "<Provider Name=\"") ||
	    !(e->provider = take_text(c, '"')) || !TAKE(c, " Guid=\"") ||
	    !(e->provider_guid = take_text(c, '"')) || !TAKE(c, "/>"))
		return false;
	if (!(e->event_id = ELEMENT(c, "EventID")) || !(e->version = ELEMENT(c, "Version")) ||
	    !(e->level = ELEMENT(c, "Level")) || !(e->opcode = ELEMENT(c, "Opcode")) ||
	    !(e->keywords = ELEMENT(c, "Keywords")))
		return false;
	if (!START(c, "<TimeCreated SystemTime=\"") || !(e->time = take_text(c, '"')) ||
	    !TAKE(c, "/>") || !START(c, "<Correlation ActivityID=\"") ||
	    !(e->activity = take_text(c, '"')) || !TAKE(c, "/>"))
		return false;
	if (!START(c, "<Execution ProcessID=\"") || !(e->process = take_text(c, '"')) ||
	    !TAKE(c, " ThreadID=\"") || !(e->thread = take_text(c, '"')) || !TAKE(c, "/>"))
		return false;
	return (e->computer = ELEMENT(c, "Computer")) && START(c, "</System>");
}

static bool
take_data(struct cursor *c, struct quick *s)
{
	struct freb_event *e = &s->event;

	if (!START(c, "<EventData>"))
		return false;
	while (START(c, "<Data Name=\"")) {
		struct freb_data *d = &s->data[e->data_count];

		if (e->data_count == QUICK_DATA_MAX || !(d->name = take_text(c, '"')) ||
		    !TAKE(c, ">") || !(d->value = take_text(c, '<')) || !TAKE(c, "/Data>"))
			return false;
		d->text = NULL;
		e->data_count++;
	}
	return START(c, "</EventData>");
}

static bool
take_description(struct cursor *c, struct freb_event *e)
{
	char *name = take_text(c, '"'), *text;

	if (!name || !TAKE(c, ">") || !(text = take_text(c, '<')) || !TAKE(c, "/freb:Description>"))
		return false;
	for (size_t i = 0; i < e->data_count; i++)
		if (!e->data[i].text && !strcmp(e->data[i].name, name))
			e->data[i].text = text;
	return true;
}

static bool
take_rendering(struct cursor *c, struct freb_event *e)
{
	if (!START(c, "<RenderingInfo Culture=\"") || !(e->culture = take_text(c, '"')) ||
	    !TAKE(c, ">") || !(e->name = ELEMENT(c, "Opcode")))
		return false;
	if (START(c, "<Keywords>") &&
	    (!(e->keyword = ELEMENT(c, "Keyword")) || !START(c, "</Keywords>")))
		return false;
	while (START(c, "<freb:Description Data=\""))
		if (!take_description(c, e))
			return false;
	return START(c, "</RenderingInfo>");
}

static bool
take_event(struct cursor *c, struct quick *s)
{
	static const char event[] =
		"<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">";
	static const char extended[] = "<ExtendedTracingInfo "
		"xmlns=\"http://schemas.microsoft.com/win/2004/08/events/trace\">";

	return START(c, event) && take_system(c, &s->event) && take_data(c, s) &&
	       take_rendering(c, &s->event) && START(c, extended) &&
	       (s->event.event_guid = ELEMENT(c, "EventGuid")) &&
	       START(c, "</ExtendedTracingInfo>") && START(c, "</Event>");
}

const struct freb_event *
quick_event(struct quick *s, size_t index)
{
	const struct freb_entry *entry = freb_entry(s->file, index);
	size_t len;

	free(s->bytes);
	s->bytes = NULL;
	if (!entry || (entry->flags & FREB_DAMAGED) ||
	    freb_event_raw(s->file, index, &s->bytes, &len) < 0)
		return freb_event(s->file, index);
	struct cursor c = { s->bytes, s->bytes + len };

	s->event = (struct freb_event){ .no = index + 1, .data = s->data };
	return take_event(&c, s) ? &s->event : freb_event(s->file, index);
}
