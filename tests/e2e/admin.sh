#!/bin/sh
# SPDX-License-Identifier: MIT
# admin.sh - the operator: the control socket and frebproxy --ctl, what each
# change does to traffic, the status listener, and those who mean no good.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need python3 curl
here=$(cd "$top_srcdir/tests/e2e" && pwd)
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
for name in web1 web2; do
	start_farm $name || bail "no farm"
	eval "$name=$farm_address"
done
mkfifo gate
start odd python3 "$here/odd.py"
wait_ready odd odd.ready || bail "no odd server"
odd=$(cat odd.ready)

# config [STATE1]: a farm with affinity, and one whose name wants escaping
odd_farm='a "b" \c'
config() {
	cat >frebproxy.xml <<END
<configuration><pkcs11 tokenLookup="false"/><process stateDirectory="state"/>
<control socket="ctl" statusBinding="127.0.0.1:0"/>
<sites><site name="shop" id="1" webFarm="farm"><bindings>
<binding protocol="http" address="127.0.0.1" port="0"/>
<binding protocol="https" address="127.0.0.1" port="0"/></bindings>
<routingRules><rule name="odd" host="odd.test" webFarm="a &quot;b&quot; \\c"/></routingRules>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="400-599"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm">
<server address="${web1%:*}"><applicationRequestRouting httpPort="${web1##*:}" weight="300" state="${1:-Available}"/></server>
<server address="${web2%:*}"><applicationRequestRouting httpPort="${web2##*:}" weight="100"/></server>
<applicationRequestRouting><affinity useCookie="true"/></applicationRequestRouting></webFarm>
<webFarm name="a &quot;b&quot; \\c">
<server address="${odd%:*}"><applicationRequestRouting httpPort="${odd##*:}"/></server><applicationRequestRouting>
<healthCheck maxLiveTrafficFailures="1" liveTrafficFailurePeriod="01:00:00"/></applicationRequestRouting></webFarm>
</webFarms></configuration>
END
}
config
start_proxy --config frebproxy.xml --workers 2 || bail "no proxy"
status=$(sed -n 's/^status //p' proxy.ready)

ctl() { "$top_builddir/frebproxy" --ctl "$tmp/ctl" "$@"; }
json() { ctl --json list | python3 "$here/admin.py" json "$1"; } # EXPRESSION
get() { badge --http "$@"; }
server_of() { sed -n 's|^Server: farm/||p' | tr -d '\r' | tr '\n' ' '; }
until_json() { # EXPRESSION: polls until it is True
	until [ "$(json "$1")" = True ]; do
		kill -0 "$(pid_of proxy)" || return 1
	done
}

# ---- watching ----

socket_is_ours() { is "$(stat -c %A ctl)" srw------- && like "$(cat proxy.ready)" "^control $tmp/ctl\$"; }
lists() {
	ctl list >list || return 1
	like "$(sed -n 1p list)" '^farm \(WeightedRoundRobin\)$' &&
		like "$(sed -n 2p list)" '^SERVER +STATE +HEALTH +REQ/S +RESP ms +CURRENT +TOTAL +FAILED +SHARE % +REQ KB +RESP KB +WEIGHT %$' &&
		like "$(sed -n 3p list)" "^$web1 +Available +Healthy .* 75\.0\$" &&
		like "$(sed -n 4p list)" "^$web2 +Available +Healthy .* 25\.0\$" &&
		is "$(sed -n 2,4p list | awk '{ print length }' | sort -u | wc -l)" 1 &&
		is "$(ctl list farm | wc -l)" 4 && is "$(ctl list "$odd_farm" | wc -l)" 3
}
counts() {
	get "$http" '/?size=10' '/?size=10' '/?size=10' '/?size=10' >/dev/null
	get --data "$top_srcdir/Makefile.am" "$http" '/up?size=1' >/dev/null
	get "$http" '/?status=404&size=1' '/?status=503&size=1' >/dev/null
	printf 'GET / HTTP/1.1\r\nHost : x\r\n\r\n' | python3 "$here/talk.py" "$http" >/dev/null
	curl -sk "https://$https/?size=1" "https://$https/?size=1" >/dev/null
	printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' | python3 "$here/talk.py" "$https" >/dev/null
	python3 "$here/stall.py" "$https" leave hex 00010203 >/dev/null
	until_json 'p["connections_open"] == 0 and p["traces_written"] == 5' &&
		is "$(json 'p["connections"], p["connections_closed"]')" '(7, 7)' &&
		is "$(json 'p["handshakes"]')" "{'ok': 1, 'failed': 0, 'timeout': 0, 'closed': 0, 'not-tls': 2}" &&
		is "$(json '{k: v for k, v in p["handshake_failures"].items() if v}')" "{'plain-http': 1, 'not-tls': 1}" &&
		is "$(json 'p["requests"]')" 10 && is "$(json 'p["requests_running"]')" 0 &&
		is "$(json 'p["responses"]')" "{'none': 0, '1xx': 0, '2xx': 7, '3xx': 0, '4xx': 2, '5xx': 1}" &&
		is "$(json '[(r["status"], r["reason"], r["count"]) for r in p["refusals"]]')" \
			"[('400', 'BadRequest', 1), ('400', 'PlainHttpOnTlsPort', 1)]" &&
		is "$(json 'sum(x["requests"] for x in farms["farm"])')" 9 &&
		is "$(json 'sum(x["bytes_sent"] for x in farms["farm"])')" "$(wc -c <"$top_srcdir/Makefile.am")" &&
		is "$(json 'p["upstream_connects"] - p["upstream_closes"] == p["upstream_open"]')" True &&
		is "$(json 'p["upstream_connects"] + p["upstream_reuses"]')" 9 &&
		is "$(json 'p["trace_bytes"]')" "$(cat "$traces"/fr*.xml | wc -c)" &&
		is "$(json 'p["bytes_sent"] > 1000 and p["bytes_received"] > 1000')" True
}
upgrades() {
	badge --http --websocket 2 "$http" /ws >answer && until_json 'p["upgrades_open"] == 0' &&
		is "$(json 'p["upgrades"], p["upgrades_ended"], p["responses"]["1xx"]')" '(1, 1, 1)'
}
rate_moves() { # a sample a second
	until [ "$(json 'sum(x["requests_per_second"] for x in farms["farm"]) > 0')" = True ]; do
		get "$http" '/?size=1' >/dev/null || return 1
	done
}
shows() {
	like "$(ctl show)" '^requests +10  ' && like "$(ctl show)" '^refusals +1  400 BadRequest$' &&
		like "$(ctl show "$web1")" "^farm/$web1 at $web1\$" && like "$(ctl show "farm/$web1")" '^state: Available$' &&
		like "$(ctl show "$web1")" '^health: not tested yet$' && like "$(ctl show "$web1")" '^response_time +0\.'
}
ok 'the socket is there, for its owner only' socket_is_ours
ok 'list: one aligned table for each farm, with the columns of ARR' lists
ok 'all is counted as it was sent' counts
ok 'show: the proxy, and one server' shows
ok 'requests per second are counted' rate_moves
ok 'upgrades are counted' upgrades

# ---- steering ----

refused() { # STATUS TEXT WORDS...: of ctl
	wanted=$1 text=$2
	shift 2
	ctl "$@" >out 2>err
	is "$?" "$wanted" && like "$(cat err)" "$text" && is "$(cat out)" ''
}
says_what_there_is() {
	refused 1 "^there is no server web9; there are: farm/$web1, farm/$web2, a \"b\" .c/$odd\$" drain web9 &&
		refused 1 '^there is no web farm nix; there are: farm, a "b" .c$' list nix &&
		refused 2 'unknown word: stop' stop && refused 2 'drain: which server' drain &&
		refused 2 'a word is missing' && refused 2 'list: too many words' list a b &&
		refused 2 'not together with --ctl SOCKET: --farm' --farm a list
}
no_contact() {
	"$top_builddir/frebproxy" --ctl "$tmp/none" list >out 2>err
	is "$?" 3 && like "$(cat err)" "$tmp/none: there is no such socket" || return 1
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("dead")'
	"$top_builddir/frebproxy" --ctl dead list 2>err
	is "$?" 3 && like "$(cat err)" 'dead: no proxy answers there'
}
cookie_of() { sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p'; }
four() { for _ in 1 2 3 4; do get "$@" "$http" '/?size=1'; done | server_of; }
drain_keeps_clients() {
	cookie=
	for _ in 1 2 3 4; do # until it is web1's
		get "$http" '/?size=1' >answer
		[ "$(server_of <answer)" = 'web1 ' ] && cookie=$(cookie_of <answer)
	done
	is "$(ctl drain "$web1")" "farm/$web1 is Drain, was Available" &&
		is "$(four)" 'web2 web2 web2 web2 ' && is "$(four --header "Cookie: $cookie")" 'web1 web1 web1 web1 '
}
log_says_who() {
	like "$(cat logs/proxy)" "user $(id -u) \\(process [0-9]+\\) asks: drain farm/$web1" &&
		like "$(cat logs/proxy)" "server $web1 is Drain, was Available"
}
kept_over_hup() {
	kill -HUP "$(pid_of proxy)" && wait_log 'frebproxy\.xml loaded again$' 1 || return 1
	is "$(json 'farms["farm"][0]["state"]')" Drain && is "$(four)" 'web2 web2 web2 web2 ' &&
		is "$(json 'p["config_generation"], p["reload_ok"], p["reload_time"] > 0')" '(2, 1, True)' &&
		is "$(json 'p["requests"] > 20')" True && [ -S ctl ]
}
file_wins_when_it_changes() {
	config UnavailableGracefully && like "$(ctl reload)" '^the configuration was loaded again, generation 3$' &&
		is "$(json 'farms["farm"][0]["state"]')" UnavailableGracefully &&
		is "$(ctl available "farm/$web1" "$web2" | wc -l)" 2 && like "$(ctl list)" "^$web1 +Available"
}
bad_file_is_told() {
	sed 's/httpPort/httpPorz/' frebproxy.xml >bad && cp frebproxy.xml good && cp bad frebproxy.xml
	refused 1 'httpPorz' reload && like "$(cat err)" '^the configuration was not loaded; the old one stays$' &&
		cp good frebproxy.xml && is "$(json 'p["reload_ok"], p["config_generation"]')" '(0, 3)' &&
		ctl reload && is "$(json 'p["reload_ok"], p["config_generation"]')" '(1, 4)'
}
refused_changes_nothing() { # a port that is taken is found last of all
	cp frebproxy.xml good && config Drain &&
		sed -i "s|<binding protocol=\"http\" .*|&<binding protocol=\"http\" address=\"${odd%:*}\" port=\"${odd##*:}\"/>|" \
			frebproxy.xml && refused 1 "$odd: .*already in use" reload && cp good frebproxy.xml &&
		is "$(json '[x["state"] for x in farms["farm"]]')" "['Available', 'Available']" && ctl reload
}
test_goes() { # both servers fail a URL test that the next reload removes
	cp frebproxy.xml good && sed -i 's|<affinity use|<healthCheck url="/" interval="1s" statusCodeMatch="299"/>&|' \
		frebproxy.xml && ctl reload && wait_log 'unhealthy: status 200 in the URL test' 2 &&
		is "$(four)" '' && cp good frebproxy.xml && ctl reload &&
		is "$(json '[x["healthy"] for x in farms["farm"]]')" '[1, 1]' &&
		like "$(ctl show "$web1")" '^health: healthy: what found it unhealthy is not configured any more' &&
		is "$(four | wc -w)" 4
}
health_by_hand() {
	is "$(ctl health-down "$web1")" "farm/$web1 is unhealthy, was healthy" && is "$(four)" 'web2 web2 web2 web2 ' &&
		like "$(ctl show "$web1")" '^health: unhealthy: set by the operator' &&
		like "$(ctl list)" "^$web1 +Available +Unhealthy" &&
		before=$(json 'p["traces_written"]') || return 1
	get "$http" '/?status=404&size=1' >/dev/null
	newest_after "$before" &&
		like "$("$top_builddir/frebview" --compact "$newest")" \
			"ROUTE_SERVER_CONSIDERED .*$web1.*it is unhealthy.*set by the operator" &&
		is "$(ctl health-up "$web1")" "farm/$web1 is healthy, was unhealthy" && like "$(four)" web1
}
newest_after() { # COUNT: the newest trace, once more than so many are written
	until_json "p['traces_written'] > $1" && newest=$(ls "$traces"/fr*.xml | tail -n 1)
}
slow_one() { # begins a request that waits for the gate
	rm -f arrived
	start slow "$top_builddir/badge" --http --header 'Host: odd.test' "$http" /gate
	wait_ready slow arrived && is "$(json 'farms["a \"b\" \\c"][0]["current"]')" 1
}
graceful_lets_finish() {
	slow_one && is "$(ctl unavailable "$odd")" "$odd_farm/$odd is UnavailableGracefully, was Available" || return 1
	like "$(get --header 'Host: odd.test' "$http" /new)" '502\.4' && echo >gate &&
		wait "$(pid_of slow)" && like "$(cat logs/slow)" 'HTTP/1.1 200' && ctl available "$odd"
}
at_once_cuts() {
	before=$(json 'p["traces_written"]')
	slow_one && is "$(ctl unavailable-now "$odd_farm/$odd")" "$odd_farm/$odd is Unavailable, was Available" || return 1
	wait "$(pid_of slow)"
	like "$(cat logs/slow)" 'HTTP/1.1 502' && like "$(cat logs/slow)" '502\.3' && echo >gate &&
		newest_after "$before" && like "$("$top_builddir/frebview" --errors "$newest")" 'was made unavailable while it served the request' &&
		is "$(json '[r["count"] for r in p["refusals"] if r["reason"] == "UpstreamCut"]')" '[1]' &&
		is "$(json '[x["healthy"] for x in farms["a \"b\" \\c"]]')" '[1]' && ctl available "$odd"
}
ok 'unknown names are told, with those there are; wrong words with those there are' says_what_there_is
ok 'no socket, and one that nobody answers at' no_contact
ok 'drain: clients with affinity stay, others go elsewhere' drain_keeps_clients
ok 'the log says who asked, and what changed' log_says_who
ok 'HUP keeps state, counters and socket' kept_over_hup
ok 'a state that changed in the file counts, and the operator after it' file_wins_when_it_changes
ok 'a reload that is refused says why, and the old configuration stays' bad_file_is_told
ok 'one that is refused late, for a port that is taken, has not changed a state' refused_changes_nothing
ok 'a reload that removes the URL test makes those healthy that failed it' test_goes
ok 'health by hand, and the trace says by whom' health_by_hand
ok 'unavailable: running requests end, new ones go nowhere' graceful_lets_finish
ok 'unavailable-now: running requests are cut, the trace says so, and it is no failure of the server' at_once_cuts

# ---- the status listener ----

metrics_are_well_formed() {
	curl -s "http://$status/metrics" | python3 "$here/admin.py" metrics >metrics || return 1
	like "$(cat metrics)" "^frebproxy_config_generation\\{\\} $(json 'p["config_generation"]')\$" &&
		like "$(cat metrics)" "^frebproxy_server_state\\{farm=farm,server=$web1,state=Available\\} 1\$" &&
		like "$(cat metrics)" "^frebproxy_server_requests_total\\{farm=a \"b\" .c,server=$odd\\} 2\$" &&
		is "$(sed -n 's/^frebproxy_requests_total{} //p' metrics)" "$(json 'p["requests"]')" &&
		curl -s "http://$status/metrics" >raw && like "$(cat raw)" 'farm="a \\"b\\" \\\\c"'
}
status_is_json() {
	is "$(curl -s "http://$status/status.json" | python3 "$here/admin.py" json 'list(farms) == ["farm", "a \"b\" \\c"]')" True &&
		is "$(curl -sI "http://$status/metrics" | sed -n 's/^Content-Type: //p' | tr -d '\r')" \
			'text/plain; version=0.0.4; charset=utf-8'
}
only_shows() {
	is "$(curl -s -o /dev/null -w '%{http_code}' "http://$status/list")" 404 &&
		is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$status/reload")" 404 &&
		is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$status/metrics")" 405 &&
		is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$status/server?verb=drain&server=$web1")" 404
}
by_curl() {
	is "$(curl -s --unix-socket ctl -X POST -H 'Accept: application/json' \
		"http://localhost/server?verb=available&server=$web1")" \
		"{\"ok\": true, \"message\": \"farm/$web1 is Available, was Available\"}"
}
ok '/metrics is what Prometheus reads, also with odd names' metrics_are_well_formed
ok '/status.json is JSON' status_is_json
ok 'the status listener changes nothing' only_shows
ok 'the socket speaks HTTP' by_curl

# ---- those who mean no good ----

cat >wanted.ctl <<'END'
garbage HTTP/1.1 400 Bad Request
huge HTTP/1.1 431 Request Header Fields Too Large
bare HTTP/1.1 400 Bad Request
long HTTP/1.1 414 URI Too Long
body HTTP/1.1 413 Content Too Large
escape HTTP/1.1 400 Bad Request
control HTTP/1.1 400 Bad Request
verb HTTP/1.1 400 Bad Request
method HTTP/1.1 405 Method Not Allowed
get HTTP/1.1 405 Method Not Allowed
path HTTP/1.1 404 Not Found
foreign HTTP/1.1 200 OK
nothing 
fine HTTP/1.1 200 OK
END
sed 's/^\(escape\|control\|verb\|get\) .*/\1 HTTP\/1.1 404 Not Found/; s/^foreign .*/foreign HTTP\/1.1 421 Misdirected Request/' \
	wanted.ctl >wanted.status
hostile() { # DOOR ADDRESS
	python3 "$here/admin.py" hostile "$2" >"got.$1" && sed 's/^huge reset$/huge HTTP\/1.1 431 Request Header Fields Too Large/' "got.$1" |
		diff - "wanted.$1" && ctl list >/dev/null && like "$(get "$http" '/?size=1')" 'HTTP/1.1 200'
}
ok 'clients that say nothing, garbage or too much at the socket' hostile ctl "$tmp/ctl"
ok '... and at the status listener' hostile status "$status"

# ---- the end, and another beginning ----

taken_away() { stop_proxy && [ ! -e ctl ]; }
stale_is_replaced() {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("ctl")' && start_proxy --config frebproxy.xml &&
		ctl list >/dev/null
}
live_is_not() {
	"$top_builddir/frebproxy" --config frebproxy.xml >second 2>&1
	is "$?" 1 && like "$(cat second)" "control/@socket: $tmp/ctl: another process answers there" &&
		ctl list >/dev/null
}
file_is_not() {
	echo precious >file && sed 's/socket="ctl"/socket="file"/' frebproxy.xml >other.xml
	"$top_builddir/frebproxy" --config other.xml >second 2>&1
	is "$?" 1 && like "$(cat second)" 'file: is there already, and is no socket' && is "$(cat file)" precious
}
group_may() { # the main group of a user, or another of his
	group=$(getent group 65534 | cut -d : -f 1)
	sed "s/socket=\"ctl\"/socket=\"ctl\" group=\"$group\"/" frebproxy.xml >with_group && cp frebproxy.xml good &&
		cp with_group frebproxy.xml && ctl reload && cp good frebproxy.xml || return 1
	is "$(stat -c '%A %g' ctl)" 'srw-rw---- 65534' && as_user 65533 65534 --clear-groups list &&
		as_user 65533 65533 --groups=65534 drain "$web1" || return 1
	like "$(cat logs/proxy)" "user 65533 .* asks: drain farm/$web1" || return 1
	as_user 65533 65533 --clear-groups list
	is "$?" 3 && like "$(cat err)" 'this user may not; root, the proxy' && ctl reload && ctl available "$web1" &&
		is "$(stat -c %A ctl)" srw-------
}
comes_back() { # somebody took it away
	rm ctl && kill -HUP "$(pid_of proxy)" || return 1
	until [ -S ctl ]; do
		kill -0 "$(pid_of proxy)" || return 1
	done
	ctl list >/dev/null
}
moves() {
	sed 's/socket="ctl"/socket="ctl2"/; s/ statusBinding="[^"]*"//' frebproxy.xml >moved && cp moved frebproxy.xml
	ctl reload && [ ! -e ctl ] && "$top_builddir/frebproxy" --ctl ctl2 list >/dev/null || return 1
	curl -s "http://$(sed -n 's/^status //p' proxy.ready)/metrics" && return 1
	stop_proxy && [ ! -e ctl2 ]
}
as_user() { # UID GID GROUPS WORDS...: of ctl, as somebody else
	user="--reuid $1 --regid $2 $3"
	shift 3
	# shellcheck disable=SC2086 # options are words
	setpriv $user "$(realpath "$top_builddir/frebproxy")" --ctl "$tmp/ctl" "$@" >out 2>err
}
others_are_refused() { # the mode lets them, the kernel's word does not
	chmod 777 "$tmp" ctl && as_user 65534 65534 --clear-groups list
	is "$?" 3 && like "$(cat err)" 'this user may not' && is "$(cat out)" '' &&
		like "$(cat logs/proxy)" 'user 65534 .* is refused at the control socket'
}
ok 'the socket goes with the proxy' taken_away
ok 'one that nobody answers at is replaced' stale_is_replaced
ok 'one that is answered at is not: the second proxy does not start' live_is_not
ok 'nor is a file' file_is_not
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
	setpriv --reuid 65534 --regid 65534 --clear-groups "$(realpath "$top_builddir/frebproxy")" --version >/dev/null 2>&1; then
	ok 'another user is refused by the kernel'"'"'s word' others_are_refused
	ok 'members of the group may, if the configuration names one' group_may
else
	skip 'another user is refused by the kernel'"'"'s word' 'not root, or no setpriv'
	skip 'members of the group may, if the configuration names one' 'not root, or no setpriv'
fi
ok 'one that was taken away comes back with HUP' comes_back
ok 'a reload moves the socket and closes the status listener' moves
finish
