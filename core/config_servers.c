/* SPDX-License-Identifier: MIT */
/*
 * config_servers - how the proxy reaches the servers of a farm: addresses,
 * names, sockets, and TLS to them.
 * Sources: ARR 1.2 (plain HTTP by default), ARR 5 (R6).
 */
#include <config.h>

#include "core/config_build.h"

#include <string.h>
#include <strings.h>

static void
build_own_certificate(struct build *b, const xmlNode *node, struct config_certificate *c)
{
	static const enum config_attribute all[] = {
		ATTR_SERVER_TLS_certificate, ATTR_SERVER_TLS_key, ATTR_SERVER_TLS_pinSource,
	};
	const xmlNode *tokens = tree_child(tree_root(b->tree), ELEMENT_PKCS11);
	char **parts[] = { &c->certificate, &c->key, &c->pin_source };

	c->token_timeout = tree_seconds(tokens, ATTR_PKCS11_timeout);
	c->allow_final_try = tree_bool(tokens, ATTR_PKCS11_allowFinalTry);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!*tree_text(node, all[i]))
			continue;
		*parts[i] = build_path(b, node, all[i]);
		if (!c->certificate)
			tree_error(b->tree, node, all[i],
				   "there is no certificate; allowed: together with certificate");
	}
}

void
build_server_tls(struct build *b, const xmlNode *node, struct config_farm *farm)
{
	struct config_server_tls *t = &farm->tls;

	t->on = node && tree_bool(node, ATTR_SERVER_TLS_enabled);
	t->server_name = build_text(b, tree_text(node, ATTR_SERVER_TLS_serverName));
	t->verify = (enum server_verify)tree_word(node, ATTR_SERVER_TLS_verify);
	t->ca_files = build_files(b, node, ATTR_SERVER_TLS_caFile, &t->ca_count);
	if (!t->on)
		return;
	build_own_certificate(b, node, &t->cert);
	if (t->verify == SERVER_VERIFY_NONE)
		tree_warning(b->tree, node, ATTR_SERVER_TLS_verify,
			     "whoever answers at a server's address gets the requests");
	else if (!t->ca_count && !tree_is_damaged(node))
		tree_error(b->tree, node, ATTR_COUNT, "nothing says which servers are believed; "
			   "allowed: with caFile, or verify=\"none\"");
}

/* ---- servers ---- */

/* unix:PATH; relative ones begin at the file's folder. */
static void
set_socket(struct build *b, const xmlNode *node, struct config_farm *farm,
	   struct config_server *server)
{
	char *path = build_path(b, node, ATTR_SERVER_address);

	value_socket(path, &server->address);
	if (farm->tls.on && farm->tls.verify == SERVER_VERIFY_FULL && !*farm->tls.server_name)
		tree_error(b->tree, node, ATTR_SERVER_address,
			   "a socket has no name to expect in a certificate; allowed: with "
			   "serverTls/@serverName, or verify=\"chain\"");
}

/* One name and port twice would get twice the requests, and count them once. */
static bool
is_same(const struct config_server *a, const struct config_server *b)
{
	if (a->named != b->named || a->port != b->port)
		return false;
	return a->named ? !strcasecmp(a->name, b->name) : !strcmp(a->address.text, b->address.text);
}

void
build_server(struct build *b, const xmlNode *node, struct config_farm *farm, size_t index)
{
	const xmlNode *routing = tree_child(node, ELEMENT_SERVER_ROUTING);
	struct config_server *server = &farm->servers[index];

	server->index = (unsigned int)index;
	server->name = build_text(b, tree_text(node, ATTR_SERVER_address));
	server->enabled = tree_bool(node, ATTR_SERVER_enabled);
	server->host_name = build_text(b, tree_text(routing, ATTR_SERVER_ROUTING_hostName));
	server->weight = (unsigned int)tree_number(routing, ATTR_SERVER_ROUTING_weight);
	server->state = (enum server_state)tree_word(routing, ATTR_SERVER_ROUTING_state);
	server->port = (unsigned int)tree_number(routing, farm->tls.on ?
		       ATTR_SERVER_ROUTING_httpsPort : ATTR_SERVER_ROUTING_httpPort);
	if (!*server->name)	/* told already */
		return;
	if (value_is_socket(server->name))
		set_socket(b, node, farm, server);
	else
		server->named = value_address(server->name, server->port, &server->address) < 0;
	for (size_t i = 0; i < index; i++)
		if (is_same(&farm->servers[i], server))
			tree_error(b->tree, node, ATTR_SERVER_address,
				   "%s is in the web farm already; allowed: each address and "
				   "port once", server->named ? server->name :
				   server->address.text);
}
