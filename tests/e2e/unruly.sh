#!/bin/sh
# SPDX-License-Identifier: MIT
# unruly.sh - farm servers whose answers are wrong: each is refused, or cut off, with its
# reason, and no connection is used again after doubt.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need python3
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99

# name|status, or cut (behind a status), or fine, or doubt (all is well, but never again)|reason|bytes
cat >table <<'END'
lengths-equal|fine||HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc
chunked|fine||HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n
interim|fine||HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc
length-and-chunks|502|Transfer-Encoding and Content-Length together|HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n
lengths-differ|502|several Content-Length fields that differ|HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd
length-sign|502|a Content-Length that is not one plain decimal number|HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc
length-huge|502|a Content-Length of more than 63 bits|HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc
coding-gzip|502|a transfer coding other than chunked|HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n
coding-twice|502|a second Transfer-Encoding field|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
coding-old|502|Transfer-Encoding in HTTP/1.0|HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
mail|502|something else where .*HTTP/1.1 200 OK|220 mail.example.org ESMTP\r\n\r\n
version|502|a version that is neither|HTTP/3.0 200 OK\r\n\r\n
status-short|502|a status that is not a number from 100 to 999|HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n
status-word|502|a status that is not a number from 100 to 999|HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n
line-feeds|502|a line feed without a carriage return|HTTP/1.1 200 OK\nContent-Length: 0\n\n
returns|502|a carriage return without a line feed|HTTP/1.1 200 OK\r\nX-A: 1\rX-B: 2\r\n\r\n
nul|502|a NUL byte|HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n
folded|502|a folded field|HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\n\r\n
blank-before-colon|502|white space before the colon|HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n
no-colon|502|a field line without a colon|HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n
no-name|502|a field without a name|HTTP/1.1 200 OK\r\n: 0\r\n\r\n
control|502|a control character in a field value|HTTP/1.1 200 OK\r\nX-A: \x01\r\n\r\n
field-long|502|a header field is too long|HTTP/1.1 200 OK\r\nX-A: 20000{x}\r\n\r\n
fields-many|502|too many header fields|HTTP/1.1 200 OK\r\n120{X-A: 1\r\n}\r\n
head-endless|502|the head is too long|HTTP/1.1 200 OK\r\n20000{X-A: 1\r\n}
interim-endless|502|more than 16 interim responses|20{HTTP/1.1 102 Processing\r\n\r\n}
head-half|502|in the middle of its response head|HTTP/1.1 200 OK\r\nContent-CLOSE
head-none|502|before its response|CLOSE
head-reset|502|Connection reset by peer|HTTP/1.1 200 OK\r\nContent-RESET
interim-only|502|in the middle of its response head|HTTP/1.1 103 Early Hints\r\n\r\nCLOSE
body-short|cut|in the middle of its response, after 3 body bytes|HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcCLOSE
body-reset|cut|in the middle of its response|HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcRESET
chunks-short|cut|in the middle of its response, after 3 body bytes|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nCLOSE
chunk-word|cut|a chunk size that is not a hexadecimal number|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n
chunk-0x|cut|a chunk size that is not a hexadecimal number|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n
chunk-huge|cut|a chunk size of more than 63 bits|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nabc
chunk-end|cut|something else where a line end should follow|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n
chunk-line|cut|a chunk size line that is too long|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;9000{x}\r\nabc\r\n0\r\n\r\n
trailers-endless|cut|a trailer section that is too long|HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n20000{X-A: 1\r\n}
body-long|doubt||HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef
body-and-answer|doubt||HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond
chunks-long|doubt||HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nmore
no-content-body|doubt||HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello
not-modified-body|doubt||HTTP/1.1 304 Not Modified\r\n\r\nhello
close-said|doubt||HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc
old|doubt||HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc
END

start unruly python3 "$here/unruly.py" table
wait_ready unruly unruly.ready || bail "no server"
start_proxy --listen-http 127.0.0.1:0 --farm "$(cat unruly.ready)" --trace all --max-log-files 1000 --workers 1 \
	--token-lookup off || bail "no proxy"

connection() { sed -n "s|^\\([0-9]*\\) $1\$|\\1|p" logs/unruly; } # PATH: the number of the one it came on

answers() { # NAME WANTED: and the next request comes on another connection, if there was doubt
	badge --http "$http" "/$1" >answer 2>&1
	code=$?
	case $2 in
	cut) is "$code" 7 && has '^HTTP/1.1 200 ' ;;
	502) got 502 && has '\(Upstream(Invalid|Closed)\)</p>' ;;
	*) at_most "$code" 0 ;;
	esac || { cat answer; return 1; }
	badge --http "$http" "/after/$1" >answer 2>&1
	got 200 && has '^fine$' || return 1
	if [ "$2" = fine ]; then
		is "$(connection "/after/$1")" "$(connection "/$1")"
	else
		unlike "$(connection "/after/$1")" "^$(connection "/$1")\$"
	fi
}
says() { # NAME REASON
	like "$(events "$(trace_of "/$1")" SET_RESPONSE_ERROR_DESCRIPTION)" "$2"
}

while IFS='|' read -r name wanted reason bytes; do
	ok "$name: $wanted" answers "$name" "$wanted"
done <table
ok 'the proxy ends' stop_proxy
while IFS='|' read -r name wanted reason bytes; do
	[ -z "$reason" ] || ok "the trace of $name: $reason" says "$name" "$reason"
done <table
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
finish
