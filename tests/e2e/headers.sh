#!/bin/sh
# SPDX-License-Identifier: MIT
# headers.sh - each form of certificate header, read by parsers that are not
# ours and compared byte by byte with the certificate; forged copies of every
# name in every spelling; names that are not ASCII.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need softhsm2-util certtool openssl python3
make_badges
"$top_srcdir/fixtures/pki/odd.sh" "$tmp/pki" || bail "the odd certificates could not be made"
cd "$tmp" || exit 99
start_farm web1 || bail "no farm"

# conf NAME CERTIFICATE PROTOCOL: one site; farm "first" is its own, "second" only configured.
conf() {
	cat >"$1" <<END
<configuration>
	<pkcs11 tokenLookup="false"/>
	<clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem"/>
	<sites><site name="s" id="1" webFarm="first">
		<bindings><binding protocol="https" address="127.0.0.1" port="0"
			certificate="pki/$2-chain.pem" key="pki/$2.key"/></bindings>
		<access sslFlags="Ssl, SslNegotiateCert"/>
		<traceFailedRequestsLogging maxLogFiles="1000"/>
		<tracing><traceFailedRequests><add path="*"><failureDefinitions
			statusCodes="100-999"/></add></traceFailedRequests></tracing>
	</site></sites>
	<webFarms>
		<webFarm name="first">
			<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
			<applicationRequestRouting>$3</applicationRequestRouting>
		</webFarm>
		<webFarm name="second">
			<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
			<applicationRequestRouting><protocol sslHeaderName="X-Tls-Facts"><clientCertificateHeaders>
				<add format="pem" name="X-Elsewhere"/></clientCertificateHeaders></protocol>
			</applicationRequestRouting>
		</webFarm>
	</webFarms>
</configuration>
END
}

person() { # NAME ARGUMENTS...
	name=$1
	shift
	badge --cert "pki/$name-chain.pem" --key "pki/$name.key" "$@" >answer 2>&1
}

all='<protocol><clientCertificateHeaders>
	<add format="rfc9440"/><add format="rfc9440-chain"/><add format="alb"/><add format="pem"/>
	<add format="pem" name="X-My-Cert"/>
	<add format="xfcc" parts="Hash, Cert, Chain, Subject, URI, DNS"/>
</clientCertificateHeaders></protocol>'
conf all.xml odd-server "$all"
start_proxy --config all.xml --workers 1 || bail "no proxy"
for who in badge software odd wide; do
	person "$who" --tls 1.3 "$https" /
	ok "all forms of $who's certificate are that certificate" \
		python3 "$top_srcdir/tests/e2e/headers.py" answer "pki/$who.pem" pki/issuing.pem
done
person odd --tls 1.3 "$https" /
ok "X-ARR-SSL is ASCII, with bars between its parts only" like "$(got_header X-ARR-SSL <answer)" \
	'^[0-9]+\|[0-9]+\|C=ZZ, O=Farm Test, CN=Farm Test Issuing CA\|C=ZZ, O=S\\\\C3\\\\B8\\\\7Cnd, L=\\\\C3\\\\85lesund, CN=farm.test$'
person badge --tls 1.3 "$https" / / /
ok "later requests of a connection bring the same headers" \
	is "$(got_header Client-Cert <answer | sort -u | wc -l)" 1
ok "each of them does" is "$(got_header Client-Cert <answer | wc -l)" 3

# ---- forged copies ----

spellings() { # NAME: as it is, lower, upper, with _, mixed
	echo "$1"
	echo "$1" | tr 'A-Z' 'a-z'
	echo "$1" | tr 'a-z' 'A-Z'
	echo "$1" | tr - _
	echo "$1" | sed 's/-/_/' | tr 'a-m' 'A-M'
	echo "$1" | tr - .
	echo "$1" | sed 's/-/+/; s/-/~/'
}

well_known='X-ARR-ClientCert X-ARR-SSL X-ARR-Other MS-ASPNETCORE-CLIENTCERT Client-Cert Client-Cert-Chain
	X-Forwarded-Client-Cert X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Leaf X-Client-Cert X-Client-Certificate
	X-SSL-Client-Cert X-SSL-Client-Verify X-SSL-Cert SSL-Client-Cert SSL-Client-S-DN X-Forwarded-Tls-Client-Cert
	X-Forwarded-Tls-Client-Cert-Info Cf-Client-Cert-Der-Base64 CloudFront-Viewer-Cert-Pem'
# sends_none NAMES: no spelling of any name reaches the farm, and each leaves its warning.
sends_none() {
	rm -f answers
	for name; do
		spellings "$name"
	done | sort -u | sed 's/$/: forged-value/' >forged
	split -l 40 forged part.
	for part in part.*; do
		set --
		while read -r field; do
			set -- "$@" --header "$field"
		done <"$part"
		badge --no-cert --tls 1.3 "$@" "$https" / >answer 2>&1
		cat answer >>answers
	done
	rm part.*
	unlike "$(cat answers)" forged-value && is "$(grep -c '^HTTP/1.1 200' answers)" "$((($(wc -l <forged) + 39) / 40))"
}

# shellcheck disable=SC2086 # names
ok "forged copies of well-known headers never arrive, in any spelling" sends_none $well_known
well=$(wc -l <forged)
ok "nor do those of names that only another farm uses" sends_none X-Elsewhere X-Tls-Facts X-My-Cert
other=$(wc -l <forged)
stop_proxy || bail "the proxy did not end well"
ok "each of them is in a trace, with its length and hash" is "$(grep -ho 'SECURITY_HEADER_STRIPPED' "$traces"/fr*.xml | wc -l)" \
	"$((well + other))"
finish
