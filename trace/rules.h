/* SPDX-License-Identifier: MIT */
/*
 * rules - what a comparison treats as equal: the default volatile values and
 * the rules of a rules file.
 *
 * A rules file has one rule per line, # starts a comment; its first line is
 * the version.  Apart from "use" the order of the lines means nothing:
 *   frebdiff 1
 *   use default | none
 *   mask FIELD [re:"EXPR"] as CLASS
 *   ignore FIELD          ignore event CONDITION
 *   tolerance FIELD [N%] [min] VALUE
 *   unordered CONDITION   require CONDITION
 *   limit FIELD VALUE     when CONDITION RULE
 * FIELD: attr.NAME, data.NAME, header.NAME, system.NAME (names may hold * and
 * ?), span.NAME (START to END of the span NAME), gap.  Source: VIEWER 9.4.
 * Not thread-safe.
 */
#ifndef TRACE_RULES_H
#define TRACE_RULES_H

#include "trace/condition.h"
#include "trace/volatile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_kind {
	RULE_MASK,
	RULE_IGNORE,
	RULE_IGNORE_EVENT,
	RULE_TOLERANCE,
	RULE_UNORDERED,
	RULE_REQUIRE,
	RULE_LIMIT,
};

enum rule_place { RULE_ATTR, RULE_DATA, RULE_HEADER, RULE_SYSTEM, RULE_SPAN, RULE_GAP };

struct rule {
	enum rule_kind kind;
	enum rule_place place;		/* of the field */
	char *name;			/* of the field, may hold * and ?; "" for gap */
	struct regex *regex;		/* of mask: the part meant, NULL = all */
	enum volatile_class class;	/* of mask */
	double percent;			/* of tolerance, of the smaller value */
	double value;			/* of tolerance: least allowance; of limit; ms for times */
	struct condition *when;		/* NULL = always */
	struct condition *what;		/* of ignore event, unordered, require */
	char *text;			/* as in the file, trimmed */
	unsigned int line;		/* from 1 */
	uint64_t used;			/* what it was about was met so often */
};

struct rules {
	struct rule *rule;		/* sorted by text: the order of the file is nothing */
	size_t count;
	bool no_default;		/* "use none" */
	uint64_t *masked;		/* differences hidden, per row, see rules_rows() */
	char *name;			/* of the file, "" = none */
};

struct rules_at {			/* one value; all borrowed */
	struct volatile_where where;
	const char *data;		/* place HEADER: name of the Data it is in, else NULL */
	const char *line;		/* place HEADER: the line that ends with the value */
	struct condition_subject subject;
};

/* Only the default rows.  NULL without memory. */
struct rules *rules_new(void);
/*
 * rules_parse - reads the text of a rules file.
 * @name   for messages.
 * @error  on failure "NAME:LINE: what is wrong"; free(); NULL without memory.
 * Returns NULL on failure.
 */
struct rules *rules_parse(const char *name, const char *text, size_t len, char **error);
void rules_free(struct rules *r);	/* NULL is fine */

/*
 * rules_split - cuts a value into literal and volatile pieces.
 * @p  its pieces point into @value.
 * Counts the rules it meets as used.
 */
void rules_split(struct rules *r, const struct rules_at *at, const char *value, size_t len,
		 struct volatile_pieces *p);
/* The first rule of that kind for a value, counted as used; NULL = none. */
const struct rule *rules_find(struct rules *r, enum rule_kind kind, const struct rules_at *at);
/* For span.NAME and gap. */
const struct rule *rules_find_time(struct rules *r, enum rule_kind kind, enum rule_place place,
				   const char *name, const struct condition_subject *s);
/* The first rule of that kind whose condition the event meets, counted as used; NULL = none. */
const struct rule *rules_find_event(struct rules *r, enum rule_kind kind,
				    const struct condition_subject *s);
bool rules_have(const struct rules *r, enum rule_kind kind);
/* Whether a rule compares times of events, so that normalising must keep them. */
bool rules_need_times(const struct rules *r);
/* |a - b| within the rule's allowance. */
bool rules_is_within(const struct rule *rule, double a, double b);

/* Rows of .masked: those of volatile.def, one for what is read back, one per rule. */
size_t rules_rows(const struct rules *r);
const char *rules_row_text(const struct rules *r, size_t row);
size_t rules_unused(const struct rules *r);

#endif
