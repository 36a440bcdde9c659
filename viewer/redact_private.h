/* SPDX-License-Identifier: MIT */
/*
 * redact_private - what the two parts of redact know of each other: learning
 * what is secret (redact_learn.c) and replacing it (redact.c).
 */
#ifndef VIEWER_REDACT_PRIVATE_H
#define VIEWER_REDACT_PRIVATE_H

#include "trace/freb.h"

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *value;		/* what is hidden */
	char *shown;		/* {CLASS-n} */
	const char *class;	/* of redact.def */
};

struct redact {
	struct secret **all;	/* of the run, sorted by value; owned */
	size_t count;
	size_t cap;		/* of all */
	struct secret **here;	/* in this trace, the longest first; borrowed */
	size_t here_count;
	size_t here_cap;	/* of here */
	char **kept;		/* texts that the trace's events point at */
	size_t kept_count;
	size_t kept_cap;	/* of kept */
	int failed;		/* 0 or -ENOMEM; sticky */
};

/* Room for one more in an array of pointers; false without memory: r->failed. */
bool redact_room(struct redact *r, void *array, size_t count, size_t *cap);
/* From now on this is to be hidden in this trace, and what it says of a person. */
void redact_learn_person(struct redact *r, const char *class, const char *name);
void redact_learn_attribute(struct redact *r, const char *name, const char *value);
void redact_learn_event(struct redact *r, const struct freb_event *e);
/* Is the whole value of that Data (@event NULL: attribute) a secret, however short? */
bool redact_is_place(const char *event, const char *name);
/* The secret of exactly that value, NULL = it is none. */
const struct secret *redact_secret(const struct redact *r, const char *value);

#endif
