/* SPDX-License-Identifier: MIT */
/*
 * config_flags - the command line.
 *
 * flags_read looks at each argument once; flags_apply turns what was said
 * into attributes of a configuration tree: an empty one, or that of a file.
 * So a flag has the type, limits and default of the setting it stands for.
 * Sources: config_flags.def.  Not thread-safe; the arguments are borrowed.
 */
#ifndef CORE_CONFIG_FLAGS_H
#define CORE_CONFIG_FLAGS_H

#include "core/config_tree.h"

struct apply;		/* private to config_apply.c */

enum scope {
	ANY,		/* overrides what the file says */
	ALONE,		/* only without a file */
};

enum {
#define FLAG(name, argument, scope, action, path, attribute, text) + 1
	FLAG_COUNT = 0
#include "core/config_flags.def"
#undef FLAG
};

struct flag_info {		/* a row of config_flags.def */
	const char *name;		/* "listen" */
	const char *argument;		/* "ADDR:PORT"; NULL = takes none */
	enum scope scope;		/* with a file or not */
	/* NULL = flags_read deals with it */
	void (*apply)(struct apply *a, const struct flag_info *flag, const char *value);
	const char *path;		/* element it sets: "sites/site/access" */
	const char *attribute;		/* of that element */
	const char *text;		/* for --help */
	const char *spelling;		/* "--listen" */
};

extern const struct flag_info flag_rows[FLAG_COUNT];

struct flag_value {		/* one flag as given */
	const struct flag_info *flag;
	const char *value;		/* NULL = takes none */
};

struct flags {
	struct flag_value *given;	/* in order; heap */
	size_t count;			/* of given */
	const char *config;		/* --config, NULL = none */
	enum config_action action;	/* CONFIG_EXIT after --help or --version */
	bool help;			/* --help was the one */
	const char *stray;		/* a flag of --ctl, which main deals with; NULL = none */
	const char *import, *output;	/* --import and its --output; NULL = not given */
	const char *explain, *site, *path;	/* of --explain; NULL = not given */
};

/* 0, or -EINVAL with messages; flags_done in both cases. */
int flags_read(struct flags *f, int argc, char *const *argv, struct messages *m);
void flags_done(struct flags *f);
/* Sets what the flags say in t; without --config t is made anew first. 0 or -EINVAL. */
int flags_apply(const struct flags *f, struct tree *t, struct messages *m);
/* The text of --help; free(); NULL without memory. */
char *flags_help(void);

#endif
