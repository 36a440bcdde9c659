#!/bin/sh
# SPDX-License-Identifier: MIT
# memcheck.sh TEST... - runs unit tests under valgrind; only definite leaks and
# errors count (GnuTLS and ncurses keep reachable memory).
command -v valgrind >/dev/null || { echo "memcheck: valgrind is not installed"; exit 77; }
status=0
for t; do
	if valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
		"$top_builddir/$t" >/dev/null 2>"$top_builddir/memcheck.log"; then
		echo "ok - $t"
	else
		echo "not ok - $t"
		sed 's/^/# /' "$top_builddir/memcheck.log"
		status=1
	fi
done
rm -f "$top_builddir/memcheck.log"
exit $status
