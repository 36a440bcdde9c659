#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo without a terminal: every answer is the one it tells about, it shows
# the list and one Compact View, and it leaves nothing behind.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need softhsm2-util certtool p11tool

TMPDIR=$tmp/demo
mkdir "$TMPDIR"
export TMPDIR
began=$(date +%s)
FREB_DEMO_DIR=$tmp/kept sh "$top_srcdir/fixtures/demo/demo.sh" >"$tmp/logs/demo" 2>&1 </dev/null
status=$?
took=$(($(date +%s) - began))

statuses() { sed -n 's|^HTTP/1\.1 \([0-9]*\).*|\1|p' "$tmp/logs/demo" | tr '\n' ' '; }
list_of_traces() { sed -n '/frebview --list/,/frebview --compact/p' "$tmp/logs/demo"; }
nothing_is_left() {
	is "$(ls -A "$TMPDIR")" "" || return 1
	# Only what names this run's folder can be a process of this run.
	for dir in /proc/[0-9]*; do
		tr '\0' ' ' <"$dir/cmdline" 2>/dev/null | grep -F -e "$TMPDIR/" | grep -v grep && return 1
	done
	return 0
}

ok "it succeeds" is "$status" 0
ok "each request gets the answer it tells about" is "$(statuses)" "200 403 403 403 200 502 "
ok "the forged header does not reach the farm" unlike "$(cat "$tmp/logs/demo")" 'director'
ok "there is one trace for each request" is "$(ls "$tmp/kept/W3SVC1" | grep -c '^fr.*xml$')" 6
ok "the list shows what was refused" like "$(list_of_traces)" '403\.13'
ok "one Compact View is shown" like "$(cat "$tmp/logs/demo")" 'SECURITY_REVOCATION_END'
ok "it takes less than a minute" at_most "$took" 60
ok "it leaves no process and no file" nothing_is_left
finish
