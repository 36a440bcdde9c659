#!/bin/sh
# SPDX-License-Identifier: MIT
# tickets.sh - session tickets: whom they are given to, which proxies open them, how
# their keys are changed, and that a resumed session is judged by the rules of now.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool openssl
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
umask 077
start_farm web1 || bail "the farm server did not start"
cp pki/root.pem roots.pem
cp pki/crl.pem list.pem
for key in 1 2 3; do
	openssl rand 64 >"key$key"
done

# ---- two proxies, and people who come to one or the other ----

site() { # FILE ATTRIBUTES-OF-PROCESS ATTRIBUTES-OF-ACCESS
	cat >"$1" <<END
<configuration><process tickets="true" $2/><pkcs11 tokenLookup="false"/>
<clientCertificates caFile="roots.pem" intermediatesFile="pki/issuing.pem" crlFile="list.pem"/>
<sites><site name="s" id="1"><bindings>
<binding protocol="https" address="127.0.0.1" port="0" certificate="pki/server-chain.pem" key="pki/server.key"/>
</bindings><access sslFlags="Ssl, SslNegotiateCert, SslRequireCert" ${3-}/>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="200-599"/></add></traceFailedRequests></tracing>
</site></sites>
<webFarms><webFarm name="one"><server address="127.0.0.1">
<applicationRequestRouting httpPort="${farm_address##*:}"/></server></webFarm></webFarms>
</configuration>
END
}
up() { # NAME CONFIG: $NAME is its address afterwards
	rm -f "$1.ready"
	start "$1" "$top_builddir/frebproxy" --config "$2" --ready-file "$1.ready" --state-dir state \
		--trace-dir "traces-$1" --max-log-files 500 --workers 1 || return 1
	wait_ready "$1" "$1.ready" && eval "$1=\$(sed -n 's/^https //p' '$1.ready')"
}
down() { stop "$1" TERM; } # NAME
loads=0
reload() { # NAME: HUP, until its log says so once more
	loads=$((loads + 1))
	kill -HUP "$(pid_of "$1")"
	timeout 20 tail -n +1 -f "logs/$1" | grep -qm "$loads" 'loaded again'
}
# visit ADDRESS SESSION PATH ARGUMENTS...: prints "STATUS resumed: yes|no"
visit() {
	at=$1 session=$2 path=$3
	shift 3
	badge --cert pki/badge-chain.pem --key pki/badge.key --tls 1.3 --info --status --session "$session" \
		"$@" "$at" "$path" >visit.out 2>&1
	sed -n 's/^badge: .*resumed/resumed/p; /^[0-9][0-9][0-9]$/p' visit.out | xargs
}
full() { is "$(visit "$@")" 'resumed: no 200' || { cat visit.out; return 1; }; }
resumed() { is "$(visit "$@")" 'resumed: yes 200' || { cat visit.out; return 1; }; }
ticket_of() { # PROXY PATH [NTH]: what its trace tells of the ticket
	events "$(grep -l "url=\"https://[^\"]*$2\"" "traces-$1"/W3SVC1/fr*.xml | sed -n "${3:-1}p")" SECURITY_TICKET
}
substatus() { # PROXY PATH
	root "$(grep -l "url=\"https://[^\"]*$2\"" "traces-$1"/W3SVC1/fr*.xml | tail -n 1)" statusCode
}

# ---- one file, two proxies ----

site own.xml ''
site shared.xml 'ticketKeyFile="keys"'
cp key1 keys
ok 'a proxy with a file of ticket keys starts' up a shared.xml
ok 'and a second one with the same file' up b shared.xml
ok 'and one with a key of its own' up c own.xml
ok 'the log names the key, not its bytes' like "$(cat logs/a)" 'keys: ticket key 1, [0-9a-f]{16}: makes tickets and opens them'
ok 'somebody signs at the first' full "$a" s /a/1
ok 'and is known to the second without a signature' resumed "$b" s /b/1
ok 'whose ticket the first opens, too' resumed "$a" s /a/2
cp s s.c
ok 'the third does not: a full handshake, and no error' full "$c" s.c /c/1
cp s s.1
ok 'and keeps its own key over HUP' reload c
loads=0
ok 'so its tickets are good after it' resumed "$c" s.c /c/2

# ---- keys change ----

cat key2 key1 >new && mv new keys
ok 'a new key before the old one: HUP' reload a
ok 'a ticket of the old key is still opened' resumed "$a" s.1 /a/old
cp s s.1
ok 'the next handshake is a full one' full "$a" s.new /a/full
ok 'its ticket is of the new key' resumed "$a" s.new /a/new
cp key2 keys
ok 'the old key is taken away: HUP' reload a
ok 'a ticket of the old key means a full handshake, and no error' full "$a" s.1 /a/gone
ok 'one of the new key is good' resumed "$a" s.new /a/new/2
cp key3 keys
chmod 640 keys
kill -HUP "$(pid_of a)"
ok 'a file that others can read is not loaded' \
	timeout 20 sh -c 'tail -n +1 -f logs/a | grep -qm 1 "others may read or write it.*"'
ok 'and the keys of before stay' resumed "$a" s.new /a/new/3
ok 'the proxies end' down a
down b
down c
ok 'the trace says which key opened a ticket' like "$(ticket_of a /a/2)" 'Accepted="yes", KeyOrdinal="1", Keys="1", KeyId="[0-9a-f]{16}", Note=""'
ok 'that it was an older one' like "$(ticket_of a /a/old)" 'Accepted="yes", KeyOrdinal="2", Keys="2".*an older key: no new ticket'
ok 'and why one was not opened' like "$(ticket_of c /c/1)" 'Accepted="no", KeyOrdinal="", Keys="1".*made with a key that is not here'
for proxy in a b c; do
	ok "the traces of $proxy are whole" "$frebview" --check "traces-$proxy"/W3SVC1/fr*.xml
done

# ---- files that are refused before anything starts ----

checks() { # REGEX
	"$top_builddir/frebproxy" --check --config shared.xml >check.out 2>&1
	is $? 2 && like "$(cat check.out)" "$1"
}
ok '--check refuses a file that others can read' checks 'keys: .*others may read or write it; allowed: mode 0600 or 0400'
chmod 600 keys
head -c 63 key1 >keys
ok '--check refuses a key that is too short' checks 'keys: .*wrong size; allowed: 64, 128'
cat key1 key1 >keys
ok '--check refuses a key that is there twice' checks 'keys: .*a key is in it twice'
rm keys
ok '--check misses a file that is not there' checks 'ticketKeyFile: .*No such file'
site both.xml 'ticketKeyFile="key1"'
sed 's/tickets="true"/tickets="false"/' both.xml >shared.xml
ok '--check refuses keys where tickets are off' checks 'ticketKeyFile: tickets is false'

# ---- judged by the rules of now ----

site now.xml 'ticketKeyFile="key1"'
ok 'a proxy' up d now.xml
loads=0
ok 'a badge' full "$d" s.d /d/1
ok 'resumed' resumed "$d" s.d /d/2
cp s.d s.revoked
cp s.d s.untrusted
cp s.d s.policy
cp pki/other-root.pem roots.pem
ok 'its CA is no longer believed: HUP' reload d
ok 'the resumed session is refused' is "$(visit "$d" s.untrusted /d/untrusted)" 'resumed: yes 403'
cp pki/root.pem roots.pem
site now.xml 'ticketKeyFile="key1"' 'allowedPolicies="1.2.3.4"'
ok 'the site asks for another policy: HUP' reload d
ok 'the resumed session is refused, too' is "$(visit "$d" s.policy /d/policy)" 'resumed: yes 403'
site now.xml 'ticketKeyFile="key1"'
certtool --generate-crl --load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--load-certificate pki/badge.pem --template "$top_srcdir/fixtures/pki/crl.tmpl" --outfile list.pem \
	>list.log 2>&1 || bail "the list could not be made"
ok 'the badge is revoked: HUP' reload d
ok 'and refused when its session is resumed' is "$(visit "$d" s.revoked /d/revoked)" 'resumed: yes 403'
ok 'the proxy ends' down d
ok '403.16 for the CA' is "$(substatus d /d/untrusted)" 403.16
ok '403.16 for the policy' is "$(substatus d /d/policy)" 403.16
ok '403.13 for the revoked badge' is "$(substatus d /d/revoked)" 403.13

# ---- a limit on the age of signatures ----

cp pki/crl.pem list.pem
site aged.xml 'ticketKeyFile="key1"' 'maxSignatureAge="01:00:00"'
ok 'a site that limits the age of signatures' up e aged.xml
ok 'gives a ticket, too' full "$e" s.e /e/1
ok 'which resumes the session' resumed "$e" s.e /e/2
ok 'and so does the next one' resumed "$e" s.e /e/3
ok 'another proxy of the same site' up f aged.xml
ok 'knows from the ticket that the signature is young enough' resumed "$f" s.e /f/1
ok 'the proxies end' down e
down f
ok 'the rule says what was known' like "$(events "$(ls traces-f/W3SVC1/fr*.xml | head -n 1)" SECURITY_ACCESS_RULE)" \
	'Rule="SignatureAge", Wanted="at most 3600 s", Found="31[56][0-9] s", Passed="yes"'

# Tickets of both live as long: that alone must not be taken for a young signature.
site free.xml 'ticketKeyFile="key1"'
site long.xml 'ticketKeyFile="key1"' 'maxSignatureAge="08:00:00"'
site longer.xml 'ticketKeyFile="key1"' 'maxSignatureAge="24h"'
ok 'a site without a limit on the age of signatures' up g free.xml
ok 'and one with a long limit' up h long.xml
ok 'and one with a longer one' up l longer.xml
ok 'a badge at the first' full "$g" s.g /g/1
cp s.g s.gh
ok 'its ticket proves no young signature: the second wants one' full "$h" s.gh /h/1
ok 'after which it resumes' resumed "$h" s.gh /h/2
cp s.gh s.hl
ok 'nor does that of the second at the third' full "$l" s.hl /l/1
ok 'or at the first, which has other keys' full "$g" s.gh /g/2
ok 'the first resumes its own' resumed "$g" s.g /g/3
ok 'the proxies end' down g
down h
down l
ok 'the trace says why one was not opened' like "$(ticket_of h /h/1)" \
	'Accepted="no", KeyOrdinal="", Keys="1".*for a site with another maxSignatureAge'

# ---- no ticket before a badge was accepted ----

# What a client is given at all; openssl counts.
tickets() { # COUNT ARGUMENTS...
	count=$1
	shift
	printf 'GET / HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' |
		openssl s_client -connect "$d" -servername farm.test -ign_eof -msg "$@" >openssl.out 2>&1
	is "$(grep -c '<<< .*NewSessionTicket' openssl.out)" "$count"
}
site now.xml ''
ok 'a proxy' up d now.xml
ok 'TLS 1.3: a badge is given one' tickets 1 -tls1_3 -cert pki/badge-chain.pem -key pki/badge.key
ok 'TLS 1.3: no certificate, no ticket' tickets 0 -tls1_3
for who in revoked expired other; do
	ok "TLS 1.3: $who, no ticket" tickets 0 -tls1_3 -cert pki/$who-chain.pem -key pki/$who.key
done
ok 'TLS 1.2: none for a badge either, because it would come before the verdict' \
	tickets 0 -tls1_2 -cert pki/badge-chain.pem -key pki/badge.key
ok 'the proxy ends' down d
finish
