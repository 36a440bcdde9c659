/* SPDX-License-Identifier: MIT */
/* show_prometheus - the text exposition format, version 0.0.4. */
#include <config.h>

#include "core/control/show.h"

/* Within the quotes of a label: \ " and newline are escaped. */
static void
put_label(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			buf_putc(out, '\\');
		if (*text == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *text);
	}
}

static void
put_sample(void *arg, const struct metric *m, const struct sample *s)
{
	struct buf *out = arg;

	buf_putf(out, "frebproxy_%s", m->name);
	for (size_t i = 0; i < s->label_count; i++) {
		buf_putf(out, "%s%s=\"", i ? "," : "{", s->names[i]);
		put_label(out, s->values[i]);
		buf_putc(out, '"');
	}
	buf_puts(out, s->label_count ? "} " : " ");
	metric_put(out, s->value);
	buf_putc(out, '\n');
}

void
show_prometheus(const struct picture *p, struct buf *out)
{
	buf_puts(out, "# HELP frebproxy_build_info 1, with the version of the program\n"
		      "# TYPE frebproxy_build_info gauge\n"
		      "frebproxy_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metrics[i];

		buf_putf(out, "# HELP frebproxy_%s %s\n# TYPE frebproxy_%s %s\n", m->name, m->text,
			 m->name, m->counter ? "counter" : "gauge");
		metric_walk(m, p, put_sample, out);
	}
}
