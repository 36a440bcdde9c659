#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the examples of README.md: every block between ```sh and ```, except those
# whose first line is "# not run".  Each block is a script of its own, ended at
# the first command that fails; it runs in a folder where fixtures/ is the
# project's, with the programs of this build first in PATH.  What a block leaves
# running is ended with its session.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm badge
need setsid timeout
readme=$top_srcdir/README.md
[ -f "$readme" ] || bail "there is no README.md"
mkdir "$tmp/blocks" "$tmp/run"
ln -s "$top_srcdir/fixtures" "$tmp/run/fixtures"
PATH=$top_builddir:$PATH
export PATH

# Block N goes to blocks/N with the line it begins at; those not to be run leave none.
awk -v dir="$tmp/blocks" '
	/^```sh *$/ { inside = 1; first = 1; name = sprintf("%s/%04d", dir, NR); next }
	/^```/ { if (inside && keep) close(name); inside = keep = 0; next }
	inside && first { first = 0; keep = $0 !~ /^# not run/ }
	inside && keep { print > name }' "$readme"

run_block() { # FILE
	cd "$tmp/run" || return 1
	setsid timeout 120 sh -eu "$1" </dev/null &
	block=$!
	wait $block
	status=$?
	# The session of the block is what it started; its number is the pid recorded here.
	kill -s KILL -- "-$block" 2>/dev/null
	return $status
}

for block in "$tmp"/blocks/*; do
	[ -f "$block" ] || skip_all "README.md has no block to run"
	line=${block##*/}
	ok "the example at line $(expr "$line" + 0): $(head -n 1 "$block")" run_block "$block"
done
finish
