/* SPDX-License-Identifier: MIT */
/*
 * dir_private - between dir.c, dir_entry.c and dir_sort.c.
 */
#ifndef VIEWER_DIR_PRIVATE_H
#define VIEWER_DIR_PRIVATE_H

#include "viewer/dir.h"

/* Reads the file's head into e, whose path is set. */
void dir_entry_read(struct dir_entry *e);
/* Frees what it has; e is not to be used after. */
void dir_entry_done(struct dir_entry *e);
/* What stands behind the last / of a path. */
const char *dir_last_part(const char *path);

#endif
