#!/bin/sh
# SPDX-License-Identifier: MIT
# Revocation as an administrator lives with it: lists that come, change and
# break while the proxy runs.  Speaks TAP.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge frebview
need certtool openssl
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
cd "$tmp" || exit 99
start_farm web1 || bail "the farm did not start"

config() { # ATTRIBUTES: of clientCertificates
	cat <<-XML
	<configuration>
	  <clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem" $1/>
	  <pkcs11 tokenLookup="false"/>
	  <sites><site name="portal">
	    <bindings><binding protocol="https" bindingInformation="127.0.0.1:0:"
	      certificate="pki/server-chain.pem" key="pki/server.key"/></bindings>
	    <access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>
	    <traceFailedRequestsLogging maxLogFiles="1000"/>
	    <tracing><traceFailedRequests><add path="*">
	      <failureDefinitions statusCodes="200-599"/></add></traceFailedRequests></tracing>
	  </site></sites>
	  <webFarms><webFarm name="portal"><server address="127.0.0.1"><applicationRequestRouting
	    httpPort="${farm_address##*:}"/></server></webFarm></webFarms>
	</configuration>
	XML
}

# ask NAME: the status NAME's certificate gets.
ask() {
	badge --cert "pki/$1-chain.pem" --key "pki/$1.key" "$https" /portal 2>/dev/null |
		sed -n 's|^HTTP/1.1 \([2-9][0-9][0-9]\).*|\1|p'
}

# until STATUS NAME: asks until it is so; each time is a handshake, so nobody sleeps.
until_status() {
	tries=0
	while [ "$(ask "$2")" != "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 3000 ] || { echo "$2 never got $1"; return 1; }
	done
}

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
ok "a path without a rule lets everybody in" like \
	"$(explain pki/revoked-chain.pem --path /open/x; echo "exit $code")" '^exit 0'
ok "a DER file, and an issuer that is not known" like "$(openssl x509 -in pki/other.pem -outform DER \
	-out other.der; explain other.der)" 'chain: refused: .*ClientCertChainIncomplete'
ok "a file without a certificate is an error" like "$(explain explain.xml.none; echo "exit $code")" '^exit 2'
ok "so is a site that is not there" like "$(explain pki/badge.pem --site 7; echo "exit $code")" \
	'--site: 7 has no https binding'
finish
