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
	start_proxy --config frebproxy.xml --workers 2 --control-socket ctl
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
	until "$top_builddir/frebproxy" --ctl ctl show "$web1" | grep -q '^current  *1 '; do
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
ok 'a server made unavailable at once: its running requests are cut' cut_at_once
ok 'the trace of a cut request says so' trace_tells
ok '502.4 names each member with its state and last health result' each_is_named
ok 'a reload sets the state of the server whose state it changes' file_unchanged_keeps
ok 'the proxy ends well' stop_proxy

# ---- affinity ----

cookie_of() { sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p'; }
kept() { # SERVER: the cookie leads there, four times
	is "$(for i in 1 2 3 4; do get --header "Cookie: $cookie" "$http" '/?size=1'; done | server_of)" \
		"$1 $1 $1 $1 "
}
gets_a_cookie() {
	get "$http" '/?size=1' >answer && cookie=$(cookie_of <answer) && home=$(server_of <answer) &&
		like "$cookie" '^ARRAffinity=[0-9a-f]{64}$' && kept "${home% }"
}
set_home() { # STATE: of the server the cookie names, all others available
	case $home in
	web1*) reload "$sticky" "$1" ;;
	web2*) reload "$sticky" Available "$1" ;;
	*) reload "$sticky" Available Available "$1" ;;
	esac
}
drained_keeps() {
	set_home Drain && kept "${home% }" &&
		unlike "$(get "$http" '/?size=1' '/?size=1' '/?size=1' '/?size=1' | server_of)" "$home"
}
gone_loses() {
	set_home UnavailableGracefully && get --header "Cookie: $cookie" "$http" '/lost?status=404&size=1' >answer
	unlike "$(server_of <answer)" "$home" && like "$(cookie_of <answer)" '^ARRAffinity=' &&
		like "$("$top_builddir/frebview" --compact "$traces/fr000001.xml")" \
			'ROUTE_AFFINITY .*Result="lost".*the operator made it unavailable'
}
other_proxy_agrees() { # same key file, nothing else shared
	set_home Available && stop_proxy && rm -rf state && serve "$sticky" && kept "${home% }"
}
other_key_does_not() {
	stop_proxy && echo another-key-of-more-than-16-bytes >key && serve "$sticky" &&
		like "$(get --header "Cookie: $cookie" "$http" '/?size=1')" '^Set-Cookie: ARRAffinity='
}
by_host_name() {
	for i in 1 2 3; do get --header 'Host: a.test' "$http" '/?size=1'; done | server_of >hosts
	get --header 'Host: A.TEST' "$http" '/?size=1' | server_of >>hosts
	is "$(xargs -n 1 <hosts | sort -u | wc -l)" 1
}
echo a-key-of-more-than-16-bytes >key
sticky='<affinity useCookie="true" keyFile="key"/>'
rm -rf traces
reloads=0
serve "$sticky" || bail "no proxy"
ok 'a client with the cookie stays with its server' gets_a_cookie
ok 'a drained server keeps its clients and gets no others' drained_keeps
ok 'R3: a member that is gone loses them; they get another cookie, and the trace says why' gone_loses
ok 'a proxy with the same key file understands the cookie' other_proxy_agrees
ok 'one with another key does not' other_key_does_not
ok 'the proxy ends well' stop_proxy
serve '<affinity useHostName="true"/>' || bail "no proxy"
ok 'host name affinity: one name, one server' by_host_name
ok 'the proxy ends well' stop_proxy

# ---- health ----

test_of() { echo "<healthCheck url=\"$1\" interval=\"00:00:01\" timeout=\"00:00:01\" ${2:-}/>"; }
becomes() { # COUNT TEXT ROUTING: after a reload, so many lines of the log say it
	reload "$3" && wait_log "server 127\\.0\\.0\\.1:[0-9]* is $2" "$1"
}
all_well() { is "$(get "$http" '/?size=1' '/?size=1' '/?size=1' | server_of | xargs -n 1 | sort -u | wc -l)" 3; }
status_503() {
	becomes 3 'unhealthy: status 503 in the URL test' "$(test_of '/health?status=503')" &&
		like "$(get "$http" /sick)" '502\.4' &&
		like "$("$top_builddir/frebview" --errors "$traces/fr000001.xml")" \
			"$web3: Available, unhealthy: status 503 in the URL test"
}
kept_over_reload() { reload "$(test_of '/health?status=503')" && like "$(get "$http" /sick)" '502\.4'; }
back_again() {
	becomes 3 'healthy again: status 200 in the URL test' \
		"$(test_of 'http://health.test/health?size=2')" && all_well
}
without_the_text() {
	becomes 3 'unhealthy: the answer to the URL test has not the text' \
		"$(test_of /health 'responseMatch="not in any answer"')"
}
with_the_text() {
	becomes 6 'healthy again: status 200 in the URL test' \
		"$(test_of '/health?chunked=1' 'responseMatch="web"')"
}
no_answer() { becomes 3 'unhealthy: no answer to the URL test within 1 s' "$(test_of '/health?noreply=1')"; }
accepted_404() {
	becomes 9 'healthy again: status (200|404) in the URL test' \
		"$(test_of '/health?status=404' 'statusCodeMatch="404"')"
}
closed() { becomes 3 'unhealthy: the connection ended in the URL test' "$(test_of '/health?close=1')"; }
rm -rf traces
reloads=0
serve "$(test_of /health)" || bail "no proxy"
ok 'healthy servers get requests' all_well
ok 'URL test: a status that is not accepted, and 502.4 with the last health result' status_503
ok 'a reload that keeps the test keeps what is known of the health' kept_over_reload
ok 'URL test: a good answer brings a server back' back_again
ok 'URL test: an answer without the text' without_the_text
ok 'URL test: the text in a chunked answer' with_the_text
ok 'URL test: no answer in time' no_answer
ok 'URL test: statusCodeMatch says what is accepted' accepted_404
ok 'URL test: the server closes the connection' closed
ok 'the proxy ends well' stop_proxy
finish
