#!/bin/sh
# SPDX-License-Identifier: MIT
# side-by-side.sh - a WebSocket, an upload, a download and a client of one byte a
# moment, all at once: each gets what it asked for, in bounded memory.
#
#	SIDE_BYTES=5000000000 SIDE_MESSAGES=10000 SIDE_PAUSE=1 ...	in full
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool curl python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
bytes=${SIDE_BYTES:-60000000}
messages=${SIDE_MESSAGES:-1000}
cd "$tmp" || exit 99

start_farm web1 || bail "no farm"
web1=$farm_address
cat >frebproxy.xml <<END
<configuration>
<pkcs11 tokenLookup="false"/>
<sites><site name="all" id="1"><bindings>
<binding protocol="https" bindingInformation="127.0.0.1:0:" certificate="pki/server-chain.pem" key="pki/server.key"/>
<binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<limits headerWaitTimeout="00:05:00" minBytesPerSecond="0"/>
<traceFailedRequestsLogging maxLogFiles="1000"/>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm"><server address="${web1%:*}">
<applicationRequestRouting httpPort="${web1##*:}"/></server></webFarm></webFarms>
</configuration>
END
start_proxy --config frebproxy.xml --workers "${SIDE_WORKERS:-1}" || bail "no proxy"

kilobytes() { sed -n "s/^$1:[^0-9]*\\([0-9]*\\) kB\$/\\1/p" "/proc/$(pid_of proxy)/status"; } # VmHWM, VmRSS

# ---- before: what all bytes come to, and the memory of a proxy that has worked ----

curl -sS "http://$web1/big?size=$bytes" | sum >wanted
for scheme in https http; do
	eval "address=\$$scheme"
	curl -sS --cacert pki/root.pem --resolve "farm.test:${address##*:}:127.0.0.1" \
		"$scheme://farm.test:${address##*:}/warm?size=20000000" | sum >unseen
done
badge --no-cert --websocket 50 "$https" /warm >unseen 2>&1
before=$(kilobytes VmHWM)
from=$(date +%s)

# ---- all at once ----

start drip python3 "$here/drip.py" "$http" "${SIDE_PAUSE:-0.01}" stop
start up sh -c 'curl -sS "http://$1/big?size=$2" | curl -sS --cacert pki/root.pem \
	--resolve "farm.test:${3##*:}:127.0.0.1" -T - "https://farm.test:${3##*:}/up"' sh "$web1" "$bytes" "$https"
start down sh -c 'curl -sS --cacert pki/root.pem --resolve "farm.test:${2##*:}:127.0.0.1" \
	"https://farm.test:${2##*:}/down?size=$1" | sha256sum' sh "$bytes" "$https"
rounds=0
while kill -0 "$(pid_of up)" 2>/dev/null || kill -0 "$(pid_of down)" 2>/dev/null || [ $rounds = 0 ]; do
	rounds=$((rounds + 1))
	badge --no-cert --body --websocket "$messages" "$https" "/socket/$rounds" >>socket.log 2>&1
done
wait "$(pid_of up)" "$(pid_of down)"
rm pids/up pids/down
wait_ready drip logs/drip
: >stop.new && mv stop.new stop
wait "$(pid_of drip)"
rm pids/drip
after=$(kilobytes VmHWM)
echo "# $bytes bytes up and down, $rounds times $messages messages: $(($(date +%s) - from)) s; VmHWM $before kB before, $after kB after"

# ---- what must hold ----

socket() {
	is "$(grep -c "^$messages messages came back$" socket.log)" "$rounds" &&
		is "$(sort -u socket.log | xargs)" "$messages messages came back closed"
}
uploaded() { like "$(cat logs/up)" "\"body_bytes\":$bytes,\"body_sha256\":\"$(cat wanted)\""; }
downloaded() { is "$(cut -d ' ' -f 1 logs/down)" "$(cat wanted)"; }
dripped() { like "$(cat logs/drip)" '^counted ([1-9][0-9]*) sent \1 read \1$'; }
memory() { at_most $((after - before)) 8192; }
ok "each of $messages messages comes back, all the time" socket
ok "$bytes bytes go up as they are" uploaded
ok "$bytes bytes come down as they are" downloaded
ok 'the client of a byte at a time gets in and out what it should' dripped
if [ -n "${SANITIZERS:-}" ]; then
	skip 'no more than 8 MiB of memory are needed for all this' 'sanitizers use more'
else
	ok 'no more than 8 MiB of memory are needed for all this' memory
fi
ok 'the proxy ends' stop_proxy
gone() { # where the client left, the trace says how much had passed
	refused /drip/down 200 '[0-9]+ body bytes of the request and [1-9][0-9]* of the response had passed'
}
ok 'the trace of the download that was left says after how many bytes' gone
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
finish
