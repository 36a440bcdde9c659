/* SPDX-License-Identifier: MIT */
/*
 * config_routing - how a farm chooses its servers: loadBalancing, affinity,
 * healthCheck.
 * Sources: ARR 1.3 and the schema of ARR for names and defaults.
 */
#include <config.h>

#include "core/config_build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX 64

/* ---- lists ---- */

void
build_names(struct build *b, const xmlNode *node, enum config_attribute a, struct config_list *out)
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
	build_names(b, node, ATTR_LOAD_BALANCING_queryStringNames, &farm->query_names);
	if (farm->balance == BALANCE_HASH_URL)
		build_hash(b, node, farm);
}

/* ---- affinity and health ---- */

static void
build_affinity(struct build *b, const xmlNode *node, struct config_affinity *a)
{
	a->use_cookie = tree_bool(node, ATTR_AFFINITY_useCookie);
	a->use_host = tree_bool(node, ATTR_AFFINITY_useHostName);
	a->cookie = build_text(b, tree_text(node, ATTR_AFFINITY_cookieName));
	a->same_site = tree_word(node, ATTR_AFFINITY_cookieSameSite);
	a->key_file = build_path(b, node, ATTR_AFFINITY_keyFile);
	if (*a->key_file && !a->use_cookie)
		tree_warning(b->tree, node, ATTR_AFFINITY_keyFile,
			     "without effect: useCookie is false");
}

/* "http://host/path", "https:..." or "/path"; what cannot be asked is an error.  Whether it is
 * asked over TLS says serverTls, as for all requests. */
static void
build_test_url(struct build *b, const xmlNode *node, struct config_health *h)
{
	const char *url = tree_text(node, ATTR_HEALTH_CHECK_url), *path = url;
	size_t len = 0;
	bool wrong;

	h->path = h->host = build_text(b, "");
	if (!strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8)) {
		const char *host = strchr(url, ':') + 3;

		len = strcspn(host, "/?");
		path = host + len;
		h->host = arena_strndup(&b->config->memory, host, len);
		b->no_memory |= !h->host;
	}
	if (!*url)
		return;
	wrong = path == url ? *url != '/' : len == 0 || *path == '?';
	for (const char *p = url; *p; p++)
		wrong |= *p <= ' ' || *p > '~' || *p == '#';
	if (wrong)
		tree_error(b->tree, node, ATTR_HEALTH_CHECK_url,
			   "it is no address of a page; allowed: http://host/path or /path, in "
			   "ASCII, spaces as %%20");
	h->path = build_text(b, *path ? path : "/");
}

static void
read_statuses(struct build *b, const xmlNode *node, enum config_attribute a,
	      struct status_range **out, size_t *count)
{
	struct status_range ranges[STATUS_RANGES_MAX];
	const char *text = tree_text(node, a);
	size_t n = 0;

	if (!*text || value_status_codes(text, ranges, &n) < 0)
		return;
	*out = build_array(b, n, sizeof(*ranges), count);
	if (*count)
		memcpy(*out, ranges, n * sizeof(*ranges));
}

static void
build_health(struct build *b, const xmlNode *node, struct config_health *h)
{
	build_test_url(b, node, h);
	h->interval = tree_seconds(node, ATTR_HEALTH_CHECK_interval);
	h->timeout = tree_seconds(node, ATTR_HEALTH_CHECK_timeout);
	h->match = build_text(b, tree_text(node, ATTR_HEALTH_CHECK_responseMatch));
	read_statuses(b, node, ATTR_HEALTH_CHECK_statusCodeMatch, &h->statuses, &h->status_count);
	read_statuses(b, node, ATTR_HEALTH_CHECK_liveTrafficFailureCodes, &h->failures,
		      &h->failure_count);
	h->failover = tree_seconds(node, ATTR_HEALTH_CHECK_liveTrafficFailurePeriod);
	if (h->failover)
		h->max_failures = (unsigned int)tree_number(
			node, ATTR_HEALTH_CHECK_maxLiveTrafficFailures);
	h->min_servers = (unsigned int)tree_number(node, ATTR_HEALTH_CHECK_minServers);
	if (*h->path && !h->status_count)
		tree_error(b->tree, node, ATTR_HEALTH_CHECK_statusCodeMatch,
			   "no status is accepted, so no server is healthy; "
			   "allowed: 200-399, or others");
}

void
build_routing(struct build *b, const xmlNode *routing, struct config_farm *farm)
{
	build_affinity(b, tree_child(routing, ELEMENT_AFFINITY), &farm->affinity);
	build_health(b, tree_child(routing, ELEMENT_HEALTH_CHECK), &farm->health);
	build_balance(b, tree_child(routing, ELEMENT_LOAD_BALANCING), farm);
}
