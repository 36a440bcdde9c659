/* SPDX-License-Identifier: MIT */
/*
 * read - the door to libxml2: bytes in, events out.
 *
 * A feed is a SAX2 push parser that begins inside the root: a root of our own
 * making goes ahead of the bytes, so the index, a restart after damage and a
 * single event are all read the same way.  No document tree, no network, no
 * entities; a DOCTYPE is refused.  The SAX2 parser is used because inside
 * startElementNs it stands exactly at the tag's end, which gives offsets.
 */
#include <config.h>

#include "trace/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

/* No trace nests deeper than 5; beyond this it is an attack. */
#define DEPTH_MAX 64u

static const char own_root[] =
	"<failedRequest xmlns:freb=\"http://schemas.microsoft.com/win/2006/06/iis/freb\">";
#define OWN_ROOT_LEN (sizeof(own_root) - 1)

enum section { IN_NOTHING, IN_SYSTEM, IN_DATA, IN_INFO, IN_EXTENDED };
enum { TARGET_NONE, TARGET_FIELD, TARGET_PAIR };

static const struct {
	const char *element;	/* child of Event */
	enum section section;	/* what its children are looked up in */
} sections[] = {
	{ "System", IN_SYSTEM },
	{ "EventData", IN_DATA },
	{ "RenderingInfo", IN_INFO },
	{ "ExtendedTracingInfo", IN_EXTENDED },
};

static const struct {
	enum section section;	/* where the element stands */
	const char *element;
	const char *attribute;	/* NULL = the element's text */
	enum freb_field field;
} fields[] = {
	{ IN_SYSTEM, "Provider", "Name", FIELD_PROVIDER },
	{ IN_SYSTEM, "Provider", "Guid", FIELD_PROVIDER_GUID },
	{ IN_SYSTEM, "EventID", NULL, FIELD_EVENT_ID },
	{ IN_SYSTEM, "Version", NULL, FIELD_VERSION },
	{ IN_SYSTEM, "Level", NULL, FIELD_LEVEL },
	{ IN_SYSTEM, "Opcode", NULL, FIELD_OPCODE },
	{ IN_SYSTEM, "Keywords", NULL, FIELD_KEYWORDS },
	{ IN_SYSTEM, "TimeCreated", "SystemTime", FIELD_TIME },
	{ IN_SYSTEM, "Correlation", "ActivityID", FIELD_ACTIVITY },
	{ IN_SYSTEM, "Correlation", "RelatedActivityID", FIELD_RELATED },
	{ IN_SYSTEM, "Execution", "ProcessID", FIELD_PROCESS },
	{ IN_SYSTEM, "Execution", "ThreadID", FIELD_THREAD },
	{ IN_SYSTEM, "Computer", NULL, FIELD_COMPUTER },
	{ IN_INFO, "RenderingInfo", "Culture", FIELD_CULTURE },
	{ IN_INFO, "Opcode", NULL, FIELD_NAME },
	{ IN_INFO, "Keyword", NULL, FIELD_KEYWORD },
	{ IN_EXTENDED, "EventGuid", NULL, FIELD_EVENT_GUID },
};

/* What to say for the errors that damage causes; libxml2's own words else. */
static const struct {
	int code;
	const char *text;
} messages[] = {
	{ XML_ERR_NAME_REQUIRED, "'&' or '<' that is not part of markup" },
	{ XML_ERR_ENTITYREF_SEMICOL_MISSING, "'&' that is not part of markup" },
	{ XML_ERR_INVALID_CHAR, "a character that XML forbids" },
	{ XML_ERR_INVALID_ENCODING, "bytes that are not UTF-8" },
	{ XML_ERR_INVALID_CHARREF, "a character reference that XML forbids" },
	{ XML_ERR_UNDECLARED_ENTITY, "an entity that XML does not know" },
	{ XML_ERR_TAG_NAME_MISMATCH, "an end tag that does not fit its start tag" },
	{ XML_ERR_LT_IN_ATTRIBUTE, "'<' in an attribute" },
	{ XML_ERR_INTERNAL_ERROR, "bytes that are no XML" },
	{ XML_ERR_DOCUMENT_END, "text after the end of the trace" },
};

static uint64_t
position(const struct freb_feed *feed, const xmlChar *at)
{
	const xmlParserCtxt *ctxt = feed->parser;
	const xmlParserInput *in = ctxt->input;
	uint64_t consumed;

	if (!in || !in->base || at < in->base)
		return feed->start + feed->pushed;
	consumed = (uint64_t)in->consumed + (uint64_t)(at - in->base);
	consumed = consumed > feed->lead ? consumed - feed->lead : 0;
	return feed->start + (consumed < feed->pushed ? consumed : feed->pushed);
}

static void
fail_feed(struct freb_feed *feed, const char *message)
{
	xmlParserCtxt *ctxt = feed->parser;

	if (feed->failed)
		return;
	feed->failed = true;
	feed->error = strdup(message);
	feed->error_offset = position(feed, ctxt->input ? ctxt->input->cur : NULL);
	if (feed->error)
		feed->error[strcspn(feed->error, "\r\n")] = '\0';
}

static void
stop_feed(struct freb_feed *feed, const char *message)
{
	fail_feed(feed, message);
	xmlStopParser(feed->parser);
}

#if LIBXML_VERSION >= 21200
static void
on_error(void *ctx, const xmlError *error)
#else
static void
on_error(void *ctx, xmlError *error)
#endif
{
	struct freb_feed *feed = ctx;
	const char *text = error->message ? error->message : "bytes that are no XML";

	if (error->level != XML_ERR_FATAL)
		return;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].code == error->code)
			text = messages[i].text;
	fail_feed(feed, text);
}

static bool
is(const xmlChar *name, const char *word)
{
	return strcmp((const char *)name, word) == 0;
}

/* Value of an attribute among SAX2's groups of five; NULL = absent. */
static const xmlChar **
find_attribute(const xmlChar **attributes, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (is(attributes[i * 5], name))
			return attributes + (size_t)i * 5;
	return NULL;
}

static void
begin_target(struct freb_feed *feed, int target)
{
	feed->target = target;
	feed->target_depth = feed->depth;
	feed->text_start = feed->collect->text.len;
}

static void
put_field(struct freb_feed *feed, enum freb_field field, const xmlChar **attribute)
{
	struct freb_collect *c = feed->collect;

	if (c->field[field])
		return;		/* the first one counts */
	c->field[field] = c->text.len + 1;
	if (attribute) {
		buf_put(&c->text, attribute[3], (size_t)(attribute[4] - attribute[3]));
		buf_putc(&c->text, '\0');
	} else {
		begin_target(feed, TARGET_FIELD);
	}
}

static void
start_field(struct freb_feed *feed, const xmlChar *name, int count, const xmlChar **attributes)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const xmlChar **attribute = NULL;

		if ((int)fields[i].section != feed->section || !is(name, fields[i].element))
			continue;
		if (fields[i].attribute) {
			attribute = find_attribute(attributes, count, fields[i].attribute);
			if (!attribute)
				continue;
		}
		put_field(feed, fields[i].field, attribute);
	}
}

static void
start_pair(struct freb_feed *feed, struct freb_pairs *pairs, const char *key, int count,
	   const xmlChar **attributes)
{
	const xmlChar **attribute = find_attribute(attributes, count, key);
	const char *name = attribute ? (const char *)attribute[3] : "";
	size_t len = attribute ? (size_t)(attribute[4] - attribute[3]) : 0;

	if (freb_collect_pair(feed->collect, pairs, name, len))
		begin_target(feed, TARGET_PAIR);
}

static void
start_inside(struct freb_feed *feed, const xmlChar *name, int count, const xmlChar **attributes)
{
	if (feed->depth == 3) {
		feed->section = IN_NOTHING;
		for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
			if (is(name, sections[i].element))
				feed->section = sections[i].section;
	}
	if (feed->target != TARGET_NONE)
		return;
	if (feed->section == IN_DATA && feed->depth == 4 && is(name, "Data"))
		start_pair(feed, &feed->collect->data, "Name", count, attributes);
	else if (feed->section == IN_INFO && feed->depth == 4 && is(name, "Description"))
		start_pair(feed, &feed->collect->described, "Data", count, attributes);
	else
		start_field(feed, name, count, attributes);
}

static void
start_event(struct freb_feed *feed)
{
	const xmlParserCtxt *ctxt = feed->parser;
	const xmlChar *at = ctxt->input->cur;

	/* The parser stands at the end of the start tag; no '<' is possible within. */
	while (at > ctxt->input->base && *at != '<')
		at--;
	feed->in_event = true;
	feed->target = TARGET_NONE;
	feed->section = IN_NOTHING;
	freb_collect_reset(feed->collect);
	if (feed->on_start)
		feed->on_start(feed->arg, position(feed, at));
}

static void
on_start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		 int ns_count, const xmlChar **namespaces, int count, int defaulted,
		 const xmlChar **attributes)
{
	struct freb_feed *feed = ctx;

	(void)prefix;
	(void)uri;
	(void)ns_count;
	(void)namespaces;
	(void)defaulted;
	feed->depth++;
	if (feed->depth > DEPTH_MAX)
		stop_feed(feed, "elements nested too deeply");
	else if (feed->depth == 2 && is(name, "Event"))
		start_event(feed);
	else if (feed->in_event && is(name, "Event"))
		stop_feed(feed, "an event that has no end");
	else if (feed->in_event)
		start_inside(feed, name, count, attributes);
}

static void
end_target(struct freb_feed *feed)
{
	feed->target = TARGET_NONE;
	buf_putc(&feed->collect->text, '\0');
}

static void
on_end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct freb_feed *feed = ctx;
	const xmlParserInput *in = ((const xmlParserCtxt *)feed->parser)->input;

	(void)name;
	(void)prefix;
	(void)uri;
	if (feed->target != TARGET_NONE && feed->depth == feed->target_depth)
		end_target(feed);
	if (feed->depth == 1)
		feed->root_closed = true;
	if (feed->depth == 2 && feed->in_event) {
		feed->in_event = false;
		feed->whole = true;
		if (feed->on_event)
			feed->on_event(feed->arg, position(feed, in ? in->cur : NULL));
		else
			xmlStopParser(feed->parser);
	}
	if (feed->depth > 0)
		feed->depth--;
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct freb_feed *feed = ctx;
	struct freb_collect *c = feed->collect;

	if (feed->target == TARGET_NONE || feed->depth != feed->target_depth)
		return;
	if (c->text.len - feed->text_start + (size_t)len > FREB_VALUE_MAX)
		c->cut = true;
	else
		buf_put(&c->text, text, (size_t)len);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	stop_feed(ctx, "a DOCTYPE, which traces never have");
}

xmlParserCtxt *
freb_parser_new(void *arg, startElementNsSAX2Func start, bool recover)
{
	xmlSAXHandler sax;
	xmlParserCtxt *ctxt;
	/* NOENT: without it &amp; in an attribute stays &#38;; there are no other entities. */
	int options = XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT;

	memset(&sax, 0, sizeof(sax));
	sax.initialized = XML_SAX2_MAGIC;
	sax.startElementNs = start;
	sax.endElementNs = on_end_element;
	sax.characters = on_text;
	sax.ignorableWhitespace = on_text;
	sax.cdataBlock = on_text;
	sax.internalSubset = on_doctype;
	sax.serror = on_error;
	ctxt = xmlCreatePushParserCtxt(&sax, arg, NULL, 0, NULL);
	if (ctxt)
		xmlCtxtUseOptions(ctxt, options | (recover ? XML_PARSE_RECOVER : 0));
	return ctxt;
}

void
freb_parser_free(xmlParserCtxt *ctxt)
{
	if (!ctxt)
		return;
	if (ctxt->myDoc)
		xmlFreeDoc(ctxt->myDoc);
	xmlFreeParserCtxt(ctxt);
}

int
freb_feed_open(struct freb_feed *feed, struct freb_collect *collect, uint64_t start, bool recover)
{
	memset(feed, 0, sizeof(*feed));
	feed->collect = collect;
	feed->start = start;
	feed->lead = OWN_ROOT_LEN;
	feed->parser = freb_parser_new(feed, on_start_element, recover);
	if (!feed->parser)
		return -ENOMEM;
	xmlParseChunk(feed->parser, own_root, (int)OWN_ROOT_LEN, 0);
	return 0;
}

void
freb_feed_push(struct freb_feed *feed, const char *data, size_t len)
{
	feed->pushed += len;
	xmlParseChunk(feed->parser, data, (int)len, 0);
}

void
freb_feed_end(struct freb_feed *feed)
{
	bool failed = feed->failed;

	xmlParseChunk(feed->parser, NULL, 0, 1);
	if (!failed && feed->failed)
		feed->at_end = true;
	if (feed->target != TARGET_NONE)
		end_target(feed);
}

void
freb_feed_done(struct freb_feed *feed)
{
	freb_parser_free(feed->parser);
	free(feed->error);
	memset(feed, 0, sizeof(*feed));
}

static void
push_all(struct freb_feed *feed, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len && !feed->whole; at += FREB_CHUNK)
		freb_feed_push(feed, bytes + at, len - at < FREB_CHUNK ? len - at : FREB_CHUNK);
	if (!feed->whole)
		freb_feed_end(feed);
}

/* Where the start tag itself is broken, a good one goes in its place. */
static void
put_start_tag(const char **bytes, size_t *len, struct buf *mended)
{
	const char *end;

	if (*len > 6 && memcmp(*bytes, "<Event", 6) == 0 && strchr(" \t\r\n/>", (*bytes)[6]))
		return;
	end = memchr(*bytes, '>', *len);
	if (!end)
		return;
	buf_puts(mended, "<Event>");
	*len -= (size_t)(end + 1 - *bytes);
	*bytes = end + 1;
}

int
freb_parse_event(const char *bytes, size_t len, bool mend, struct freb_collect *c)
{
	struct buf mended = BUF_INIT;
	struct freb_feed feed;
	int result;

	freb_collect_reset(c);
	result = freb_feed_open(&feed, c, 0, mend);
	if (result < 0)
		return result;
	if (mend) {
		put_start_tag(&bytes, &len, &mended);
		freb_mend(bytes, len, &mended);
		bytes = buf_text(&mended);
		len = mended.len;
	}
	push_all(&feed, bytes, len);
	result = feed.whole && !c->text.error ? 0 : -EBADMSG;
	buf_done(&mended);
	freb_feed_done(&feed);
	return result;
}
