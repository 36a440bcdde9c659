/* SPDX-License-Identifier: MIT */
/*
 * The terminal through ncursesw.  newterm and not initscr, which would end
 * the program on an unknown TERM; default colours, so that nobody's
 * background is painted over; signals only while waiting, so that no resize
 * falls between two looks.  Facts: VIEWER 7, ncurses(3) of 6.4.
 */
#include <config.h>
#include "viewer/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "viewer/cell.h"

static struct {
	SCREEN *term;		/* NULL = closed */
	FILE *in, *out;		/* given to newterm */
	bool own_in, own_out;	/* to be closed by us */
	bool script;		/* no terminal behind it */
	attr_t attr[STYLE_COUNT];	/* attributes of each style */
	short pair[STYLE_COUNT];	/* colour pair of each style */
	sigset_t waiting;	/* signal mask while waiting for a key */
	sigset_t before;	/* signal mask of our caller */
	int cursor_row, cursor_column;	/* -1 = hidden */
} scr;

static volatile sig_atomic_t ending;

static void
on_end(int signo)
{
	(void)signo;
	ending = 1;
}

/* A failed assertion: the message must not drown in a screen nobody restored. */
static void
on_abort(int signo)
{
	if (scr.term && !scr.script)
		endwin();
	signal(signo, SIG_DFL);
	raise(signo);
}

static void
set_signals(void)
{
	struct sigaction end = { .sa_handler = on_end }, abort_ = { .sa_handler = on_abort };
	sigset_t held;

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGABRT, &abort_, NULL);
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGWINCH);
	sigprocmask(SIG_BLOCK, &held, &scr.before);
	scr.waiting = scr.before;
	sigdelset(&scr.waiting, SIGTERM);
	sigdelset(&scr.waiting, SIGHUP);
	sigdelset(&scr.waiting, SIGINT);
	sigdelset(&scr.waiting, SIGWINCH);
}

/* ---- colours ---- */

static attr_t
attributes(unsigned int bits)
{
	return (bits & LOOK_BOLD ? A_BOLD : 0) | (bits & LOOK_UNDERLINE ? A_UNDERLINE : 0) |
	       (bits & LOOK_DIM ? A_DIM : 0) | (bits & LOOK_REVERSE ? A_REVERSE : 0);
}

/* A script has no terminal that could say no. */
static bool
wants_color(const struct frebview_options *o)
{
	const char *no = getenv("NO_COLOR");

	if (!scr.script)
		return options_use_color(o, fileno(scr.out));
	return o->color == WHEN_ALWAYS || (o->color == WHEN_AUTO && !(no && *no));
}

static void
set_colors(const struct frebview_options *o, int theme)
{
	bool color = has_colors() && wants_color(o);

	if (color) {
		start_color();
		use_default_colors();
	}
	for (int s = 0; s < STYLE_COUNT; s++) {
		const struct style_look *l = looks_get(color ? theme : looks_find("mono"), s);

		scr.attr[s] = attributes(l->bits);
		scr.pair[s] = 0;
		if (color && l->color != LOOK_NONE &&
		    init_pair((short)(s + 1), (short)l->color, -1) == OK)
			scr.pair[s] = (short)(s + 1);
	}
}

/* ---- opening and closing ---- */

static char *
message(const char *fmt, const char *arg)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, fmt);
	if (arg) {
		buf_puts(&b, " ");
		cell_puts(&b, arg, CELL_ROW);
	}
	buf_puts(&b, "; without a terminal use --compact, --summary, --details, --timing, "
		     "--errors, --list, --tsv or --json");
	return buf_take(&b);
}

/* Keys come from the terminal even when the trace comes through stdin. */
static int
open_files(bool script)
{
	scr.own_in = scr.own_out = script;
	if (script) {
		scr.in = fopen("/dev/null", "re");
		scr.out = fopen("/dev/null", "we");
		return scr.in && scr.out ? 0 : -errno;
	}
	scr.out = stdout;
	scr.in = stdin;
	if (!isatty(STDIN_FILENO)) {
		scr.in = fopen("/dev/tty", "re");
		scr.own_in = true;
	}
	return scr.in ? 0 : -errno;
}

static SCREEN *
script_terminal(void)
{
	static const char *const types[] = { "xterm-256color", "xterm", "vt100", "dumb" };
	SCREEN *s = NULL;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !s; i++)
		s = newterm(types[i], scr.out, scr.in);
	return s;
}

static void
close_files(void)
{
	if (scr.own_in && scr.in)
		fclose(scr.in);
	if (scr.own_out && scr.out)
		fclose(scr.out);
	scr.in = scr.out = NULL;
}

static void
set_input(void)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	if (!getenv("ESCDELAY"))
		set_escdelay(25);
	mouseinterval(150);
	curs_set(0);
}

int
screen_open(const struct frebview_options *o, int theme, char **error)
{
	const char *type = getenv("TERM");

	*error = NULL;
	scr.script = o->script != NULL;
	int rc = open_files(scr.script);
	if (rc) {
		*error = message("no terminal to read keys from", NULL);
		close_files();
		return rc;
	}
	/* ncurses catches what still has its default: ours must stand before. */
	set_signals();
	scr.term = scr.script ? script_terminal() : newterm(NULL, scr.out, scr.in);
	if (!scr.term || (!scr.script && !tigetstr("cup"))) {
		screen_close();
		*error = !type || !*type ? message("TERM is not set", NULL)
					 : message("this terminal cannot be drawn on: TERM", type);
		return -ENOTTY;
	}
	if (scr.script)
		resizeterm(o->size_rows ? (int)o->size_rows : 24,
			   o->size_columns ? (int)o->size_columns : 80);
	set_colors(o, theme);
	set_input();
	scr.cursor_row = -1;
	return 0;
}

void
screen_close(void)
{
	if (scr.term) {
		screen_set_mouse(false);
		endwin();
		delscreen(scr.term);
		scr.term = NULL;
	}
	if (scr.in) {
		close_files();
		sigprocmask(SIG_SETMASK, &scr.before, NULL);
	}
}

bool
screen_is_ending(void)
{
	return ending;
}

int
screen_rows(void)
{
	return getmaxy(stdscr);
}

int
screen_columns(void)
{
	return getmaxx(stdscr);
}

/* ---- keys ---- */

static const struct {
	wint_t curses;
	uint32_t key;
} key_map[] = {
	{ KEY_UP, KEYS_UP }, { KEY_DOWN, KEYS_DOWN }, { KEY_LEFT, KEYS_LEFT },
	{ KEY_RIGHT, KEYS_RIGHT }, { KEY_PPAGE, KEYS_PAGE_UP }, { KEY_NPAGE, KEYS_PAGE_DOWN },
	{ KEY_HOME, KEYS_HOME }, { KEY_END, KEYS_END }, { KEY_DC, KEYS_DELETE },
	{ KEY_BTAB, KEYS_BACK_TAB }, { KEY_BACKSPACE, KEYS_BACKSPACE }, { KEY_ENTER, KEYS_ENTER },
	{ KEY_RESIZE, KEYS_RESIZE }, { KEY_MOUSE, KEYS_MOUSE }, { KEY_A1, KEYS_HOME },
	{ KEY_C1, KEYS_END }, { KEY_A3, KEYS_PAGE_UP }, { KEY_C3, KEYS_PAGE_DOWN },
};

static uint32_t
translate(int kind, wint_t c)
{
	if (kind != KEY_CODE_YES)
		return c == '\n' ? KEYS_ENTER : (uint32_t)c;
	for (size_t i = 0; i < sizeof(key_map) / sizeof(key_map[0]); i++) {
		if (key_map[i].curses == c)
			return key_map[i].key;
	}
	if (c >= KEY_F(1) && c <= KEY_F(12))
		return KEYS_F1 + (uint32_t)(c - KEY_F(1));
	return KEYS_NONE;
}

uint32_t
screen_key(int timeout_ms, int fd)
{
	struct timespec limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };
	struct pollfd p[2] = { { fileno(scr.in), POLLIN, 0 }, { fd, POLLIN, 0 } };
	wint_t c = 0;
	int kind = get_wch(&c);

	if (kind != ERR)
		return translate(kind, c);
	int n = ppoll(p, 2, timeout_ms < 0 ? NULL : &limit, &scr.waiting);
	kind = get_wch(&c);
	if (kind != ERR)
		return translate(kind, c);
	/* Readable and nothing there: the terminal is gone. */
	if (n > 0 && p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		ending = 1;
	return KEYS_NONE;
}

bool
screen_mouse(struct screen_mouse *m)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return false;
	m->row = e.y;
	m->column = e.x;
	m->wheel = e.bstate & BUTTON4_PRESSED ? -1 : e.bstate & BUTTON5_PRESSED ? 1 : 0;
	m->twice = e.bstate & BUTTON1_DOUBLE_CLICKED;
	return m->wheel || e.bstate & (BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED);
}

void
screen_set_mouse(bool on)
{
	mousemask(on ? BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED
		     : 0, NULL);
}

/* ---- drawing ---- */

void
screen_begin(void)
{
	erase();
	scr.cursor_row = -1;
}

static void
set_style(int style)
{
	int s = style & ~STYLE_CURSOR;

	attr_set(scr.attr[s] | (style & STYLE_CURSOR ? A_REVERSE : 0), scr.pair[s], NULL);
}

void
screen_put(int row, int column, int style, const char *safe, size_t len)
{
	wchar_t line[512];
	size_t n = 0;
	int room = screen_columns() - column;

	if (row < 0 || row >= screen_rows() || column < 0 || room <= 0)
		return;
	len = cell_skip(safe, len, (size_t)room);
	while (len > 0 && n < sizeof(line) / sizeof(line[0])) {
		uint32_t c;
		size_t used = cell_decode(safe, len, &c);

		line[n++] = (wchar_t)c;
		safe += used;
		len -= used;
	}
	set_style(style);
	mvaddnwstr(row, column, line, (int)n);
	attr_set(0, 0, NULL);
}

void
screen_fill(int row, int column, int columns, int style)
{
	if (row < 0 || row >= screen_rows() || column < 0 || column >= screen_columns())
		return;
	set_style(style);
	mvhline(row, column, ' ', columns);
	/* mvhline takes no attributes of the window. */
	mvchgat(row, column, columns, scr.attr[style & ~STYLE_CURSOR]
		| (style & STYLE_CURSOR ? A_REVERSE : 0), scr.pair[style & ~STYLE_CURSOR], NULL);
	attr_set(0, 0, NULL);
}

void
screen_cursor(int row, int column)
{
	scr.cursor_row = row;
	scr.cursor_column = column;
}

void
screen_end(void)
{
	curs_set(scr.cursor_row >= 0);
	if (scr.cursor_row >= 0)
		move(scr.cursor_row, scr.cursor_column);
	wnoutrefresh(stdscr);
	doupdate();
}

void
screen_redraw(void)
{
	clearok(curscr, TRUE);
}

void
screen_suspend(void)
{
	if (scr.script)
		return;
	/* ncurses' own handler leaves and re-enters the screen around the stop. */
	raise(SIGTSTP);
	screen_redraw();
}

void
screen_clipboard(const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "\033]52;c;");
	buf_put_base64(&b, text, len);
	buf_putc(&b, '\a');
	if (!b.error) {
		fwrite(b.data, 1, b.len, scr.out);
		fflush(scr.out);
	}
	buf_done(&b);
}

/* ---- scripts ---- */

void
screen_resize(int rows, int columns)
{
	resizeterm(rows, columns);
}

static void
put_wide(struct buf *out, wchar_t c)
{
	char utf8[4];

	buf_put(out, utf8, keys_utf8((uint32_t)c, utf8));
}

void
screen_text(struct buf *out)
{
	int columns = screen_columns();
	wchar_t *line = calloc((size_t)columns + 1, sizeof(*line));

	if (!line) {
		out->error = -ENOMEM;
		return;
	}
	for (int r = 0; r < screen_rows(); r++) {
		int n = mvwinnwstr(newscr, r, 0, line, columns);

		while (n > 0 && line[n - 1] == L' ')
			n--;
		for (int i = 0; i < n; i++)
			put_wide(out, line[i]);
		buf_putc(out, '\n');
	}
	free(line);
}

static char
style_letter(attr_t attr, short pair)
{
	short color = -1, back = -1;

	if (attr & A_REVERSE)
		return 'r';
	if (pair > 0 && pair_content(pair, &color, &back) == OK && color >= 0 && color < 8)
		return "kRGYBMCW"[color];
	return attr & A_BOLD ? 'b' : attr & A_UNDERLINE ? 'u' : '.';
}

void
screen_styles(struct buf *out)
{
	for (int r = 0; r < screen_rows(); r++) {
		for (int c = 0; c < screen_columns(); c++) {
			wchar_t wide[CCHARW_MAX + 1];
			cchar_t cell;
			attr_t attr = 0;
			short pair = 0;

			if (mvwin_wch(newscr, r, c, &cell) == OK)
				getcchar(&cell, wide, &attr, &pair, NULL);
			buf_putc(out, style_letter(attr, pair));
		}
		buf_putc(out, '\n');
	}
}
