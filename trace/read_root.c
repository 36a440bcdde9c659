/* SPDX-License-Identifier: MIT */
/*
 * read_root - the root's start tag: its attributes and where its content
 * begins.  The parser is stopped there, so a list of ten thousand traces reads
 * no more than their heads.  Two root shapes are known (with and without the
 * user attributes, FORMAT 2), so no attribute is required.
 */
#include <config.h>

#include "trace/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool
is(const xmlChar *name, const char *word)
{
	return strcmp((const char *)name, word) == 0;
}

struct root_feed {		/* begins like struct freb_feed: the callbacks share it */
	struct freb_feed feed;
	struct freb_root *root;	/* to be filled */
	bool found;		/* the root's start tag was met */
	bool empty;		/* it is <failedRequest/> */
	bool wrong;		/* the root is another element */
	bool no_memory;
	size_t end;		/* offset after the start tag */
};

static char *
attribute_name(const xmlChar **attribute)
{
	const char *prefix = (const char *)attribute[1];
	struct buf name = BUF_INIT;

	if (attribute[2] && is(attribute[2], FREB_OWN_NAMESPACE))
		prefix = "fp";
	if (prefix)
		buf_putf(&name, "%s:", prefix);
	buf_puts(&name, (const char *)attribute[0]);
	return buf_take(&name);
}

static bool
add_attribute(struct freb_root *root, const xmlChar **attribute)
{
	struct freb_attr *attrs = realloc(root->attrs, (root->attr_count + 1) * sizeof(*attrs));
	struct freb_attr *a;

	if (!attrs)
		return false;
	root->attrs = attrs;
	a = &attrs[root->attr_count];
	a->name = attribute_name(attribute);
	a->value = strndup((const char *)attribute[3], (size_t)(attribute[4] - attribute[3]));
	if (!a->name || !a->value) {
		free(a->name);
		free(a->value);
		return false;
	}
	root->attr_count++;
	return true;
}

static void
on_root(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int ns_count,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct root_feed *r = ctx;
	const xmlParserCtxt *ctxt = r->feed.parser;
	const xmlParserInput *in = ctxt->input;

	(void)prefix;
	(void)uri;
	(void)ns_count;
	(void)namespaces;
	(void)defaulted;
	if (r->found || r->wrong)
		return;
	r->wrong = !is(name, "failedRequest");
	r->found = !r->wrong;
	r->empty = in->cur[0] == '/';
	r->end = (size_t)in->consumed + (size_t)(in->cur - in->base) + (r->empty ? 2 : 1);
	for (int i = 0; i < count && r->found && !r->no_memory; i++)
		r->no_memory = !add_attribute(r->root, attributes + (size_t)i * 5);
	xmlStopParser(r->feed.parser);
}

static int
root_result(const struct root_feed *r, bool mend, char **error)
{
	if (r->no_memory)
		return -ENOMEM;
	if (r->found)
		return 0;
	if (!r->wrong && (!r->feed.failed || mend))
		return -EAGAIN;
	*error = strdup(r->wrong ? "the root element is not failedRequest"
			: r->feed.error ? r->feed.error : "bytes that are no XML");
	return *error ? -EBADMSG : -ENOMEM;
}

int
freb_parse_root(const char *bytes, size_t len, bool mend, struct freb_root *root, size_t *end,
		bool *empty, char **error)
{
	struct root_feed r;
	int result;

	memset(&r, 0, sizeof(r));
	memset(root, 0, sizeof(*root));
	*error = NULL;
	r.root = root;
	r.feed.parser = freb_parser_new(&r, on_root, mend);
	if (!r.feed.parser)
		return -ENOMEM;
	for (size_t at = 0; at < len && !r.found && !r.wrong && (mend || !r.feed.failed);
	     at += FREB_CHUNK)
		freb_feed_push(&r.feed, bytes + at, len - at < FREB_CHUNK ? len - at : FREB_CHUNK);
	result = root_result(&r, mend, error);
	*end = result == -EBADMSG ? (size_t)r.feed.error_offset : r.end;
	*empty = r.empty;
	freb_feed_done(&r.feed);
	return result;
}

void
freb_root_done(struct freb_root *root)
{
	for (size_t i = 0; i < root->attr_count; i++) {
		free(root->attrs[i].name);
		free(root->attrs[i].value);
	}
	free(root->attrs);
	memset(root, 0, sizeof(*root));
}
