/* SPDX-License-Identifier: MIT */
/*
 * rule - does a finished request leave a trace?
 *
 * An exchange notes its statuses as they are set, then asks once at its end.
 * Pure; the rules belong to the immutable configuration.  Thread-safe.
 * Source: FORMAT 1 (rules), 2.1 (failureReason and its order).
 */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "core/config.h"
#include "trace/trace.h"

struct rule_state {		/* of one exchange; all zero at its start */
	unsigned int trigger;		/* first status that met the rule, 0 = none so far */
	unsigned int trigger_sub;	/* its substatus */
	uint64_t time_taken_ms;		/* so far; set before rule_decide */
	unsigned int worst_level;	/* lowest event level > 0; set before rule_decide */
};

/* The first rule whose path matches; NULL = the site traces nothing there. */
const struct config_trace_rule *rule_for(const struct config_site *site, const char *path,
					 size_t len);
/* substatus 0 = none. */
bool rule_matches_status(const struct config_trace_rule *rule, unsigned int status,
			 unsigned int substatus);
/* A status was set; the first that meets the rule is kept.  rule NULL is fine. */
void rule_see_status(struct rule_state *state, const struct config_trace_rule *rule,
		     unsigned int status, unsigned int substatus);
/*
 * rule_decide - is the trace wanted?
 * @reason, @trigger, @trigger_sub  out, only when true; trigger 0 = it was no status.
 */
bool rule_decide(const struct rule_state *state, const struct config_trace_rule *rule,
		 enum trace_reason *reason, unsigned int *trigger, unsigned int *trigger_sub);

#endif
