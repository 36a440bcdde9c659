/* SPDX-License-Identifier: MIT */
/*
 * equals - a web farm of up to ten servers that are alike, s0 to s9, and what a
 * worker knows of it: for tests of what changes with the requests.
 */
#ifndef TESTS_UNIT_EQUALS_H
#define TESTS_UNIT_EQUALS_H

#include "core/route/lb.h"

#define SECOND UINT64_C(1000000000)

struct scene {
	struct config_server servers[10];
	char names[10][4];
	struct config_farm config;
	struct farm *farm;
	struct lb_state lb;
};

void scene_init(struct scene *s, size_t count);
void scene_done(struct scene *s);

#endif
