#!/bin/sh
# SPDX-License-Identifier: MIT
# chaos.sh - farm servers that stop, die, come back, reset, truncate and are slow,
# under load: every request has an answer and a trace, failures are 502.x with the
# right reason, and nothing is left behind.
#
#	CHAOS_SECONDS=60 CHAOS_SEED=1 ...	longer, or other dice
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need python3
. "$top_srcdir/tests/e2e/look.sh"
seconds=${CHAOS_SECONDS:-4}
cd "$tmp" || exit 99
mkfifo orders
head -c 20000 /dev/zero >body

start chaos sh -c 'exec python3 "$1/chaos.py" "$2" "$3" 3 <orders' sh "$here" "$top_builddir/farm" "${CHAOS_SEED:-7}"
exec 3>orders
wait_ready chaos logs/chaos || bail "no farm"

said=1
order() { # WORD: and wait until it is done
	said=$((said + 1))
	echo "$1" >&3
	timeout 30 tail -n +1 -f logs/chaos | sed -u "$said!d; q"
}

server() { # ADDRESS
	echo "<server address=\"${1%:*}\"><applicationRequestRouting httpPort=\"${1##*:}\"/></server>"
}
cat >frebproxy.xml <<END
<configuration>
<sites><site name="all" id="1">
<bindings><binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<traceFailedRequestsLogging maxLogFiles="10000"/>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm">
$(for address in $(head -n 1 logs/chaos); do server "$address"; done)
<applicationRequestRouting><protocol timeout="00:00:01" connectTimeout="00:00:01"/></applicationRequestRouting>
</webFarm></webFarms>
</configuration>
END
start_proxy --config frebproxy.xml --workers 2 || bail "no proxy"

# ---- what is counted ----

descriptors() { # [WANTED]: how many, but for the folder of traces; or until there are so many
	python3 - "$(pid_of proxy)" "$@" <<-'END'
	import os, select, sys, time
	def links():
	    folder = "/proc/%s/fd" % sys.argv[1]
	    for number in os.listdir(folder):
	        try:
	            name = os.readlink(os.path.join(folder, number))
	        except FileNotFoundError:
	            continue
	        if "/traces/" not in name:
	            yield name
	end = time.monotonic() + 20
	while len(sys.argv) > 2 and len(list(links())) != int(sys.argv[2]) and time.monotonic() < end:
	    select.select([], [], [], 0.05)	# kept and lingering connections go with their other side
	left = sorted(links())
	if len(sys.argv) == 2:
	    print(len(left))
	elif len(left) != int(sys.argv[2]):
	    sys.exit("%d descriptors, %s before: %s" % (len(left), sys.argv[2], left))
	END
}
current() { # one request after the other; how many each server had by then
	for n in 1 2 3; do
		"$top_builddir/badge" --http --status "$http" "/current/$1/$n" >>current.log 2>&1
	done
	for n in 1 2 3; do
		events "$(trace_of "/current/$1/$n")" ARR_SERVER_ROUTED
	done | sed -n 's/.*CurrentRequests="\([0-9]*\)".*/\1/p' | xargs
}
sum_of() { # WORD: over both loads
	python3 -c '
import re, sys
print(sum(int(n) for n in re.findall(r"\b%s (\d+)" % sys.argv[1], open("logs/get").read() + open("logs/post").read())))' "$1"
}

# ---- the load ----

load() { # NAME OPTIONS...: the paths say what a server shall do
	name=$1
	shift
	start "$name" "$top_builddir/badge" --http --load 8 --for "$seconds" "$@" "$http" \
		"/$name/a" "/$name/b?size=30000" "/$name/c?chunked=1&size=5000" "/$name/d?delay=20" \
		"/$name/reset?reset=1" "/$name/e" "/$name/close?close=1" "/$name/cut?size=90000&truncate=70000" \
		"/$name/f" "/$name/cut-reset?size=500000&truncate=400000&reset=1" "/$name/early?early=1&size=100" \
		"/$name/g?status=503" "/$name/hints?hints=1" "/$name/last?last=1" "/$name/eof?eof=1&size=999"
}
sockets() { # WebSockets, one after the other, until the others have ended
	tunnels=0
	: >sockets.log
	while kill -0 "$(pid_of get)" 2>/dev/null; do
		"$top_builddir/badge" --http --websocket 20 --message-size 9000 "$http" /socket >>sockets.log 2>&1
		tunnels=$((tunnels + 1))
	done
}

fresh=$(descriptors)
order calm >unseen
is "$(current before)" '0 0 0' || bail "requests before the first"
order empty >unseen
descriptors "$fresh" || bail "descriptors do not settle"
order calm >unseen
order begin >unseen
load get
load post --data body
sockets
wait "$(pid_of get)" "$(pid_of post)"
rm pids/get pids/post
harm=$(order calm)
echo "# $(grep ^requests logs/get); $(grep ^requests logs/post); $tunnels WebSockets; ${harm#calm }"

# ---- what must hold ----

answered() { # all whole or, behind a status that had gone out, cut off
	is "$(sum_of unanswered)" 0 && is "$(sum_of requests)" $(($(sum_of answered) + $(sum_of cut))) &&
		is "$(grep -c '^HTTP/1.1 ' sockets.log)" "$tunnels"
}
harmed() { # something was
	unlike "$(cat logs/get logs/post)" 'status 200 0' && like "$(cat logs/get)" '^status 502 [1-9]' &&
		at_most 1 "$(sum_of cut)"
}
statuses() { # what the paths ask for, or 502
	is "$(cat logs/get logs/post | sed -n 's/^status \([0-9]*\) .*/\1/p' | sort -u | xargs)" '200 502 503'
}
traced() { # the number of the last trace: one for each, and those of current
	last=$(ls traces/W3SVC1 | sed -n 's/^fr0*\([0-9]*\)\.xml$/\1/p' | sort -n | tail -n 1)
	is "$last" $(($(sum_of requests) + tunnels + 6)) && like "$(tail -n 1 logs/proxy)" 'failed 0, dropped 0'
}
reasons() { # each failure is of the server, and says in what way
	"$frebview" --check traces/W3SVC1/fr*.xml >check.out || { grep -v ': ok,' check.out; return 1; }
	python3 - traces/W3SVC1 <<-'END'
	import collections, glob, re, sys
	known = {
	    "502.3": r"[0-9.:]+(: Connection refused|: no answer in time| was silent for 1 s( in the middle of its response)?|"
	             r" closed the connection (before its response|in the middle of its response( head)?), after \d+ body bytes"
	             r"(: (Connection reset by peer|Broken pipe))?)|every server of the farm was tried",
	    "502.5": r"(Connection reset by peer|Broken pipe) after \d+ bytes from the client and \d+ from [0-9.:]+",
	}
	counts, wrong = collections.Counter(), []
	for name in glob.glob(sys.argv[1] + "/fr*.xml"):
	    text = open(name, encoding="utf-8").read()
	    root = dict(re.findall(r'\b(\w+)="([^"]*)"', text[:text.index("xmlns:freb")]))
	    detail = re.search(r'<Data Name="ErrorDescription">([^<]*)', text)
	    status = root["statusCode"]
	    if detail:	# a 200 may have gone out before
	        told = re.findall(r'"HttpStatus">(\d+)<(?:(?!"HttpStatus").)*"HttpSubStatus">(\d+)<', text[:detail.start()], re.S)
	        status = ".".join(told[-1])
	    counts[status] += 1
	    if detail and not (status in known and re.search(": (%s)$" % known[status], detail[1])):
	        wrong.append("%s: %s %s" % (name, status, detail[1]))
	    if not detail and status not in ("200", "503", "101"):
	        wrong.append("%s: %s without a reason" % (name, status))
	    for span in ("UPGRADE", "UPSTREAM_CONNECT", "ARR_REQUEST_HEADERS", "ARR_RESPONSE_ENTITY", "GENERAL_FLUSH_RESPONSE"):
	        if text.count("<Opcode>%s_START<" % span) != text.count("<Opcode>%s_END<" % span):
	            wrong.append("%s: %s is not closed" % (name, span))
	print(*("# %s: %d" % c for c in sorted(counts.items())), sep="\n")
	sys.exit("\n".join(wrong[:10]) if wrong else 0)
	END
}
ok 'every request has an answer' answered
ok 'servers failed while they were asked' harmed
ok 'answers are what the servers were asked for, or 502' statuses
ok 'no server has a request any more' is "$(current after)" '0 0 0'
order empty >unseen
ok 'no connection and no descriptor is left' descriptors "$fresh"
ok 'the proxy is well and ends' stop_proxy
ok 'every request has a trace' traced
ok 'each failure is 502.3 or 502.5 with its reason' reasons
sed -n 's/^# /# /p' output
finish
