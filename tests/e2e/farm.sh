#!/bin/sh
# SPDX-License-Identifier: MIT
# farm.sh - the web farm while it changes: hashes over servers that go, states
# that a reload sets, requests that are cut.  What one request shows is a case.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
for name in web1 web2 web3; do
	start_farm $name --verbose || bail "no farm"
	eval "$name=$farm_address"
done

# config ROUTING STATE1 STATE2 STATE3: three servers, each with its state
config() {
	cat <<END
<configuration><pkcs11 tokenLookup="false"/><process stateDirectory="state"/>
<sites><site name="shop" id="1"><bindings>
<binding protocol="http" address="127.0.0.1" port="0"/></bindings>${rules:-}
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="400-599"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm">
<server address="${web1%:*}"><applicationRequestRouting httpPort="${web1##*:}" state="${2:-Available}"/></server>
<server address="${web2%:*}"><applicationRequestRouting httpPort="${web2##*:}" state="${3:-Available}"/></server>
<server address="${web3%:*}"><applicationRequestRouting httpPort="${web3##*:}" state="${4:-Available}"/></server>
<applicationRequestRouting>$1</applicationRequestRouting></webFarm></webFarms></configuration>
END
}

# serve ROUTING STATES...: a proxy with that farm
serve() {
	config "$@" >frebproxy.xml
	start_proxy --config frebproxy.xml --workers 2
}

reloads=0
reload() { # ROUTING STATES...
	config "$@" >frebproxy.xml
	reloads=$((reloads + 1))
	kill -HUP "$(pid_of proxy)" && wait_log 'frebproxy\.xml loaded again$' $reloads
}

get() { badge --http "$@"; } # ARGUMENTS... PATH...: of the proxy
server_of() { sed -n 's|^Server: farm/||p' | tr -d '\r' | tr '\n' ' '; }

# ---- hashes ----

paths=$(i=0; while [ $i -lt 200 ]; do echo "/item/$i?size=1"; i=$((i + 1)); done)
hash='<loadBalancing algorithm="RequestHash"/>'
# shellcheck disable=SC2086 # paths are words
walk() { get "$http" $paths | server_of | xargs -n 1 >"$1"; }

same_way_again() { walk first && walk second && cmp first second && is "$(sort -u first | wc -l)" 3; }
only_its_own_move() {
	reload "$hash" Available UnavailableGracefully && walk third || return 1
	is "$(paste first third | awk '$1 != $2 && $1 != "web2"' | wc -l)" 0 &&
		unlike "$(cat third)" web2 && at_most "$(paste first third | awk '$1 != $2' | wc -l)" 100
}
they_return() { reload "$hash" && walk fourth && cmp first fourth; }

serve "$hash" || bail "no proxy"
ok 'RequestHash: equal URLs go to equal servers, and all servers are used' same_way_again
ok 'when a server goes, only its own URLs move' only_its_own_move
ok 'when it comes back, they return' they_return
ok 'the proxy ends well' stop_proxy

by_query() {
	is "$(get "$http" '/a?x=1&user=7&size=1' '/b?user=7&x=2&size=1' '/c?size=1&user=7' |
		server_of | xargs -n 1 | sort -u | wc -l)" 1
}
by_field() {
	a=$(get --header 'X-Tenant: blue' "$http" '/a?size=1' '/b?size=1' '/c?size=1' '/d?size=1' | server_of)
	is "$(echo "$a" | xargs -n 1 | sort -u | wc -l)" 1
}
reloads=0
serve '<loadBalancing algorithm="RequestHash" hashServerVariable="QUERY_STRING" queryStringNames="user, id"/>'
ok 'RequestHash of query string names: only these count' by_query
ok 'the proxy ends well' stop_proxy
serve '<loadBalancing algorithm="RequestHash" hashServerVariable="HTTP_X_TENANT"/>'
ok 'RequestHash of a header field' by_field
ok 'the proxy ends well' stop_proxy

# ---- states ----

turns='<loadBalancing algorithm="WeightedRoundRobin"/>'
cut_at_once() {
	get "$http" '/slow?delay=600000' >slow.answer 2>&1 &
	slow_pid=$!
	# Nobody is told when the request is with the server: the kernel's table says it.
	until grep -q . slow.seen 2>/dev/null; do
		ss -Htn state established "( dport = :${web1##*:} )" | grep . >slow.seen
		kill -0 $slow_pid || return 1
	done
	reload "$turns" Unavailable UnavailableGracefully UnavailableGracefully || return 1
	wait $slow_pid
	like "$(cat slow.answer)" '502' && like "$(cat slow.answer)" '502\.3'
}
trace_tells() {
	like "$("$top_builddir/frebview" --errors "$traces/fr000001.xml")" \
		'was made unavailable while it served the request'
}
each_is_named() {
	like "$(get "$http" /)" '502\.4' &&
		like "$("$top_builddir/frebview" --errors "$traces/fr000002.xml")" \
			"$web1: Unavailable, not tested yet; $web2: UnavailableGracefully, not tested yet"
}
file_unchanged_keeps() {
	reload "$turns" Unavailable Available UnavailableGracefully &&
		is "$(get "$http" '/?size=1' '/?size=1' | server_of)" 'web2 web2 '
}
rm -rf traces
reloads=0
serve "$turns" Available UnavailableGracefully UnavailableGracefully || bail "no proxy"
if command -v ss >/dev/null; then
	ok 'a server made unavailable at once: its running requests are cut' cut_at_once
	ok 'the trace of a cut request says so' trace_tells
	ok '502.4 names each member with its state and last health result' each_is_named
else
	skip 'a server made unavailable at once: its running requests are cut' 'no ss'
	reload "$turns" Unavailable UnavailableGracefully UnavailableGracefully
fi
ok 'a reload sets the state of the server whose state it changes' file_unchanged_keeps
ok 'the proxy ends well' stop_proxy
finish
