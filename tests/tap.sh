# SPDX-License-Identifier: MIT
# tap.sh - shell library of the end-to-end tests: TAP lines, processes that are
# ended by recorded pid, waiting without polling, and the test set-up of this
# project (PKI, badges, farm, proxy).  Sourced, with top_srcdir and top_builddir
# set, as `make check` does:
#
#	. "$top_srcdir/tests/tap.sh"
#	ok "one and one is two" is $((1 + 1)) 2
#	finish
#
# $tmp is the test's own folder; it goes when the script ends.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
LC_ALL=C.UTF-8 TZ=UTC
export LC_ALL TZ
unset CI XDG_STATE_HOME NO_COLOR SOFTHSM2_CONF GNUTLS_PIN 2>/dev/null
PATH=$PATH:/usr/sbin:/sbin

tap_count=0
tap_failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/frebproxy-test.XXXXXX") || exit 99
mkdir "$tmp/pids" "$tmp/logs"

# ---- TAP ----

# ok TITLE COMMAND...: one line; what the command wrote is shown when it fails.
ok() {
	tap_title=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@" >"$tmp/output" 2>&1; then
		echo "ok $tap_count - $tap_title"
		return 0
	fi
	echo "not ok $tap_count - $tap_title"
	head -n "${TAP_LINES:-40}" "$tmp/output" | sed 's/^/# /'
	tap_failed=$((tap_failed + 1))
	return 1
}

skip() { # TITLE REASON
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

skip_all() { # REASON
	echo "1..0 # SKIP $1"
	exit 77
}

bail() { # REASON
	echo "Bail out! $1"
	tap_failed=1
	exit 99
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}

# Each of these says what is wrong and returns 1.
is() { # GOT WANTED
	[ "$1" = "$2" ] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

like() { # TEXT REGEX
	printf '%s\n' "$1" | grep -Eq -e "$2" && return
	printf 'got:         %s\nwanted like: %s\n' "$1" "$2"
	return 1
}

unlike() { # TEXT REGEX
	printf '%s\n' "$1" | grep -Eq -e "$2" || return 0
	printf 'got:           %s\nwanted unlike: %s\n' "$1" "$2"
	return 1
}

at_most() { # NUMBER LIMIT
	[ "$1" -le "$2" ] && return
	printf 'got %s, at most %s is allowed\n' "$1" "$2"
	return 1
}

need() { # PROGRAM...: skips the whole script where one is missing
	for tap_program; do
		command -v "$tap_program" >/dev/null || skip_all "$tap_program is not installed"
	done
}

built() { # PROGRAM...: they belong to the build, so their absence is an error
	for tap_program; do
		[ -x "$top_builddir/$tap_program" ] || bail "$top_builddir/$tap_program was not built"
	done
}

# ---- processes ----

# start NAME COMMAND...: in the background, output to $tmp/logs/NAME.
start() {
	tap_name=$1
	shift
	"$@" >"$tmp/logs/$tap_name" 2>&1 </dev/null &
	echo $! >"$tmp/pids/$tap_name"
}

pid_of() { cat "$tmp/pids/$1"; }

# stop NAME [SIGNAL]: ends it and waits; returns its exit status.
stop() {
	tap_pid=$(pid_of "$1") || return 1
	rm -f "$tmp/pids/$1"
	kill -"${2:-TERM}" "$tap_pid" 2>/dev/null
	wait "$tap_pid"
}

# wait_ready NAME FILE: until FILE has something in it; fails if NAME ends first.
wait_ready() {
	"$top_builddir/farm" --wait-file "$2" --pid "$(pid_of "$1")" --seconds 20 && return
	cat "$tmp/logs/$1"
	return 1
}

tap_end() {
	tap_status=$?
	trap - EXIT HUP INT TERM
	for tap_file in "$tmp"/pids/*; do
		[ -f "$tap_file" ] && kill -KILL "$(cat "$tap_file")" 2>/dev/null
	done
	if [ "$tap_failed" != 0 ]; then
		for tap_file in "$tmp"/logs/*; do
			[ -s "$tap_file" ] || continue
			echo "# ---- log of ${tap_file##*/}"
			tail -n 40 "$tap_file" | sed 's/^/# /'
		done
	fi
	if [ -n "${TAP_KEEP:-}" ]; then
		echo "# kept: $tmp"
	else
		rm -rf "$tmp"
	fi
	exit "$tap_status"
}
trap tap_end EXIT
trap 'exit 130' HUP INT TERM

# ---- this project's set-up ----

# PKI in $tmp/pki, tokens in $tmp/tokens; $module is the PKCS#11 module.
make_badges() {
	"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
	"$top_srcdir/fixtures/tokens/make.sh" "$tmp/tokens" "$tmp/pki" || bail "the test badges could not be made"
	SOFTHSM2_CONF=$tmp/tokens/softhsm2.conf
	module=$(cat "$tmp/tokens/module")
	export SOFTHSM2_CONF
}

# After make_badges: a token with the proxy's own key and certificate; its PIN is in
# $tmp/tokens/pin-server, $server_key is the URI of the key.
make_server_token() {
	server_key='pkcs11:token=server;object=server;type=private'
	echo Kalmar-7 >"$tmp/tokens/pin-server"
	softhsm2-util --module "$module" --init-token --free --label server --so-pin 87654321 \
		--pin Kalmar-7 >"$tmp/logs/tokens" 2>&1 || bail "the server's token could not be made"
	for tap_file in privkey=key certificate=pem; do
		GNUTLS_PIN=Kalmar-7 p11tool --batch --provider "$module" --login --write --label server --id 0c \
			"--load-${tap_file%=*}" "$tmp/pki/server.${tap_file#*=}" pkcs11:token=server \
			>>"$tmp/logs/tokens" 2>&1 </dev/null || bail "the server's key could not be written"
	done
}

# start_farm NAME OPTIONS...: $farm_address is where it listens.
start_farm() {
	tap_farm=$1
	shift
	rm -f "$tmp/$tap_farm.ready"
	start "$tap_farm" "$top_builddir/farm" --name "$tap_farm" --ready-file "$tmp/$tap_farm.ready" "$@"
	wait_ready "$tap_farm" "$tmp/$tap_farm.ready" || return 1
	farm_address=$(cat "$tmp/$tap_farm.ready")
}

# start_proxy ARGUMENTS...: $https and $http are where it listens, $traces is the
# folder of its first site.  What is not said is what every test wants.
start_proxy() {
	rm -f "$tmp/proxy.ready"
	mkdir -p "$tmp/state"
	traces=${trace_dir:-$tmp/traces}/W3SVC1
	start proxy "$top_builddir/frebproxy" --ready-file "$tmp/proxy.ready" --state-dir "$tmp/state" \
		--trace-dir "${trace_dir:-$tmp/traces}" "$@"
	wait_ready proxy "$tmp/proxy.ready" || return 1
	https=$(sed -n 's/^https //p' "$tmp/proxy.ready" | head -n 1)
	http=$(sed -n 's/^http //p' "$tmp/proxy.ready" | head -n 1)
}

# Ends the proxy as an operator does: it drains, writes its traces and exits 0.
stop_proxy() {
	stop proxy TERM
	tap_status=$?
	[ $tap_status = 0 ] && return
	echo "frebproxy ended with status $tap_status"
	tail -n 20 "$tmp/logs/proxy"
	return 1
}

badge() { # ARGUMENTS...: believes the test PKI
	"$top_builddir/badge" --ca "$tmp/pki/root.pem" --sni farm.test "$@"
}

# What the farm got, from its JSON on standard input: one line per field of that
# name; names are compared as a careless server does, without case and _ as -.
got_header() { # NAME
	grep -oiE "\\[\"$(printf '%s' "$1" | sed 's/-/[-_]/g')\",\"[^\"]*\"" | cut -d '"' -f 4
}
