/* SPDX-License-Identifier: MIT */
/*
 * made - traces made for tests, in the shape of FORMAT 2.
 *
 * The functions append to `made`; made_trace() saves and opens it.  Each test
 * begins a new trace with made_root().
 */
#ifndef TESTS_UNIT_MADE_H
#define TESTS_UNIT_MADE_H

#include "trace/buf.h"
#include "trace/freb.h"

extern struct buf made;		/* the trace as bytes */
extern char made_folder[];	/* of this test program, removed at its end */
extern char made_path[];	/* the file in it that made_save() writes */

int made_setup(void **state);		/* group setup of cmocka */
int made_teardown(void **state);

/* Begins anew: up to the root's start tag, with these attributes. */
void made_root(const char *attributes);
/* @data: Data elements as XML, @info: more of RenderingInfo as XML. */
void made_event(const char *name, int level, const char *time, const char *data, const char *info);
void made_plain(const char *name);				/* level 4, ContextId only */
void made_module(const char *name, const char *module);	/* with a ModuleName */
void made_end(void);						/* the root's end tag */

void made_save(const char *bytes, size_t len);
struct freb_file *made_open(void);	/* the saved file, indexed to its end */
struct freb_file *made_trace(void);	/* made, saved, opened */
const char *made_name(const struct freb_file *f, size_t i);	/* event name */

#endif
