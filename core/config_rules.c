/* SPDX-License-Identifier: MIT */
/*
 * config_rules - traceFailedRequests: which requests leave a trace, and what
 * is recorded of them.
 *
 * The areas are those of the catalogue (trace/areas.def); the areas of IIS
 * that frebproxy never has events for are accepted, so that a rule can be
 * pasted in.  Sources: FORMAT 1 (rules), EVENTS 1 (areas).
 */
#include <config.h>

#include "core/config_build.h"
#include "trace/event.h"

#include <string.h>
#include <strings.h>

/* Words of ATTR_TRACE_AREA_provider. */
enum provider { PROVIDER_WWW_SERVER, PROVIDER_FREBPROXY, PROVIDER_OTHER };

static const char *const provider_names[] = { "WWW Server", "frebproxy" };

/* Areas of IIS without events here: EVENTS 1. */
static const char silent_areas[] =
	"StaticFile|Filter|CGI|Compression|Cache|Module|FastCGI|ISAPI|WebSocket|ANCM|iisnode";

/* The bit of an area, in *bit; false = there is none of that name. */
static bool
find_area(enum provider provider, const char *name, uint32_t *bit)
{
	unsigned int silent;

	for (unsigned int i = 0; i < TE_AREA_COUNT; i++) {
		const struct te_area_info *area = te_area((enum te_area)i);

		if (area->keyword && !strcmp(area->provider, provider_names[provider]) &&
		    !strcasecmp(area->keyword, name)) {
			*bit = area->bit;
			return true;
		}
	}
	*bit = 0;
	return provider == PROVIDER_WWW_SERVER && value_word(name, silent_areas, &silent) == 0;
}

static void
refuse_area(struct build *b, const xmlNode *node, enum provider provider, const char *name)
{
	struct buf quoted = BUF_INIT, allowed = BUF_INIT;

	for (unsigned int i = 0; i < TE_AREA_COUNT; i++) {
		const struct te_area_info *area = te_area((enum te_area)i);

		if (area->keyword && !strcmp(area->provider, provider_names[provider]))
			buf_putf(&allowed, "%s, ", area->keyword);
	}
	value_quote(name, &quoted);
	tree_error(b->tree, node, ATTR_TRACE_AREA_areas, "%s is no area of %s; allowed: %s*",
		   buf_text(&quoted), provider_names[provider], buf_text(&allowed));
	buf_done(&quoted);
	buf_done(&allowed);
}

static uint32_t
read_areas(struct build *b, const xmlNode *node, enum provider provider)
{
	const char *text = tree_text(node, ATTR_TRACE_AREA_areas);
	uint32_t bits = 0, bit;
	char name[64];

	if (!strcmp(text, "*"))
		return ~0u;
	while (*text) {
		size_t len;

		text += strspn(text, ", \t");
		len = strcspn(text, ", \t");
		if (!len)
			break;
		if (len >= sizeof(name))
			len = sizeof(name) - 1;
		memcpy(name, text, len);
		name[len] = '\0';
		if (find_area(provider, name, &bit))
			bits |= bit;
		else
			refuse_area(b, node, provider, name);
		text += len;
		text += strcspn(text, ", \t");
	}
	return bits;
}

/* Providers that never write here have no say; a rule of IIS keeps all our own areas. */
static void
build_areas(struct build *b, const xmlNode *list, struct config_trace_rule *rule)
{
	const xmlNode *node = tree_child(list, ELEMENT_TRACE_AREA);
	bool seen[PROVIDER_OTHER] = { false };

	rule->verbosity = TE_VERBOSE;
	rule->iis_areas = rule->own_areas = ~0u;
	if (!node)
		return;
	rule->verbosity = 0;
	rule->iis_areas = 0;
	for (; node; node = tree_next(node)) {
		unsigned int provider = tree_word(node, ATTR_TRACE_AREA_provider);
		unsigned int verbosity = tree_word(node, ATTR_TRACE_AREA_verbosity);

		if (provider >= PROVIDER_OTHER || !tree_has(node, ATTR_TRACE_AREA_provider))
			continue;
		if (seen[provider])
			tree_error(b->tree, node, ATTR_TRACE_AREA_provider,
				   "given twice; allowed: each provider once");
		seen[provider] = true;
		if (provider == PROVIDER_FREBPROXY)
			rule->own_areas = read_areas(b, node, PROVIDER_FREBPROXY);
		else
			rule->iis_areas = read_areas(b, node, PROVIDER_WWW_SERVER);
		if (verbosity > rule->verbosity)
			rule->verbosity = verbosity;
	}
	if (!seen[PROVIDER_WWW_SERVER] && !seen[PROVIDER_FREBPROXY])
		rule->verbosity = TE_VERBOSE;
}

static void
set_statuses(struct build *b, struct config_trace_rule *rule, const char *text)
{
	struct status_range ranges[STATUS_RANGES_MAX];
	size_t count = 0;

	if (!*text || value_status_codes(text, ranges, &count) < 0)
		return;
	rule->statuses = build_array(b, count, sizeof(*ranges), &rule->status_count);
	if (rule->status_count)
		memcpy(rule->statuses, ranges, count * sizeof(*ranges));
}

static void
build_failure(struct build *b, const xmlNode *node, const xmlNode *rule_node,
	      struct config_trace_rule *rule)
{
	set_statuses(b, rule, tree_text(node, ATTR_FAILURE_statusCodes));
	value_milliseconds(tree_text(node, ATTR_FAILURE_timeTaken),
			   attribute_info[ATTR_FAILURE_timeTaken].limits, &rule->time_taken_ms);
	rule->fail_verbosity = tree_word(node, ATTR_FAILURE_verbosity);
	if (!rule->status_count && !rule->time_taken_ms && !rule->fail_verbosity && !b->no_memory &&
	    !tree_is_damaged(node))
		tree_error(b->tree, rule_node, ATTR_COUNT,
			   "the rule never applies; allowed: failureDefinitions with "
			   "statusCodes, timeTaken or verbosity");
}

static void
build_rule(struct build *b, const xmlNode *node, struct config_trace_rule *rule)
{
	rule->path = build_text(b, tree_text(node, ATTR_TRACE_RULE_path));
	build_areas(b, tree_child(node, ELEMENT_TRACE_AREAS), rule);
	build_failure(b, tree_child(node, ELEMENT_FAILURE), node, rule);
}

/* What is traced when nobody said anything. */
static void
standard_rule(struct build *b, struct config_site *site)
{
	site->rules = build_array(b, 1, sizeof(*site->rules), &site->rule_count);
	if (!site->rule_count)
		return;
	site->rules->path = build_text(b, "*");
	build_areas(b, NULL, site->rules);
	set_statuses(b, site->rules, "400-599");
}

void
build_rules(struct build *b, struct config_site *site, const xmlNode *rules)
{
	const xmlNode *node = tree_child(rules, ELEMENT_TRACE_RULE);
	size_t count = tree_count(rules, ELEMENT_TRACE_RULE);

	if (!rules) {
		standard_rule(b, site);
		return;
	}
	if (count > RULES_MAX) {
		tree_error(b->tree, rules, ATTR_COUNT, "%zu rules; allowed: at most %d", count,
			   RULES_MAX);
		return;
	}
	site->rules = build_array(b, count, sizeof(*site->rules), &site->rule_count);
	for (size_t i = 0; node && i < site->rule_count; node = tree_next(node), i++)
		build_rule(b, node, &site->rules[i]);
}
