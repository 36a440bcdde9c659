/* SPDX-License-Identifier: MIT */
/*
 * config_fuzzer - any bytes as frebproxy.xml: read, checked, built, asked.
 *
 * What stands behind a NUL byte is a path the first site is asked about, so
 * that the matching of locations and rules is reached too.  No name is looked
 * up: the C library's getaddrinfo is replaced here.
 */
#include <config.h>

#include "core/config_build.h"
#include "core/rule.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	    struct addrinfo **list)
{
	(void)name;
	(void)service;
	(void)hints;
	(void)list;
	return EAI_NONAME;
}

static void
ask(const struct config *c, const char *path, size_t len)
{
	const char *location = "";

	for (size_t i = 0; i < c->site_count; i++) {
		const struct config_access *access =
			config_access_for(&c->sites[i], path, len, &location);
		const struct config_trace_rule *rule = rule_for(&c->sites[i], path, len);

		if (!access || !location || (rule && !rule->path))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - text) : size;
	struct messages m = MESSAGES_INIT;
	struct tree t;
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return 0;
	atomic_init(&c->refs, 1);
	arena_init(&c->memory, (size_t)64 << 20);
	if (tree_read(&t, "fuzz.xml", text, len, &m) == 0 && tree_check(&t)) {
		config_build(&t, c);
		ask(c, nul ? nul + 1 : "/", nul ? size - len - 1 : 1);
	}
	/* whatever is refused is refused with words */
	if (m.errors && !m.text.len)
		abort();
	tree_done(&t);
	messages_done(&m);
	config_unref(c);
	return 0;
}
