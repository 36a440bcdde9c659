#!/bin/sh
# SPDX-License-Identifier: MIT
# online.sh - CRL servers and OCSP responders that are up, slow, silent, wrong,
# stale and down, under both policies; who may answer; lists that are fetched
# again before their time.  Speaks TAP.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge frebview
need certtool openssl python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
cd "$tmp" || exit 99
start_farm web1 || bail "the farm did not start"
. "$top_srcdir/tests/e2e/ca.sh"
start_ca
fresh=$top_srcdir/fixtures/pki/crl.tmpl
stale=$top_srcdir/fixtures/pki/crl-stale.tmpl

# ---- the table ----
# A row: the address of the certificate, its serial number, what the policies soft and
# hard make of it, and the Windows code of the source, in the order of states.
printf 'V\t501231000000Z\t\t51\tunknown\t/CN=a\nR\t501231000000Z\t%s\t52\tunknown\t/CN=b\n' \
	230601120000Z,keyCompromise >ca/index.txt	# hexadecimal: 51 is good, 52 is revoked
make listed 0x61 || bail "$(cat make.log)"
make_list ca/list.crl "$fresh" issuing listed
make_list ca/old.crl "$stale" issuing listed
make_list ca/forged.crl "$fresh" other-root
echo '<html>no list</html>' >ca/garbage.crl
down=http://127.0.0.1:1
online='fetchCrl="true" ocsp="true" fetchTimeout="30s" crlFile="pki/root-crl.pem"'
quick='fetchCrl="true" ocsp="true" fetchTimeout="1s" crlFile="pki/root-crl.pem"'

row() { # NAME ADDRESS SERIAL SOFT HARD CODE [ATTRIBUTES]
	case $2 in */ocsp*) what="ocsp_uri = \"$2\"" ;; *) what="crl_dist_points = \"$2\"" ;; esac
	make row "$3" "$what" || bail "$(cat make.log)"
	for policy in soft hard; do
		[ $policy = soft ] && wanted=$4 || wanted=$5
		config "${7:-$online} revocation=\"$policy\"" >frebproxy.xml
		tells row >told.txt
		ok "$1, $policy: $wanted" like "$(cat told.txt)" "^site 1 .*: $wanted"
		ok "$1, $policy: the source says $6" like "$(cat told.txt)" \
			"SECURITY_REVOCATION_SOURCE .*Depth=\"0\", Method=\"[a-z]*(-url)?\", Source=\"http.*ErrorCode=\"[^\"]*$6"
		rm -rf state2
	done
}
no='refused with 403\.13'
row 'a CRL server that is up' "$at/list.crl" 0x62 admitted admitted 'operation completed'
row 'a CRL that lists it' "$at/list.crl" 0x61 "$no, client certificate revoked" \
	"$no, client certificate revoked" 'operation completed'
row 'a CRL server that keeps silent' "$at/never/list.crl" 0x62 admitted "$no" 2147954402 "$quick"
row 'a CRL server that says not found' "$at/none.crl" 0x62 admitted "$no" 2147954552
row 'a CRL server that serves something else' "$at/garbage.crl" 0x62 admitted "$no" 0x8007000d
row 'a CRL server with a list of another CA' "$at/forged.crl" 0x62 admitted "$no" 0x80096004
row 'a CRL server that is down' "$down/list.crl" 0x62 admitted "$no" 2147954429
row 'a CRL server with a stale list' "$at/old.crl" 0x62 admitted "$no" 0x80092013
row 'a stale list that lists it' "$at/old.crl" 0x61 "$no, client certificate revoked" \
	"$no, client certificate revoked" 0x80092013
row 'a stale list that counts, as configured' "$at/old.crl" 0x62 admitted admitted 0x80092013 \
	"$online staleCrlRefuses=\"false\""
row 'a responder that is up' "$at/ocsp/issuing" 0x51 admitted admitted 'operation completed'
row 'a responder that says revoked' "$at/ocsp/issuing" 0x52 "$no, client certificate revoked" \
	"$no, client certificate revoked" 'operation completed'
row 'a responder that does not know it' "$at/ocsp/issuing" 0x53 admitted "$no" 0x80092012
row 'a responder that keeps silent' "$at/never/ocsp" 0x51 admitted "$no" 2147954402 "$quick"
row 'a responder that says not found' "$at/ocsp-none" 0x51 admitted "$no" 2147954552
row 'a responder that serves something else' "$at/ocsp/garbage" 0x51 admitted "$no" 0x8007000d
row 'a responder of another CA' "$at/ocsp/other-root" 0x51 admitted "$no" 0x80096004
row 'a responder that is down' "$down/ocsp" 0x51 admitted "$no" 2147954429
row 'a responder whose answer is of before' "$at/stale/ocsp/issuing" 0x51 admitted "$no" 0x80092013
row 'an answer of before that counts, as configured' "$at/stale/ocsp/issuing" 0x51 admitted \
	admitted 0x80092013 "$online staleCrlRefuses=\"false\""

# ---- both: only a "good" of now spares the list ----
make row 0x51 || bail "$(cat make.log)"
make_list ca/both.crl "$fresh" issuing row
both() { # NAME RESPONDER VERDICT CODE: with the policy soft; the list names the certificate
	rm -rf state2
	make row 0x51 "ocsp_uri = \"$2\"" "crl_dist_points = \"$at/both.crl\"" || bail "$(cat make.log)"
	config "$online revocation=\"soft\"" >frebproxy.xml
	tells row >told.txt
	ok "$1: $3" like "$(cat told.txt)" "^site 1 .*: $3"
	ok "$1: the responder says $4" like "$(cat told.txt)" \
		"SECURITY_REVOCATION_SOURCE .*Depth=\"0\", Method=\"ocsp\".*ErrorCode=\"[^\"]*$4"
}
both 'good of now, and a list that names it' "$at/ocsp/issuing" admitted 'operation completed'
both 'good of before, and a list that names it' "$at/stale/ocsp/issuing" \
	"$no, client certificate revoked" 0x80092013
both 'no answer, and a list that names it' "$down/ocsp" "$no, client certificate revoked" 2147954429

# ---- who may answer: RFC 6960 4.2.2.2 ----
signer() { # NAME TEMPLATE-LINE...: signs answers for $ca
	name=$1
	shift
	{ printf 'cn = "%s"\nserial = 0x7%s\nactivation_date = "2020-01-01 00:00:00 UTC"\n' "$name" "$#"
		printf 'expiration_date = "%s-12-31 00:00:00 UTC"\n' "$until"
		printf '%s\n' "$@"; } >"$name.tmpl"
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 --no-text \
		--outfile "ca/$name.key" >make.log 2>&1 &&
		certtool --generate-certificate --hash SHA256 --no-text --load-privkey "ca/$name.key" \
			--load-ca-certificate "pki/$ca.pem" --load-ca-privkey "pki/$ca.key" \
			--template "$name.tmpl" --outfile "ca/$name.pem" >>make.log 2>&1 || bail "$(cat make.log)"
}
until=2050
signer delegate ocsp_signing_key signing_key
signer user signing_key tls_www_client
signer no-purpose signing_key
signer any-purpose signing_key 'key_purpose_oid = 2.5.29.37.0'
until=2021
signer expired ocsp_signing_key signing_key
until=2050
ca=root signer root-delegate ocsp_signing_key signing_key
ca=issuing
config "$online revocation=\"hard\"" >frebproxy.xml
may() { # NAME VERDICT
	rm -rf state2
	make "by-$1" 0x51 "ocsp_uri = \"$at/ocsp/$1\"" || bail "$(cat make.log)"
	like "$(tells "by-$1")" "^site 1 .*: $2"
}
ok "a responder that the issuer has certified for it may answer" may delegate admitted
ok "a user of the same issuer may not" may user "$no"
ok "nor somebody whose certificate names no purpose" may no-purpose "$no"
ok "or any purpose" may any-purpose "$no"
ok "nor one whose certificate has expired" may expired "$no"
ok "nor a responder of the issuer's issuer" may root-delegate "$no"

# ---- others are not disturbed ----
make held-1 0x63 "crl_dist_points = \"$at/hold/list.crl\""
make held-2 0x64 "crl_dist_points = \"$at/hold/list.crl\""
make other 0x65 "crl_dist_points = \"$at/list.crl\""
config "$online revocation=\"hard\"" >frebproxy.xml
ok "the proxy starts with one worker" start_proxy --workers 1 --config frebproxy.xml
waiting=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	{ ask "held-$((i % 2 + 1))" >"status-$i"; } &
	waiting="$waiting $!"
done
ok "while twelve wait for a slow CA's server" wait_ready ca ca/held
ok "somebody else is asked about elsewhere" is "$(ask other)" 200
ok "and they still wait" is "$(cat status-*)" ""
echo go >ca/release
for pid in $waiting; do wait "$pid"; done
ok "once it answers, they all get in" is "$(cat status-* | sort | uniq -c | xargs)" "12 200"
ok "it was asked once" is "$(asked 'GET /hold/list.crl')" 1

# ---- before their time ----
soon() { # SECONDS: a list that is good for so long
	printf 'crl_number = 9\ncrl_this_update_date = "%s"\ncrl_next_update_date = "%s"\n' \
		"$(date -u -d '-5 seconds' '+%Y-%m-%d %H:%M:%S UTC')" \
		"$(date -u -d "+$1 seconds" '+%Y-%m-%d %H:%M:%S UTC')" >soon.tmpl
	make_list ca/soon.crl soon.tmpl issuing "$2" || cat make.log
}
make soon 0x66 "crl_dist_points = \"$at/soon.crl\""
soon 3600 listed
ok "a list that is good for an hour lets in" is "$(ask soon)" 200
soon 12 listed
ok "the proxy is started again" eval 'stop_proxy && rm -r state/crl-cache && start_proxy --workers 1 --config frebproxy.xml'
ok "a list that is good for a moment lets in" is "$(ask soon)" 200
soon 3600 soon
ok "it is fetched again before its time, without a handshake" until_asked 'GET /soon.crl' 3
ok "what the new one lists is refused, once the old one would have been asked about" \
	until_status 403 soon
ok "those handshakes asked nobody" is "$(asked 'GET /soon.crl')" 3
soon 12 listed
ok "the proxy is started once more" eval 'stop_proxy && rm -r state/crl-cache && start_proxy --workers 1 --config frebproxy.xml'
ok "a list that is good for a moment lets in again" is "$(ask soon)" 200
rm ca/soon.crl
ok "that it cannot be fetched again is told" timeout 60 sh -c \
	'tail -n +1 -f logs/proxy | grep -qm 1 "revocation: .*/soon.crl could not be asked again: the answer has another status than 200; what is known of it counts until"'
ok "the proxy stops in order" stop_proxy
finish
