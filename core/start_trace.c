/* SPDX-License-Identifier: MIT */
/* start_trace - see start_trace.h. */
#include <config.h>

#include "core/start_trace.h"

#include "core/base/clock.h"

#include <string.h>

static const struct config_site *
traced_site(const struct config *config)
{
	for (size_t i = 0; i < config->site_count; i++)
		if (config->sites[i].trace_enabled && config->sites[i].rule_count)
			return &config->sites[i];
	return NULL;
}

static bool
has_token_key(const struct config *config)
{
	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_certificate *c = &config->bindings[i].cert;
		const char *key = c->key ? c->key : c->certificate;

		if (key && strncmp(key, "pkcs11:", 7) == 0)
			return true;
	}
	return false;
}

struct trace *
start_trace_new(const struct config *config)
{
	const struct trace_options all = { .verbosity = 5, .own_areas = ~0u, .iis_areas = ~0u };

	return traced_site(config) && has_token_key(config) ? trace_new(&all) : NULL;
}

void
start_trace_submit(struct trace **t, const struct config *config,
		   struct trace_writer *writer)
{
	const struct config_site *site = traced_site(config);
	struct trace_meta meta = {
		.url = "frebproxy://start",
		.verb = "-",
		.reason = TRACE_REASON_EVENT_VERBOSITY_LEVEL,
	};

	if (!*t)
		return;
	if (!writer || !site || trace_count(*t) == 0) {
		trace_free(*t);
		*t = NULL;
		return;
	}
	meta.site_id = site->id;
	meta.app_pool_id = site->farm ? site->farm->name : "";
	meta.directory = site->trace_directory;
	meta.max_log_files = site->max_log_files;
	meta.time_taken_ms = (clock_real_ns() - trace_start_ns(*t)) / CLOCK_NS_PER_MS;
	trace_guid_new(meta.activity);
	trace_submit(writer, t, &meta);
}
