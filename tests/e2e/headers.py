# SPDX-License-Identifier: MIT
# headers.py ANSWER CERTIFICATE [CA] - holds the certificate headers in the farm's JSON (the last line of
# ANSWER) against the certificate, with parsers that are not ours: base64, urllib, ssl, openssl.
# Prints what is wrong; the exit status tells whether anything is.
import base64, hashlib, json, re, ssl, subprocess, sys
from urllib.parse import quote, unquote_to_bytes

answer, leaf, ca = sys.argv[1:4]
text = open(answer, "rb").read()
fields = json.loads(text[text.rindex(b"{\"server\""):].splitlines()[0])["headers"]
wrong = []


def openssl(name, *what):
    return subprocess.run(["openssl", "x509", "-in", name, *what], check=True, stdout=-1).stdout


def check(what, good):
    if not good:
        wrong.append(what)


def field(name):
    found = [v for n, v in fields if n.lower().replace("_", "-") == name.lower()]
    check("%s stands there %d times" % (name, len(found)), len(found) == 1)
    value = found[0] if found else ""
    check(name + " is not visible ASCII", re.fullmatch(r"[ -~]*", value))
    return value


def byte_sequence(item):  # RFC 8941 3.3.5
    m = re.fullmatch(r":([A-Za-z0-9+/]*={0,2}):", item.strip())
    return base64.b64decode(m[1], validate=True) if m else None


def pem_of(name):
    return openssl(name).decode()


def pems(value):
    found = re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----\n", value.decode(), re.S)
    return [ssl.PEM_cert_to_DER_cert(p) for p in found]


def parts(name):  # RFC 4514: [(type, bytes)], last part first
    out, kind, value, at = [], "", None, 0
    while at <= len(name):
        c = name[at] if at < len(name) else ","
        if c == "\\":
            pair = re.match(r"[0-9A-Fa-f]{2}", name[at + 1:])
            value += bytes.fromhex(pair[0]) if pair else name[at + 1].encode()
            at += 2 if pair else 1
        elif value is None and c == "=":
            value = b""
        elif c in ",+":
            out.append((kind, value))
            kind, value = "", None
        elif value is None:
            kind += c
        else:
            value += c.encode()
        at += 1
    return out


def name_of(who):
    line = openssl(leaf, "-noout", who, "-nameopt", "RFC2253").decode().rstrip("\n")
    return parts(line.split("=", 1)[1])


def envoy(value):  # key=value;..., a value in quotes if it has separators
    out = []
    while value:
        m = re.match(r'([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=]*))(?:;|$)', value)
        if not m:
            wrong.append("X-Forwarded-Client-Cert cannot be read at: " + value[:40])
            break
        out.append((m[1], m[2] if m[2] is not None else m[3]))
        value = value[m.end():]
    return out


der, issuer = openssl(leaf, "-outform", "DER"), openssl(ca, "-outform", "DER")
arr = field("X-ARR-ClientCert")
check("X-ARR-ClientCert is another certificate", base64.b64decode(arr, validate=True) == der)
check("X-ARR-ClientCert is not padded", len(arr) == (len(der) + 2) // 3 * 4)
check("Client-Cert is another certificate", byte_sequence(field("Client-Cert")) == der)
chain = [byte_sequence(item) for item in field("Client-Cert-Chain").split(",")]
check("Client-Cert-Chain is not the issuer alone", chain == [issuer])

keys = envoy(field("X-Forwarded-Client-Cert"))
first = dict(reversed(keys))
check("XFCC: Hash", first["Hash"] == hashlib.sha256(der).hexdigest())
check("XFCC: Cert", pems(unquote_to_bytes(first["Cert"])) == [der])
check("XFCC: Chain", pems(unquote_to_bytes(first["Chain"])) == [der, issuer])
check("XFCC: Subject is " + first["Subject"], parts(first["Subject"]) == name_of("-subject"))
names = openssl(leaf, "-noout", "-ext", "subjectAltName").decode()
for key in "URI", "DNS":
    want = re.findall(r"\b%s:(.*?)(?:, (?=DNS:|URI:|email:|othername:)|\n)" % key, names)
    have = [v for k, v in keys if k == key]
    check("XFCC: %s is %s, not %s" % (key, have, want), have == want)

pem = pem_of(leaf)
check("nginx's form is not that of urllib", field("X-SSL-Client-Cert") == quote(pem, safe=""))
check("ALB's leaf is not that of urllib", field("X-Amzn-Mtls-Clientcert-Leaf") == quote(pem, safe="+/="))
serial = openssl(leaf, "-noout", "-serial").decode().strip().split("=")[1]
check("ALB: Serial-Number", field("X-Amzn-Mtls-Clientcert-Serial-Number") == serial)
for who in "issuer", "subject":
    value = field("X-Amzn-Mtls-Clientcert-" + who.capitalize())
    check("ALB: %s is %s" % (who, value), parts(value) == name_of("-" + who))
dates = dict(line.split("=") for line in
             openssl(leaf, "-noout", "-dates", "-dateopt", "iso_8601").decode().splitlines())
want = "NotBefore=%s;NotAfter=%s" % tuple(dates[k].replace(" ", "T") for k in ("notBefore", "notAfter"))
check("ALB: Validity", field("X-Amzn-Mtls-Clientcert-Validity") == want)
check("the name given is not used", field("X-My-Cert") == quote(pem, safe=""))
print("\n".join(wrong))
sys.exit(bool(wrong))
