/* SPDX-License-Identifier: MIT */
/*
 * The terminal in memory.  Keys go through libvterm, because what a key sends
 * depends on the modes the program has set.
 */
#include <config.h>
#include "tests/term/term.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
on_property(VTermProp prop, VTermValue *value, void *user)
{
	if (prop == VTERM_PROP_ALTSCREEN)
		((struct term *)user)->alternate = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

static void
run_child(const char *type, const char *extra, char *const *argv)
{
	char *copy = extra ? strdup(extra) : NULL;
	const char *source = getenv("top_srcdir");
	struct buf suppressions = BUF_INIT;

	buf_putf(&suppressions, "suppressions=%s/tests/term/lsan.supp:print_suppressions=0",
		 source ? source : ".");
	setenv("LSAN_OPTIONS", buf_text(&suppressions), 1);
	setenv("TERM", type, 1);
	unsetenv("NO_COLOR");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	if (copy)
		putenv(copy);
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

void
term_start(struct term *t, const char *type, int rows, int columns, const char *extra,
	   char *const *argv)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	*t = (struct term){ .rows = rows, .columns = columns };
	fflush(stdout);
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0) {
		perror("forkpty");
		exit(99);
	}
	if (t->pid == 0)
		run_child(type, extra, argv);
	t->vt = vterm_new(rows, columns);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_reset(t->screen, 1);
}

void
term_stop(struct term *t)
{
	if (!t->vt)
		return;	/* never started */
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	close(t->fd);
	vterm_free(t->vt);
	buf_done(&t->seen);
}

/* ---- towards the program ---- */

static void
flush(struct term *t)
{
	char bytes[256];
	size_t n = vterm_output_read(t->vt, bytes, sizeof(bytes));

	for (size_t done = 0; done < n;) {
		ssize_t k = write(t->fd, bytes + done, n - done);

		if (k <= 0)
			return;
		done += (size_t)k;
	}
}

void
term_key(struct term *t, VTermKey key)
{
	vterm_keyboard_key(t->vt, key, VTERM_MOD_NONE);
	flush(t);
}

void
term_type(struct term *t, const char *text)
{
	for (; *text; text++)
		vterm_keyboard_unichar(t->vt, (unsigned char)*text, VTERM_MOD_NONE);
	flush(t);
}

void
term_control(struct term *t, char letter)
{
	vterm_keyboard_unichar(t->vt, (uint32_t)letter, VTERM_MOD_CTRL);
	flush(t);
}

void
term_mouse(struct term *t, int row, int column, int button)
{
	vterm_mouse_move(t->vt, row, column, VTERM_MOD_NONE);
	vterm_mouse_button(t->vt, button, true, VTERM_MOD_NONE);
	if (button < 4)
		vterm_mouse_button(t->vt, button, false, VTERM_MOD_NONE);
	flush(t);
}

void
term_resize(struct term *t, int rows, int columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	t->rows = rows;
	t->columns = columns;
	vterm_set_size(t->vt, rows, columns);
	ioctl(t->fd, TIOCSWINSZ, &size);
}

/* ---- from the program ---- */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (int64_t)1000 + ts.tv_nsec / 1000000;
}

/* Reads what is there, or waits until there is something; false = the program is gone. */
static bool
read_some(struct term *t, int64_t until)
{
	struct pollfd p = { t->fd, POLLIN, 0 };
	char bytes[4096];
	int64_t left = until - now_ms();

	if (left <= 0 || poll(&p, 1, (int)left) <= 0)
		return left > 0;
	ssize_t n = read(t->fd, bytes, sizeof(bytes));

	if (n <= 0)
		return false;
	buf_put(&t->seen, bytes, (size_t)n);
	vterm_input_write(t->vt, bytes, (size_t)n);
	flush(t);	/* answers to questions of the program */
	return true;
}

static void
row_text(struct term *t, int row, char *out, size_t size)
{
	VTermRect rect = { .start_row = row, .end_row = row + 1, .start_col = 0,
			   .end_col = t->columns };
	size_t n = vterm_screen_get_text(t->screen, out, size - 1, rect);

	out[n] = '\0';
}

int
term_find(struct term *t, const char *text)
{
	char line[4096];

	for (int row = 0; row < t->rows; row++) {
		row_text(t, row, line, sizeof(line));
		if (strstr(line, text))
			return row;
	}
	return -1;
}

bool
term_wait(struct term *t, const char *text)
{
	return term_wait_row(t, -1, text);
}

bool
term_wait_row(struct term *t, int row, const char *text)
{
	int64_t until = now_ms() + TERM_PATIENCE_MS;
	bool alive = true;

	for (;;) {
		int found = -1;

		for (int r = row < 0 ? 0 : row; r <= (row < 0 ? t->rows - 1 : row); r++) {
			char line[4096];

			row_text(t, r, line, sizeof(line));
			if (strstr(line, text))
				found = r;
		}
		if (found >= 0)
			return true;
		if (!alive || now_ms() >= until) {
			printf("# waited for: %s\n", text);
			term_show(t);
			return false;
		}
		alive = read_some(t, until);
	}
}

bool
term_wait_gone(struct term *t, const char *text)
{
	int64_t until = now_ms() + TERM_PATIENCE_MS;

	while (term_find(t, text) >= 0) {
		if (now_ms() >= until || !read_some(t, until)) {
			printf("# waited for the end of: %s\n", text);
			term_show(t);
			return false;
		}
	}
	return true;
}

bool
term_wait_bytes(struct term *t, const char *bytes)
{
	int64_t until = now_ms() + TERM_PATIENCE_MS;
	bool alive = true;

	while (!t->seen.data || !memmem(t->seen.data, t->seen.len, bytes, strlen(bytes))) {
		if (!alive || now_ms() >= until) {
			printf("# waited for bytes that did not come\n");
			term_show(t);
			return false;
		}
		alive = read_some(t, until);
	}
	return true;
}

static bool
wait_gone(struct term *t)
{
	int64_t until = now_ms() + TERM_PATIENCE_MS;

	while (now_ms() < until && read_some(t, until))
		;
	if (now_ms() >= until) {
		printf("# it does not end\n");
		term_show(t);
		return false;
	}
	waitpid(t->pid, &t->status, 0);
	t->pid = 0;
	return true;
}

static bool
as_expected(struct term *t, bool yes)
{
	if (!yes) {
		printf("# it ended otherwise: wait status %#x\n", (unsigned int)t->status);
		term_show(t);
	}
	return yes;
}

bool
term_wait_end(struct term *t, int code)
{
	return wait_gone(t) &&
	       as_expected(t, WIFEXITED(t->status) && WEXITSTATUS(t->status) == code);
}

bool
term_wait_signal(struct term *t, int signo)
{
	return wait_gone(t) &&
	       as_expected(t, WIFSIGNALED(t->status) && WTERMSIG(t->status) == signo);
}

void
term_show(struct term *t)
{
	char line[4096];

	for (int row = 0; row < t->rows; row++) {
		row_text(t, row, line, sizeof(line));
		printf("# |%s\n", line);
	}
}
