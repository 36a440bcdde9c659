/* SPDX-License-Identifier: MIT */
/* fault - the rows of fault.def as an array. */
#include <config.h>

#include "core/fault.h"

static const struct fault_info faults[FAULT_COUNT] = {
	[FAULT_NONE] = { "NONE", 200, 0, 0, "", "" },
#define FAULT(id, status, substatus, code, word, text) \
	[FAULT_##id] = { #id, status, substatus, code, #word, text },
#include "core/fault.def"
#undef FAULT
};

const struct fault_info *
fault_info(enum fault f)
{
	return &faults[(unsigned int)f < FAULT_COUNT ? f : FAULT_NONE];
}
