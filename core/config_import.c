/* SPDX-License-Identifier: MIT */
/*
 * config_import - the input as a tree, the notes, and the result as text.
 * What is done with each section: config_import_copy.c, _sites.c,
 * _locations.c, _rules.c, _conditions.c.
 */
#include <config.h>

#include "core/config_import_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENCRYPTED "[enc:"
#define NOTE_LINES 12u	/* lines named in the comment for one and the same note */

/* ---- the input ---- */

static void
put_utf8(struct buf *b, unsigned int c)
{
	if (c < 0x80) {
		buf_putc(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_putc(b, (char)(0xC0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_putc(b, (char)(0xE0 | c >> 12));
		} else {
			buf_putc(b, (char)(0xF0 | c >> 18));
			buf_putc(b, (char)(0x80 | (c >> 12 & 0x3F)));
		}
		buf_putc(b, (char)(0x80 | (c >> 6 & 0x3F)));
	}
	buf_putc(b, (char)(0x80 | (c & 0x3F)));
}

/* false: half a character. */
static bool
from_utf16(const unsigned char *p, size_t len, bool big, struct buf *out)
{
	unsigned int high = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		unsigned int c = big ? p[i] << 8u | p[i + 1] : p[i + 1] << 8u | p[i];
		bool low = (c & 0xFC00) == 0xDC00;

		if (low != (high != 0))
			return false;
		if ((c & 0xFC00) == 0xD800) {
			high = c;
			continue;
		}
		put_utf8(out, high ? 0x10000 + ((high & 0x3FF) << 10 | (c & 0x3FF)) : c);
		high = 0;
	}
	return len % 2 == 0 && !high;
}

/* Windows writes UTF-16 or UTF-8 with a mark; each becomes UTF-8 without one. */
static int
decode(const char *file, const char *text, size_t len, struct buf *out, struct messages *m)
{
	const unsigned char *p = (const unsigned char *)text;
	bool little = len >= 2 && p[0] == 0xFF && p[1] == 0xFE;
	bool big = len >= 2 && p[0] == 0xFE && p[1] == 0xFF;
	bool fine = true;

	buf_init(out, IMPORT_MAX);
	if (len > IMPORT_MAX)
		out->error = -EMSGSIZE;
	else if (little || big)
		fine = from_utf16(p + 2, len - 2, big, out);
	else if (len >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
		buf_put(out, text + 3, len - 3);
	else
		buf_put(out, text, len);
	if (out->error == -EMSGSIZE)
		message_add(m, false, file, "the file is too large; allowed: %zu bytes",
			    IMPORT_MAX);
	else if (out->error)
		message_add(m, false, file, "%s", strerror(-out->error));
	else if (!fine)
		message_add(m, false, file, "it begins as UTF-16 does, but is not; "
			    "allowed: UTF-8 or UTF-16");
	return out->error || !fine ? -EINVAL : 0;
}

static int
find_lines(struct import *im)
{
	const char *text = im->tree.text, *end = text + im->tree.len;
	size_t *lines, n = 1;

	for (const char *p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	lines = calloc(n + 1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	im->line_count = n;
	n = 1;
	for (const char *p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines[n++] = (size_t)(p + 1 - text);
	lines[n] = im->tree.len;
	im->lines = lines;
	return 0;
}

/* ---- asking the tree ---- */

bool
import_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

xmlNode *
import_child(const xmlNode *node, const char *name)
{
	xmlNode *child = node ? node->children : NULL;

	while (child && !import_is(child, name))
		child = child->next;
	return child;
}

const char *
import_attribute(struct import *im, const xmlNode *node, const char *name)
{
	const xmlAttr *attr = xmlHasProp((xmlNode *)node, (const xmlChar *)name);
	const char *text = "";

	if (!attr)
		return NULL;
	if (attr->children && attr->children->content)
		text = (const char *)attr->children->content;
	if (strncmp(text, ENCRYPTED, sizeof(ENCRYPTED) - 1) != 0)
		return text;
	import_note(im, node, name, "it is encrypted by configProtectedData; write it by hand, "
		    "or better a file that holds it");
	return NULL;
}

bool
import_bool(struct import *im, const xmlNode *node, const char *name, bool standard)
{
	const char *text = import_attribute(im, node, name);
	bool value = standard;

	if (text && value_bool(text, &value) < 0)
		import_note(im, node, name, "it is neither true nor false; the default counts");
	return value;
}

char *
import_strdup(struct import *im, const char *text)
{
	static char nothing[1];
	char *copy = arena_strdup(&im->memory, text);

	im->no_memory |= !copy;
	return copy ? copy : nothing;
}

/* ---- notes ---- */

/* The line an element begins on, or one of its attributes: the tree has that of the tag's end. */
static long
line_of(const struct import *im, const xmlNode *node, const char *name)
{
	long last = xmlGetLineNo((xmlNode *)node), line = last;
	const char *text = im->tree.text, *what = (const char *)node->name, *tag = NULL;
	size_t len = strlen(what);

	for (; !tag && line > 0 && (size_t)line <= im->line_count; line--) {
		const char *p = text + im->lines[line - 1], *end = text + im->lines[line];

		for (; p + len < end && (p = memchr(p, '<', (size_t)(end - p))); p++)
			if ((size_t)(end - p) > len && !memcmp(p + 1, what, len))
				tag = p;
	}
	if (!tag)
		return last;
	for (line++; name && line < last; line++) {
		const char *p = text + im->lines[line - 1], *end = text + im->lines[line];
		const char *from = p < tag ? tag : p;

		if (memmem(from, (size_t)(end - from), name, strlen(name)))
			break;
	}
	return line;
}

static void
add_note(struct import *im, const struct import_note *note)
{
	if (im->note_count == im->note_cap) {
		size_t cap = im->note_cap ? im->note_cap * 2 : 64;
		struct import_note *more = realloc(im->notes, cap * sizeof(*more));

		if (!more) {
			im->no_memory = true;
			return;
		}
		im->notes = more;
		im->note_cap = cap;
	}
	im->notes[im->note_count++] = *note;
}

/* The name of the element, or of what it stands in: a rule, a site, a farm. */
static const char *
owner_of(const xmlNode *node)
{
	for (; node && node->type == XML_ELEMENT_NODE; node = node->parent) {
		const xmlAttr *attr = xmlHasProp((xmlNode *)node, (const xmlChar *)"name");

		if (!attr && import_is(node, "location"))
			attr = xmlHasProp((xmlNode *)node, (const xmlChar *)"path");
		if (attr && attr->children && attr->children->content)
			return (const char *)attr->children->content;
	}
	return "";
}

void
import_note(struct import *im, const xmlNode *node, const char *name, const char *fmt, ...)
{
	const char *owner = owner_of(node);
	struct import_note note = { .line = line_of(im, node, name) };
	struct buf b = BUF_INIT;
	va_list ap;

	tree_path(node, &b);
	if (name)
		buf_putf(&b, "/@%s", name);
	note.what = import_strdup(im, buf_text(&b));
	buf_reset(&b);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	note.text = import_strdup(im, buf_text(&b));
	buf_reset(&b);
	if (*owner && !strstr(owner, ENCRYPTED))
		value_quote(owner, &b);
	note.name = import_strdup(im, buf_text(&b));
	buf_done(&b);
	add_note(im, &note);
}

static int
by_line(const void *a, const void *b)
{
	const struct import_note *x = a, *y = b;

	return x->line < y->line ? -1 : x->line > y->line;
}

static int
by_text(const void *a, const void *b)
{
	const struct import_note *x = a, *y = b;
	int r = strcmp(x->what, y->what);

	r = r ? r : strcmp(x->text, y->text);
	return r ? r : by_line(a, b);
}

static void
sort_notes(struct import *im, int (*order)(const void *, const void *))
{
	if (im->note_count)
		qsort(im->notes, im->note_count, sizeof(*im->notes), order);
}

static void
put_notes(struct import *im, struct buf *out)
{
	sort_notes(im, by_line);
	for (size_t i = 0; i < im->note_count; i++) {
		const struct import_note *n = &im->notes[i];

		buf_putf(out, "%s:%ld: %s%s%s: %s\n", im->tree.file, n->line, n->what,
			 *n->name ? " " : "", n->name, n->text);
	}
}

/* Two hyphens would end a comment too early. */
static void
put_comment(struct buf *out, const char *text)
{
	for (char before = 0; *text; before = *text++) {
		if (*text == '-' && before == '-')
			buf_putc(out, ' ');
		buf_putc(out, *text == '\n' ? ' ' : *text);
	}
}

/* One entry for what is said several times, with the lines it is said of. */
static void
put_comment_notes(struct import *im, struct buf *out)
{
	size_t next;

	sort_notes(im, by_text);
	for (size_t i = 0; i < im->note_count; i = next) {
		const struct import_note *n = &im->notes[i];
		size_t told = 0;

		for (next = i + 1; next < im->note_count &&
		     !strcmp(n->what, im->notes[next].what) &&
		     !strcmp(n->text, im->notes[next].text); next++)
			;
		buf_puts(out, next - i > 1 ? "\n  lines " : "\n  line ");
		for (size_t k = i; k < next && told < NOTE_LINES; k++) {
			if (k > i && im->notes[k].line == im->notes[k - 1].line)
				continue;
			buf_putf(out, "%s%ld", told++ ? ", " : "", im->notes[k].line);
		}
		if (told == NOTE_LINES && next - i > told)
			buf_putf(out, " and more, %zu in all", next - i);
		buf_puts(out, ": ");
		put_comment(out, n->what);
		buf_puts(out, ":\n    ");
		put_comment(out, n->text);
	}
}

/* ---- the result ---- */

static void
put_result(struct import *im, struct buf *out)
{
	xmlBuffer *xml = xmlBufferCreate();
	int n = xml ? xmlNodeDump(xml, im->doc, xmlDocGetRootElement(im->doc), 0, 1) : -1;

	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<!-- Imported by frebproxy from ");
	put_comment(out, strrchr(im->tree.file, '/') ? strrchr(im->tree.file, '/') + 1 :
		    im->tree.file);
	buf_puts(out, ".\n  frebproxy.xml(5) explains what stands here.");
	if (im->note_count)
		buf_puts(out, "  What was not taken over:");
	put_comment_notes(im, out);
	buf_puts(out, "\n-->\n");
	if (n < 0)
		im->no_memory = true;
	else
		buf_put(out, xmlBufferContent(xml), (size_t)xmlBufferLength(xml));
	buf_putc(out, '\n');
	xmlBufferFree(xml);
}

/* All but the sites, which stand below the root. */
static void
import_application_host(struct import *im, const xmlNode *from, xmlNode *root)
{
	xmlNode *to = NULL;

	for (const xmlNode *n = from->children; n; n = n->next) {
		if (import_is(n, "webLimits"))
			to = to ? to : import_add(im, root, "system.applicationHost");
		if (import_is(n, "webLimits"))
			import_copy(im, n, to, ELEMENT_WEB_LIMITS);
		else if (n->type == XML_ELEMENT_NODE && !import_is(n, "sites"))
			import_note_unknown(im, n, NULL);
	}
	if (to && !to->children) {
		xmlUnlinkNode(to);
		xmlFreeNode(to);
	}
}

static void
import_root(struct import *im, const xmlNode *root, const char *roots)
{
	const xmlNode *host = import_child(root, "system.applicationHost");
	const xmlNode *below = import_child(host, "sites");
	const xmlNode *sites = below ? below : import_child(root, "sites");
	xmlNode *out = xmlDocGetRootElement(im->doc);

	for (const xmlNode *n = root->children; n; n = n->next)
		if (import_is(n, "webFarms"))
			im->farms = import_copy(im, n, out, ELEMENT_WEB_FARMS);
	if (roots)
		import_set(im, import_add(im, out, "clientCertificates"), "caFile", roots);
	im->roots = roots || import_child(root, "clientCertificates");
	for (const xmlNode *n = root->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || import_is(n, "webFarms") ||
		    import_is(n, "sites") || import_is(n, "location"))
			continue;
		if (import_is(n, "system.webServer"))
			im->server = import_copy(im, n, out, ELEMENT_WEB_SERVER);
		else if (n == host)
			import_application_host(im, host, out);
		else
			import_section(im, n, out);
	}
	import_locations(im);
	if (sites)
		import_sites(im, sites);
}

static void
check_result(struct import *im, struct messages *m)
{
	const char *file = im->tree.file;

	if (im->no_memory)
		message_add(m, false, file, "out of memory");
	else if (!import_child(im->farms, "webFarm"))
		message_add(m, false, file, "there is no web farm with a server in it; allowed: "
			    "the applicationHost.config of a machine with Application Request "
			    "Routing");
	else if (!import_child(im->sites, "site"))
		message_add(m, false, file, "no site of it leads to a web farm; allowed: rewrite "
			    "rules to http://FARM/..., as those named ARR_FARM_loadbalance");
}

static void
import_done(struct import *im)
{
	tree_done(&im->tree);
	xmlFreeDoc(im->doc);
	arena_done(&im->memory);
	free((void *)im->lines);
	free(im->notes);
	free(im->rules);
}

int
config_import_text(const char *file, const char *text, size_t len, const char *roots,
		   struct buf *out, struct buf *notes, struct messages *m)
{
	struct import im = { .tree = { .file = file } };
	struct buf utf8 = BUF_INIT;
	unsigned int before = m->errors;
	xmlNode *root;

	arena_init(&im.memory, (size_t)256 << 20);
	if (decode(file, text, len, &utf8, m) < 0 ||
	    tree_read_utf8(&im.tree, file, buf_text(&utf8), utf8.len, IMPORT_MAX, m) < 0)
		goto out;
	root = tree_root(&im.tree);
	im.doc = xmlNewDoc((const xmlChar *)"1.0");
	if (!im.doc || find_lines(&im) < 0) {
		message_add(m, false, file, "out of memory");
		goto out;
	}
	xmlDocSetRootElement(im.doc, xmlNewDocNode(im.doc, NULL, (const xmlChar *)"configuration",
						   NULL));
	if (!import_is(root, "configuration"))
		message_add(m, false, file, "the root element is not configuration; allowed: "
			    "an applicationHost.config of IIS");
	else
		import_root(&im, root, roots);
	if (m->errors == before)
		check_result(&im, m);
	put_notes(&im, notes);
	if (m->errors == before)
		put_result(&im, out);
	if (m->errors == before && (im.no_memory || out->error))
		message_add(m, false, file, "out of memory");
out:
	import_done(&im);
	buf_done(&utf8);
	return m->errors == before ? 0 : -EINVAL;
}
