# SPDX-License-Identifier: MIT
# ca.sh - a CA with a web server, people with certificates of it, and a proxy
# that believes it.  Sourced after tests/tap.sh, in $tmp with pki/ and a farm.

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

# until_status STATUS NAME: asks until it is so; each time is a handshake, so nobody sleeps.
until_status() {
	tries=0
	while [ "$(ask "$2")" != "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 3000 ] || { echo "$2 never got $1"; return 1; }
	done
}

# start_ca: $at is where it listens; it serves what lies in ca/
start_ca() {
	mkdir -p ca
	cp pki/issuing.pem pki/issuing.key pki/other-root.pem pki/other-root.key ca/
	mkfifo ca/release
	start ca python3 "$top_srcdir/tests/e2e/revserver.py" ca ca.ready
	wait_ready ca ca.ready || bail "the CA's server did not start"
	at=http://127.0.0.1:$(cat ca.ready)
	ca=issuing
}

# Somebody's certificate by $ca: make NAME SERIAL TEMPLATE-LINE...
make() {
	name=$1
	{
		grep -vE '^(serial|cn)' "$top_srcdir/fixtures/pki/software.tmpl"
		printf 'cn = "%s"\nserial = %s\n' "$name" "$2"
		shift 2
		printf '%s\n' "$@"
	} >"$name.tmpl"
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 --no-text \
		--outfile "pki/$name.key" >make.log 2>&1 &&
		certtool --generate-certificate --hash SHA256 --no-text --load-privkey "pki/$name.key" \
			--load-ca-certificate "pki/$ca.pem" --load-ca-privkey "pki/$ca.key" \
			--template "$name.tmpl" --outfile "pki/$name.pem" >>make.log 2>&1 &&
		cat "pki/$name.pem" "pki/$ca.pem" >"pki/$name-chain.pem"
}

make_list() { # FILE TEMPLATE [CA [CERTIFICATE...]]: a list, with certificates on it
	list=$1 template=$2 by=${3:-issuing}
	shift 2
	[ $# = 0 ] || shift
	for certificate; do cat "pki/$certificate.pem"; done >listed.pem
	certtool --generate-crl --load-ca-certificate "pki/$by.pem" --load-ca-privkey "pki/$by.key" \
		${1:+--load-certificate listed.pem} --template "$template" --outder \
		--outfile "$list.new" >make.log 2>&1 && mv "$list.new" "$list"
}

asked() { grep -cxF "$1" ca/requests 2>/dev/null || :; } # REQUEST-LINE: how often
until_asked() { # REQUEST-LINE COUNT: waits until it was
	timeout 60 tail -n +1 --pid="$(pid_of ca)" -f ca/requests | grep -m "$2" -xF "$1" >unseen
	is "$(wc -l <unseen)" "$2"
}

# tells NAME: what --explain says of NAME, with the trace.
tells() {
	"$top_builddir/frebproxy" --config frebproxy.xml --state-dir "$tmp/state2" --trace-dir told \
		--explain "pki/$1-chain.pem" >said 2>&1
	cat said
	"$top_builddir/frebview" --compact "$(sed -n 's/^trace: //p' said)"
}
