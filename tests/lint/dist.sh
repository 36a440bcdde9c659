#!/bin/sh
# SPDX-License-Identifier: MIT
# What a release contains: every file that is kept in the repository, and nothing
# that a build left behind.  Speaks TAP.
. "${top_srcdir:?}/tests/lint/lint.sh"

[ -e "$top_srcdir/.git" ] && command -v git >/dev/null ||
	{ echo '1..0 # SKIP no repository to compare with'; exit 0; }
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# Dotfiles are for those who work on the source.
git -C "$top_srcdir" -c safe.directory='*' ls-files | grep -v '^\.' | sort >"$work/kept"
${MAKE:-make} -s -C "$top_builddir" distdir distdir="$work/dist" >"$work/log" 2>&1 ||
	report 'a release can be put together' "$(cat "$work/log")"
(cd "$work/dist" && find . -type f | sed 's,^\./,,' | sort) >"$work/dist.list"

report 'a release has every file of the repository' "$(comm -23 "$work/kept" "$work/dist.list")"
report 'a release has nothing that a build left behind' \
	"$(comm -13 "$work/kept" "$work/dist.list" | grep -E '\.(o|so|a|log|trs|gcda|gcno)$|(^|/)\.(deps|dirstamp)')"
finish
