/* SPDX-License-Identifier: MIT */
/*
 * config_tree - the configuration as a checked XML tree.
 *
 * tree_read parses text (no network, no document type, no entities of its
 * own, at most TREE_MAX bytes); tree_check holds it against config.def and
 * takes out what it had to complain about, so that whoever reads the tree
 * afterwards finds known elements and valid values only.  A command line is a
 * tree as well (config_flags.c): its attributes carry the flag they came from.
 * One tree belongs to one thread.
 */
#ifndef CORE_CONFIG_TREE_H
#define CORE_CONFIG_TREE_H

#include "core/config_messages.h"
#include "core/config_values.h"

#include <libxml/tree.h>

#define TREE_MAX ((size_t)4 << 20)

enum config_element {
	ELEMENT_NONE,
#define ELEMENT(symbol, name, text) ELEMENT_##symbol,
#include "core/config.def"
	ELEMENT_COUNT
};

enum config_attribute {
#define ATTR(element, name, type, standard, limits, text) ATTR_##element##_##name,
#include "core/config.def"
	ATTR_COUNT
};

struct attribute_info {		/* one row of config.def */
	enum config_element element;
	const char *name;
	enum value_type type;
	const char *standard;	/* default; NULL = must be given */
	const char *limits;
	const char *text;	/* for the manual */
};

struct tree {
	xmlDoc *doc;
	const char *file;	/* borrowed; "" = a command line */
	char *base;		/* heap; folder of relative paths, "" = where we are */
	const char *text;	/* borrowed; the document, for line numbers; NULL = none */
	size_t len;		/* of text */
	struct messages *messages;	/* borrowed */
};

extern const struct attribute_info attribute_info[ATTR_COUNT];
const char *element_name(enum config_element e);
/* What config.def has for a name: ATTR_COUNT, ELEMENT_NONE = nothing. */
enum config_attribute tree_attribute(enum config_element e, const char *name);
enum config_element tree_child_kind(enum config_element parent, const char *name);
/* "sites/site/bindings": without the root, unless it is the root. */
void tree_path(const xmlNode *node, struct buf *out);

/* 0, or -EINVAL with messages.  text stays the caller's and must live as long as t. */
int tree_read(struct tree *t, const char *file, const char *text, size_t len,
	      struct messages *m);
/* The same for text that is UTF-8 whatever it says of itself, with another limit. */
int tree_read_utf8(struct tree *t, const char *file, const char *text, size_t len, size_t max,
		   struct messages *m);
void tree_done(struct tree *t);
/* false = it is no configuration at all; other errors are in the messages. */
bool tree_check(struct tree *t);

/* After tree_check.  NULL nodes are fine everywhere and give NULL or the default. */
xmlNode *tree_root(const struct tree *t);
xmlNode *tree_child(const xmlNode *parent, enum config_element e);	/* the first one */
xmlNode *tree_next(const xmlNode *node);	/* the next sibling of the same element */
bool tree_is_damaged(const xmlNode *node);	/* something in it was refused */
size_t tree_count(const xmlNode *parent, enum config_element e);
bool tree_has(const xmlNode *node, enum config_attribute a);
/* As written, else the default ("" for one that must be given).  Borrowed. */
const char *tree_text(const xmlNode *node, enum config_attribute a);
bool tree_bool(const xmlNode *node, enum config_attribute a);
uint64_t tree_number(const xmlNode *node, enum config_attribute a);
unsigned int tree_seconds(const xmlNode *node, enum config_attribute a);
unsigned int tree_word(const xmlNode *node, enum config_attribute a);

/* Adds a message; a: which attribute, ATTR_COUNT = the element. */
void tree_error(struct tree *t, const xmlNode *node, enum config_attribute a,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void tree_warning(struct tree *t, const xmlNode *node, enum config_attribute a,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same for an attribute or element by name; name NULL = the element itself. */
void tree_message(struct tree *t, bool warning, const xmlNode *node, const char *name,
		  const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
