/* SPDX-License-Identifier: MIT */
/* check - --check, and how messages of loaders and changes of trust are told. */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "core/config.h"
#include "trace/buf.h"

/* Logs each line of messages and empties it; true if one was an error. */
bool messages_print(struct buf *messages);
struct trust;
/* Logs which anchors a reload has added and taken away, with their fingerprints. */
void check_tell_anchors(const struct trust *old, const struct trust *new);
/*
 * check_config - loads everything the configuration names, as a start does, and
 * lets it go: trust and CRLs, attestations, each server certificate with its key.
 * Prints what was found.  Takes config; returns the exit status, 0 or 2.
 */
int check_config(struct config *config);

#endif
