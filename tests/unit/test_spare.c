/* SPDX-License-Identifier: MIT */
/*
 * test_spare - files that are overwritten instead of made: who reads, linked
 * or changed one keeps it, none stays behind, and none is seen half-written.
 * Two calls of the system are stood in for here.
 */
#include <config.h>

#include "trace/spare.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/trace_files.h"
#include "trace/folder.h"
#include "trace/prune.h"

/* ---- stand-ins ---- */

static atomic_bool temporary_vanishes;
static atomic_bool leases_are_unknown;

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
	if (atomic_exchange(&temporary_vanishes, false))
		unlinkat(from_folder, from, 0);
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int
fcntl(int fd, int command, ...)
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	if (command == F_SETLEASE && atomic_load(&leases_are_unknown)) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_fcntl, fd, command, arg);
}

/* ---- helpers ---- */

/* Entries of W3SVC1 whose names begin so. */
static size_t
count_named(const char *begin)
{
	DIR *dir = opendir(path_of("W3SVC1"));
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += strncmp(entry->d_name, begin, strlen(begin)) == 0;
	if (dir)
		closedir(dir);
	return n;
}

static size_t
count_traces(void)
{
	return count_named("fr");
}

static size_t
count_spares(void)
{
	return count_named(PRUNE_TEMPORARY);
}

static int
put_file(struct folders *all, unsigned int max, const char *text, uint64_t now_ms)
{
	struct folder_file file = {
		.directory = top, .site_id = 1, .max_log_files = max,
		.data = text, .len = strlen(text),
	};

	return folders_write(all, &file, now_ms);
}

/* Leases are what makes it safe; not every file system has them. */
static void
need_leases(void)
{
	int fd = open(path_of("probe"), O_WRONLY | O_CREAT, 0600);
	bool work = fcntl(fd, F_SETLEASE, F_WRLCK) == 0;

	close(fd);
	unlink(path_of("probe"));
	if (!work)
		skip();
}

static void
put_files(struct folders *all, unsigned int max, const char *text, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(put_file(all, max, text, 1), 0);
}

static void
assert_text(const char *name, const char *want)
{
	char *text = read_file(name);

	assert_string_equal(text, want);
	free(text);
}

/* ---- the tests ---- */

static void
a_file_taken_away_is_written_again_and_cut_to_length(void **state)
{
	struct folders *all = folders_new(on_message);
	struct stat before, after;

	(void)state;
	need_leases();
	put_files(all, 4, "a long text", 1);
	assert_int_equal(stat(path_of("W3SVC1/fr000001.xml"), &before), 0);
	put_files(all, 4, "a long text", 3);
	assert_int_equal(count_traces(), 2);
	assert_int_equal(count_spares(), 2);
	put_files(all, 4, "short", 1);
	put_files(all, 100, "much longer than what stood there", 1);
	assert_int_equal(count_spares(), 0);
	assert_text("W3SVC1/fr000005.xml", "short");
	assert_text("W3SVC1/fr000006.xml", "much longer than what stood there");
	assert_int_equal(stat(path_of("W3SVC1/fr000006.xml"), &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode & 07777, 0640);
	assert_true(after.st_mtim.tv_sec > before.st_mtim.tv_sec ||
		    after.st_mtim.tv_nsec >= before.st_mtim.tv_nsec);
	folders_free(all);
}

static void
a_reader_that_holds_a_rotated_trace_keeps_its_content(void **state)
{
	struct folders *all = folders_new(on_message);
	char text[8] = "";
	int fds[2];

	(void)state;
	put_files(all, 4, "old", 2);
	fds[0] = open(path_of("W3SVC1/fr000001.xml"), O_RDONLY);
	fds[1] = open(path_of("W3SVC1/fr000002.xml"), O_RDONLY);
	put_files(all, 4, "new", 8);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read(fds[i], text, sizeof(text)), 3);
		assert_memory_equal(text, "old", 3);
		close(fds[i]);
	}
	assert_text("W3SVC1/fr000010.xml", "new");
	folders_free(all);
}

static void
a_trace_with_a_second_link_is_not_overwritten(void **state)
{
	struct folders *all = folders_new(on_message);
	char kept[512];

	(void)state;
	put_files(all, 4, "old", 2);
	snprintf(kept, sizeof(kept), "%s", path_of("kept.xml"));
	assert_int_equal(link(path_of("W3SVC1/fr000002.xml"), kept), 0);
	put_files(all, 4, "new", 8);
	assert_text("kept.xml", "old");
	folders_free(all);
}

static void
a_trace_opened_to_others_gives_no_later_trace_away(void **state)
{
	struct folders *all = folders_new(on_message);
	struct stat st;

	(void)state;
	put_files(all, 4, "old", 2);
	assert_int_equal(chmod(path_of("W3SVC1/fr000001.xml"), 0644), 0);
	put_files(all, 4, "new", 4);
	for (int i = 5; i <= 6; i++) {
		char name[64];

		snprintf(name, sizeof(name), "W3SVC1/fr%06d.xml", i);
		if (is_there(name)) {
			assert_int_equal(stat(path_of(name), &st), 0);
			assert_int_equal(st.st_mode & 07777, 0640);
		}
	}
	assert_true(is_there("W3SVC1/fr000006.xml"));
	folders_free(all);
}

static void
who_opens_a_spare_while_it_is_written_waits_and_does_no_harm(void **state)
{
	struct folders *all = folders_new(on_message);
	struct spares spares = { .own = PRUNE_TEMPORARY "test", .max = 1 };
	char name[SPARE_NAME];
	struct stat st;
	int folder, fd;

	(void)state;
	need_leases();
	put_files(all, 50, "x", 1);
	folder = open(path_of("W3SVC1"), O_RDONLY | O_DIRECTORY);
	fd = openat(folder, "fr000001.xml", O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(spare_keep(&spares, folder, "fr000001.xml"), -ENOSPC);
	spare_learn(&spares, fd, &st);
	close(fd);
	assert_int_equal(spare_keep(&spares, folder, "fr000001.xml"), 0);
	assert_int_equal(spare_keep(&spares, folder, "fr000001.xml"), -ENOSPC);
	fd = spare_take(&spares, folder, name, &st);
	assert_true(fd >= 0);
	assert_int_equal(openat(folder, name, O_RDONLY | O_NONBLOCK), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(fd);
	fd = openat(folder, name, O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	close(folder);
	folders_free(all);
}

static void
spares_vanish_at_the_end(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	need_leases();
	put_files(all, 10, "x", 10);
	assert_int_equal(count_spares(), 5);
	folders_free(all);
	assert_int_equal(count_entries("W3SVC1"), 5);
	assert_int_equal(count_traces(), 5);
}

static void
spares_vanish_ten_seconds_after_the_last_trace(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	need_leases();
	assert_true(folders_tidy(all, 1) == UINT64_MAX);
	put_files(all, 10, "x", 10);
	assert_int_equal(folders_tidy(all, 4001), 6000);
	assert_int_equal(put_file(all, 10, "x", 5000), 0);
	assert_int_equal(folders_tidy(all, 14999), 1);
	assert_int_equal(count_spares(), 4);
	assert_true(folders_tidy(all, 15000) == UINT64_MAX);
	assert_int_equal(count_entries("W3SVC1"), 6);
	folders_free(all);
}

static void
without_churn_nothing_is_put_aside(void **state)
{
	struct folders *all = folders_new(on_message);
	struct timespec old[2] = { { .tv_sec = time(NULL) - 61 }, { .tv_sec = time(NULL) - 61 } };

	(void)state;
	put_files(all, 8, "x", 3);
	assert_int_equal(utimensat(AT_FDCWD, path_of("W3SVC1/fr000001.xml"), old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, path_of("W3SVC1/fr000002.xml"), old, 0), 0);
	folders_free(all);
	all = folders_new(on_message);
	put_files(all, 4, "x", 1);
	assert_int_equal(count_entries("W3SVC1"), 2);
	folders_free(all);
}

static void
spares_of_a_crashed_process_are_removed(void **state)
{
	struct folders *all;
	int status;
	pid_t pid;

	(void)state;
	need_leases();
	pid = fork();
	if (pid == 0) {
		all = folders_new(on_message);
		for (int i = 0; i < 10; i++)
			put_file(all, 10, "x", 1);
		_exit(count_spares() == 5 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(count_spares(), 5);
	all = folders_new(on_message);
	put_files(all, 10, "x", 1);
	assert_int_equal(count_spares(), 0);
	assert_int_equal(count_traces(), 6);
	folders_free(all);
}

static void
spares_that_others_delete_are_not_missed(void **state)
{
	struct folders *all = folders_new(on_message), *other;

	(void)state;
	put_files(all, 10, "x", 10);
	other = folders_new(on_message);	/* takes those of its own process id for remains */
	put_files(other, 50, "y", 1);
	assert_int_equal(count_spares(), 0);
	put_files(all, 50, "x", 2);
	assert_int_equal(count_entries("W3SVC1"), 8);
	folders_free(other);
	folders_free(all);
}

static void
a_temporary_file_that_others_delete_is_made_anew(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	for (int i = 0; i < 6; i++) {
		atomic_store(&temporary_vanishes, true);
		put_files(all, 4, "x", 1);
	}
	assert_true(is_there("W3SVC1/fr000006.xml"));
	assert_int_equal(atomic_load(&errors), 0);
	folders_free(all);
}

static void
without_leases_files_are_deleted_and_made_as_ever(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	atomic_store(&leases_are_unknown, true);
	put_files(all, 6, "x", 7);
	assert_int_equal(count_spares(), 0);
	assert_int_equal(count_traces(), 4);
	put_files(all, 6, "x", 2);
	assert_int_equal(count_entries("W3SVC1"), 3);
	assert_text("W3SVC1/fr000009.xml", "x");
	folders_free(all);
}

static void
a_file_that_others_put_in_place_of_ours_is_looked_at(void **state)
{
	struct folders *all = folders_new(on_message);
	char other[512];

	(void)state;
	put_files(all, 4, "x", 3);
	make_file("W3SVC1/other", 1000);
	snprintf(other, sizeof(other), "%s", path_of("W3SVC1/other"));
	assert_int_equal(rename(other, path_of("W3SVC1/fr000003.xml")), 0);
	put_files(all, 4, "x", 1);
	assert_false(is_there("W3SVC1/fr000001.xml"));
	assert_true(is_there("W3SVC1/fr000002.xml"));
	assert_false(is_there("W3SVC1/fr000003.xml"));
	folders_free(all);
}

/* A whole file is "<", any number of one letter, ">". */
static bool
is_whole(const char *text, size_t len)
{
	if (len < 3 || text[0] != '<' || text[len - 1] != '>')
		return false;
	for (size_t i = 2; i < len - 1; i++) {
		if (text[i] != text[1])
			return false;
	}
	return true;
}

static atomic_bool reading;
static atomic_int whole, torn;

static void
read_slowly(int folder, const char *name)
{
	static char text[70000];
	size_t len = 0;
	ssize_t n;
	int fd = openat(folder, name, O_RDONLY);

	if (fd < 0)
		return;
	while ((n = read(fd, text + len, 1000)) > 0)
		len += (size_t)n;
	close(fd);
	atomic_fetch_add(is_whole(text, len) ? &whole : &torn, 1);
}

static void *
read_all(void *arg)
{
	const char *path = arg;

	while (atomic_load(&reading)) {
		DIR *dir = opendir(path);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (strncmp(entry->d_name, "fr", 2) == 0)
				read_slowly(dirfd(dir), entry->d_name);
		if (dir)
			closedir(dir);
	}
	return NULL;
}

static void
under_churn_every_file_that_is_read_is_whole(void **state)
{
	struct folders *all = folders_new(on_message);
	static char text[60001];
	char path[512];
	pthread_t reader;

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("W3SVC1"));
	atomic_store(&reading, true);
	assert_int_equal(pthread_create(&reader, NULL, read_all, path), 0);
	for (unsigned int i = 0; i < 4000 || atomic_load(&whole) < 100; i++) {
		size_t len = 3 + i * 7919 % 59990;

		memset(text, 'a' + (int)(i % 26), len);
		text[0] = '<';
		text[len - 1] = '>';
		text[len] = '\0';
		put_files(all, 4, text, 1);
	}
	atomic_store(&reading, false);
	pthread_join(reader, NULL);
	assert_int_equal(atomic_load(&torn), 0);
	assert_int_equal(atomic_load(&errors), 0);
	folders_free(all);
	assert_true(count_entries("W3SVC1") <= 4);
}

static int
tidy(void **state)
{
	atomic_store(&temporary_vanishes, false);
	atomic_store(&leases_are_unknown, false);
	return remove_top(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_top, tidy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_taken_away_is_written_again_and_cut_to_length),
		TEST(a_reader_that_holds_a_rotated_trace_keeps_its_content),
		TEST(a_trace_with_a_second_link_is_not_overwritten),
		TEST(a_trace_opened_to_others_gives_no_later_trace_away),
		TEST(who_opens_a_spare_while_it_is_written_waits_and_does_no_harm),
		TEST(spares_vanish_at_the_end),
		TEST(spares_vanish_ten_seconds_after_the_last_trace),
		TEST(without_churn_nothing_is_put_aside),
		TEST(spares_of_a_crashed_process_are_removed),
		TEST(spares_that_others_delete_are_not_missed),
		TEST(a_temporary_file_that_others_delete_is_made_anew),
		TEST(without_leases_files_are_deleted_and_made_as_ever),
		TEST(a_file_that_others_put_in_place_of_ours_is_looked_at),
		TEST(under_churn_every_file_that_is_read_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
