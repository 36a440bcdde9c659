#!/bin/sh
# SPDX-License-Identifier: MIT
# Revocation as an administrator lives with it: lists that come, change and
# break while the proxy runs.  Speaks TAP.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge frebview
need certtool openssl python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
cd "$tmp" || exit 99
start_farm web1 || bail "the farm did not start"

. "$top_srcdir/tests/e2e/ca.sh"

until_logged() { # REGEX
	tries=0
	until grep -qE "$1" logs/proxy; do
		ask badge >/dev/null
		tries=$((tries + 1))
		[ $tries -lt 3000 ] || { echo "never logged: $1"; return 1; }
	done
}

# ---- lists in a folder ----
mkdir lists
config 'crlDirectory="lists" crlReload="1s" revocation="soft"' >frebproxy.xml
ok "the proxy starts with an empty folder of lists" start_proxy --workers 2 --config frebproxy.xml
ok "nobody is known as revoked" is "$(ask revoked)" 200
cp pki/crl.pem lists/.new && mv lists/.new lists/issuing.crl
ok "a list that is put into the folder counts without a reload" until_status 403 revoked
ok "the others still come in" is "$(ask badge)" 200
echo garbage >lists/.new && mv lists/.new lists/other.crl
ok "a list that cannot be read is told" until_logged 'other\.crl: no CRL'
ok "and the lists of before stay" is "$(ask revoked)" 403
ok "it is told once" is "$(grep -c 'other\.crl: no CRL' logs/proxy)" 1
rm lists/other.crl lists/issuing.crl
ok "a list that is taken away counts no more" until_status 200 revoked
ok "the proxy stops in order" stop_proxy

# ---- what --check says ----
check() { "$top_builddir/frebproxy" --check --config "$1" 2>&1; }
config 'crlDirectory="lists"' >check.xml
cp pki/crl-stale.pem lists/stale.crl
ok "a stale list is a warning" like "$(check check.xml)" 'stale\.crl: the CRL of .* is stale'
ok "anchors are shown with their fingerprints" like "$(check check.xml)" \
	"anchor: .*CN=Farm Test Root CA, valid to 20.*SHA-256 $(certtool -i --infile pki/root.pem |
	sed -n 's/^[[:space:]]*sha256:\([0-9a-f]*\)$/\1/p' | head -n 1)"
config 'crlFile="pki/root-crl.pem"' | sed 's/root.pem" inter/other-root.pem" inter/' >check.xml
ok "a list of an unknown issuer is a warning" like "$(check check.xml)" \
	'root-crl.pem: the issuer .* is neither an anchor nor a configured intermediate'
ok "an intermediate that leads to no anchor is a warning" like "$(check check.xml)" \
	'intermediates: .* is known but not trusted'
config '' | sed 's|pki/server.key|pki/badge.key|' >check.xml
ok "a key that does not fit its certificate is an error" like "$(check check.xml; echo "exit $?")" \
	'server-chain\.pem: the server certificate or its key cannot be used'
ok "and --check ends with 2" like "$(check check.xml; echo "exit $?")" '^exit 2'

# ---- --explain: a verdict without a connection ----
explain() { # CERTIFICATE FLAGS...
	"$top_builddir/frebproxy" --config explain.xml --trace-dir explained --explain "$@" >said 2>&1
	code=$?
	cat said
}
config 'crlFile="pki/crl.pem"' | sed 's|</bindings>|&<location path="/open"><access sslFlags="None"/></location>|' >explain.xml
ok "a good certificate is explained" like "$(explain pki/badge-chain.pem; echo "exit $code")" '^exit 0'
ok "with the anchor it leads to" like "$(cat said)" 'chain: trusted, 3 certificates up to .*Farm Test Root CA'
ok "and what is known of the token" like "$(cat said)" '^token: UPN '
ok "a revoked one is refused with its reason" like "$(explain pki/revoked-chain.pem; echo "exit $code")" \
	'refused with 403\.13, client certificate revoked'
ok "and exit 1" like "$(explain pki/revoked-chain.pem; echo "exit $code")" '^exit 1'
trace=$(sed -n 's/^trace: //p' said)
ok "its trace is one that frebview likes" "$top_builddir/frebview" --check "$trace"
ok "and tells what a client's trace tells" like "$("$top_builddir/frebview" --compact "$trace")" \
	'SECURITY_REVOCATION_END .*Result="revoked", RevocationDate="2023-06-01T12:00:00Z"'
ok "the root of a trace names who it is" like "$(explain pki/badge-chain.pem >unseen
	cat "$(sed -n 's/^trace: //p' said)")" 'remoteUserName="[^"]*CN=Alice Badge"'
# what FILE: its events from the chain to the admission, without their times
what() {
	"$top_builddir/frebview" --tsv "$1" | awk -F '\t' '$3 == "SECURITY_CHAIN_START" { on = 1 }
		$3 == "GENERAL_REQUEST_START" { on = 0 } $3 == "SECURITY_ACCESS_START" { on = 1 }
		on { print $3, $4 } $3 == "AUTH_END" { exit }' |
		sed -E 's/(ElapsedUs|ElapsedMs|Time|AgeSeconds|SecondsSinceSignature)="[^"]*"//g'
}
explain pki/badge-chain.pem --path /portal >unseen
explained=$(what "$(sed -n 's/^trace: //p' said)")
ok "a client with that certificate" start_proxy --workers 1 --config explain.xml
ok "gets in" is "$(ask badge)" 200
stop_proxy
ok "and leaves the same events" is "$(what "$(find traces -name 'fr*.xml' | sort | tail -n 1)")" "$explained"
ok "there are some" like "$explained" '^AUTH_END'
ok "a path without a rule lets everybody in" like \
	"$(explain pki/revoked-chain.pem --path /open/x; echo "exit $code")" '^exit 0'
ok "a DER file, and an issuer that is not known" like "$(openssl x509 -in pki/other.pem -outform DER \
	-out other.der; explain other.der)" 'chain: refused: .*ClientCertChainIncomplete'
ok "a file without a certificate is an error" like "$(explain explain.xml.none; echo "exit $code")" '^exit 2'
ok "so is a site that is not there" like "$(explain pki/badge.pem --site 7; echo "exit $code")" \
	'--site: 7 has no https binding'

# ---- addresses in certificates: distribution points and responders ----
start_ca
make ocsp-good 81 "ocsp_uri = \"$at/ocsp/issuing\"" || bail "$(cat make.log)"
make ocsp-revoked 82 "ocsp_uri = \"$at/ocsp/issuing\""
make ocsp-forged 83 "ocsp_uri = \"$at/ocsp/other-root\""
make ocsp-unknown 84 "ocsp_uri = \"$at/ocsp/issuing\"" "crl_dist_points = \"$at/new.crl\""
make crl-good 85 "crl_dist_points = \"$at/new.crl\""
make crl-revoked 86 "crl_dist_points = \"$at/new.crl\""
make crl-forged 87 "crl_dist_points = \"$at/forged.crl\""
make crl-missing 88 "crl_dist_points = \"$at/none.crl\""
make crl-silent 89 "crl_dist_points = \"$at/never/new.crl\""
make crl-down 90 'crl_dist_points = "http://127.0.0.1:1/new.crl"'
make crl-old 94 "crl_dist_points = \"$at/old.crl\""
make crl-garbage 95 "crl_dist_points = \"$at/garbage.crl\""
make crl-held 91 "crl_dist_points = \"$at/hold/new.crl\""
make crl-held-2 96 "crl_dist_points = \"$at/hold/2.crl\""
ca=other-root
make stranger 93 "crl_dist_points = \"$at/stranger.crl\""
printf 'V\t501231000000Z\t\t51\tunknown\t/CN=a\nR\t501231000000Z\t%s\t52\tunknown\t/CN=b\n' \
	230601120000Z,keyCompromise >ca/index.txt
printf 'V\t501231000000Z\t\t53\tunknown\t/CN=c\n' >>ca/index.txt
certtool --generate-crl --load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--load-certificate pki/crl-revoked.pem --template "$top_srcdir/fixtures/pki/crl.tmpl" \
	--outder --outfile ca/new.crl >make.log 2>&1 || bail "$(cat make.log)"
certtool --generate-crl --load-ca-certificate pki/other-root.pem --load-ca-privkey pki/other-root.key \
	--template "$top_srcdir/fixtures/pki/crl.tmpl" --outder --outfile ca/forged.crl >make.log 2>&1

certtool --generate-crl --load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--template "$top_srcdir/fixtures/pki/crl-stale.tmpl" --outder --outfile ca/old.crl >make.log 2>&1

# Time enough for a loaded machine; only silence is measured against a short one.
online='fetchCrl="true" ocsp="true" fetchTimeout="30s"'
short='fetchCrl="true" fetchTimeout="1s"'
config "$online crlFile=\"pki/root-crl.pem\" revocation=\"hard\"" >frebproxy.xml
ok "the proxy starts, asking addresses, policy hard" start_proxy --workers 1 --config frebproxy.xml
ok "a responder says good" is "$(ask ocsp-good)" 200
ok "a responder says revoked" is "$(ask ocsp-revoked)" 403
ok "an answer by somebody else counts for nothing" is "$(ask ocsp-forged)" 403
ok "what the responder does not know, the list does" is "$(ask ocsp-unknown)" 200
ok "a list of a distribution point says good" is "$(ask crl-good)" 200
ok "and revoked" is "$(ask crl-revoked)" 403
ok "both with one request" is "$(asked 'GET /new.crl')" 1
ask ocsp-good >/dev/null
ok "answers are kept: who comes again is not asked about again" is \
	"$(asked 'POST /ocsp/issuing')" 3
ok "a list of another CA counts for nothing" is "$(ask crl-forged)" 403
ok "a list that is not there lets nobody in" is "$(ask crl-missing)" 403
ok "nor does a server that is down" is "$(ask crl-down)" 403
echo '<html>no list</html>' >ca/garbage.crl
ok "nor something that is no list" is "$(ask crl-garbage)" 403
ok "nor a list past its nextUpdate" is "$(ask crl-old)" 403
ask crl-missing >/dev/null
ok "a failure is remembered for a while" is "$(asked 'GET /none.crl')" 1
ok "who names no address is not let in under hard" is "$(ask badge)" 403
ok "an untrusted certificate is refused" is "$(ask stranger)" 403
ok "and makes nobody ask" is "$(asked 'GET /stranger.crl')" 0
ok "the lists that were signed lie in the state folder" is "$(find state/crl-cache -name "*.crl" | wc -l)" 2
ok "the proxy stops in order again" stop_proxy
ok "started again" start_proxy --workers 1 --config frebproxy.xml
ok "it has the list from there" is "$(ask crl-revoked) $(ask crl-good) $(asked 'GET /new.crl')" \
	"403 200 1"
stop_proxy

ok "each source is told: good by OCSP" like "$(tells ocsp-good)" \
	'SECURITY_REVOCATION_SOURCE .*Method="ocsp", Source="http://127.*Fresh="yes", ErrorCode="The operation completed'
ok "revoked, with date and reason" like "$(tells ocsp-revoked)" \
	'SECURITY_REVOCATION_END .*Result="revoked", RevocationDate="2023-06-01T12:00:00Z", RevocationReason="keyCompromise"'
ok "signed by somebody else (TRUST_E_CERT_SIGNATURE)" like "$(tells ocsp-forged)" \
	'SECURITY_REVOCATION_SOURCE .*Method="ocsp".*ErrorCode="[^"]*0x80096004'
ok "a stale list is told as one" like "$(tells crl-old)" \
	'SECURITY_REVOCATION_SOURCE .*Method="crl-url".*Fresh="no", ErrorCode="[^"]*0x80092013'
ok "nobody listens (WINHTTP_CANNOT_CONNECT)" like "$(tells crl-down)" \
	'SECURITY_REVOCATION_SOURCE .*Method="crl-url", Source="http://127.0.0.1:1/new.crl".*ErrorCode="2147954429"'
ok "and the hint says what refused" like "$(tells crl-down)" 'no address in the certificate gave an answer'

config "$short crlFile=\"pki/root-crl.pem\" revocation=\"hard\"" >frebproxy.xml
ok "a server that keeps silent lets nobody in" like "$(tells crl-silent)" '^site 1 .*: refused with 403\.13'
ok "silence (WINHTTP_TIMEOUT)" like "$(tells crl-silent)" \
	'SECURITY_REVOCATION_SOURCE .*Method="crl-url".*ErrorCode="2147954402"'
config "$short revocation=\"soft\"" >frebproxy.xml
ok "under soft it does" like "$(tells crl-silent)" '^site 1 .*: admitted'
config "$online ocspNonce=\"true\" crlFile=\"pki/root-crl.pem\" revocation=\"hard\"" >frebproxy.xml
ok "with a nonce too" like "$(tells ocsp-good)" '^site 1 .*: admitted'
config "$online revocation=\"soft\" staleCrlRefuses=\"false\"" >frebproxy.xml
ok "a stale list counts if it is told to" like "$(tells crl-old)" \
	'SECURITY_REVOCATION_END .*Depth="0", Result="good"'
config "$online revocation=\"soft\"" >frebproxy.xml
ok "with policy soft" start_proxy --workers 1 --config frebproxy.xml
ok "who cannot be asked about comes in" is "$(ask crl-down)" 200
ok "who is revoked does not" is "$(ask ocsp-revoked) $(ask crl-revoked)" "403 403"
# The only worker has a handshake that waits for the CA; it is released by hand, after the other.
{ ask crl-held >held.status; } &
waiting=$!
ok "a handshake waits for the CA's server" wait_ready ca ca/held
ok "another goes through meanwhile" is "$(ask badge)" 200
ok "while the first has no answer yet" is "$(cat held.status)" ""
echo go >ca/release
wait "$waiting"
ok "and gets it once the CA answers" is "$(cat held.status)" 200
ok "the proxy stops in order once more" stop_proxy
config "$short revocation=\"soft\"" >frebproxy.xml
start_proxy --workers 1 --config frebproxy.xml
rm -f ca/held
{ ask crl-held-2 >held.status; } &
waiting=$!
wait_ready ca ca/held
ok "it also stops while a handshake waits for a CA" stop_proxy
wait "$waiting"

config "$online revocation=\"hard\" fetchHosts=\"*.invalid; localhost\"" >frebproxy.xml
before=$(wc -l <ca/requests)
ok "a host that is not listed is not asked (ACCESS_DENIED)" like "$(tells crl-good)" \
	'SECURITY_REVOCATION_SOURCE .*Method="crl-url".*ErrorCode="[^"]*0x80070005'
ok "really not" is "$(wc -l <ca/requests)" "$before"
config "$online crlFile=\"pki/root-crl.pem\" revocation=\"hard\" fetchHosts=\"127.0.0.1\"" >frebproxy.xml
ok "one that is listed is" like "$(tells crl-good)" '^site 1 .*: admitted'
before=$(wc -l <ca/requests)
config "$online" | sed 's/site name="portal"/& revocation="off"/' >frebproxy.xml
ok "a site may turn it off" like "$(tells ocsp-revoked)" '^site 1 .*: admitted'
ok "without asking anybody" is "$(wc -l <ca/requests)" "$before"
config 'fetchHosts="a b/c"' >check.xml
ok "a wrong host is an error" like "$(check check.xml)" '@fetchHosts: .*b/c'

# ---- --explain with a token ----
if command -v softhsm2-util >/dev/null && command -v p11tool >/dev/null; then
	make_badges
	config 'crlFile="pki/crl.pem"' |
		sed "s|<pkcs11 tokenLookup=\"false\"/>|<pkcs11><module path=\"$module\"/></pkcs11>|" >explain.xml
	ok "a certificate on a token is explained" like "$(explain 'pkcs11:token=badge;object=badge;type=cert')" \
		'^certificate: .*CN=Alice Badge'
	ok "with the token it is on" like "$(cat said)" '^token: .*grade E2'
	ok "and let in" like "$(cat said)" '^site 1 .*: admitted'
	ok "a token that is not there is an error" like \
		"$(explain 'pkcs11:token=nobody;type=cert'; echo "exit $code")" '^exit 2'
else
	skip "a certificate on a token is explained" "no SoftHSM"
fi
finish
