/* SPDX-License-Identifier: MIT */
/*
 * config_tree - reading frebproxy.xml into a tree, naming places in it, and
 * reading values out of it.  What is allowed stands in config_schema.c.
 *
 * Source: libxml2's SAX2 tree builder.  It gives a node the line its start tag
 * ends on, so the line of an attribute is looked up in the text.
 */
#include <config.h>

#include "core/config_tree.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

static bool
is_name_char(char c)
{
	return c == '_' || c == '-' || c == '.' || c == ':' || (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80);
}

/* Does "name" stand at p: after '<' for an element, before '=' for an attribute? */
static bool
name_is_at(const struct tree *t, const char *p, const char *name, bool element)
{
	const char *end = t->text + t->len;
	size_t len = strlen(name);
	const char *q = p + len;

	if ((size_t)(end - p) <= len || memcmp(p, name, len) || p == t->text)
		return false;
	if (element)
		return p[-1] == '<' && !is_name_char(*q);
	while (q < end && strchr(" \t\r\n", *q))
		q++;
	return !is_name_char(p[-1]) && q < end && *q == '=';
}

/* Where line `last` ends. */
static const char *
end_of_line(const struct tree *t, long last)
{
	const char *p = t->text, *end = t->text + t->len;

	for (long line = 1; line <= last && p && p < end; line++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p)
			p++;
	}
	return p ? p : end;
}

/*
 * The line of a name in the start tag that ends on line `last`: the last place
 * before the end of that line where it stands; `last` if it is not found.
 */
static long
line_of(const struct tree *t, long last, const char *name, bool element)
{
	const char *p;
	long line = 1;

	if (!t->text)
		return last;
	for (p = end_of_line(t, last) - 1; p > t->text; p--)
		if (name_is_at(t, p, name, element))
			break;
	if (p <= t->text)
		return last;
	for (const char *q = t->text; q < p; q++)
		line += *q == '\n';
	return line;
}

void
tree_path(const xmlNode *node, struct buf *out)
{
	const xmlNode *up = node->parent;

	if (up && up->type == XML_ELEMENT_NODE && up->parent &&
	    up->parent->type == XML_ELEMENT_NODE) {
		tree_path(up, out);
		buf_putc(out, '/');
	}
	buf_puts(out, (const char *)node->name);
}

/* Line ends from the first visible character on. */
static long
lines_of_text(const char *text)
{
	long lines = 0;

	for (text += strspn(text, " \t\r\n"); *text; text++)
		lines += *text == '\n';
	return lines;
}

static void
put_place(const struct tree *t, const xmlNode *node, const char *name, struct buf *out)
{
	const xmlAttr *attr = name ? xmlHasProp((xmlNode *)node, (const xmlChar *)name) : NULL;
	long line = xmlGetLineNo((xmlNode *)node);
	bool element = node->type == XML_ELEMENT_NODE;	/* else text in one */

	if (attr && attr->_private) {
		buf_puts(out, attr->_private);
		return;
	}
	if (*t->file && t->text) {
		const char *what = name ? name : (const char *)node->name;

		if (element)
			line = line_of(t, line, what, !name);
		else	/* it ends there */
			line -= lines_of_text((const char *)node->content);
		buf_putf(out, "%s:%ld: ", t->file, line);
	} else {
		buf_puts(out, "command line: ");
	}
	tree_path(element ? node : node->parent, out);
	if (name)
		buf_putf(out, "/@%s", name);
}

static void
vmessage(struct tree *t, bool warning, const xmlNode *node, const char *name,
	 const char *fmt, va_list ap)
{
	struct buf where = BUF_INIT;

	if (t->messages->errors + t->messages->warnings < MESSAGES_MAX)
		put_place(t, node, name, &where);
	message_vadd(t->messages, warning, buf_text(&where), fmt, ap);
	buf_done(&where);
}

void
tree_message(struct tree *t, bool warning, const xmlNode *node, const char *name,
	     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(t, warning, node, name, fmt, ap);
	va_end(ap);
}

void
tree_error(struct tree *t, const xmlNode *node, enum config_attribute a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(t, false, node, a < ATTR_COUNT ? attribute_info[a].name : NULL, fmt, ap);
	va_end(ap);
}

void
tree_warning(struct tree *t, const xmlNode *node, enum config_attribute a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(t, true, node, a < ATTR_COUNT ? attribute_info[a].name : NULL, fmt, ap);
	va_end(ap);
}

/* ---- reading ---- */

#if LIBXML_VERSION >= 21200
typedef const xmlError *xml_error;
#else
typedef xmlError *xml_error;
#endif

static void
on_xml_error(void *data, xml_error error)
{
	struct tree *t = ((xmlParserCtxt *)data)->_private;
	struct buf where = BUF_INIT;
	size_t len = error->message ? strcspn(error->message, "\n") : 0;

	buf_putf(&where, "%s:%d", t->file, error->line);
	message_add(t->messages, false, buf_text(&where), "the XML is not well-formed: %.*s",
		    (int)(len > 200 ? 200 : len), len ? error->message : "");
	buf_done(&where);
}

/* A document type could bring entities of its own and files from elsewhere. */
static void
on_document_type(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = data;
	struct tree *t = parser->_private;
	struct buf where = BUF_INIT;

	(void)name;
	(void)external;
	(void)system;
	buf_putf(&where, "%s:%d", t->file, xmlSAX2GetLineNumber(parser));
	message_add(t->messages, false, buf_text(&where),
		    "a document type is not allowed; allowed: elements and attributes only");
	buf_done(&where);
	xmlStopParser(parser);
}

static char *
folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return strdup("");
	return slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
}

static int
read_tree(struct tree *t, const char *file, const char *text, size_t len, struct messages *m,
	  size_t max, int options)
{
	xmlParserCtxt *parser = NULL;
	unsigned int before = m->errors;

	*t = (struct tree){ .file = file, .text = text, .len = len, .messages = m };
	t->base = folder_of(file);
	if (len > max) {
		message_add(m, false, file, "the file is larger than %zu bytes", max);
		return -EINVAL;
	}
	parser = xmlNewParserCtxt();
	if (!parser || !t->base) {
		message_add(m, false, file, "%s", strerror(ENOMEM));
		goto out;
	}
	parser->_private = t;
	parser->sax->serror = on_xml_error;
	parser->sax->internalSubset = on_document_type;
	t->doc = xmlCtxtReadMemory(parser, text, (int)len, NULL, NULL,
				   XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOCDATA |
				   XML_PARSE_COMPACT | options);
	if ((!t->doc || !xmlDocGetRootElement(t->doc)) && m->errors == before)
		message_add(m, false, file, "there is no XML in the file");
out:
	xmlFreeParserCtxt(parser);
	return m->errors == before && t->doc ? 0 : -EINVAL;
}

int
tree_read(struct tree *t, const char *file, const char *text, size_t len, struct messages *m)
{
	return read_tree(t, file, text, len, m, TREE_MAX, 0);
}

int
tree_read_utf8(struct tree *t, const char *file, const char *text, size_t len, size_t max,
	       struct messages *m)
{
	return read_tree(t, file, text, len, m, max, XML_PARSE_IGNORE_ENC);
}

void
tree_done(struct tree *t)
{
	xmlFreeDoc(t->doc);
	free(t->base);
	*t = (struct tree){ .file = "" };
}

/* ---- values ---- */

xmlNode *
tree_root(const struct tree *t)
{
	return xmlDocGetRootElement(t->doc);
}

/* tree_check has noted each element's kind in its node. */
static xmlNode *
first_of(xmlNode *node, enum config_element e)
{
	while (node && (node->type != XML_ELEMENT_NODE || (uintptr_t)node->_private != e))
		node = node->next;
	return node;
}

xmlNode *
tree_child(const xmlNode *parent, enum config_element e)
{
	return parent ? first_of(parent->children, e) : NULL;
}

xmlNode *
tree_next(const xmlNode *node)
{
	return first_of(node->next, (enum config_element)(uintptr_t)node->_private);
}

bool
tree_is_damaged(const xmlNode *node)
{
	return node && node->psvi;
}

size_t
tree_count(const xmlNode *parent, enum config_element e)
{
	size_t n = 0;

	for (const xmlNode *node = tree_child(parent, e); node; node = tree_next(node))
		n++;
	return n;
}

bool
tree_has(const xmlNode *node, enum config_attribute a)
{
	return node && xmlHasProp((xmlNode *)node, (const xmlChar *)attribute_info[a].name);
}

const char *
tree_text(const xmlNode *node, enum config_attribute a)
{
	const struct attribute_info *info = &attribute_info[a];
	const xmlAttr *attr = NULL;

	if (node)
		attr = xmlHasProp((xmlNode *)node, (const xmlChar *)info->name);
	if (!attr)
		return info->standard ? info->standard : "";
	return attr->children && attr->children->content ?
	       (const char *)attr->children->content : "";
}

bool
tree_bool(const xmlNode *node, enum config_attribute a)
{
	bool v = false;

	value_bool(tree_text(node, a), &v);
	return v;
}

uint64_t
tree_number(const xmlNode *node, enum config_attribute a)
{
	uint64_t v = 0;

	value_number(tree_text(node, a), attribute_info[a].limits, &v);
	return v;
}

unsigned int
tree_seconds(const xmlNode *node, enum config_attribute a)
{
	unsigned int v = 0;

	value_seconds(tree_text(node, a), attribute_info[a].limits, &v);
	return v;
}

unsigned int
tree_word(const xmlNode *node, enum config_attribute a)
{
	unsigned int v = 0;

	value_word(tree_text(node, a), attribute_info[a].limits, &v);
	return v;
}
