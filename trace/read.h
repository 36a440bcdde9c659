/* SPDX-License-Identifier: MIT */
/*
 * read - what read.c and read_root.c share: the one way a parser is made.
 *
 * Included by these two only, so that libxml2 stays behind one door.
 */
#ifndef TRACE_READ_H
#define TRACE_READ_H

#include "trace/freb_file.h"

#include <libxml/parser.h>

/*
 * freb_parser_new - a push parser that reads no DTD, no entity, no network.
 * @arg      passed to the callbacks; begins with a struct freb_feed.
 * @recover  go on after errors as libxml2 can.
 * Returns NULL without memory.
 */
xmlParserCtxt *freb_parser_new(void *arg, startElementNsSAX2Func start, bool recover);
void freb_parser_free(xmlParserCtxt *ctxt);	/* NULL is fine */

#endif
