/* SPDX-License-Identifier: MIT */
/*
 * config_build - the process, its tokens and its farms, and the helpers all
 * builders use.  Trust: config_trust.c; sites: config_sites.c; trace rules:
 * config_rules.c; how a farm chooses its servers: config_routing.c.
 *
 * Sources: ARR 1.2 (defaults of a farm), XDG base directories (state folder).
 */
#include <config.h>

#include "core/config_build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- helpers ---- */

void *
build_array(struct build *b, size_t n, size_t size, size_t *count)
{
	void *p = n ? arena_zalloc(&b->config->memory, n * size) : NULL;

	if (n && !p)
		b->no_memory = true;
	*count = p ? n : 0;
	return p;
}

char *
build_text(struct build *b, const char *text)
{
	static char empty[1];
	char *copy = arena_strdup(&b->config->memory, text);

	if (!copy)
		b->no_memory = true;
	return copy ? copy : empty;
}

static char *
absolute(struct build *b, const char *base, const char *text)
{
	struct buf path = BUF_INIT;
	char *copy;

	value_path(base, text, &path);
	if (path.error)
		b->no_memory = true;
	copy = build_text(b, buf_text(&path));
	buf_done(&path);
	return copy;
}

/* Paths in the file begin at its folder, paths of flags where we are. */
static const char *
base_of(const struct build *b, const xmlNode *node, enum config_attribute a)
{
	const xmlAttr *attr = NULL;

	if (node)
		attr = xmlHasProp((xmlNode *)node, (const xmlChar *)attribute_info[a].name);
	return attr && attr->_private ? "" : b->tree->base;
}

char *
build_path(struct build *b, const xmlNode *node, enum config_attribute a)
{
	const char *text = tree_text(node, a);

	if ((a == ATTR_BINDING_pinSource || a == ATTR_TOKEN_pinSource ||
	     a == ATTR_SERVER_TLS_pinSource) &&
	    !strncmp(text, "file:", 5))
		text += 5;
	if (a == ATTR_SERVER_address && value_is_socket(text))
		text += 5;
	if (!*text || value_is_uri(text) || value_is_pin_name(text))
		return build_text(b, text);
	return absolute(b, base_of(b, node, a), text);
}

char **
build_files(struct build *b, const xmlNode *node, enum config_attribute a, size_t *count)
{
	const char *text = tree_text(node, a), *p;
	const char *base = base_of(b, node, a);
	size_t n = *text != '\0', len;
	char **files;

	for (p = text; *p; p++)
		n += *p == ';';
	files = build_array(b, n, sizeof(*files), count);
	for (size_t i = 0; i < *count; i++, text += len + (text[len] == ';')) {
		struct buf one = BUF_INIT;

		len = strcspn(text, ";");
		buf_put(&one, text, len);
		files[i] = absolute(b, base, buf_text(&one));
		buf_done(&one);
	}
	return files;
}

char *
build_state_folder(struct build *b, bool logs)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct buf path = BUF_INIT;
	char *copy;

	if (geteuid() == 0)
		buf_puts(&path, logs ? "/var/log/frebproxy" : "/var/lib/frebproxy");
	else if (state && *state == '/')
		buf_putf(&path, "%s/frebproxy", state);
	else if (home && *home == '/')
		buf_putf(&path, "%s/.local/state/frebproxy", home);
	copy = build_text(b, buf_text(&path));
	buf_done(&path);
	return copy;
}

const xmlNode *
build_pick(const xmlNode *first, const xmlNode *second, enum config_attribute a)
{
	if (tree_has(first, a))
		return first;
	return tree_has(second, a) ? second : NULL;
}

char *
build_location_path(struct build *b, const char *text)
{
	struct buf path = BUF_INIT;
	char *copy;

	if (*text != '/' && *text != '*')
		buf_putc(&path, '/');
	buf_puts(&path, text);
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.data[--path.len] = '\0';
	copy = build_text(b, buf_text(&path));
	buf_done(&path);
	return copy;
}

/* ---- process, tokens ---- */

static void
build_process(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_PROCESS);
	struct config *c = b->config;

	c->workers = (unsigned int)tree_number(node, ATTR_PROCESS_workers);
	c->max_connections = (unsigned int)tree_number(node, ATTR_PROCESS_maxConnections);
	c->drain_timeout = tree_seconds(node, ATTR_PROCESS_drainTimeout);
	c->tickets = tree_bool(node, ATTR_PROCESS_tickets);
	c->ticket_key_file = build_path(b, node, ATTR_PROCESS_ticketKeyFile);
	if (*c->ticket_key_file && !c->tickets)
		tree_error(b->tree, node, ATTR_PROCESS_ticketKeyFile,
			   "tickets is false, so its keys are not used; allowed: one or the other");
	c->overload_drop = tree_word(node, ATTR_PROCESS_onOverload) == 1;
	c->trace_secrets = !tree_bool(node, ATTR_PROCESS_maskSecrets);
	c->state_dir = build_path(b, node, ATTR_PROCESS_stateDirectory);
	if (!*c->state_dir)
		c->state_dir = build_state_folder(b, false);
	if (*tree_text(node, ATTR_PROCESS_selfSignedName))
		c->self_signed_name = build_text(b, tree_text(node, ATTR_PROCESS_selfSignedName));
	if (*tree_text(node, ATTR_PROCESS_readyFile))
		c->ready_file = build_path(b, node, ATTR_PROCESS_readyFile);
}

static void
build_token_pins(struct build *b, const xmlNode *pkcs11)
{
	const xmlNode *node = tree_child(pkcs11, ELEMENT_TOKEN);
	struct config *c = b->config;

	c->token_pins = build_array(b, tree_count(pkcs11, ELEMENT_TOKEN), sizeof(*c->token_pins),
				    &c->token_pin_count);
	for (size_t i = 0; node && i < c->token_pin_count; node = tree_next(node), i++) {
		const char *uri = tree_text(node, ATTR_TOKEN_uri);

		if (*uri && (!value_is_uri(uri) || strcasestr(uri, "pin-") || strchr(uri, '?')))
			tree_error(b->tree, node, ATTR_TOKEN_uri, "it is no pkcs11: URI of a token "
				   "alone; allowed: pkcs11:token=desk;serial=1234");
		c->token_pins[i].uri = build_text(b, uri);
		c->token_pins[i].pin_source = build_path(b, node, ATTR_TOKEN_pinSource);
	}
}

static void
build_pkcs11(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_PKCS11), *module;
	struct config *c = b->config;
	size_t i = 0;

	c->token_lookup = tree_bool(node, ATTR_PKCS11_tokenLookup);
	c->pkcs11_modules = build_array(b, tree_count(node, ELEMENT_MODULE),
					sizeof(*c->pkcs11_modules), &c->pkcs11_module_count);
	for (module = tree_child(node, ELEMENT_MODULE); module && i < c->pkcs11_module_count;
	     module = tree_next(module))
		c->pkcs11_modules[i++] = build_path(b, module, ATTR_MODULE_path);
	c->allow_final_try = tree_bool(node, ATTR_PKCS11_allowFinalTry);
	c->token_timeout = tree_seconds(node, ATTR_PKCS11_timeout);
	build_token_pins(b, node);
}

/* ---- farms ---- */

static void
build_farm(struct build *b, const xmlNode *node, size_t index)
{
	struct config_farm *farm = &b->config->farms[index];
	const xmlNode *routing = tree_child(node, ELEMENT_FARM_ROUTING);
	const xmlNode *server = tree_child(node, ELEMENT_SERVER);
	size_t count = tree_count(node, ELEMENT_SERVER), i;
	bool some = false;

	farm->index = (unsigned int)index;
	farm->name = build_text(b, tree_text(node, ATTR_WEB_FARM_name));
	farm->server_header =
		(enum server_header)tree_word(node, ATTR_WEB_FARM_passServerHeader);
	farm->resolve_interval = tree_seconds(node, ATTR_WEB_FARM_resolveInterval);
	build_server_tls(b, tree_child(routing, ELEMENT_SERVER_TLS), farm);
	build_protocol(b, tree_child(routing, ELEMENT_PROTOCOL), farm);
	build_upgrades(b, tree_child(routing, ELEMENT_PROTOCOL), farm);
	build_routing(b, routing, farm);
	/* a command line without --farm was told so */
	if ((!count && *b->tree->file) || count > SERVERS_MAX)
		tree_error(b->tree, node, ATTR_COUNT, "%zu servers; allowed: 1 to %d", count,
			   SERVERS_MAX);
	if (count > SERVERS_MAX)
		return;
	farm->servers = build_array(b, count, sizeof(*farm->servers), &farm->server_count);
	for (i = 0; server && i < farm->server_count; server = tree_next(server), i++) {
		build_server(b, server, farm, i);
		if (!tree_bool(node, ATTR_WEB_FARM_enabled))
			farm->servers[i].enabled = false;
		some |= farm->servers[i].enabled;
	}
	if (farm->server_count && !some)
		tree_warning(b->tree, node, ATTR_COUNT,
			     "no server is enabled: every request gets 502.4");
	for (i = 0; i < index; i++)
		if (*farm->name && !strcasecmp(b->config->farms[i].name, farm->name))
			tree_error(b->tree, node, ATTR_WEB_FARM_name,
				   "there is a web farm of that name already; "
				   "allowed: a name of its own");
}

static void
build_farms(struct build *b)
{
	const xmlNode *farms = tree_child(tree_root(b->tree), ELEMENT_WEB_FARMS);
	const xmlNode *node = tree_child(farms, ELEMENT_WEB_FARM);
	struct config *c = b->config;
	size_t count = tree_count(farms, ELEMENT_WEB_FARM);

	if (!count || count > FARMS_MAX) {
		tree_error(b->tree, farms ? farms : tree_root(b->tree), ATTR_COUNT,
			   "%zu web farms; allowed: webFarms with 1 to %d webFarm", count,
			   FARMS_MAX);
		return;
	}
	c->guarded.names =
		build_array(b, GUARDED_MAX, sizeof(*c->guarded.names), &c->guarded.count);
	if (!c->guarded.count)
		return;
	c->guarded.count = 0;
	c->farms = build_array(b, count, sizeof(*c->farms), &c->farm_count);
	for (size_t i = 0; node && i < c->farm_count; node = tree_next(node), i++)
		build_farm(b, node, i);
	node = tree_child(farms, ELEMENT_WEB_FARM);
	for (size_t i = 0; node && i < c->farm_count; node = tree_next(node), i++)
		build_trailers(b, tree_child(tree_child(node, ELEMENT_FARM_ROUTING),
					     ELEMENT_PROTOCOL), &c->farms[i]);
}

void
config_build(struct tree *t, struct config *config)
{
	struct build b = { .tree = t, .config = config };

	build_process(&b);
	build_control(&b);
	build_trust(&b);
	build_pkcs11(&b);
	build_tokens(&b);
	build_farms(&b);
	build_sites(&b);
	if (b.no_memory)
		message_add(t->messages, false, *t->file ? t->file : "command line",
			    "out of memory");
	free(b.binding_nodes);
}
