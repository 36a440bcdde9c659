#!/bin/sh
# SPDX-License-Identifier: MIT
# frebproxy --check, --help, --version and wrong command lines, as an
# administrator meets them: exit status, what stands where.  Nothing listens.
# Speaks TAP.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
frebproxy=${FREBPROXY:-$top_builddir/frebproxy}
test -x "$frebproxy" || {
	echo "1..0 # SKIP frebproxy was not built"
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
HOME=$work
XDG_STATE_HOME=$work/state
export HOME XDG_STATE_HOME
count=0
failed=0

# run EXIT-STATUS ARGUMENT...: keeps out and err; a wrong status is a finding
run() {
	want=$1
	shift
	"$frebproxy" "$@" >out 2>err </dev/null
	got=$?
	findings=
	test $got = "$want" || findings="exit status $got instead of $want"
}

# has FILE TEXT, lacks FILE TEXT: more findings about the last run
has() {
	grep -qF -e "$2" "$1" || findings="$findings; no \"$2\" in $1"
}
lacks() {
	! grep -qF -e "$2" "$1" || findings="$findings; \"$2\" in $1"
}

result() { # title
	count=$((count + 1))
	if test -z "$findings"; then
		echo "ok $count - $1"
		return
	fi
	echo "not ok $count - $1"
	echo "$findings" | sed 's/^/# /'
	sed 's/^/# out: /' out
	sed 's/^/# err: /' err
	failed=1
}

# A key and a certificate for themselves; the tests need files, not trust.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj '/CN=config test' -keyout key.pem -out ca.pem 2>openssl.log || {
	echo "1..0 # SKIP openssl cannot make a certificate"
	exit 77
}

run 0 --help
has out '--client-cert ignore|accept|require'
has out '--config FILE'
lacks err 'frebproxy'
result '--help lists the flags on standard output'
sed -n 's/^FLAG("\([^"]*\)".*/\1/p' "$top_srcdir/core/config_flags.def" | while read -r flag; do
	grep -q -e "^  --$flag\( \|$\)" out || echo "--$flag is not in --help"
done >missing
findings=$(cat missing)
result 'every flag of the table is in --help'

run 0 --version
grep -qE '^frebproxy [0-9]+\.[0-9]+' out || findings="$findings; no version"
result '--version says which one it is'

run 2
has err '--farm: it is missing; allowed: --farm HOST:PORT'
result 'without anything it says what is needed'

run 2 --bogus --workers --farm=127.0.0.1:9001
has err '"--bogus" is unknown'
result 'an unknown flag is named'

run 2 --farm 127.0.0.1:0 --workers many --listen 127.0.0.1 --client-ca absent.pem --trace some
has err '--farm: "0" is not'
has err '--workers: "many" is not'
has err '--listen: "127.0.0.1" is not'
has err 'absent.pem": No such file'
has err '--trace: the value is unknown; allowed: off, failed, all'
has err '5 errors'
result 'all wrong values are named at once, each by its flag'

run 0 --farm 127.0.0.1:9001,127.0.0.1:9002 --client-ca ca.pem --check
grep -qE '^configuration .*ok: 1 site' out || findings="$findings; no ok line"
test ! -e state || findings="$findings; --check made the folder of traces"
result 'a farm and a CA are a whole configuration; --check writes nothing'

run 2 --farm 127.0.0.1:9001 --client-cert require --check
has err 'SslRequireCert without a trusted root'
result 'certificates cannot be required without an authority'

cat >good.xml <<'END'
<configuration>
  <clientCertificates caFile="ca.pem"/>
  <sites>
    <site name="Portal" id="7">
      <bindings><binding protocol="https" bindingInformation="127.0.0.1:0:" certificate="ca.pem" key="key.pem"/></bindings>
      <access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>
    </site>
  </sites>
  <webFarms><webFarm name="farm"><server address="127.0.0.1"/></webFarm></webFarms>
</configuration>
END
run 0 --check --config good.xml
grep -qE '^configuration .*ok: 1 site' out || findings="$findings; no ok line"
result 'a good file is good'
mkdir elsewhere
cd elsewhere || exit 99
run 0 --check --config ../good.xml
result 'paths in a file begin at its folder, wherever frebproxy is started'
cd "$work" || exit 99

sed -e 's/id="7"/id="seven" colour="red"/' -e 's/<webFarms>/<webFarm\/><webFarms>/' \
	-e 's/key="key.pem"/key="absent.pem"/' good.xml >bad.xml
run 2 --check -f bad.xml
has err 'bad.xml:4: sites/site/@id: "seven" is not a whole number'
has err 'bad.xml:4: sites/site/@colour: unknown attribute; allowed: name, id, webFarm'
has err 'bad.xml:5: sites/site/bindings/binding/@key: file "'
has err 'bad.xml:9: webFarm: unknown element; allowed in configuration: process, '
has err '4 errors'
lacks out 'ok'
result 'every mistake of a file is told with line, element and attribute'

run 2 -f bad.xml
has err '4 errors'
result 'a bad file does not start'

printf '<!DOCTYPE configuration SYSTEM "file:///etc/passwd">\n<configuration/>' >doctype.xml
run 2 --check -f doctype.xml
has err 'doctype.xml:1: a document type is not allowed'
lacks err 'root:'
result 'a document type is refused and nothing is fetched'

run 2 --check -f good.xml --farm 127.0.0.1:9001
has err '--farm: not together with --config; allowed: webFarms/webFarm/server/@address in the file'
result 'a flag that the file speaks for is refused with its place there'

sed 's/key="key.pem"/key="pkcs11:token=badge?pin-value=918273"/' good.xml >pin.xml
run 2 --check -f pin.xml
has err 'pinSource'
lacks err 918273
result 'a PIN in the file is refused and not repeated'

sed -n '/^\.Bd -literal$/,/^\.Ed/p' "$top_srcdir/core/frebproxy.xml.5" | grep -v '^\.' >manual.xml
cp ca.pem portal.pem
cp key.pem portal.key
openssl ca -version >openssl.log 2>&1
: >index.txt
echo 01 >crlnumber
openssl ca -gencrl -keyfile key.pem -cert ca.pem -out ca.crl -crldays 2 -config /dev/stdin \
	>openssl.log 2>&1 <<'END'
[ca]
default_ca = c
[c]
database = index.txt
crlnumber = crlnumber
default_md = sha256
END
run 0 --check -f manual.xml
result 'the example of frebproxy.xml(5) is good'

echo "1..$count"
exit $failed
