/* SPDX-License-Identifier: MIT */
/*
 * Facts over a whole trace.  Which events tell what: freb/EVENTS.md for IIS
 * and ARR, freb/OWN-EVENTS.md for frebproxy.
 */
#include <config.h>
#include "viewer/facts.h"

#include <stdlib.h>
#include <string.h>

#include "trace/buf.h"

static const char *
value_of(const struct freb_event *e, const char *name)
{
	const struct freb_data *d = freb_data_get(e, name);

	return d && d->value && *d->value ? d->value : NULL;
}

/* "502.3" of MODULE_SET_RESPONSE_ERROR_STATUS; a substatus 0 is not written. */
static bool
sets_status(const struct freb_event *e, const char *status)
{
	const char *code = value_of(e, "HttpStatus"), *sub = value_of(e, "HttpSubStatus");
	struct buf b = BUF_INIT;

	if (!code || !status)
		return false;
	buf_puts(&b, code);
	if (sub && strcmp(sub, "0") != 0)
		buf_putf(&b, ".%s", sub);
	bool same = strcmp(buf_text(&b), status) == 0;
	buf_done(&b);
	return same;
}

size_t
facts_culprit(struct freb_file *file)
{
	const char *trigger = freb_root_get(file, "triggerStatusCode");
	const char *status = freb_root_get(file, "statusCode");
	size_t first = SIZE_MAX, first_setter = SIZE_MAX;

	for (size_t i = 0; i < freb_count(file); i++) {
		const struct freb_entry *entry = freb_entry(file, i);
		const char *name = freb_opcode_name(file, entry->opcode);

		if (!row_is_problem(entry->level))
			continue;
		if (first == SIZE_MAX)
			first = i;
		if (!name || strcmp(name, "MODULE_SET_RESPONSE_ERROR_STATUS") != 0)
			continue;
		if (first_setter == SIZE_MAX)
			first_setter = i;
		const struct freb_event *e = freb_event(file, i);
		if (e && (sets_status(e, trigger) || sets_status(e, status)))
			return i;
	}
	return first_setter != SIZE_MAX ? first_setter : first;
}

static void
keep(char **to, const char *value)
{
	if (!*to && value && *value)
		*to = strdup(value);
}

static void
look_at(struct facts *f, const char *name, const struct freb_event *e)
{
	if (strcmp(name, "SECURITY_CHAIN_ELEMENT") == 0) {
		const char *depth = value_of(e, "Depth");

		if (depth && strcmp(depth, "0") != 0)
			return;
		keep(&f->client, value_of(e, "Subject"));
		keep(&f->issuer, value_of(e, "Issuer"));
		keep(&f->serial, value_of(e, "SerialNumber"));
		keep(&f->not_after, value_of(e, "NotAfter"));
	} else if (strcmp(name, "ARR_SERVER_ROUTED") == 0 ||
		   strcmp(name, "UPSTREAM_CONNECT_START") == 0) {
		keep(&f->server, value_of(e, "Server"));
	} else if (strcmp(name, "ARR_WEBFARM_NOT_ROUTED") == 0) {
		keep(&f->server, value_of(e, "HostName"));
	}
}

static bool
is_telling(const char *name)
{
	return strcmp(name, "SECURITY_CHAIN_ELEMENT") == 0 ||
	       strcmp(name, "ARR_SERVER_ROUTED") == 0 ||
	       strcmp(name, "UPSTREAM_CONNECT_START") == 0 ||
	       strcmp(name, "ARR_WEBFARM_NOT_ROUTED") == 0;
}

static void
tell_culprit(struct facts *f, struct freb_file *file)
{
	f->culprit = facts_culprit(file);
	if (f->culprit == SIZE_MAX)
		return;
	const struct freb_entry *entry = freb_entry(file, f->culprit);
	int64_t zero = row_zero_ms(file);
	const char *name = freb_opcode_name(file, entry->opcode);

	f->culprit_level = entry->level;
	f->culprit_ms = entry->time_ms == INT64_MIN || zero == INT64_MIN ? 0
									 : entry->time_ms - zero;
	keep(&f->culprit_name, name);
}

void
facts_gather(struct facts *f, struct freb_file *file)
{
	facts_done(f);
	f->events = freb_count(file);
	row_count(file, &f->counts);
	keep(&f->server, freb_root_get(file, "fp:server"));
	for (size_t i = 0; i < f->events; i++) {
		const char *name = freb_opcode_name(file, freb_entry(file, i)->opcode);
		const struct freb_event *e = name && is_telling(name) ? freb_event(file, i) : NULL;

		if (e)
			look_at(f, name, e);
	}
	keep(&f->client, freb_root_get(file, "fp:client"));
	keep(&f->client, freb_root_get(file, "userName"));
	tell_culprit(f, file);
	f->known = true;
}

void
facts_done(struct facts *f)
{
	free(f->culprit_name);
	free(f->client);
	free(f->issuer);
	free(f->serial);
	free(f->not_after);
	free(f->server);
	*f = (struct facts){ .culprit = SIZE_MAX };
}

const char *
facts_client(const struct facts *f, const struct dir_entry *e)
{
	return e->client ? e->client : f && f->known ? f->client : NULL;
}

const char *
facts_server(const struct facts *f, const struct dir_entry *e)
{
	return e->server ? e->server : f && f->known ? f->server : NULL;
}
