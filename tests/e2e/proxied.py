# SPDX-License-Identifier: MIT
# proxied.py ADDRESS HOW CA: a load balancer that speaks the PROXY protocol, and the client behind it.
#   bytes     header and ClientHello byte by byte
#   together  header and ClientHello at once, and the header of HTTP with the last of the handshake
#   plain     header and two requests at once, without TLS
#   stall     half a header, then nothing until the other side closes
#   look      connects and closes
import socket, ssl, sys
host, port = sys.argv[1].rsplit(":", 1)
how, ca = sys.argv[2:4]
header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 33, 198, 51, 100, 2]) + b"\xc7\x38\1\xbb"
request = b"GET /?size=10 HTTP/1.1\r\nHost: farm.test\r\n\r\n"
last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
c = socket.create_connection((host, int(port)), 20)
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

def rest():
    while part := c.recv(65536):
        sys.stdout.buffer.write(part)

def send(data):
    if how == "bytes":
        for i in range(len(data)):
            c.sendall(data[i:i + 1])
    else:
        c.sendall(data)

if how == "plain":
    c.sendall(header + request + last)
    rest()
elif how == "stall":
    c.sendall(header[:20])
    rest()
elif how != "look":
    context = ssl.create_default_context(cafile=ca)
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(into, out, server_hostname="farm.test")
    waiting, answer = header, b""
    def step(call):
        global waiting
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                send(waiting + out.read())
                waiting = b""
                if not (part := c.recv(65536)):
                    into.write_eof()
                into.write(part)
    step(tls.do_handshake)
    tls.write(last)
    while part := step(lambda: tls.read(65536)):
        answer += part
        if answer.count(b"\r\n\r\n") and len(answer.split(b"\r\n\r\n", 1)[1]) >= 10:
            break
    sys.stdout.buffer.write(answer)
