/* SPDX-License-Identifier: MIT */
/*
 * facts - what only a look into the whole trace tells: how many problems,
 * which one broke the request, whose certificate it was.
 *
 * Gathered from an indexed trace; kept per file by the list's background scan
 * and by the open trace.  Texts are untrusted copies.
 */
#ifndef VIEWER_FACTS_H
#define VIEWER_FACTS_H

#include "trace/freb.h"
#include "viewer/dir.h"
#include "viewer/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct facts {
	bool known;		/* gathered; all else is 0 before */
	size_t events;		/* in the trace */
	struct row_counts counts;	/* problems by level */
	size_t culprit;		/* event that broke the request, SIZE_MAX = no problem */
	char *culprit_name;	/* its opcode, NULL = none */
	uint8_t culprit_level;	/* its level */
	int64_t culprit_ms;	/* since the start of the trace */
	char *client;		/* subject of the certificate, or the user; NULL = unknown */
	char *issuer;		/* of that certificate */
	char *serial;		/* as in the trace */
	char *not_after;	/* as in the trace */
	char *server;		/* farm server, NULL = none */
};

/* Fills f from a trace that is indexed to the end.  f is freed first. */
void facts_gather(struct facts *f, struct freb_file *file);
void facts_done(struct facts *f);

/* What the writer says in the root, else what was found inside (f may be NULL); NULL = none. */
const char *facts_client(const struct facts *f, const struct dir_entry *e);
const char *facts_server(const struct facts *f, const struct dir_entry *e);

/*
 * facts_culprit - the event that broke the request: the one that set the
 * status of the trigger (else of the trace), else the first that set an error
 * status, else the first problem.  SIZE_MAX without problems.
 */
size_t facts_culprit(struct freb_file *file);

#endif
