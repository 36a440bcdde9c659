/* SPDX-License-Identifier: MIT */
/*
 * scene - one judged badge with its CA, for the tests of core/token.
 */
#ifndef TESTS_UNIT_SCENE_H
#define TESTS_UNIT_SCENE_H

#include "tests/unit/pki.h"

struct scene {		/* a leaf under an intermediate under a root */
	struct party root, inter, leaf;
	struct badge *badge;
	enum fault fault;	/* of the verdict */
};

/* Names and the CA flag are filled in; trusted: the root is an anchor. */
void scene_make(struct scene *s, const struct wish *inter, const struct wish *leaf, bool trusted);
void scene_done(struct scene *s);

#endif
