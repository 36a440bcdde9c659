/* SPDX-License-Identifier: MIT */
/* config_import_private - what the files of the import share. */
#ifndef CORE_CONFIG_IMPORT_PRIVATE_H
#define CORE_CONFIG_IMPORT_PRIVATE_H

#include "core/base/arena.h"
#include "core/config_import.h"
#include "core/config_tree.h"

#define HOSTS_MAX 16u	/* names in one rule */

enum syntax { SYNTAX_REGEX, SYNTAX_WILDCARD, SYNTAX_EXACT };	/* patternSyntax */
enum scheme { ANY_SCHEME, HTTP_ONLY, HTTPS_ONLY };

struct import_rule {		/* a rewrite rule that leads to a web farm */
	const xmlNode *node;	/* for messages */
	const char *site;	/* NULL = all sites */
	bool global;		/* of globalRules, which a site cannot take back */
	const char *name, *farm;
	const char *path;	/* our pattern, NULL = any */
	bool path_asked;	/* it comes from a condition, not from match */
	bool captures;		/* match has {R:1} */
	bool regex, match_case, stop;
	const char *rewrite;	/* NULL = the path stays */
	const char *hosts[HOSTS_MAX];	/* one of them; wildcards */
	size_t host_count;	/* 0 = any */
	bool hosts_without_port;	/* in IIS they fit no Host with a port */
	const char *method, *field, *value;	/* NULL = any */
	bool value_case;	/* value matches in the same case only */
	enum scheme scheme;
};

struct import_lost {		/* <clear/> or <remove/>: rules that hold no more */
	const struct import_lost *next;
	const char *site;	/* where; NULL = at all sites */
	const char *name;	/* of the rule, NULL = all */
	bool global;		/* it stands in globalRules */
	size_t before;		/* of rules[], those that came before it */
};

struct import_note {
	long line;
	const char *what;	/* "sites/site/@x" */
	const char *name;	/* whose it is, "" = no name */
	const char *text;	/* why, and what to do */
};

struct import {
	struct tree tree;	/* of the input */
	const size_t *lines;	/* where each begins in tree.text; heap */
	size_t line_count;
	struct arena memory;	/* rules, notes */
	struct import_note *notes;	/* heap */
	size_t note_count, note_cap;
	struct import_rule *rules;	/* heap; global ones first */
	size_t rule_count;
	const struct import_lost *lost;
	xmlDoc *doc;		/* the result */
	xmlNode *sites, *server, *farms;	/* its sections */
	bool roots;		/* there is a caFile, or it was noted that there is none */
	bool needs_nowhere;	/* some requests go to no web farm */
	bool no_memory;
};

/* The farm of requests that IIS does not pass on. */
#define NOWHERE "not passed on by IIS"

/* Attribute as written; NULL = not there, or encrypted (which is noted). */
const char *import_attribute(struct import *im, const xmlNode *node, const char *name);
bool import_bool(struct import *im, const xmlNode *node, const char *name, bool standard);
bool import_is(const xmlNode *node, const char *name);	/* an element of that name */
xmlNode *import_child(const xmlNode *node, const char *name);
char *import_strdup(struct import *im, const char *text);
/* name: an attribute, NULL = the element.  text: "why; what to do". */
void import_note(struct import *im, const xmlNode *node, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with what config_import.def says of it. */
void import_note_unknown(struct import *im, const xmlNode *node, const char *name);

xmlNode *import_add(struct import *im, xmlNode *parent, const char *name);
void import_set(struct import *im, xmlNode *node, const char *name, const char *value);
/*
 * import_copy - an element with all that config.def knows of it; the rest is noted.
 * Returns the copy below parent, or NULL if nothing of it is left.
 */
xmlNode *import_copy(struct import *im, const xmlNode *from, xmlNode *parent,
		     enum config_element e);
/* A section of the root: copied when it is one of ours, else noted. */
void import_section(struct import *im, const xmlNode *from, xmlNode *root);
/* One attribute; false = it was noted instead. */
bool import_copy_attribute(struct import *im, const xmlNode *from, const xmlAttr *attr,
			   xmlNode *to, enum config_element e);

/* rewrite/globalRules or rewrite/rules of a site (NULL = all) into im->rules. */
void import_rewrite(struct import *im, const xmlNode *rewrite, const char *site);
/* Conditions of a rule into r; false: it was noted that they cannot be said. */
bool import_conditions(struct import *im, const xmlNode *list, enum syntax syntax,
		       struct import_rule *r);
bool import_is_everything(const char *pattern, enum syntax syntax);	/* any text fits */
/* NULL, or why a pattern of a path has no like here. */
const char *import_path_trouble(const char *pattern, enum syntax syntax);
bool import_rule_holds(const struct import *im, size_t i, const char *site);	/* of rules[] */
const char *import_farm(const struct import *im, const char *name, size_t len);
void import_sites(struct import *im, const xmlNode *sites);
void import_locations(struct import *im);
/* Access, methods and the like that locations have for a site of that name. */
void import_locations_of_site(struct import *im, xmlNode *site, const char *name);

#endif
