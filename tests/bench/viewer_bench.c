/* SPDX-License-Identifier: MIT */
/*
 * viewer_bench SIZE OPERAND STEP... - how long frebview takes to answer, as the
 * person at the terminal sees it: a step NAME|KEYS|TEXT types KEYS and waits
 * until TEXT stands on the screen (!TEXT: until it is gone).  Prints
 * "NAME<TAB>milliseconds" per step and the largest memory at the end
 * ("rss<TAB>MiB").  \r in KEYS is Enter, \e is Esc.
 * FREBVIEW names the program.
 *
 * viewer_bench run COMMAND... - the same two lines for a program without a
 * terminal ("run"), and "exit<TAB>code", on standard error.
 *
 * For tests/bench/viewer.sh.  Peak memory: VmHWM of proc(5), ru_maxrss of wait4(2).
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef HAVE_VTERM

int
main(void)
{
	fputs("viewer_bench: libvterm was not found by configure\n", stderr);
	return 77;
}

#else

#include "tests/term/term.h"

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* The largest resident memory so far, in MiB; 0 = unknown. */
static double
peak_of(pid_t pid)
{
	char path[64], line[256];
	double kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *in = fopen(path, "re");

	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtod(line + 6, NULL);
	}
	if (in)
		fclose(in);
	return kib / 1024;
}

static void
press(struct term *t, const char *keys)
{
	for (; *keys; keys++) {
		char one[2] = { *keys, '\0' };

		if (*keys == '\\' && keys[1] == 'r')
			term_key(t, VTERM_KEY_ENTER), keys++;
		else if (*keys == '\\' && keys[1] == 'e')
			term_key(t, VTERM_KEY_ESCAPE), keys++;
		else
			term_type(t, one);
	}
}

/* NAME|KEYS|TEXT; false = it did not come. */
static bool
step(struct term *t, char *text, double since)
{
	char *keys = strchr(text, '|');
	char *wanted = keys ? strchr(keys + 1, '|') : NULL;

	if (!wanted) {
		fprintf(stderr, "viewer_bench: a step is NAME|KEYS|TEXT, not %s\n", text);
		return false;
	}
	*keys++ = *wanted++ = '\0';
	double began = since > 0 ? since : now_ms();

	press(t, keys);
	if (*wanted == '!' ? !term_wait_gone(t, wanted + 1) : !term_wait(t, wanted))
		return false;
	printf("%s\t%.1f\n", text, now_ms() - began);
	return true;
}

static int
run(char **command)
{
	struct rusage used = { 0 };
	double began = now_ms();
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
		perror("viewer_bench");
		return 1;
	}
	fprintf(stderr, "run\t%.1f\nrss\t%.1f\nexit\t%d\n", now_ms() - began,
		(double)used.ru_maxrss / 1024, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}

int
main(int argc, char **argv)
{
	char *program = getenv("FREBVIEW");
	struct term t = { 0 };
	int rows, columns;
	char end;
	bool fine = true;

	if (argc > 2 && strcmp(argv[1], "run") == 0)
		return run(argv + 2);
	if (!program || argc < 4 || sscanf(argv[1], "%dx%d%c", &columns, &rows, &end) != 2) {
		fputs("usage: FREBVIEW=program viewer_bench WxH OPERAND NAME|KEYS|TEXT...\n",
		      stderr);
		return 2;
	}
	char config[] = "--config", nothing[] = "/dev/null";
	char *command[] = { program, config, nothing, argv[2], NULL };
	double began = now_ms();

	term_start(&t, "xterm-256color", rows, columns, NULL, command);
	for (int i = 3; i < argc && fine; i++)
		fine = step(&t, argv[i], i == 3 ? began : 0);
	printf("rss\t%.1f\n", peak_of(t.pid));
	term_stop(&t);
	return fine ? 0 : 1;
}

#endif
