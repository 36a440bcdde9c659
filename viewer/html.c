/* SPDX-License-Identifier: MIT */
/*
 * The page.  Browsers are giving up XSLT, and engines without Microsoft's
 * script extension only ever showed a part of its stylesheet: this page needs
 * neither.  Markup, style and script are our own.
 */
#include <config.h>
#include "viewer/html.h"

#include <errno.h>
#include <string.h>

#include "trace/buf.h"
#include "viewer/cell.h"
#include "viewer/rows.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n";

static const char style[] =
	"<style>\n"
	":root { color-scheme: light dark; --bad: #b00020; --warn: #8a4b00; --line: #8884; }\n"
	"@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warn: #ffcc80; } }\n"
	"body { font: 14px/1.45 system-ui, sans-serif; margin: 1em auto; max-width: 90em;"
	" padding: 0 1em; }\n"
	"h1 { font-size: 1.15em; overflow-wrap: anywhere; }\n"
	"table { border-collapse: collapse; }\n"
	"th { text-align: left; font-weight: 600; padding-right: 1em; vertical-align: top; }\n"
	"td { white-space: pre-wrap; overflow-wrap: anywhere; }\n"
	"details { border-bottom: 1px solid var(--line); }\n"
	"summary { font-family: ui-monospace, monospace; display: flex; gap: 1em;"
	" cursor: pointer; }\n"
	"summary > :nth-child(1) { min-width: 4em; text-align: right; }\n"
	"summary > :nth-child(3) { min-width: 22em; }\n"
	"summary > :nth-child(4) { flex: 1; overflow: hidden; text-overflow: ellipsis;"
	" white-space: nowrap; }\n"
	"details table { margin: .3em 0 .8em 6em; font-family: ui-monospace, monospace; }\n"
	".l1, .l2 { color: var(--bad); } .l3 { color: var(--warn); }\n"
	".damage { color: var(--bad); } [hidden] { display: none; }\n"
	"#tools { position: sticky; top: 0; background: Canvas; padding: .4em 0; }\n"
	"@media print { #tools { display: none; } details > * { display: block; } }\n"
	"</style>\n";

static const char tools[] =
	"<div id=\"tools\" hidden><input id=\"find\" type=\"search\" placeholder=\"search\"> "
	"<label><input type=\"checkbox\" value=\"p\" checked> problems</label> "
	"<label><input type=\"checkbox\" value=\"i\" checked> information</label> "
	"<label><input type=\"checkbox\" value=\"o\" checked> other</label> "
	"<span id=\"count\"></span></div>\n<main>\n";

static const char script[] =
	"</main>\n<script>\n"
	"const tools = document.getElementById('tools'), find = document.getElementById('find');\n"
	"const count = document.getElementById('count');\n"
	"const events = [...document.querySelectorAll('main > details')];\n"
	"const texts = events.map(e => e.textContent.toLowerCase());\n"
	"function show() {\n"
	"  const kinds = new Set([...tools.querySelectorAll(':checked')].map(c => c.value));\n"
	"  const word = find.value.toLowerCase();\n"
	"  let n = 0;\n"
	"  events.forEach((e, i) => {\n"
	"    e.hidden = !kinds.has(e.dataset.kind) || !texts[i].includes(word);\n"
	"    n += !e.hidden;\n"
	"  });\n"
	"  count.textContent = n + ' of ' + events.length;\n"
	"}\n"
	"function jump() {\n"
	"  const e = document.getElementById(location.hash.slice(1));\n"
	"  if (e && e.tagName === 'DETAILS') e.open = true;\n"
	"}\n"
	"tools.hidden = false;\n"
	"tools.addEventListener('input', show);\n"
	"addEventListener('hashchange', jump);\n"
	"show();\njump();\n"
	"</script>\n</body>\n</html>\n";

/* ---- text ---- */

static bool
is_deceptive(uint32_t c)
{
	return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x061C || c == 0x00AD;
}

static void
put_character(struct buf *b, uint32_t c, const char *bytes, size_t len)
{
	if (c == '&')
		buf_puts(b, "&amp;");
	else if (c == '<')
		buf_puts(b, "&lt;");
	else if (c == '>')
		buf_puts(b, "&gt;");
	else if (c == '"')
		buf_puts(b, "&quot;");
	else if (c == '\'')
		buf_puts(b, "&#39;");
	else if (c == '\n' || c == '\t')
		buf_putc(b, (char)c);
	else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		buf_putf(b, "\\x%02X", (unsigned int)c);
	else if (is_deceptive(c))
		buf_putf(b, "&lt;U+%04X&gt;", (unsigned int)c);
	else if (c == 0xFFFD)
		buf_puts(b, "\xEF\xBF\xBD");
	else
		buf_put(b, bytes, len);
}

static void
put(struct buf *b, const char *text)
{
	size_t left = text ? strlen(text) : 0;

	while (left > 0) {
		uint32_t c;
		size_t n = cell_decode(text, left, &c);

		if (c != '\r')
			put_character(b, c, text, n);
		text += n;
		left -= n;
	}
}

static int
write_out(FILE *out, struct buf *b)
{
	int error = b->error;

	if (!error)
		fwrite(buf_text(b), 1, b->len, out);
	buf_done(b);
	return error;
}

/* ---- parts ---- */

static void
put_title(struct buf *b, const struct freb_file *f)
{
	put(b, freb_root_get(f, "verb"));
	buf_putc(b, ' ');
	put(b, freb_root_get(f, "url"));
	buf_putc(b, ' ');
	put(b, freb_root_get(f, "statusCode"));
}

static void
put_damage(struct buf *b, const struct freb_file *f)
{
	for (size_t i = 0; i < freb_damage_count(f) && i < 20; i++) {
		const struct freb_damage *d = freb_damage(f, i);

		buf_putf(b, "<p class=\"damage\">damaged at line %llu: ",
			 (unsigned long long)d->line);
		put(b, d->message);
		buf_puts(b, "</p>\n");
	}
	if (freb_is_truncated(f))
		buf_puts(b, "<p class=\"damage\">cut by the writer at its size limit</p>\n");
}

static void
put_problems(struct buf *b, const struct freb_file *f)
{
	size_t shown = 0;

	buf_puts(b, "<h2>Errors &amp; Warnings</h2>\n<ol>\n");
	for (size_t i = 0; i < freb_count(f) && shown < 1000; i++) {
		const struct freb_entry *e = freb_entry(f, i);

		if (!row_is_problem(e->level))
			continue;
		buf_putf(b, "<li value=\"%zu\" class=\"l%u\"><a href=\"#e%zu\">", i + 1, e->level,
			 i + 1);
		put(b, freb_opcode_name(f, e->opcode));
		buf_puts(b, "</a></li>\n");
		shown++;
	}
	buf_puts(b, shown ? "</ol>\n" : "</ol>\n<p>none</p>\n");
}

int
html_begin(FILE *out, struct freb_file *f)
{
	const struct freb_root *root = freb_root(f);
	struct buf b = BUF_INIT;

	buf_puts(&b, head);
	buf_puts(&b, "<title>");
	put_title(&b, f);
	buf_puts(&b, "</title>\n");
	buf_puts(&b, style);
	buf_puts(&b, "</head>\n<body>\n<h1>");
	put_title(&b, f);
	buf_puts(&b, "</h1>\n");
	put_damage(&b, f);
	buf_puts(&b, "<table>\n");
	for (size_t i = 0; i < root->attr_count; i++) {
		if (strncmp(root->attrs[i].name, "xmlns", 5) == 0)
			continue;
		buf_puts(&b, "<tr><th>");
		put(&b, root->attrs[i].name);
		buf_puts(&b, "</th><td>");
		put(&b, root->attrs[i].value);
		buf_puts(&b, "</td></tr>\n");
	}
	buf_puts(&b, "</table>\n");
	put_problems(&b, f);
	buf_puts(&b, tools);
	return write_out(out, &b);
}

static void
put_values(struct buf *b, const struct freb_event *e)
{
	struct row_lines rows = { 0 };

	row_details(e, 0, SIZE_MAX, &rows);
	buf_puts(b, "<table>\n");
	for (size_t i = 0; i < rows.count; i++) {
		buf_puts(b, "<tr><th>");
		put(b, rows.at[i].label);
		buf_puts(b, "</th><td>");
		put(b, rows.at[i].text);
		buf_puts(b, "</td></tr>\n");
	}
	buf_puts(b, "</table>");
	row_lines_done(&rows);
}

int
html_event(FILE *out, struct freb_file *f, size_t index)
{
	const struct freb_entry *entry = freb_entry(f, index);
	const struct freb_event *e = freb_event(f, index);
	char kind = row_is_problem(entry->level) ? 'p' : entry->level == 4 ? 'i' : 'o';
	struct row r = { 0 };
	struct buf b = BUF_INIT;
	int rc = e ? row_read(f, index, ROW_TIME_UTC, 0, &r) : -ENOMEM;

	if (rc == 0) {
		buf_putf(&b, "<details id=\"e%zu\" data-kind=\"%c\" class=\"l%u\">"
			 "<summary><span>%zu</span><span>%c</span><span>",
			 r.no, kind, entry->level, r.no, r.letter);
		put(&b, buf_text(&r.event));
		buf_puts(&b, "</span><span>");
		put(&b, buf_text(&r.details));
		buf_putf(&b, "</span><span>%s</span><span>+%lld</span></summary>\n", r.time,
			 (long long)r.gap_ms);
		put_values(&b, e);
		buf_puts(&b, "</details>\n");
	}
	row_done(&r);
	return rc ? rc : write_out(out, &b);
}

int
html_end(FILE *out)
{
	fputs(script, out);
	return 0;
}

int
html_trace(FILE *out, struct freb_file *f, size_t first)
{
	int rc = html_begin(out, f);

	for (size_t i = first; i < freb_count(f) && rc == 0 && !ferror(out); i++)
		rc = html_event(out, f, i);
	return rc ? rc : html_end(out);
}
