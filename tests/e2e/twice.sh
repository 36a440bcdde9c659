#!/bin/sh
# SPDX-License-Identifier: MIT
# twice.sh - no message has two readings.  The whole battery of fixtures/corpus/http goes
# through a running proxy, towards the farm and back; what came out on either side is read
# again by two readers that share nothing with ours (battery.py, and llhttp as Node has it)
# and held against what the corpus and the traces say.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm
need python3
here=$top_srcdir/tests/e2e
cd "$tmp" || exit 99
mkfifo go

start send python3 "$here/twice_send.py" "$top_srcdir" farm.ready go battery.done record.json
wait_ready send farm.ready || bail 'the farm of the battery does not listen'
start_proxy --listen 127.0.0.1:0 --listen-http 127.0.0.1:0 --farm "$(cat farm.ready)" \
	--token-lookup off --trace all --max-log-files 10000 --workers 1 || bail 'no proxy'
echo "$http" >go
"$top_builddir/farm" --wait-file battery.done --pid "$(pid_of send)" --seconds 300 ||
	bail "the battery was not sent: $(cat logs/send)"
ok 'the proxy ends as it should behind it' stop_proxy
echo over >go
wait "$(pid_of send)"
ok 'every byte is recorded' test -s record.json
rm -f pids/send

node=$(command -v node || command -v nodejs)
python3 "$here/twice_check.py" "$top_srcdir" record.json "$traces" findings "$node" >counts 2>&1 ||
	bail "the battery was not judged: $(cat counts)"

clean() { # CHECK
	[ -f "findings/$1" ] && ! cut -c 1-600 "findings/$1" | grep .
}
at_least() { # LINE OF counts, NUMBER
	[ "$(sed -n "$1p" counts | cut -d ' ' -f 1)" -ge "$2" ] || cat counts
}

echo "# hostile and accepted requests, then responses: $(xargs <counts)"
ok 'there are 150 hostile requests and more' at_least 1 150
ok 'there are 60 hostile responses and more' at_least 2 60
ok 'each message can be read' clean unreadable
ok 'each hostile request gets its status, once, and the connection ends' clean status
ok 'its trace has the rule and the byte' clean trace
ok 'the farm saw no request that was refused, and none that nobody sent' clean farm
ok 'each accepted request reaches the farm as its trace says' clean accepted
ok 'each hostile response becomes one 502, or breaks off' clean refused
ok 'its trace has the rule and the byte in turn' clean refused-trace
ok 'each accepted response reaches the client whole' clean passed
if [ -n "$node" ]; then
	ok 'llhttp reads the same requests from what reached the farm' clean llhttp
	ok 'llhttp reads the same responses from what reached the client' clean llhttp-response
else
	skip 'llhttp reads the same requests from what reached the farm' 'node is not installed'
	skip 'llhttp reads the same responses from what reached the client' 'node is not installed'
fi
finish
