/* SPDX-License-Identifier: MIT */
/*
 * config_schema - a tree against config.def: elements, attributes, values.
 *
 * Everything that is refused is taken out of the tree after the message, so
 * that the rest can be looked at too and all errors come in one go.
 */
#include <config.h>

#include "core/config_tree.h"

#include <string.h>

enum count { ONE, MANY };

const struct attribute_info attribute_info[ATTR_COUNT] = {
#define ATTR(element, name, type, standard, limits, text) \
	[ATTR_##element##_##name] = \
		{ ELEMENT_##element, #name, VALUE_##type, standard, limits, text },
#include "core/config.def"
};

static const char *const element_names[ELEMENT_COUNT] = {
	[ELEMENT_NONE] = "",
#define ELEMENT(symbol, name, text) [ELEMENT_##symbol] = name,
#include "core/config.def"
};

struct child_row {
	enum config_element parent, child;
	enum count count;
};

static const struct child_row child_rows[] = {
#define CHILD(parent, child, count) { ELEMENT_##parent, ELEMENT_##child, count },
#include "core/config.def"
};

struct unused_row {
	enum config_element parent;
	const char *name;
};

static const struct unused_row unused_rows[] = {
#define UNUSED_ELEMENT(parent, name) { ELEMENT_##parent, name },
#include "core/config.def"
};

static const char without_effect[] = "known to IIS or ARR, but without effect in frebproxy";

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
element_name(enum config_element e)
{
	return element_names[(unsigned int)e < ELEMENT_COUNT ? e : ELEMENT_NONE];
}

static const struct child_row *
find_child(enum config_element parent, const char *name)
{
	for (size_t i = 0; i < COUNT(child_rows); i++)
		if (child_rows[i].parent == parent &&
		    !strcmp(element_names[child_rows[i].child], name))
			return &child_rows[i];
	return NULL;
}

enum config_element
tree_child_kind(enum config_element parent, const char *name)
{
	const struct child_row *row = find_child(parent, name);

	return row ? row->child : ELEMENT_NONE;
}

static bool
is_unused(enum config_element parent, const char *name)
{
	for (size_t i = 0; i < COUNT(unused_rows); i++)
		if (unused_rows[i].parent == parent && !strcmp(unused_rows[i].name, name))
			return true;
	return false;
}

static void
put_item(struct buf *list, const char *name)
{
	buf_puts(list, list->len ? ", " : "");
	buf_puts(list, name);
}

static void
refuse_element(struct tree *t, const xmlNode *node, enum config_element parent)
{
	struct buf allowed = BUF_INIT;

	for (size_t i = 0; i < COUNT(child_rows); i++)
		if (child_rows[i].parent == parent)
			put_item(&allowed, element_names[child_rows[i].child]);
	tree_message(t, false, node, NULL, "unknown element; allowed in %s: %s",
		     element_names[parent], allowed.len ? buf_text(&allowed) : "no elements");
	buf_done(&allowed);
}

static void
refuse_attribute(struct tree *t, const xmlNode *node, const xmlAttr *attr, enum config_element e)
{
	struct buf allowed = BUF_INIT;

	for (size_t i = 0; i < ATTR_COUNT; i++)
		if (attribute_info[i].element == e && attribute_info[i].type != VALUE_UNUSED)
			put_item(&allowed, attribute_info[i].name);
	tree_message(t, false, node, (const char *)attr->name, "unknown attribute; allowed: %s",
		     allowed.len ? buf_text(&allowed) : "none");
	buf_done(&allowed);
}

enum config_attribute
tree_attribute(enum config_element e, const char *name)
{
	size_t i;

	for (i = 0; i < ATTR_COUNT; i++)
		if (attribute_info[i].element == e && !strcmp(attribute_info[i].name, name))
			break;
	return (enum config_attribute)i;
}

static bool
value_is_fine(struct tree *t, const xmlNode *node, const xmlAttr *attr, enum config_attribute a)
{
	const struct attribute_info *info = &attribute_info[a];
	const char *text = tree_text(node, a);
	struct buf reason = BUF_INIT, allowed = BUF_INIT;
	bool fine;

	if (attr->children && attr->children->next) {
		buf_puts(&reason, "the text holds an entity");
		fine = false;
	} else if (!*text && !info->standard && info->type == VALUE_FILE) {
		buf_puts(&reason, "it is empty");
		fine = false;
	} else {
		/* the folder of the file is no base for what a flag says */
		fine = value_check(info->type, info->limits, text, attr->_private ? "" : t->base,
				   &reason);
	}
	if (!fine) {
		value_allowed(info->type, info->limits, &allowed);
		tree_error(t, node, a, "%s; allowed: %s", buf_text(&reason), buf_text(&allowed));
	}
	buf_done(&reason);
	buf_done(&allowed);
	return fine;
}

static void
warn_unused(struct tree *t, const xmlNode *node, enum config_attribute a)
{
	const char *why = attribute_info[a].text;

	tree_warning(t, node, a, "%s%s%s", without_effect, *why ? ": " : "", why);
}

static void
check_attributes(struct tree *t, xmlNode *node, enum config_element e)
{
	xmlAttr *attr, *next;

	for (attr = node->properties; attr; attr = next) {
		const char *name = (const char *)attr->name;
		enum config_attribute a = tree_attribute(e, name);
		bool keep = false;

		next = attr->next;
		if (attr->ns)
			tree_message(t, false, node, name, "attributes have no prefix here");
		else if (a == ATTR_COUNT)
			refuse_attribute(t, node, attr, e);
		else if (attribute_info[a].type == VALUE_UNUSED)
			warn_unused(t, node, a);
		else
			keep = value_is_fine(t, node, attr, a);
		if (keep)
			continue;
		node->psvi = node;	/* tree_is_damaged */
		xmlRemoveProp(attr);
	}
}

/* Before check_attributes: one that was given but wrong is not missing. */
static void
check_missing(struct tree *t, const xmlNode *node, enum config_element e)
{
	for (size_t i = 0; i < ATTR_COUNT; i++) {
		const struct attribute_info *info = &attribute_info[i];
		struct buf allowed = BUF_INIT;

		if (info->element != e || info->standard || info->type == VALUE_UNUSED ||
		    tree_has(node, (enum config_attribute)i))
			continue;
		value_allowed(info->type, info->limits, &allowed);
		tree_message(t, false, node, NULL, "attribute %s is missing; allowed: %s",
			     info->name, buf_text(&allowed));
		buf_done(&allowed);
	}
}

static void
check_text_node(struct tree *t, const xmlNode *node)
{
	const char *text = (const char *)node->content;
	struct buf quoted = BUF_INIT;

	if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
		return;
	text += text ? strspn(text, " \t\r\n") : 0;
	if (node->type == XML_TEXT_NODE && (!text || !*text))
		return;
	value_quote(text ? text : "", &quoted);
	tree_message(t, false, node, NULL, "text %s is not allowed; allowed: elements",
		     buf_text(&quoted));
	buf_done(&quoted);
}

static void check_element(struct tree *t, xmlNode *node, enum config_element e);

/* What is to be done with a child element; true = it stays. */
static bool
check_child(struct tree *t, xmlNode *node, enum config_element parent, bool seen[ELEMENT_COUNT])
{
	const char *name = (const char *)node->name;
	const struct child_row *row = find_child(parent, name);

	if (node->ns || (!row && !is_unused(parent, name))) {
		refuse_element(t, node, parent);
		return false;
	}
	if (!row) {
		tree_message(t, true, node, NULL, without_effect);
		return false;
	}
	if (row->count == ONE && seen[row->child]) {
		tree_message(t, false, node, NULL, "given twice; allowed: one in %s",
			     element_names[parent]);
		return false;
	}
	seen[row->child] = true;
	check_element(t, node, row->child);
	return true;
}

static void
check_element(struct tree *t, xmlNode *node, enum config_element e)
{
	bool seen[ELEMENT_COUNT] = { false };
	xmlNode *child, *next;

	node->_private = (void *)(uintptr_t)e;
	check_missing(t, node, e);
	check_attributes(t, node, e);
	for (child = node->children; child; child = next) {
		next = child->next;
		if (child->type != XML_ELEMENT_NODE) {
			check_text_node(t, child);
			continue;
		}
		if (check_child(t, child, e, seen))
			continue;
		xmlUnlinkNode(child);
		xmlFreeNode(child);
	}
}

bool
tree_check(struct tree *t)
{
	xmlNode *root = tree_root(t);

	if (strcmp((const char *)root->name, element_names[ELEMENT_CONFIGURATION]) || root->ns) {
		tree_message(t, false, root, NULL, "unknown root element; allowed: %s",
			     element_names[ELEMENT_CONFIGURATION]);
		return false;
	}
	check_element(t, root, ELEMENT_CONFIGURATION);
	return true;
}
