/* SPDX-License-Identifier: MIT */
/* policy - see policy.h.  The table is small: it is searched in order. */
#include <config.h>

#include "core/token/policy.h"

#include <string.h>

#define YES POLICY_SAYS_YES
#define NO POLICY_SAYS_NO
#define UNKNOWN POLICY_SAYS_UNKNOWN
static const struct policy policies[] = {
#define POLICY(oid, name, hardware, pin, source) { oid, name, hardware, pin, source },
#include "core/token/oids.def"
#undef POLICY
};
#undef YES
#undef NO
#undef UNKNOWN

size_t
policy_count(void)
{
	return sizeof(policies) / sizeof(policies[0]);
}

const struct policy *
policy_at(size_t i)
{
	return &policies[i];
}

const struct policy *
policy_find(const char *oid)
{
	for (size_t i = 0; i < policy_count(); i++)
		if (strcmp(policies[i].oid, oid) == 0)
			return &policies[i];
	return NULL;
}

const char *
policy_says_text(enum policy_says s)
{
	static const char *const texts[] = { "unknown", "no", "yes" };

	return texts[s];
}
