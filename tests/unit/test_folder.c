/* SPDX-License-Identifier: MIT */
/*
 * test_folder - the files of a folder: names and numbers, limits, and troubles
 * with the disk.  Some calls of the system are stood in for here, so that they
 * fail when a test wants it.
 */
#include <config.h>

#include "trace/folder.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/trace_files.h"
#include "trace/prune.h"

/* ---- stand-ins ---- */

static atomic_bool deletions_fail;
static atomic_bool rename_is_unknown;

static bool
may_go(const char *name)
{
	return !atomic_load(&deletions_fail) || strncmp(name, "fr", 2) != 0;
}

int
unlinkat(int folder, const char *name, int flags)
{
	if (!may_go(name)) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int
renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	if (!may_go(from)) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
	if (atomic_load(&rename_is_unknown)) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

/* ---- the tests ---- */

static int
put_file(struct folders *all, unsigned int max, const char *text, uint64_t now_ms)
{
	struct folder_file file = {
		.directory = top, .site_id = 1, .max_log_files = max,
		.data = text, .len = strlen(text),
	};

	return folders_write(all, &file, now_ms);
}

/* Those of W3SVC1: what is hidden does not count. */
static size_t
count_traces(void)
{
	DIR *dir = opendir(path_of("W3SVC1"));
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += strncmp(entry->d_name, "fr", 2) == 0;
	if (dir)
		closedir(dir);
	return n;
}

static void
files_are_numbered_from_one(void **state)
{
	struct folders *all = folders_new(on_message);
	char *text;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(put_file(all, 50, i == 1 ? "second" : "other", 1), 0);
	assert_int_equal(count_entries("W3SVC1"), 3);
	assert_true(is_there("W3SVC1/fr000001.xml"));
	assert_true(is_there("W3SVC1/fr000003.xml"));
	text = read_file("W3SVC1/fr000002.xml");
	assert_string_equal(text, "second");
	free(text);
	folders_free(all);
	folders_free(NULL);
}

static void
missing_folders_are_made_for_their_owner_and_group_only(void **state)
{
	struct folders *all = folders_new(on_message);
	struct folder_file file = { .site_id = 4294967295u, .data = "x", .len = 1 };
	mode_t mask = umask(022);
	char directory[128];
	struct stat st;

	(void)state;
	snprintf(directory, sizeof(directory), "%s/a/b", top);
	file.directory = directory;
	assert_int_equal(folders_write(all, &file, 1), 0);
	umask(mask);
	assert_int_equal(stat(path_of("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(stat(path_of("a/b/W3SVC4294967295"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(stat(path_of("a/b/W3SVC4294967295/fr000001.xml"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	folders_free(all);
}

static void
the_next_number_follows_the_newest_file_not_the_highest(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(mkdir(path_of("W3SVC1"), 0700), 0);
	make_file("W3SVC1/fr000900.xml", 1000);
	make_file("W3SVC1/fr000007.xml", 2000);
	make_file("W3SVC1/fr7.xml", 3000);
	make_file("W3SVC1/frame.xml", 3000);
	make_file("W3SVC1/fr000500.xml.bak", 3000);
	assert_int_equal(put_file(all, 50, "x", 1), 0);
	assert_true(is_there("W3SVC1/fr000008.xml"));
	folders_free(all);
}

static void
numbers_grow_beyond_six_digits_and_start_anew_after_the_last(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(mkdir(path_of("W3SVC1"), 0700), 0);
	make_file("W3SVC1/fr999999.xml", 1000);
	assert_int_equal(put_file(all, 50, "x", 1), 0);
	assert_true(is_there("W3SVC1/fr1000000.xml"));
	make_file("W3SVC1/fr4294967295.xml", 4000000000);
	assert_int_equal(put_file(all, 50, "x", 200000), 0);
	assert_true(is_there("W3SVC1/fr000001.xml"));
	folders_free(all);
}

static void
a_name_that_is_taken_is_never_overwritten(void **state)
{
	struct folders *all = folders_new(on_message);
	char *text;

	(void)state;
	for (int unknown = 0; unknown < 2; unknown++) {
		atomic_store(&rename_is_unknown, unknown);
		assert_int_equal(put_file(all, 50, "mine", 1), 0);
		make_file(unknown ? "W3SVC1/fr000006.xml" : "W3SVC1/fr000002.xml", 1);
		make_file(unknown ? "W3SVC1/fr000007.xml" : "W3SVC1/fr000003.xml", 1);
		assert_int_equal(put_file(all, 50, "mine", 1), 0);
		text = read_file(unknown ? "W3SVC1/fr000006.xml" : "W3SVC1/fr000002.xml");
		assert_string_equal(text, "");
		free(text);
		text = read_file(unknown ? "W3SVC1/fr000008.xml" : "W3SVC1/fr000004.xml");
		assert_string_equal(text, "mine");
		free(text);
	}
	assert_int_equal(count_entries("W3SVC1"), 8);
	folders_free(all);
}

static void
after_forty_one_clashes_the_folder_is_looked_through_anew(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(put_file(all, 1000, "x", 1), 0);
	for (int i = 2; i < 60; i++) {
		char name[64];

		snprintf(name, sizeof(name), "W3SVC1/fr%06d.xml", i);
		make_file(name, 4000000000 + i);
	}
	assert_int_equal(put_file(all, 1000, "x", 1), 0);
	assert_true(is_there("W3SVC1/fr000060.xml"));
	folders_free(all);
}

static void
after_three_minutes_without_a_trace_the_number_is_looked_up_again(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(put_file(all, 50, "x", 1000), 0);
	make_file("W3SVC1/fr000100.xml", 4000000000);
	assert_int_equal(put_file(all, 50, "x", 181000), 0);
	assert_true(is_there("W3SVC1/fr000002.xml"));
	assert_int_equal(put_file(all, 50, "x", 361001), 0);
	assert_true(is_there("W3SVC1/fr000101.xml"));
	folders_free(all);
}

static void
a_full_folder_goes_down_to_half_and_keeps_the_newest(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(mkdir(path_of("W3SVC1"), 0700), 0);
	for (int i = 1; i <= 7; i++) {
		char name[64];

		snprintf(name, sizeof(name), "W3SVC1/fr%06d.xml", i);
		make_file(name, 1000 + i);
	}
	make_file("W3SVC1/notes.txt", 1);
	assert_int_equal(put_file(all, 9, "x", 1), 0);
	assert_int_equal(count_entries("W3SVC1"), 9);
	assert_int_equal(put_file(all, 9, "x", 1), 0);
	assert_int_equal(count_entries("W3SVC1"), 5);
	assert_true(is_there("W3SVC1/notes.txt"));
	assert_false(is_there("W3SVC1/fr000005.xml"));
	assert_true(is_there("W3SVC1/fr000006.xml"));
	assert_true(is_there("W3SVC1/fr000009.xml"));
	for (int i = 0; i < 4; i++)
		assert_int_equal(put_file(all, 9, "x", 1), 0);
	assert_int_equal(count_traces(), 8);
	assert_int_equal(put_file(all, 9, "x", 1), 0);
	assert_int_equal(count_traces(), 4);
	folders_free(all);
	assert_int_equal(count_entries("W3SVC1"), 5);
}

static void
files_that_others_delete_are_not_counted(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	for (int i = 0; i < 9; i++)
		assert_int_equal(put_file(all, 10, "x", 1), 0);
	for (int i = 4; i <= 9; i++) {
		char name[64];

		snprintf(name, sizeof(name), "W3SVC1/fr%06d.xml", i);
		assert_int_equal(unlink(path_of(name)), 0);
	}
	assert_int_equal(put_file(all, 10, "x", 1), 0);
	assert_int_equal(count_entries("W3SVC1"), 4);
	assert_true(is_there("W3SVC1/fr000001.xml"));
	folders_free(all);
}

static void
the_file_just_written_stays_whatever_its_time(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(mkdir(path_of("W3SVC1"), 0700), 0);
	make_file("W3SVC1/fr000005.xml", 4000000000);
	make_file("W3SVC1/fr000006.xml", 4000000001);
	assert_int_equal(put_file(all, 1, "x", 1), 0);
	assert_int_equal(count_entries("W3SVC1"), 1);
	assert_true(is_there("W3SVC1/fr000007.xml"));
	folders_free(all);
}

static void
a_folder_that_cannot_be_cleaned_is_closed_for_thirty_seconds(void **state)
{
	struct folders *all = folders_new(on_message);
	int written = 0;

	(void)state;
	atomic_store(&deletions_fail, true);
	while (written < 20 && put_file(all, 4, "x", 1000) == 0)
		written++;
	assert_true(written < 20);
	assert_int_equal(atomic_load(&errors), 1);
	assert_non_null(strstr(message, "maxLogFiles"));
	assert_int_equal(put_file(all, 4, "x", 30999), -EBUSY);
	atomic_store(&deletions_fail, false);
	assert_int_equal(put_file(all, 4, "x", 31000), 0);
	assert_int_equal(count_traces(), 2);
	assert_int_equal(atomic_load(&infos), 1);
	folders_free(all);
}

static void
a_folder_that_was_removed_is_made_again(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(put_file(all, 50, "x", 1), 0);
	remove_all(path_of("W3SVC1"));
	assert_false(is_there("W3SVC1"));
	assert_int_equal(put_file(all, 50, "x", 2), 0);
	assert_true(is_there("W3SVC1/fr000001.xml"));
	folders_free(all);
}

static void
a_full_disk_is_told_once_a_minute_and_leaves_nothing_behind(void **state)
{
	struct folders *all = folders_new(on_message);
	struct rlimit before, small;
	char *text = calloc(1, 10001);

	(void)state;
	memset(text, 'x', 10000);
	assert_int_equal(put_file(all, 50, "x", 1), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (uint64_t now = 1000; now < 61000; now += 1000)
		assert_int_equal(put_file(all, 50, text, now), -EFBIG);
	assert_int_equal(atomic_load(&errors), 1);
	assert_non_null(strstr(message, top));
	assert_int_equal(put_file(all, 50, text, 61000), -EFBIG);
	assert_int_equal(atomic_load(&errors), 2);
	assert_non_null(strstr(message, "60 traces"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(count_entries("W3SVC1"), 1);
	assert_int_equal(put_file(all, 50, text, 62000), 0);
	assert_int_equal(atomic_load(&infos), 1);
	assert_int_equal(count_entries("W3SVC1"), 2);
	free(text);
	folders_free(all);
}

static void
unfinished_files_of_a_crash_are_removed_when_they_are_old(void **state)
{
	struct folders *all = folders_new(on_message);

	(void)state;
	assert_int_equal(mkdir(path_of("W3SVC1"), 0700), 0);
	make_file("W3SVC1/" PRUNE_TEMPORARY "1-old", 1000);
	make_file("W3SVC1/" PRUNE_TEMPORARY "1-young", time(NULL));
	assert_int_equal(put_file(all, 50, "x", 1), 0);
	assert_false(is_there("W3SVC1/" PRUNE_TEMPORARY "1-old"));
	assert_true(is_there("W3SVC1/" PRUNE_TEMPORARY "1-young"));
	folders_free(all);
}

static void
many_folders_are_served_and_the_oldest_forgotten(void **state)
{
	struct folders *all = folders_new(on_message);
	struct folder_file file = { .directory = top, .data = "x", .len = 1 };

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (file.site_id = 1; file.site_id <= 100; file.site_id++)
			assert_int_equal(folders_write(all, &file, 1), 0);
	}
	assert_true(is_there("W3SVC1/fr000002.xml"));
	assert_true(is_there("W3SVC100/fr000002.xml"));
	folders_free(all);
}

static int
tidy(void **state)
{
	atomic_store(&deletions_fail, false);
	atomic_store(&rename_is_unknown, false);
	return remove_top(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_top, tidy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_numbered_from_one),
		TEST(missing_folders_are_made_for_their_owner_and_group_only),
		TEST(the_next_number_follows_the_newest_file_not_the_highest),
		TEST(numbers_grow_beyond_six_digits_and_start_anew_after_the_last),
		TEST(a_name_that_is_taken_is_never_overwritten),
		TEST(after_forty_one_clashes_the_folder_is_looked_through_anew),
		TEST(after_three_minutes_without_a_trace_the_number_is_looked_up_again),
		TEST(a_full_folder_goes_down_to_half_and_keeps_the_newest),
		TEST(files_that_others_delete_are_not_counted),
		TEST(the_file_just_written_stays_whatever_its_time),
		TEST(a_folder_that_cannot_be_cleaned_is_closed_for_thirty_seconds),
		TEST(a_folder_that_was_removed_is_made_again),
		TEST(a_full_disk_is_told_once_a_minute_and_leaves_nothing_behind),
		TEST(unfinished_files_of_a_crash_are_removed_when_they_are_old),
		TEST(many_folders_are_served_and_the_oldest_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
