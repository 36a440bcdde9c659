/* SPDX-License-Identifier: MIT */
/*
 * fault - everything that can go wrong with a request, one row each.
 *
 * Functions of core return 0 or -FAULT_X.  fault.def carries status,
 * substatus, Windows code, reason word and text.
 */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdint.h>

enum fault {
	FAULT_NONE,
#define FAULT(id, status, substatus, code, word, text) FAULT_##id,
#include "core/fault.def"
#undef FAULT
	FAULT_COUNT
};

struct fault_info {
	const char *symbol;	/* "CERT_REVOKED" */
	unsigned int status;	/* HTTP status */
	unsigned int substatus;	/* IIS substatus, 0 = none */
	uint32_t code;		/* Windows error code, 0 = none */
	const char *reason;	/* one word: "ClientCertCrlHit" */
	const char *text;	/* "client certificate revoked" */
};

/* Never NULL; FAULT_NONE is 200 OK. */
const struct fault_info *fault_info(enum fault f);

#endif
