/* SPDX-License-Identifier: MIT */
/*
 * config_routing - how a farm chooses its servers: loadBalancing.
 * Sources: ARR 1.3 and the schema of ARR for names and defaults.
 */
#include <config.h>

#include "core/config_build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX 64

/* ---- lists ---- */

/* "a, b" as items; spaces round them go. */
static void
read_names(struct build *b, const xmlNode *node, enum config_attribute a, struct config_list *out)
{
	const char *text = tree_text(node, a);
	const char *items[NAMES_MAX];
	size_t lengths[NAMES_MAX], n = 0;

	out->text = build_text(b, text);
	for (const char *p = text; *p; p += *p == ',') {
		size_t len;

		p += strspn(p, " \t");
		len = strcspn(p, ",");
		if (n == NAMES_MAX) {
			tree_error(b->tree, node, a, "too many names; allowed: at most %d",
				   NAMES_MAX);
			return;
		}
		items[n] = p;
		lengths[n] = len;
		p += len;
		while (lengths[n] && strchr(" \t", items[n][lengths[n] - 1]))
			lengths[n]--;
		n += lengths[n] > 0;
	}
	out->items = build_array(b, n, sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++) {
		out->items[i] = arena_strndup(&b->config->memory, items[i], lengths[i]);
		if (!out->items[i])
			out->items[i] = build_text(b, "");
	}
}

/* ---- load balancing ---- */

static bool
is_variable(const char *name)
{
	static const char known[] = "REMOTE_ADDR|REMOTE_HOST|REMOTE_USER|AUTH_USER|LOGON_USER|"
				    "REQUEST_METHOD|URL|PATH_INFO|QUERY_STRING|SERVER_NAME|"
				    "CERT_SUBJECT|CERT_ISSUER";
	unsigned int i;

	return value_word(name, known, &i) == 0 || (!strncasecmp(name, "HTTP_", 5) && name[5]);
}

/* Which of the three hashes; a variable nobody knows would send all requests to one server. */
static void
build_hash(struct build *b, const xmlNode *node, struct config_farm *farm)
{
	char *variable = farm->hash_variable;

	for (char *p = variable; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (!*variable)
		return;
	if (!strcmp(variable, "QUERY_STRING")) {
		farm->balance = BALANCE_HASH_QUERY;
	} else if (is_variable(variable)) {
		farm->balance = BALANCE_HASH_VARIABLE;
	} else {
		tree_warning(b->tree, node, ATTR_LOAD_BALANCING_hashServerVariable,
			     "not known to frebproxy; the URL is hashed; allowed: REMOTE_ADDR, "
			     "REMOTE_USER, REQUEST_METHOD, URL, QUERY_STRING, SERVER_NAME, "
			     "CERT_SUBJECT, CERT_ISSUER, HTTP_ with the name of a header field");
	}
	if (farm->query_names.count && farm->balance != BALANCE_HASH_QUERY)
		tree_warning(b->tree, node, ATTR_LOAD_BALANCING_queryStringNames,
			     "without effect: hashServerVariable is not QUERY_STRING");
}

static void
build_balance(struct build *b, const xmlNode *node, struct config_farm *farm)
{
	static const enum balance words[] = { /* in the order of config.def */
		BALANCE_ROUND_ROBIN, BALANCE_LEAST_REQUESTS, BALANCE_LEAST_RESPONSE_TIME,
		BALANCE_TOTAL_TRAFFIC, BALANCE_HASH_URL,
	};

	farm->balance = words[tree_word(node, ATTR_LOAD_BALANCING_algorithm)];
	farm->hash_variable = build_text(b, tree_text(node,
						      ATTR_LOAD_BALANCING_hashServerVariable));
	read_names(b, node, ATTR_LOAD_BALANCING_queryStringNames, &farm->query_names);
	if (farm->balance == BALANCE_HASH_URL)
		build_hash(b, node, farm);
}

void
build_routing(struct build *b, const xmlNode *routing, struct config_farm *farm)
{
	build_balance(b, tree_child(routing, ELEMENT_LOAD_BALANCING), farm);
}
