/* SPDX-License-Identifier: MIT */
/*
 * client - one connection to the control socket or the status listener: one
 * request, one answer, on main's loop.
 *
 * Nobody is waited for: a request head has 8 KiB and ten seconds, an answer
 * thirty, and where too many are connected the one that has waited longest
 * without a whole request goes.
 */
#ifndef CORE_CONTROL_CLIENT_H
#define CORE_CONTROL_CLIENT_H

#include "core/control/answer.h"

#include <ev.h> /* door: operators are waited for on the loop of main */

#define CLIENTS_MAX 32u /* of each door */

struct client;

struct clients { /* of one door */
	struct ev_loop *loop;
	const struct control_view *view;
	struct client *newest;
	unsigned int count;
};

/* Takes fd. */
void client_new(struct clients *all, int fd, const struct asker *who);
/* Answers one line at once: the connection is not wanted.  Takes fd. */
void client_refuse(int fd, const char *text);
void clients_free(struct clients *all);

#endif
