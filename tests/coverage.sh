#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh SOURCE - builds with counters in a folder of its own, runs the
# tests, prints the share of executed lines per folder (gcov).
set -eu
source=${1:?usage: coverage.sh SOURCE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$source/configure" --quiet --enable-coverage CFLAGS='-O0 -g'
make -s -j"$(getconf _NPROCESSORS_ONLN)" check || true
find . -name '*.gcda' | while read -r f; do
	gcov -n -o "$(dirname "$f")" "$f" 2>/dev/null
done | awk -v top="$source/" '
	/^File / { gsub("'"'"'", ""); name = $2; sub(top, "", name) }
	/^Lines executed/ && name ~ /^(core|trace|viewer)\// {
		split($2, a, /[:%]/); lines = $4; folder = name; sub(/\/[^\/]*$/, "", folder)
		done[folder] += a[2] * lines / 100; all[folder] += lines; name = ""
	}
	END { for (f in all) printf "%-24s %5.1f %% of %d lines\n", f, 100 * done[f] / all[f], all[f] }' | sort
