/* SPDX-License-Identifier: MIT */
/*
 * The values of filter fields: 5s, 250ms, 4k, 5xx, 502.3, a level by word.
 */
#include <config.h>
#include "viewer/filter_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "viewer/options.h"
#include "viewer/rows.h"

struct unit {
	const char *name;	/* behind the number; "" = none */
	int64_t factor;
};

/* A whole number with a unit; at most 15 digits, so that no unit overflows. */
static bool
with_unit(const char *text, const struct unit *units, size_t count, int64_t *v)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 12)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(text + digits, units[i].name) == 0) {
			*v = strtoll(text, NULL, 10) * units[i].factor;
			return true;
		}
	}
	return false;
}

static const char *
duration(struct filter_node *n)
{
	static const struct unit units[] = { { "", 1 }, { "ms", 1 }, { "s", 1000 },
					     { "m", 60000 }, { "h", 3600000 } };

	return with_unit(n->text, units, 5, &n->number) ? NULL
							: "a duration is 250ms, 5s, 2m or 1h";
}

static const char *
size(struct filter_node *n)
{
	static const struct unit units[] = { { "", 1 }, { "k", 1 << 10 }, { "m", 1 << 20 },
					     { "g", 1 << 30 } };

	return with_unit(n->text, units, 4, &n->number) ? NULL : "a size is 512, 4k, 2m or 1g";
}

static const char *
number(struct filter_node *n)
{
	static const struct unit units[] = { { "", 1 } };

	return with_unit(n->text, units, 1, &n->number) ? NULL : "a whole number is expected";
}

static const char *
level(struct filter_node *n)
{
	for (uint8_t l = 1; l <= 5; l++) {
		if (strcasecmp(n->text, row_level_word(l)) == 0) {
			n->number = l;
			return NULL;
		}
	}
	if (strlen(n->text) != 1 || n->text[0] < '0' || n->text[0] > '5')
		return "a level is 0 to 5, or Error, Warning, Verbose ...";
	n->number = n->text[0] - '0';
	return NULL;
}

static const char *
status(struct filter_node *n)
{
	static const char allowed[] = "a status is 502, 502.3 or 5xx";
	const char *t = n->text;
	size_t digits = strspn(t, "0123456789");

	if (digits == 1 && strcasecmp(t + 1, "xx") == 0) {
		n->number = (t[0] - '0') * (int64_t)100000;
		n->number_to = n->number + 99999;
		return NULL;
	}
	if (digits != 3 || (t[3] && t[3] != '.'))
		return allowed;
	n->number = atoi(t) * (int64_t)1000;
	n->number_to = n->number + 999;
	if (t[3]) {
		size_t sub = strspn(t + 4, "0123456789");

		if (sub == 0 || sub > 3 || t[4 + sub])
			return allowed;
		n->number += atoi(t + 4);
		n->number_to = n->number;
	}
	return NULL;
}

static const char *
point_in_time(struct filter_node *n)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (options_time(n->text, false, now.tv_sec * (int64_t)1000 + now.tv_nsec / 1000000,
			 &n->number))
		return NULL;
	return "a time is 2026-06-08T19:54, 19:54, or an age: 15m, 2h, 7d";
}

static const char *
yes(struct filter_node *n)
{
	n->number = strcasecmp(n->text, "yes") == 0;
	return n->number || strcasecmp(n->text, "no") == 0 ? NULL : "yes or no is expected";
}

const char *
filter_value(struct filter_node *n)
{
	switch (n->kind) {
	case FILTER_NUMBER:
		return number(n);
	case FILTER_STATUS:
		return status(n);
	case FILTER_LEVEL:
		return level(n);
	case FILTER_DURATION:
		return duration(n);
	case FILTER_SIZE:
		return size(n);
	case FILTER_TIME:
		return point_in_time(n);
	case FILTER_YES:
		return yes(n);
	default:
		return NULL;
	}
}
