#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs every fuzz target over the files kept for it in fixtures/corpus/<name>:
# good and bad examples, and every input that once broke it.  Speaks TAP.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
count=0
failed=0

result() { # status title
	count=$((count + 1))
	if test "$1" -eq 0; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/log"
		failed=1
	fi
}

for target in "$top_builddir"/tests/fuzz/*_fuzzer; do
	test -x "$target" || continue
	name=$(basename "$target" _fuzzer)
	folder=$top_srcdir/fixtures/corpus/$name
	files=$(find "$folder" -type f 2>"$work/log" | wc -l)
	if test "$files" -eq 0; then
		echo "no files in $folder" >>"$work/log"
		result 1 "$name has a corpus"
		continue
	fi
	find "$folder" -type f -print0 | sort -z | xargs -0 "$target" >"$work/log" 2>&1
	result $? "$name survives its $files files"
	"$target" </dev/null >"$work/log" 2>&1
	result $? "$name survives an empty input"
done
if test $count -eq 0; then
	echo "1..0 # SKIP no fuzz target was built"
	exit 77
fi
echo "1..$count"
exit $failed
