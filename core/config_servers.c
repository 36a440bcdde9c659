/* SPDX-License-Identifier: MIT */
/*
 * config_servers - how the proxy reaches the servers of a farm: TLS to them.
 * Sources: ARR 1.2 (plain HTTP by default), ARR 5 (R6).
 */
#include <config.h>

#include "core/config_build.h"

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
