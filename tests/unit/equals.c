/* SPDX-License-Identifier: MIT */
/* equals - see equals.h. */
#include <config.h>

#include "tests/unit/equals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void
scene_init(struct scene *s, size_t count)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < count; i++) {
		snprintf(s->names[i], sizeof(s->names[i]), "s%u", (unsigned int)i % 100);
		s->servers[i] = (struct config_server){ .name = s->names[i],
							.weight = 100,
							.enabled = true,
							.index = (unsigned int)i };
	}
	s->config = (struct config_farm){ .name = (char *)"equals",
					  .servers = s->servers,
					  .server_count = count };
	s->farm = farm_new(&s->config, 0);
	assert_non_null(s->farm);
	assert_int_equal(lb_state_init(&s->lb, count, 0), 0);
}

void
scene_done(struct scene *s)
{
	lb_state_done(&s->lb);
	farm_free(s->farm);
}
