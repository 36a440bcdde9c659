/* SPDX-License-Identifier: MIT */
/*
 * config_import_copy - elements that mean the same in both files: what
 * config.def has a row for and accepts is copied, the rest is noted.
 */
#include <config.h>

#include "core/config_import_private.h"

#include <string.h>
#include <strings.h>

static const struct { const char *what, *text; } sayings[] = {
#define SAY(what, text) { what, text },
#include "core/config_import.def"
#undef SAY
};

/* Does path end with what, at a step or a name of its own? */
static bool
ends_with(const char *path, const char *what)
{
	size_t n = strlen(path), w = strlen(what);

	if (n < w || strcmp(path + n - w, what))
		return false;
	return n == w || *what == '@' || path[n - w - 1] == '/' || path[n - w - 1] == '@';
}

void
import_note_unknown(struct import *im, const xmlNode *node, const char *name)
{
	struct buf path = BUF_INIT;
	const char *text = "not known to frebproxy; see in frebproxy.xml(5) whether something is "
			   "needed";

	tree_path(node, &path);
	if (name)
		buf_putf(&path, "/@%s", name);
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		if (!ends_with(buf_text(&path), sayings[i].what))
			continue;
		text = sayings[i].text;
		break;
	}
	buf_done(&path);
	import_note(im, node, name, "%s", text);
}

xmlNode *
import_add(struct import *im, xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? xmlNewChild(parent, NULL, (const xmlChar *)name, NULL) : NULL;

	im->no_memory |= !node;
	return node;
}

void
import_set(struct import *im, xmlNode *node, const char *name, const char *value)
{
	if (node && !xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value))
		im->no_memory = true;
}

/* %SystemDrive%\inetpub\logs, C:\logs, \\server\share */
static bool
is_windows_path(enum value_type type, const char *text)
{
	if (type != VALUE_FOLDER && type != VALUE_FILE && type != VALUE_FILES && type != VALUE_KEY)
		return false;
	return strchr(text, '\\') || *text == '%' || (*text && text[1] == ':');
}

/*
 * sslFlags without what frebproxy has no need of.  A word nobody knows may ask for something:
 * then the strictest counts, since a rule that is lost would let somebody in.
 */
static void
copy_ssl_flags(struct import *im, const xmlNode *from, const char *text, xmlNode *to)
{
	struct buf flags = BUF_INIT;
	unsigned int bits = 0;

	for (const char *p = text; *p; p += strspn(p, ", \t")) {
		size_t len = strcspn(p, ", \t");

		if (len == strlen("SslMapCert") && !strncasecmp(p, "SslMapCert", len))
			import_note(im, from, "sslFlags", "SslMapCert was left out: there are no "
				    "Windows accounts; the farm gets the certificate in "
				    "X-ARR-ClientCert");
		else if (len)
			buf_putf(&flags, "%s%.*s", flags.len ? ", " : "", (int)len, p);
		p += len;
	}
	if (flags.len && value_ssl_flags(buf_text(&flags), &bits) < 0) {
		import_note(im, from, "sslFlags", "a word of it is not known to frebproxy, so the "
			    "strictest was written; see access in frebproxy.xml(5)");
		buf_reset(&flags);
		buf_puts(&flags, "Ssl, SslNegotiateCert, SslRequireCert");
		bits = SSL_FLAG_REQUIRE_CERT;
	}
	import_set(im, to, "sslFlags", flags.len ? buf_text(&flags) : "None");
	buf_done(&flags);
	if (bits & (SSL_FLAG_NEGOTIATE_CERT | SSL_FLAG_REQUIRE_CERT) && !im->roots) {
		im->roots = true;
		import_note(im, from, "sslFlags", "whom to believe stands in the Windows store of "
			    "trusted roots; export the roots of the badges and name them in caFile "
			    "of clientCertificates, or with --client-ca beside --import");
	}
}

bool
import_copy_attribute(struct import *im, const xmlNode *from, const xmlAttr *attr, xmlNode *to,
		      enum config_element e)
{
	const char *name = (const char *)attr->name;
	enum config_attribute a = tree_attribute(e, name);
	const struct attribute_info *info = a < ATTR_COUNT ? &attribute_info[a] : NULL;
	const char *text;
	struct buf reason = BUF_INIT, allowed = BUF_INIT;
	bool fine = false;

	if (attr->ns || !info || info->type == VALUE_UNUSED) {
		import_note_unknown(im, from, name);
		return false;
	}
	text = import_attribute(im, from, name);
	if (!text)
		return false;
	if (info->type == VALUE_SSL_FLAGS) {
		copy_ssl_flags(im, from, text, to);
		fine = true;
	} else if (is_windows_path(info->type, text)) {
		import_note(im, from, name, "a path of Windows; set it to one of this machine");
	} else if (!value_check(info->type, info->limits, text, im->tree.base, &reason)) {
		value_allowed(info->type, info->limits, &allowed);
		import_note(im, from, name, "this value is not known to frebproxy; allowed: %s",
			    buf_text(&allowed));
	} else {
		import_set(im, to, name, text);
		fine = true;
	}
	buf_done(&reason);
	buf_done(&allowed);
	return fine;
}

/* false: something that must be there is not. */
static bool
has_all(struct import *im, const xmlNode *from, const xmlNode *to, enum config_element e)
{
	for (size_t i = 0; i < ATTR_COUNT; i++) {
		const struct attribute_info *info = &attribute_info[i];

		if (info->element != e || info->standard || info->type == VALUE_UNUSED ||
		    tree_has(to, (enum config_attribute)i))
			continue;
		import_note(im, from, NULL, "left out, since %s is not there or of no use; "
			    "write it by hand", info->name);
		return false;
	}
	return true;
}

static void
copy_child(struct import *im, const xmlNode *from, xmlNode *to, enum config_element parent)
{
	enum config_element e = tree_child_kind(parent, (const char *)from->name);

	if (from->type != XML_ELEMENT_NODE)
		return;
	if (parent == ELEMENT_WEB_SERVER && import_is(from, "rewrite"))
		import_rewrite(im, from, NULL);
	else if (from->ns || e == ELEMENT_NONE)
		import_note_unknown(im, from, NULL);
	else
		import_copy(im, from, to, e);
}

xmlNode *
import_copy(struct import *im, const xmlNode *from, xmlNode *parent, enum config_element e)
{
	xmlNode *to = import_add(im, parent, (const char *)from->name);

	if (!to)
		return NULL;
	for (const xmlAttr *a = from->properties; a; a = a->next)
		import_copy_attribute(im, from, a, to, e);
	for (const xmlNode *c = from->children; c; c = c->next)
		copy_child(im, c, to, e);
	/* An element that says nothing any more; serverTls says something by being there. */
	if (has_all(im, from, to, e) && (to->properties || to->children || e == ELEMENT_SERVER_TLS))
		return to;
	xmlUnlinkNode(to);
	xmlFreeNode(to);
	return NULL;
}

void
import_section(struct import *im, const xmlNode *from, xmlNode *root)
{
	copy_child(im, from, root, ELEMENT_CONFIGURATION);
}
