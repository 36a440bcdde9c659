/* SPDX-License-Identifier: MIT */
/*
 * config_protocol - the connection to a farm's servers and the headers set on
 * it: what a server is told of the client, in which form, under which name.
 * Sources: ARR 1.1 and 1.2; the schema of ARR for names and defaults.
 */
#include <config.h>

#include "core/config_build.h"
#include "core/forward/cert_format.h"
#include "core/forward/guard.h"

#include <string.h>
#include <strings.h>

#define CERT_HEADERS_MAX 32

/* ---- names of header fields ---- */

/* What a name is compared as. */
static char *
folded(struct build *b, const char *name)
{
	char *out = build_text(b, name);

	for (char *p = out; *p; p++)
		*p = header_fold(*p);
	return out;
}

static bool
has_meaning(const char *name)
{
	static const enum header_id own[] = {
		HF_HOST, HF_CONTENT_LENGTH, HF_EXPECT,	 HF_COOKIE, HF_AUTHORIZATION,
		HF_RANGE, HF_ACCEPT,	    HF_CONTENT_TYPE, HF_ORIGIN, HF_MAX_FORWARDS,
		HF_X_ORIGINAL_URL, HF_X_FORWARDED_FOR,
	};
	enum header_id id = header_id_of(name, strlen(name));

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (id == own[i])
			return true;
	return header_is_hop_by_hop(id);
}

/* Notes a name so that no client can send it; "" = the header is off. */
static char *
take_name(struct build *b, const xmlNode *node, enum config_attribute a, const char *name,
	  struct config_farm *farm)
{
	struct config_guard *g = &b->config->guarded;
	char *fold = folded(b, name), *out = build_text(b, name);

	if (!*fold)
		return out;
	if (has_meaning(name))
		tree_error(b->tree, node, a, "%s has a meaning of its own; allowed: another name",
			   name);
	for (size_t i = 0; i < g->count; i++) {
		if (strcmp(g->names[i].fold, fold))
			continue;
		if (g->names[i].farm == farm)
			tree_error(b->tree, node, a,
				   "%s is set already in this web farm; allowed: another name",
				   name);
		else
			g->names[i].farm = farm;
		return out;
	}
	if (g->count == GUARDED_MAX) {
		tree_error(b->tree, node, a, "too many names; allowed: %d in all", GUARDED_MAX);
		return out;
	}
	g->names[g->count++] = (struct config_guarded){ fold, strlen(fold), farm };
	return out;
}

static char *
header_name_of(struct build *b, const xmlNode *node, enum config_attribute a,
	       struct config_farm *farm)
{
	return take_name(b, node, a, tree_text(node, a), farm);
}

/* ---- certificate headers ---- */

static void
put_words(struct buf *out)
{
	const char *group = "";

	for (size_t i = 0; i < CERT_FORMAT_COUNT; i++) {
		const struct cert_format_info *f = &cert_formats[i];

		if (*f->group && strcmp(f->group, group))
			buf_putf(out, "%s, ", f->group);
		group = f->group;
		buf_putf(out, "%s%s", f->word, i + 1 < CERT_FORMAT_COUNT ? ", " : "");
	}
}

static unsigned int
read_parts(struct build *b, const xmlNode *node)
{
	static const char words[] = "Hash|Cert|Chain|Subject|URI|DNS"; /* enum xfcc_part */
	struct config_list list = { 0 };
	unsigned int parts = 0, i;

	build_names(b, node, ATTR_CERT_HEADER_parts, &list);
	for (size_t n = 0; n < list.count; n++) {
		if (value_word(list.items[n], words, &i) == 0)
			parts |= 1u << i;
		else
			tree_error(b->tree, node, ATTR_CERT_HEADER_parts,
				   "\"%s\" is no part; allowed: Hash, Cert, Chain, Subject, URI, "
				   "DNS, with commas between them", list.items[n]);
	}
	if (!list.count)
		tree_error(b->tree, node, ATTR_CERT_HEADER_parts,
			   "it is empty; allowed: some of Hash, Cert, Chain, Subject, URI, DNS");
	return parts;
}

static void
add_header(struct build *b, const xmlNode *node, enum config_attribute a, enum cert_format f,
	   const char *name, struct config_farm *farm)
{
	struct config_cert_header *h;

	if (farm->cert_header_count == CERT_HEADERS_MAX) {
		tree_error(b->tree, node, ATTR_COUNT, "too many; allowed: at most %d headers",
			   CERT_HEADERS_MAX);
		return;
	}
	h = &farm->cert_headers[farm->cert_header_count++];
	h->format = f;
	h->name = take_name(b, node, a, name, farm);
	h->parts = f == CERT_FORMAT_XFCC ? read_parts(b, node) : 0;
}

static void
add_format(struct build *b, const xmlNode *node, struct config_farm *farm)
{
	const char *word = tree_text(node, ATTR_CERT_HEADER_format);
	const char *name = tree_text(node, ATTR_CERT_HEADER_name);
	struct buf words = BUF_INIT;
	bool found = false, xfcc = false;

	for (unsigned int i = 0; i < CERT_FORMAT_COUNT; i++) {
		const struct cert_format_info *f = &cert_formats[i];
		bool group = *f->group && !strcasecmp(f->group, word);

		if (!group && strcasecmp(f->word, word))
			continue;
		if (group && *name && !found)
			tree_error(b->tree, node, ATTR_CERT_HEADER_name,
				   "%s sets several headers; allowed: without name, or one format "
				   "with each name", word);
		found = true;
		xfcc |= i == CERT_FORMAT_XFCC;
		add_header(b, node, *name ? ATTR_CERT_HEADER_name : ATTR_CERT_HEADER_format,
			   (enum cert_format)i, *name && !group ? name : f->header, farm);
	}
	if (!xfcc && tree_has(node, ATTR_CERT_HEADER_parts))
		tree_warning(b->tree, node, ATTR_CERT_HEADER_parts,
			     "without effect: the format is not xfcc");
	if (found || !*word)
		return;
	put_words(&words);
	tree_error(b->tree, node, ATTR_CERT_HEADER_format, "\"%s\" is no format; allowed: %s", word,
		   buf_text(&words));
	buf_done(&words);
}

static void
build_cert_headers(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	const char *arr = tree_text(protocol, ATTR_PROTOCOL_clientCertHeaderName);
	const xmlNode *node = tree_child(tree_child(protocol, ELEMENT_CERT_HEADERS),
					 ELEMENT_CERT_HEADER);
	size_t room;

	farm->cert_headers =
		build_array(b, CERT_HEADERS_MAX, sizeof(*farm->cert_headers), &room);
	if (!room)
		return;
	if (*arr)
		add_header(b, protocol, ATTR_PROTOCOL_clientCertHeaderName, CERT_FORMAT_ARR, arr,
			   farm);
	for (; node; node = tree_next(node))
		add_format(b, node, farm);
}

/* Clients may have come through other proxies, so X-Forwarded-For itself is not guarded. */
static char *
build_list_name(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	const enum config_attribute a = ATTR_PROTOCOL_xForwardedForHeaderName;
	const char *name = tree_text(protocol, a);

	if (!strcasecmp(name, header_name(HF_X_FORWARDED_FOR)))
		return build_text(b, name);
	return take_name(b, protocol, a, name, farm);
}

/* ---- trailers ---- */

/* What a field says must be known before the body: RFC 9110 6.5.1. */
static const char *
too_late(struct build *b, const char *name)
{
	static const char *const words[] = { "age", "allow", "expires", "pragma", "retry-after",
					     "vary", "warning" };
	static const char *const prefixes[] = { "content-", "if-", "proxy-", "sec-" };
	const struct slice text = { name, strlen(name) };
	enum header_id id = header_id_of(name, text.len);
	const char *why = guard_reason(&b->config->guarded, &text, id);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(name, words[i]))
			return "it must be known before the body";
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncasecmp(name, prefixes[i], strlen(prefixes[i])))
			return "it must be known before the body";
	return why ? why : id != HF_OTHER ? "it must be known before the body" : NULL;
}

static bool
is_token(const char *name)
{
	return !name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

void
build_trailers(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	const enum config_attribute a = ATTR_PROTOCOL_allowedTrailers;

	build_names(b, protocol, a, &farm->trailers);
	for (size_t i = 0; i < farm->trailers.count; i++) {
		const char *name = farm->trailers.items[i];
		const char *why = is_token(name) ? too_late(b, name) : "it is no name of a field";
		struct buf quoted = BUF_INIT;

		value_quote(name, &quoted);
		if (why)
			tree_error(b->tree, protocol, a, "%s cannot follow a body: %s; allowed: "
				   "names as X-Checksum", buf_text(&quoted), why);
		buf_done(&quoted);
	}
	b->config->trailers |= farm->trailers.count > 0;
}

static const char *const software[FITNESS_COUNT] = {
#define FITNESS(symbol, word, name, server, line, total, when, setting) word,
#include "core/forward/fitness.def"
#undef FITNESS
};

static enum fitness
read_software(struct build *b, const xmlNode *protocol)
{
	const char *text = tree_text(protocol, ATTR_PROTOCOL_serverSoftware);
	struct buf words = BUF_INIT;
	unsigned int i;

	for (i = 0; i < FITNESS_COUNT && strcasecmp(software[i], text); i++)
		buf_putf(&words, ", %s", software[i]);
	if (i == FITNESS_COUNT && strcasecmp(text, "any"))
		tree_error(b->tree, protocol, ATTR_PROTOCOL_serverSoftware,
			   "\"%s\" is not known; allowed: any%s", text, buf_text(&words));
	buf_done(&words);
	return (enum fitness)i;
}

/* Other proxies have written into the field before, so it is not guarded. */
static void
build_forwarded_by(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	const enum config_attribute name = ATTR_PROTOCOL_xForwardedByHeaderName;

	farm->by = build_text(b, tree_text(protocol, ATTR_PROTOCOL_xForwardedByHeader));
	farm->by_header = build_text(b, *farm->by ? tree_text(protocol, name) : "");
	for (const char *p = farm->by; *p; p++)
		if (*p < ' ' || *p > '~') {
			tree_error(b->tree, protocol, ATTR_PROTOCOL_xForwardedByHeader,
				   "it is no value of a header; allowed: visible ASCII");
			break;
		}
	if (has_meaning(farm->by_header))
		tree_error(b->tree, protocol, name,
			   "%s has a meaning of its own; allowed: another name", farm->by_header);
}

void
build_protocol(struct build *b, const xmlNode *protocol, struct config_farm *farm)
{
	farm->timeout = tree_seconds(protocol, ATTR_PROTOCOL_timeout);
	farm->connect_timeout = tree_seconds(protocol, ATTR_PROTOCOL_connectTimeout);
	farm->preserve_host = tree_bool(protocol, ATTR_PROTOCOL_preserveHostHeader);
	farm->xff_port = tree_bool(protocol, ATTR_PROTOCOL_includePortInXForwardedFor);
	farm->xff_header = build_list_name(b, protocol, farm);
	farm->ssl_header = header_name_of(b, protocol, ATTR_PROTOCOL_sslHeaderName, farm);
	farm->log_id_header = header_name_of(b, protocol, ATTR_PROTOCOL_logGuidName, farm);
	farm->alternate_host = build_text(b, tree_text(protocol, ATTR_PROTOCOL_alternateHostName));
	farm->reverse_rewrite =
		tree_bool(protocol, ATTR_PROTOCOL_reverseRewriteHostInResponseHeaders);
	farm->keep_alive = tree_bool(protocol, ATTR_PROTOCOL_keepAlive);
	farm->version = (enum forward_version)tree_word(protocol, ATTR_PROTOCOL_httpVersion);
	farm->max_forwards = (unsigned int)tree_number(protocol, ATTR_PROTOCOL_maxForwards);
	farm->max_response_head = tree_number(protocol, ATTR_PROTOCOL_maxResponseHeaderSize);
	farm->min_response_buffer =
		(size_t)tree_number(protocol, ATTR_PROTOCOL_minResponseBuffer) * 1024;
	farm->software = read_software(b, protocol);
	build_forwarded_by(b, protocol, farm);
	farm->response_header = tree_bool(protocol, ATTR_PROTOCOL_arrResponseHeader);
	build_cert_headers(b, protocol, farm);
}
