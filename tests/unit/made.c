/* SPDX-License-Identifier: MIT */
/* made - see made.h.  Failures are cmocka's: a trace that cannot be saved fails the test. */
#include <config.h>

#include "tests/unit/made.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct buf made;
char made_folder[256];
char made_path[sizeof(made_folder) + 16];

void
made_root(const char *attributes)
{
	buf_reset(&made);
	buf_puts(&made, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"
		 "<?xml-stylesheet type='text/xsl' href='freb.xsl'?>\r\n"
		 "<!-- saved from url=(0014)about:internet -->\r\n<failedRequest ");
	buf_puts(&made, attributes);
	buf_puts(&made, "\r\n               xmlns:freb="
		 "\"http://schemas.microsoft.com/win/2006/06/iis/freb\"\r\n               >\r\n");
}

void
made_event(const char *name, int level, const char *time, const char *data, const char *info)
{
	buf_puts(&made,
		 "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n"
		 " <System>\r\n  <Provider Name=\"Test\" Guid=\"{G}\"/>\r\n"
		 "  <EventID>0</EventID>\r\n  <Version>1</Version>\r\n");
	buf_putf(&made,
		 "  <Level>%d</Level>\r\n  <Opcode>5</Opcode>\r\n  <Keywords>0x100</Keywords>\r\n"
		 "  <TimeCreated SystemTime=\"%s\"/>\r\n",
		 level, time);
	buf_puts(&made, "  <Correlation ActivityID=\"{A}\"/>\r\n"
			"  <Execution ProcessID=\"11\" ThreadID=\"12\"/>\r\n"
			"  <Computer>HOST</Computer>\r\n </System>\r\n <EventData>\r\n");
	buf_puts(&made, data);
	buf_puts(&made, " </EventData>\r\n <RenderingInfo Culture=\"en-US\">\r\n");
	buf_putf(&made, "  <Opcode>%s</Opcode>\r\n", name);
	buf_puts(&made, info);
	buf_puts(&made, " </RenderingInfo>\r\n <ExtendedTracingInfo xmlns="
		 "\"http://schemas.microsoft.com/win/2004/08/events/trace\">\r\n"
		 "  <EventGuid>{E}</EventGuid>\r\n </ExtendedTracingInfo>\r\n</Event>\r\n");
}

void
made_plain(const char *name)
{
	made_event(name, 4, "2030-01-02T03:04:05.678Z", "  <Data Name=\"ContextId\">{A}</Data>\r\n",
		   "");
}

void
made_module(const char *name, const char *module)
{
	struct buf data = BUF_INIT;

	buf_putf(&data, "  <Data Name=\"ModuleName\">%s</Data>\r\n", module);
	made_event(name, 4, "2030-01-02T03:04:05.678Z", buf_text(&data), "");
	buf_done(&data);
}

void
made_end(void)
{
	buf_puts(&made, "</failedRequest>");
}

void
made_save(const char *bytes, size_t len)
{
	int fd = open(made_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

struct freb_file *
made_open(void)
{
	struct freb_file *f;
	char *error;

	assert_int_equal(freb_open(made_path, &f, &error), 0);
	assert_null(error);
	assert_int_equal(freb_index_all(f), 0);
	assert_true(freb_is_complete(f));
	return f;
}

struct freb_file *
made_trace(void)
{
	made_save(made.data, made.len);
	return made_open();
}

const char *
made_name(const struct freb_file *f, size_t i)
{
	return freb_opcode_name(f, freb_entry(f, i)->opcode);
}

int
made_setup(void **state)
{
	const char *top = getenv("TMPDIR");

	(void)state;
	snprintf(made_folder, sizeof(made_folder), "%s/test_freb.XXXXXX", top ? top : P_tmpdir);
	if (!mkdtemp(made_folder))
		return -1;
	snprintf(made_path, sizeof(made_path), "%s/fr.xml", made_folder);
	return 0;
}

int
made_teardown(void **state)
{
	(void)state;
	unlink(made_path);
	rmdir(made_folder);
	buf_done(&made);
	return 0;
}
