#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh - what the lint tests share: TAP lines, and the files looked at.
# Sourced, after top_srcdir is set; leaves the shell in the top folder.
set -u
: "${top_srcdir:?}"
cd "$top_srcdir" || exit 99
count=0
failed=0

# report TITLE FINDINGS: one finding per line, none = fine
report() {
	count=$((count + 1))
	if test -z "$2"; then
		echo "ok $count - $1"
		return
	fi
	echo "not ok $count - $1"
	echo "$2" | sed 's/^/# /'
	failed=1
}

finish() {
	echo "1..$count"
	exit $failed
}

# files NAME-PATTERN...: ours, below the five folders
files() {
	for name; do
		find core trace viewer fixtures tests -name "$name" -type f
	done | grep -v '^fixtures/corpus/' | sort
}
