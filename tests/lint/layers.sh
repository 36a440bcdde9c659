#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may include whom: each foreign library has one door, each layer its
# neighbours (core/README.md).  A line may carry "door: why" in a comment to
# say that it is an exception on purpose.  Speaks TAP.
. "${top_srcdir:?}/tests/lint/lint.sh"

# includes PATTERN FOLDER...: the #include lines that match, as file:line:text
includes() {
	pattern=$1
	shift
	find "$@" -name '*.[ch]' -type f | sort |
		xargs grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]$pattern" |
		grep -v 'door: '
}

# door TITLE PATTERN ALLOWED-FILES: only those may include it
door() {
	report "$1" "$(includes "$2" core trace viewer | grep -vE "^($3):")"
}

door 'gnutls is known to handshake, chain, token and the certificate view only' 'gnutls/' \
	'core/(handshake|chain|token)/[a-z0-9_]+\.[ch]|viewer/cert[a-z_]*\.[ch]'
door 'p11-kit is known to core/token only' 'p11-kit' 'core/token/[a-z0-9_]+\.[ch]'
door 'libev is known to those that wait only' 'ev\.h' \
	'core/(worker|accept|conn|listener|exchange|main|watch|key_watch|registry_watch|refresh|runtime)\.[ch]|core/forward/upstream\.[ch]|core/route/(health|resolver)\.[ch]'
door 'libxml2 is known to the configuration and the trace readers only' 'libxml/' \
	'core/config(_[a-z]+)*\.[ch]|trace/(index|read|freb_file|normalise)[a-z_]*\.[ch]'
door 'curses is known to viewer/screen only, terminals to the PIN prompt too' \
	'(n?curses|panel|term)[a-z/]*\.h' 'viewer/screen\.[ch]|core/token/pin_read\.c'
door 'jansson is known to the viewer only' 'jansson' 'viewer/[a-z_]+\.[ch]'
door 'pcre2 is known to trace, viewer and the patterns of routes only' 'pcre2' \
	'(trace|viewer)/[a-z_]+\.[ch]|core/route/pattern\.c'

report 'trace includes nothing from core, viewer or tests' \
	"$(includes '(core|viewer|fixtures|tests)/' trace)"
report 'viewer includes nothing from core or tests' "$(includes '(core|fixtures|tests)/' viewer)"
report 'core includes nothing from viewer or tests' "$(includes '(viewer|fixtures|tests)/' core)"
report 'viewer knows reading (libfreb), not writing (libtrace)' \
	"$(includes 'trace/(trace|record|serialise|writer|prune)\.h' viewer)"
report 'core includes of trace only trace.h, event.h and buf.h' \
	"$(includes 'trace/' core | grep -vE '"trace/(trace|event|buf)\.h"')"
report 'core/base knows nothing above it' "$(includes 'core/' core/base | grep -vE '"core/base/')"
report 'includes of ours are paths from the root' \
	"$(includes '[^"/]+"' core trace viewer fixtures tests)"

# A step is named by its own file and by the frame, which knows all of them.
report 'no module and no step calls a step' "$(
	find core -name '*.[ch]' | grep -vE '^core/(conn|exchange|explain)\.[ch]$' | sort | while read -r file; do
		grep -HnE '\bstep_[a-z]+[[:space:]]*\(' "$file" |
			grep -vE "\b$(basename "$file" .c)[[:space:]]*\("
	done
)"

# What one stage made and others may look at; a new header here is a decision.
facts='chain/(cert|cert_text|der|files|verify|trust)|http/(head|headers|chunk|fetch|hold)|token/(identity|registry|pin|login|lane_key|seen|attest)'
facts="$facts|handshake/(transport|tls|backend|credentials|secret)|route/(farm|lb|addresses)|forward/(respond|upstream|inject)"
report 'modules of a stage know the facts of another, not its workings' "$(
	for stage in handshake chain token http admit route forward; do
		includes 'core/[a-z]+/' core/$stage | grep -v '/step_' |
			grep -vE "\"core/($stage|base)/" | grep -vE "\"core/($facts)\.h\""
	done
)"
finish
