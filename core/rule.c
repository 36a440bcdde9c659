/* SPDX-License-Identifier: MIT */
/*
 * rule - failure definitions: status ranges, event levels, time taken.
 *
 * The order of the tests is that of failureReason: status, (server variable,
 * which has no counterpart here), event level, time.  Source: FORMAT 1, 2.1.
 */
#include <config.h>

#include "core/rule.h"

#include <string.h>

/* A pattern that begins with neither '/' nor '*' is the end of a path: "login.aspx". */
static bool
path_is_wanted(const char *pattern, const char *path, size_t len)
{
	if (config_path_matches(pattern, path, len))
		return true;
	if (*pattern == '/' || *pattern == '*')
		return false;
	for (size_t i = 0; i < len; i++)
		if (path[i] == '/' && config_path_matches(pattern, path + i + 1, len - i - 1))
			return true;
	return false;
}

const struct config_trace_rule *
rule_for(const struct config_site *site, const char *path, size_t len)
{
	if (!site->trace_enabled)
		return NULL;
	for (size_t i = 0; i < site->rule_count; i++)
		if (path_is_wanted(site->rules[i].path, path, len))
			return &site->rules[i];
	return NULL;
}

/* The substatus bound of a range counts only where the status is that end. */
static bool
range_has(const struct status_range *r, unsigned int status, unsigned int substatus)
{
	if (status < r->from || status > r->to)
		return false;
	if (status == r->from && r->from_sub >= 0 && substatus < (unsigned int)r->from_sub)
		return false;
	return status != r->to || r->to_sub < 0 || substatus <= (unsigned int)r->to_sub;
}

bool
rule_matches_status(const struct config_trace_rule *rule, unsigned int status,
		    unsigned int substatus)
{
	for (size_t i = 0; i < rule->status_count; i++)
		if (range_has(&rule->statuses[i], status, substatus))
			return true;
	return false;
}

void
rule_see_status(struct rule_state *state, const struct config_trace_rule *rule,
		unsigned int status, unsigned int substatus)
{
	if (!rule || state->trigger || !rule_matches_status(rule, status, substatus))
		return;
	state->trigger = status;
	state->trigger_sub = substatus;
}

bool
rule_decide(const struct rule_state *state, const struct config_trace_rule *rule,
	    enum trace_reason *reason, unsigned int *trigger, unsigned int *trigger_sub)
{
	if (!rule)
		return false;
	if (state->trigger)
		*reason = TRACE_REASON_STATUS_CODE;
	else if (state->worst_level && state->worst_level <= rule->fail_verbosity)
		*reason = TRACE_REASON_EVENT_VERBOSITY_LEVEL;
	else if (rule->time_taken_ms && state->time_taken_ms > rule->time_taken_ms)
		*reason = TRACE_REASON_TIME_TAKEN;
	else
		return false;
	*trigger = state->trigger;
	*trigger_sub = state->trigger_sub;
	return true;
}
