/* SPDX-License-Identifier: MIT */
/* check - see check.h. */
#include <config.h>

#include "core/check.h"

#include "core/base/log.h"
#include "core/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANCHORS_SHOWN 20

bool
messages_print(struct buf *messages)
{
	char *line = messages->data, *end;
	bool error = false;

	for (; line && *line; line = end) {
		const char *warning;

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		warning = strstr(line, ": warning: "); /* of the configuration: place first */
		if (strncmp(line, "warning: ", 9) == 0) {
			log_warning("%s", line + 9);
		} else if (warning) {
			log_warning("%.*s%s", (int)(warning - line), line, warning + 9);
		} else {
			log_error("%s", strncmp(line, "error: ", 7) == 0 ? line + 7 : line);
			error = true;
		}
	}
	buf_done(messages);
	return error;
}

static bool
is_anchor(const struct trust *t, const struct cert *c)
{
	for (size_t i = 0; i < trust_anchor_count(t); i++)
		if (memcmp(trust_anchor(t, i)->sha256, c->sha256, CERT_SHA256) == 0)
			return true;
	return false;
}

/* Anchors of one that the other has not; at most ANCHORS_SHOWN are told. */
static void
tell_missing(const struct trust *of, const struct trust *other, const char *what)
{
	size_t told = 0;

	for (size_t i = 0; i < trust_anchor_count(of) && told < ANCHORS_SHOWN; i++) {
		const struct cert *c = trust_anchor(of, i);

		if (is_anchor(other, c))
			continue;
		log_info("anchor %s: %s, SHA-256 %s", what, c->subject, c->sha256_text);
		told++;
	}
}

void
check_tell_anchors(const struct trust *old, const struct trust *new)
{
	tell_missing(old, new, "taken away");
	tell_missing(new, old, "added");
}

/* Whom is believed: with the fingerprints, two CAs of one name can be told apart. */
static void
print_trust(const struct trust *t)
{
	size_t n = trust_anchor_count(t);

	for (size_t i = 0; i < n && i < ANCHORS_SHOWN; i++)
		printf("anchor: %s, valid to %s, SHA-256 %s\n", trust_anchor(t, i)->subject,
		       trust_anchor(t, i)->not_after_text, trust_anchor(t, i)->sha256_text);
	if (n > ANCHORS_SHOWN)
		printf("anchors not shown: %zu\n", n - ANCHORS_SHOWN);
}

int
check_config(struct config *config)
{
	struct buf messages = BUF_INIT;
	struct runtime *r = runtime_for_check(config, true, &messages);
	bool error = messages_print(&messages) || !r;
	char *summary = config_summary(config);

	if (!error) {
		print_trust(r->trust);
		printf("%s\n", summary ? summary : "configuration ok");
	}
	runtime_unref(r);
	free(summary);
	config_unref(config);
	return error ? 2 : 0;
}
