/* SPDX-License-Identifier: MIT */
/*
 * door - a listening socket of the operator's: the Unix socket, or the status
 * listener.  Opened whole under its final rights, or not at all.
 */
#ifndef CORE_CONTROL_DOOR_H
#define CORE_CONTROL_DOOR_H

#include "core/config.h"
#include "trace/buf.h"

#include <sys/stat.h>

struct door {
	int fd; /* -1 = closed */
	char path[108]; /* of a Unix socket; "" = it is none */
	dev_t device;
	ino_t inode; /* of .path: is it still ours? */
	struct config_address wanted, bound; /* of the status listener */
};

#define DOOR_CLOSED { .fd = -1 }

/*
 * door_open_socket - the Unix socket of c: mode 0600, or 0660 for its group.
 * A socket that nobody answers at is replaced; anything else there is an error.
 * Returns 0, or -1 with a line in messages.
 */
int door_open_socket(struct door *d, const struct config_control *c, struct buf *messages);
/* The status listener of c. */
int door_open_status(struct door *d, const struct config_control *c, struct buf *messages);
bool door_is_ours(const struct door *d); /* the Unix socket at .path is this one */
/* Gives the Unix socket the rights of c; 0 or -1. */
int door_allow(const char *path, const struct config_control *c, struct buf *messages);
/* Closes; takes the Unix socket away if it is still ours.  Fine when closed. */
void door_close(struct door *d);

#endif
