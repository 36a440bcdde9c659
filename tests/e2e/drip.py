# SPDX-License-Identifier: MIT
# drip.py ADDRESS SECONDS FILE: a client of one byte every SECONDS.  Its head drips, then
# its body, in chunks, until FILE is there; then it ends and tells how many bytes
# the farm has counted, and how many it sent.  Beside it, on another connection, it
# asks for a gigabyte and reads a byte at a time, until FILE is there.
import os, re, select, socket, sys
address, pause, stop = sys.argv[1], float(sys.argv[2]), sys.argv[3]
host, port = address.rsplit(":", 1)
def connect():
    c = socket.socket()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    c.connect((host, int(port)))
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return c
def tick():
    select.select([], [], [], pause)
up, down = connect(), connect()
down.sendall(b"GET /drip/down?size=1000000000 HTTP/1.1\r\nHost: farm.test\r\n\r\n")
for byte in b"POST /drip/up HTTP/1.1\r\nHost: farm.test\r\nTransfer-Encoding: chunked\r\n\r\n":
    up.sendall(bytes([byte]))
    tick()
sent = read = 0
print("drips", flush=True)
while not os.path.exists(stop):
    up.sendall(b"1\r\nx\r\n")
    sent += 1
    read += len(down.recv(1))
    tick()
up.sendall(b"0\r\n\r\n")
got = b""
while b'"body_bytes":' not in got:
    part = up.recv(65536)
    if not part:
        sys.exit("closed after %r" % got)
    got += part
print("counted %d sent %d read %d" % (int(re.search(rb'"body_bytes":(\d+)', got)[1]), sent, read))
