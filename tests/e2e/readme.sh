#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the examples of README.md: every block between ```sh and ```, except those
# whose first line is "# not run".  They are one session, as a reader types them:
# one shell, ended at the first command that fails, in a folder where fixtures/ is
# the project's and build/ is this build.  What they leave running is ended with
# their session.  Then the rows of its table of questions: the keys are pressed, their
# number is the one stated, and the answer stands on the screen.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm badge
need setsid timeout certtool softhsm2-util p11tool
readme=$top_srcdir/README.md
[ -f "$readme" ] || bail "there is no README.md"
mkdir "$tmp/run"
ln -s "$top_srcdir/fixtures" "$tmp/run/fixtures"
ln -s "$top_builddir" "$tmp/run/build"

# One script; a line of its own tells the end of the block that began at line N.
awk '
	function close_block() { if (keep) printf "echo \"block %d is done\"\n", line }
	/^```sh *$/ { inside = first = 1; keep = 0; line = NR; next }
	/^```/ { if (inside) close_block(); inside = keep = 0; next }
	inside && first { first = 0; keep = $0 !~ /^# not run/ }
	inside && keep { print }' "$readme" >"$tmp/session"
grep -q 'is done"$' "$tmp/session" || skip_all "README.md has no block to run"

cd "$tmp/run" || exit 99
setsid timeout 180 sh -eu "$tmp/session" </dev/null >"$tmp/session.out" 2>&1 &
session=$!
wait $session
# The session is what it started; its number is the pid recorded here.
kill -s KILL -- "-$session" 2>/dev/null

ran() { # LINE
	grep -qx "block $1 is done" "$tmp/session.out" || {
		tail -n 30 "$tmp/session.out"
		return 1
	}
}
for line in $(sed -n 's/^echo "block \([0-9]*\) is done"$/\1/p' "$tmp/session"); do
	ok "the example at line $line runs" ran "$line"
done
said() { grep -Eq -e "$1" "$tmp/session.out"; }
ok "the farm shows the certificate of the badge" said '"X-ARR-ClientCert","MII'
ok "the list shows who came and who was refused" said '403\.13 .*bob@farm\.test'
ok "the errors say why" said 'client certificate revoked'
ok "the text modes answer the three questions" said '^ +Verdict +refused$'
ok "... with the time that passed" said '8063 ms before #43 UPSTREAM_CONNECT_END'
ok "... and what changed" said '^\+statusCode="502.3"$'

# ---- questions and keys ----

# answers KEYS PRESSED ANSWER: without a terminal, on a screen of 100x30
answers() {
	set -f
	is "$(printf '%s\n' "$1" | wc -w)" "$2" || return 1
	set +f
	printf 'key %s\nsave %s\n' "$1" "$tmp/screen" >"$tmp/keys"
	rm -f "$tmp/screen"
	"$top_builddir/frebview" --script "$tmp/keys" --size 100x30 "$tmp/run/fixtures/views/traces" || return 1
	grep -qF -e "$3" "$tmp/screen" || {
		cat "$tmp/screen"
		return 1
	}
}
sed -nE 's/^\| ([^|]*\?) \| `([^|`]*)` \| ([0-9]+) \| `([^`]*)`.*/\1|\2|\3|\4/p' "$readme" >"$tmp/questions"
ok "README.md asks three questions" is "$(wc -l <"$tmp/questions")" 3
while IFS='|' read -r question keys pressed answer; do
	ok "$question $pressed keys" answers "$keys" "$pressed" "$answer"
done <"$tmp/questions"
finish
