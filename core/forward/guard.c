/* SPDX-License-Identifier: MIT */
/* guard - see guard.h. */
#include <config.h>

#include "core/forward/guard.h"

enum match { WHOLE, PREFIX };

static const struct row {
	enum match match;
	unsigned char len; /* of fold */
	const char *fold;
} rows[] = {
#define GUARD(name, match) { match, sizeof(name) - 1, name },
#include "core/forward/guard.def"
#undef GUARD
};

static bool
begins_with(const struct slice *name, const char *text, size_t len)
{
	if (name->len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (header_fold(name->at[i]) != header_fold(text[i]))
			return false;
	return true;
}

bool
guard_is(const struct slice *name, const char *text, size_t len)
{
	return name->len == len && begins_with(name, text, len);
}

const char *
guard_reason(const struct config_guard *configured, const struct slice *name, enum header_id id)
{
	if (id == HF_OTHER && header_is_reserved(name))
		return "only the proxy may set X-ARR fields";
	for (size_t i = 0; id == HF_OTHER && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (begins_with(name, rows[i].fold, rows[i].len) &&
		    (rows[i].match == PREFIX || name->len == rows[i].len))
			return "only the proxy may say who the client is";
	for (size_t i = 0; configured && i < configured->count; i++)
		if (guard_is(name, configured->names[i].fold, configured->names[i].len))
			return "only the proxy may set a field that is configured";
	return NULL;
}
