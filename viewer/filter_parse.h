/* SPDX-License-Identifier: MIT */
/*
 * filter_parse - the tree of a filter, between its parser and filter.c.
 */
#ifndef VIEWER_FILTER_PARSE_H
#define VIEWER_FILTER_PARSE_H

#include "viewer/search.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILTER_NODES = 64, FILTER_DEPTH = 32 };	/* nodes of a filter; nesting of parentheses */

enum filter_node_type { NODE_OR, NODE_AND, NODE_NOT, NODE_WORD, NODE_FIELD };

enum filter_op {
	FILTER_EQ, FILTER_NE, FILTER_LIKE, FILTER_UNLIKE,
	FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE,
};

enum filter_kind {		/* how a value is written */
	FILTER_TEXT, FILTER_NUMBER, FILTER_STATUS, FILTER_LEVEL, FILTER_DURATION, FILTER_SIZE,
	FILTER_TIME, FILTER_YES,
};

enum filter_scope { FILTER_TRACE, FILTER_EVENT };

enum filter_field {
#define FIELD(name, kind, scope, help) FIELD_##name,
#include "viewer/filter.def"
#undef FIELD
	FIELD_data,		/* data.NAME */
};

struct filter_node {
	enum filter_node_type type;	/* what of the rest is used */
	int left, right;		/* OR, AND; NOT uses left */
	enum filter_field field;	/* FIELD */
	enum filter_kind kind;		/* of the field */
	enum filter_scope scope;	/* of the field */
	enum filter_op op;		/* FIELD */
	char *name;			/* FIELD_data: which one */
	char *text;			/* the value, or the word, as written */
	int64_t number;			/* the value; STATUS: lowest status * 1000 + substatus */
	int64_t number_to;		/* STATUS: the highest */
	struct search *pattern;		/* LIKE, UNLIKE, WORD */
	bool met;			/* FIELD_data: some event had it */
};

struct filter {
	struct filter_node nodes[FILTER_NODES];	/* in the order parsed */
	int count;				/* of nodes */
	int root;				/* the whole expression */
};

/* The number of a value as its field writes it; NULL or what is allowed. */
const char *filter_value(struct filter_node *n);

#endif
