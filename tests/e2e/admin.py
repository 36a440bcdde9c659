# SPDX-License-Identifier: MIT
# admin.py: what admin.sh asks and does as a program.
#   json EXPRESSION	of the status (s) on standard input, and server(farm, n) in it
#   metrics		reads the text format of Prometheus strictly; prints NAME{LABELS} VALUE
#   hostile ADDRESS	clients that mean no good, at a socket's path or a port; what they got
import json, re, socket, sys

def read_status(expression):
    s = json.load(sys.stdin)
    farms = {f["name"]: f["servers"] for f in s["farms"]}
    print(eval(expression, {"s": s, "p": s["proxy"], "farms": farms}))

LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(%s(?:,%s)*)\})? (\S+)' % (LABEL, LABEL))

def unescape(text):
    return re.sub(r'\\(.)', lambda m: "\n" if m[1] == "n" else m[1], text)

def read_metrics():
    text = sys.stdin.read()
    assert text.endswith("\n"), "the last line has no end"
    types, seen, done, family = {}, set(), set(), None
    for line in text[:-1].split("\n"):
        head = re.fullmatch(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line)
        if head and head[1] == "HELP":
            assert head[2] not in done, "family twice: " + line
            done.add(family := head[2])
            continue
        if head:
            assert head[2] == family and family not in types, "TYPE without its HELP: " + line
            assert head[3] in ("counter", "gauge"), line
            types[family] = head[3]
            assert (head[3] == "counter") == family.endswith("_total"), "name of a counter: " + line
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, "no sample: " + line
        assert sample[1] == family and family in types, "out of its family: " + line
        labels = {m[1]: unescape(m[2]) for m in re.finditer(LABEL, sample[2] or "")}
        key = (family, tuple(sorted(labels.items())))
        assert key not in seen, "sample twice: " + line
        seen.add(key)
        assert float(sample.groups()[-1]) >= 0, "below zero: " + line
        print(family + "{" + ",".join(k + "=" + labels[k] for k in labels) + "}", sample.groups()[-1])
    assert set(types) == done, "a family without a type"

def connect(address):
    if "/" in address:
        c = socket.socket(socket.AF_UNIX)
        c.connect(address)	# waits while the door is crowded
        c.settimeout(30)
        return c
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 30)

def say(address, data):
    c = connect(address)
    got = b""
    try:
        c.sendall(data)
        c.shutdown(socket.SHUT_WR)
        while part := c.recv(65536):
            got += part
    except OSError:
        got = got or b"reset"
    return got.split(b"\r\n")[0].decode(errors="replace")

def hostile(address):
    silent = [connect(address) for _ in range(100)]
    slow = [connect(address) for _ in range(20)]
    for c in slow:
        c.sendall(b"GET /sta")
    host = b"Host: localhost\r\n"
    print("garbage", say(address, b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\r\n\r\n"))
    print("huge", say(address, b"GET /status.json HTTP/1.1\r\nX: " + b"a" * 1000000))
    print("bare", say(address, b"GET /status.json HTTP/1.1\n" + host + b"\r\n"))
    print("long", say(address, b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + host + b"\r\n"))
    print("body", say(address, b"POST /reload HTTP/1.1\r\n" + host + b"Content-Length: 3\r\n\r\nabc"))
    print("escape", say(address, b"POST /server?verb=drain&server=%zz HTTP/1.1\r\n" + host + b"\r\n"))
    print("control", say(address, b"POST /server?verb=drain&server=a%0ab HTTP/1.1\r\n" + host + b"\r\n"))
    print("verb", say(address, b"POST /server?verb=list&server=a HTTP/1.1\r\n" + host + b"\r\n"))
    print("method", say(address, b"DELETE /status.json HTTP/1.1\r\n" + host + b"\r\n"))
    print("get", say(address, b"GET /reload HTTP/1.1\r\n" + host + b"\r\n"))
    print("path", say(address, b"GET /etc HTTP/1.1\r\n" + host + b"\r\n"))
    print("foreign", say(address, b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
    print("nothing", say(address, b""))
    print("fine", say(address, b"HEAD /metrics HTTP/1.1\r\n" + host + b"\r\n"))
    for c in silent + slow:
        c.close()

if sys.argv[1] == "json":
    read_status(sys.argv[2])
elif sys.argv[1] == "metrics":
    read_metrics()
else:
    hostile(sys.argv[2])
