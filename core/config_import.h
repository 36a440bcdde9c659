/* SPDX-License-Identifier: MIT */
/*
 * config_import - an applicationHost.config of IIS as a frebproxy.xml.
 *
 * What means the same here is taken over: sites and bindings, access rules,
 * locations, failure definitions, web farms, and the rewrite rules that lead
 * requests to them.  All else is told, with its place and what to do instead:
 * on standard error line by line, and in a comment of the result.
 * Knows settings by config.def, so what frebproxy learns is imported as well;
 * what to say of things without a row stands in config_import.def.
 * The same input gives the same bytes.  Values are never repeated in messages,
 * since they may be somebody's secrets, encrypted or not.
 * Sources: IIS_schema.xml and rewrite_schema.xml as documented; ARR 1.2, 2.
 */
#ifndef CORE_CONFIG_IMPORT_H
#define CORE_CONFIG_IMPORT_H

#include "core/config_messages.h"

#define IMPORT_MAX ((size_t)64 << 20)	/* bytes of the file, also of its UTF-8 form */

/*
 * config_import_text - the conversion itself.
 * @file   name of the input, for messages.
 * @text   the file as it is: UTF-8 or UTF-16, with or without a byte order mark.
 * @roots  files for caFile of clientCertificates, with ';' between; NULL = none.
 * @out    frebproxy.xml is appended.
 * @notes  what was not understood is appended, one line each.
 * Returns 0, or -EINVAL with messages (and out as it was).
 */
int config_import_text(const char *file, const char *text, size_t len, const char *roots,
		       struct buf *out, struct buf *notes, struct messages *m);
/*
 * config_import - reads file, writes output, or standard output if that is NULL.
 * An output that is there is left alone, unless it is the same already.
 * Returns 0 with the notes on standard error, or -EINVAL with messages and nothing written.
 */
int config_import(const char *file, const char *output, const char *roots, struct messages *m);

#endif
