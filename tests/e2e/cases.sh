#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs every folder of fixtures/cases: farm and proxy on ports the kernel
# chooses, the client, then each trace against its expectation.  One TAP line
# per case; fixtures/README.md tells what a folder holds.
#
#	cases.sh [NAME...]	only these folders
#	FREB_RECORD=1		write the expectations anew
# An expectation that is missing is written, and fails.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm badge fixtures/tokens/p11double.so
need softhsm2-util certtool p11tool
cases=$top_srcdir/fixtures/cases
tools=${FREB_TOOLS:-$top_srcdir/../shared/tools}
make_badges
double=$top_builddir/fixtures/tokens/p11double.so

# ---- what a client file may say ----

# send ARGUMENTS...: one run of badge; a word @HTTPS or @HTTP is an address.
send() {
	for word; do
		shift
		case $word in
		@HTTPS) word=$https ;;
		@HTTP) word=$http ;;
		esac
		set -- "$@" "$word"
	done
	badge "$@" >answer 2>answer.err </dev/null
	code=$?
	cat answer.err
}

# By PIN: the card of Alice, or of Bob, in the reader.
alice() { send --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file tokens/pin "$@"; }
alice_mail() { send --module "$module" --uri 'pkcs11:token=badge;object=email' --pin-file tokens/pin "$@"; }
alice_with_double() { send --module "$double" --uri 'pkcs11:token=badge;object=badge' --pin-file tokens/pin "$@"; }
bob() { send --module "$module" --uri 'pkcs11:token=badge2;object=revoked' --pin-file tokens/pin2 "$@"; }
# From files: person NAME ARGUMENTS... sends NAME's certificate with the chain.
person() {
	name=$1
	shift
	send --cert "pki/$name-chain.pem" --key "pki/$name.key" "$@"
}

# The person of TLS 1.2 or 1.3 who neither chooses nor types: until the proxy ends the connection.
waits() { timeout 60 python3 "$top_srcdir/tests/e2e/stall.py" "$https" stay "$1" || exit 1; }

# The proxy reads its files again: HUP, until its log says so once more.
reloads=0
reload() {
	reloads=$((reloads + 1))
	kill -HUP "$(pid_of proxy)"
	timeout 20 tail -n +1 -f "$tmp/logs/proxy" | grep -qm "$reloads" 'loaded again' || exit 1
}

# The operator: words of frebproxy --ctl; servers are "$farm1", "$farm2".
ctl() {
	"$top_builddir/frebproxy" --ctl ctl "$@" >ctl.out 2>&1 && return
	cat ctl.out
	exit 1
}
running() { # SERVER: until one request runs there
	until ctl show "$1" && grep -q '^current  *1 ' ctl.out; do
		kill -0 "$(pid_of proxy)" || exit 1
	done
}

# These end the client, and with it the case, when they do not hold.
want() { # STATUS...: of the final answers in order
	is "$(sed -n 's|^HTTP/1\.[01] \([2-9][0-9][0-9]\).*|\1|p' answer | tr '\n' ' ')" "$* " && return
	cat answer
	exit 1
}
want_exit() { is "$code" "$1" || exit 1; }		# of badge, or of a proxy that does not start
shows() { like "$(cat answer)" "$1" || exit 1; }	# REGEX: somewhere in the answers, or its log
hides() { unlike "$(cat answer)" "$1" || exit 1; }

# ---- one case ----

farm1='' farm2=''

render() { # FILE: fills in what only this run knows
	sed -e "s|@PKI@|pki|g; s|@TOKENS@|tokens|g; s|@MODULE@|$module|g; s|@DOUBLE@|$double|g" \
		-e "s|@FARM1@|${farm1:-}|g; s|@FARM2@|${farm2:-}|g" \
		-e "s|@PORT1@|${farm1##*:}|g; s|@PORT2@|${farm2##*:}|g" "$1"
}

start_farms() { # CASE: a line of its file farm is a name and options of farm
	[ -f "$1/farm" ] && cp "$1/farm" farms || echo web1 >farms
	farm1='' farm2=''
	while read -r name options; do
		# shellcheck disable=SC2086 # options are words
		start_farm "$name" $options || return 1
		[ -n "$farm1" ] && farm2=$farm_address || farm1=$farm_address
	done <farms
}

# What the proxy and the clients find in their environment: lines NAME=VALUE of the file env.
use_env() { # CASE
	[ -f "$1/env" ] || return 0
	render "$1/env" >env
	while IFS='=' read -r name value; do
		export "$name=$value"
	done <env
}

# A proxy that is not to start: its log is the answer, its status the code.
start_nothing() { # ARGUMENTS...
	mkdir -p state
	timeout 30 "$top_builddir/frebproxy" --state-dir state --trace-dir traces "$@" >answer 2>&1 </dev/null
	code=$?
}

# The folder of traces is traces/, relative paths keep $tmp out of the traces.
start_case_proxy() { # CASE
	trace_dir=traces starts=start_proxy
	[ ! -f "$1/fails" ] || starts=start_nothing
	mkdir traces
	set -- "$1" --max-log-files 100 --workers 1
	if grep -q '^ctl ' "$1/client"; then
		set -- "$@" --control-socket ctl
	fi
	if [ -f "$1/frebproxy.xml" ]; then
		render "$1/frebproxy.xml" >frebproxy.xml
		set -- "$@" --config frebproxy.xml
	else
		render "$1/frebproxy.args" | grep -v '^#' >args
		# shellcheck disable=SC2046 # one word or two in each line
		set -- "$@" --listen 127.0.0.1:0 --trace all $(cat args)
	fi
	shift
	$starts "$@"
}

# compare GOLDEN NEW: records, or says how they differ.
compare() {
	if [ -n "${FREB_RECORD:-}" ]; then
		cp "$2" "$1"
	elif [ ! -f "$1" ]; then
		cp "$2" "$1" 2>/dev/null
		echo "$1 was missing; it is written now: look at it and keep it"
		return 1
	elif [ "${1##*.}" = xml ]; then
		"$top_builddir/frebdiff" --rules "$cases/.frebdiff" "$1" "$2"
	else
		diff -u "$1" "$2"
	fi
}

check_trace() { # CASE TRACE SUFFIX
	"$top_builddir/frebview" --check "$2" || return 1
	"$top_builddir/frebdiff" --rules "$cases/.frebdiff" --normalize "$2" >trace.xml || return 1
	"$top_builddir/frebview" --compact trace.xml >trace.view || return 1
	compare "$1/expected$3.xml" trace.xml
	different=$?
	compare "$1/expected$3.view" trace.view && [ $different = 0 ] || return 1
	[ ! -f "$1/summary$3" ] || check_summary "$1/summary$3" "$2"
}

# A reader who sees nothing but the summary must find all this in it.
check_summary() { # FILE-OF-REGEXES TRACE
	"$top_builddir/frebview" --summary --no-wrap "$2" >summary.txt || return 1
	while read -r regex; do
		grep -Eq -e "$regex" summary.txt && continue
		printf 'the summary does not say: %s\n' "$regex"
		sed -n '/^Errors/,$p' summary.txt
		return 1
	done <"$1"
}

check_traces() { # CASE: the n-th trace against expected-n, the first against expected
	n=0
	result=0
	for trace in traces/W3SVC1/fr*.xml; do
		[ -f "$trace" ] || [ ! -f "$1/fails" ] || break
		[ -f "$trace" ] || { echo "no trace was written"; return 1; }
		n=$((n + 1))
		[ $n = 1 ] && suffix= || suffix=-$n
		check_trace "$1" "$trace" "$suffix" || result=1
	done
	n=$((n + 1))
	[ $n = 1 ] && [ -f "$1/expected.xml" ] && { echo "there is no trace"; return 1; }
	[ ! -f "$1/expected-$n.xml" ] || { echo "there is no trace for $1/expected-$n.xml"; return 1; }
	return $result
}

run_client() (
	. "$1/client"
)

run_case() ( # CASE
	mkdir "$tmp/${1##*/}"
	cd "$tmp/${1##*/}" || return 1
	ln -s ../pki ../tokens .
	[ ! -f "$1/request" ] || cp "$1/request" .
	use_env "$1"
	[ ! -f "$1/setup" ] || sh "$1/setup" || return 1
	start_farms "$1" && start_case_proxy "$1" || return 1
	run_client "$1"
	result=$?
	[ -f "$1/fails" ] || stop_proxy || result=1
	while read -r name options; do
		stop "$name"
	done <farms
	[ $result = 0 ] && check_traces "$1"
)

# An independent reading of FORMAT: all traces of all cases at once.
follow_the_format() {
	set -- "$tmp"/[0-9]*/traces/W3SVC1/*.xml
	[ ! -f "$1" ] || python3 "$tools/freb-grammar" --paired "$@"
}

# A case of one of the scenarios S01 to S21 that leaves a trace has a summary.
have_summaries() {
	for case in "$cases"/*-s0[1-9]-* "$cases"/*-s1[0-9]-* "$cases"/*-s2[01]-*; do
		for file in "$case"/summary*; do
			[ -f "$file" ] || [ ! -f "$case/expected.xml" ] || echo "${case##*/} has none"
		done
	done >"$tmp/missing"
	is "$(cat "$tmp/missing")" ''
}

[ $# -gt 0 ] || {
	ok 'each case of a scenario says what its summary must tell' have_summaries
	set -- $(cd "$cases" && echo [0-9]*)
}
for case; do
	ok "$case: $(sed -n '1s/^# *//p' "$cases/$case/client")" run_case "$cases/$case"
	cd "$tmp" || exit 99
done
if [ -f "$tools/freb-grammar" ] && command -v python3 >/dev/null; then
	ok "every trace follows the grammar of the file format" follow_the_format
else
	skip "every trace follows the grammar of the file format" "no $tools/freb-grammar"
fi
finish
