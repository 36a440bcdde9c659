#!/bin/sh
# SPDX-License-Identifier: MIT
# count.sh BUILD - adds up the results automake's TAP driver left in BUILD: one
# line "N passed, N failed" (", N skipped").  Exit 1 if one failed or none ran.
build=${1:?usage: count.sh BUILD}
find "$build" -name '*.trs' -exec cat {} + 2>/dev/null | awk '
	/^:test-result: (PASS|XFAIL)/ { passed++ }
	/^:test-result: (FAIL|XPASS|ERROR)/ { failed++ }
	/^:test-result: SKIP/ { skipped++ }
	END {
		printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
		exit failed > 0 || passed == 0
	}'
