/* SPDX-License-Identifier: MIT */
/*
 * config_apply - what each flag does to the configuration tree: the second
 * half of config_flags.h.
 *
 * Each attribute a flag sets remembers the flag's name, so that messages about
 * its value speak of the flag (config_tree.c).  Knows settings by their words
 * in config.def only.
 */
#include <config.h>

#include "core/config_flags.h"

#include <errno.h>
#include <string.h>

#define STANDARD_LISTEN "0.0.0.0:8443"

struct apply {			/* while flags are applied */
	struct tree *tree;
	struct messages *messages;
	bool no_memory;
	bool listens;		/* --listen or --listen-http was given */
	bool client_cert;	/* --client-cert was given */
	bool client_ca;		/* --client-ca was given */
	bool farm;		/* --farm was given */
};

/* ---- the tree ---- */

static xmlNode *
add_node(struct apply *a, xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? xmlNewChild(parent, NULL, (const xmlChar *)name, NULL) : NULL;

	if (!node)
		a->no_memory = true;
	return node;
}

static xmlNode *
child_named(xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? parent->children : NULL;

	while (node && (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, name)))
		node = node->next;
	return node;
}

/* The element at "a/b/c" under a node; made where missing. */
static xmlNode *
at_path(struct apply *a, xmlNode *node, const char *path)
{
	char name[64];

	while (node && *path) {
		size_t len = strcspn(path, "/");
		xmlNode *child;

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		child = child_named(node, name);
		node = child ? child : add_node(a, node, name);
		path += len + (path[len] == '/');
	}
	return node;
}

static void
set_attribute(struct apply *a, const struct flag_info *flag, xmlNode *node, const char *name,
	      const char *value)
{
	xmlAttr *attr = NULL;

	if (node)
		attr = xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
	if (!attr) {
		a->no_memory = true;
		return;
	}
	attr->_private = flag ? (void *)flag->spelling : NULL;
}

/* ---- actions of config_flags.def ---- */

static void
flag_set(struct apply *a, const struct flag_info *flag, const char *value)
{
	set_attribute(a, flag, at_path(a, tree_root(a->tree), flag->path), flag->attribute, value);
}

/* One file more in a list with ';' between. */
/* A flag without a value. */
static void
flag_yes(struct apply *a, const struct flag_info *flag, const char *value)
{
	(void)value;
	flag_set(a, flag, "true");
}

static void
flag_append(struct apply *a, const struct flag_info *flag, const char *value)
{
	xmlNode *node = at_path(a, tree_root(a->tree), flag->path);
	xmlChar *old = node ? xmlGetNoNsProp(node, (const xmlChar *)flag->attribute) : NULL;
	struct buf list = BUF_INIT;

	if (old)
		buf_putf(&list, "%s;", (const char *)old);
	buf_puts(&list, value);
	set_attribute(a, flag, node, flag->attribute, buf_text(&list));
	if (!strcmp(flag->attribute, "caFile"))
		a->client_ca = true;
	xmlFree(old);
	buf_done(&list);
}

/* Calls one() for each part of "a,b,c". */
static void
each_part(struct apply *a, const struct flag_info *flag, const char *value,
	  void (*one)(struct apply *a, const struct flag_info *flag, const char *part))
{
	do {
		struct buf part = BUF_INIT;
		size_t len = strcspn(value, ",");

		buf_put(&part, value, len);
		one(a, flag, buf_text(&part));
		buf_done(&part);
		value += len;
	} while (*value++);
}

static void
add_binding(struct apply *a, const struct flag_info *flag, const char *protocol, const char *part)
{
	xmlNode *list = at_path(a, tree_root(a->tree), "sites/site/bindings");
	xmlNode *node = add_node(a, list, "binding");

	a->listens = true;
	set_attribute(a, flag, node, "protocol", protocol);
	if (!*part && flag)
		message_add(a->messages, false, flag->spelling, "it is empty; allowed: ADDR:PORT");
	else
		set_attribute(a, flag, node, "bindingInformation", part);
}

static void
add_https(struct apply *a, const struct flag_info *flag, const char *part)
{
	add_binding(a, flag, "https", part);
}

static void
add_http(struct apply *a, const struct flag_info *flag, const char *part)
{
	add_binding(a, flag, "http", part);
}

static void
flag_https(struct apply *a, const struct flag_info *flag, const char *value)
{
	each_part(a, flag, value, add_https);
}

static void
flag_http(struct apply *a, const struct flag_info *flag, const char *value)
{
	each_part(a, flag, value, add_http);
}

/* "host:port", "[::1]:9001", "host" */
static void
add_server(struct apply *a, const struct flag_info *flag, const char *part)
{
	const char *colon = strrchr(part, ':');
	xmlNode *farm = at_path(a, tree_root(a->tree), "webFarms/webFarm"), *server;
	struct buf host = BUF_INIT;

	if (value_is_socket(part))
		colon = NULL;	/* unix:/run/app.sock */
	if (colon && (strchr(colon, ']') || (*part != '[' && strchr(part, ':') != colon)))
		colon = NULL;	/* a colon within an IPv6 address */
	buf_put(&host, part, colon ? (size_t)(colon - part) : strlen(part));
	server = add_node(a, farm, "server");
	set_attribute(a, flag, server, flag->attribute, buf_text(&host));
	if (colon)
		set_attribute(a, flag, add_node(a, server, "applicationRequestRouting"),
			      "httpPort", colon + 1);
	buf_done(&host);
	a->farm = true;
}

static void
flag_farm(struct apply *a, const struct flag_info *flag, const char *value)
{
	each_part(a, flag, value, add_server);
}

static void
flag_client_cert(struct apply *a, const struct flag_info *flag, const char *value)
{
	static const char *const ssl_flags[] = {
		"None", "SslNegotiateCert", "Ssl, SslNegotiateCert, SslRequireCert",
	};
	unsigned int word;

	a->client_cert = true;
	if (value_word(value, flag->argument, &word) == 0) {
		set_attribute(a, flag, at_path(a, tree_root(a->tree), flag->path),
			      flag->attribute, ssl_flags[word]);
		return;
	}
	message_add(a->messages, false, flag->spelling,
		    "the value is unknown; allowed: ignore, accept, require");
}

/* The certificate belongs to every https binding: set when all of them are there. */
static void
flag_certificate(struct apply *a, const struct flag_info *flag, const char *value)
{
	xmlNode *list = at_path(a, tree_root(a->tree), "sites/site/bindings");
	xmlNode *node = list ? list->children : NULL;
	bool used = false;

	for (; node; node = node->next) {
		xmlChar *protocol = xmlGetNoNsProp(node, (const xmlChar *)"protocol");

		if (protocol && !strcmp((const char *)protocol, "https")) {
			set_attribute(a, flag, node, flag->attribute, value);
			used = true;
		}
		xmlFree(protocol);
	}
	if (!used)
		message_add(a->messages, false, flag->spelling,
			    "nothing listens for https; allowed: together with --listen");
}

static void
flag_trace(struct apply *a, const struct flag_info *flag, const char *value)
{
	xmlNode *site = at_path(a, tree_root(a->tree), "sites/site");
	unsigned int word;

	if (value_word(value, flag->argument, &word) < 0) {
		message_add(a->messages, false, flag->spelling,
			    "the value is unknown; allowed: off, failed, all");
		return;
	}
	set_attribute(a, flag, at_path(a, tree_root(a->tree), flag->path), flag->attribute,
		      word ? "true" : "false");
	/* failed is what a site without rules does */
	if (word == 2)
		set_attribute(a, flag, at_path(a, site, "tracing/traceFailedRequests/add/"
							"failureDefinitions"),
			      "statusCodes", "100-999");
}

/* In each site of a file, wherever sites stand in it. */
static void
flag_every_site(struct apply *a, const struct flag_info *flag, const char *value)
{
	xmlNode *root = tree_root(a->tree), *site;
	xmlNode *lists[] = {
		child_named(root, "sites"),
		child_named(child_named(root, "system.applicationHost"), "sites"),
	};
	const char *below = strrchr(flag->path, '/') + 1;

	for (size_t i = 0; i < 2; i++)
		for (site = lists[i] ? lists[i]->children : NULL; site; site = site->next)
			if (site->type == XML_ELEMENT_NODE &&
			    !strcmp((const char *)site->name, "site"))
				set_attribute(a, flag, at_path(a, site, below), flag->attribute,
					      value);
}

static void
flag_module(struct apply *a, const struct flag_info *flag, const char *value)
{
	xmlNode *list = at_path(a, tree_root(a->tree), "pkcs11");

	set_attribute(a, flag, add_node(a, list, "module"), flag->attribute, value);
}

/* These were dealt with by flags_read. */
#define flag_config NULL
#define flag_check NULL
#define flag_version NULL
#define flag_help NULL
#define flag_explain NULL
#define flag_ctl NULL
#define flag_json NULL
#define flag_site NULL
#define flag_path NULL
#define flag_import NULL
#define flag_output NULL

const struct flag_info flag_rows[FLAG_COUNT] = {
#define FLAG(name, argument, scope, action, path, attribute, text) \
	{ name, argument, scope, flag_##action, path, attribute, text, "--" name },
#include "core/config_flags.def"
#undef FLAG
};

/* ---- applying ---- */

/* What a start without a file is, before any flag. */
static int
make_tree(struct tree *t, struct messages *m)
{
	static const char empty[] =
		"<configuration>"
		"<sites><site name=\"default\" id=\"1\"><bindings/></site></sites>"
		"<webFarms><webFarm name=\"farm\"/></webFarms>"
		"</configuration>";
	int r = tree_read(t, "", empty, sizeof(empty) - 1, m);

	t->text = NULL;		/* there are no lines to name */
	return r;
}

static void
apply_rows(struct apply *a, const struct flags *f, bool certificates)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct flag_info *flag = f->given[i].flag;

		if (!flag->apply || (flag->apply == flag_certificate) != certificates)
			continue;
		flag->apply(a, flag, f->given[i].value);
	}
}

static void
apply_standards(struct apply *a)
{
	xmlNode *root = tree_root(a->tree);

	if (!a->listens)
		add_https(a, NULL, STANDARD_LISTEN);
	if (a->client_ca && !a->client_cert)
		set_attribute(a, NULL, at_path(a, root, "sites/site/access"), "sslFlags",
			      "Ssl, SslNegotiateCert, SslRequireCert");
	if (!a->farm)
		message_add(a->messages, false, "--farm",
			    "it is missing; allowed: --farm HOST:PORT,..., or --config FILE");
}

int
flags_apply(const struct flags *f, struct tree *t, struct messages *m)
{
	struct apply a = { .tree = t, .messages = m };
	unsigned int before = m->errors;

	if (!f->config && make_tree(t, m) < 0)
		return -EINVAL;
	apply_rows(&a, f, false);
	if (!f->config)
		apply_standards(&a);
	apply_rows(&a, f, true);
	if (a.no_memory)
		message_add(m, false, "command line", "out of memory");
	return m->errors == before ? 0 : -EINVAL;
}
