# SPDX-License-Identifier: MIT
# tunnel.py ADDRESS PROTOCOL PATH [BYTES [TEXT]]: asks for an upgrade, with TEXT behind
# the head at once.  Prints the answer's head; after a 101 sends BYTES bytes while it
# reads, closes its side (for the path /early only when the server has closed its own), and
# prints how many came back and the last line of them.
import socket, sys, threading
address, protocol, path = sys.argv[1:4]
size = int(sys.argv[4]) if len(sys.argv) > 4 else 0
text = sys.argv[5].encode().decode("unicode_escape").encode() if len(sys.argv) > 5 else b""
host, port = address.rsplit(":", 1)
c = socket.create_connection((host, int(port)), 30)
c.sendall(("GET %s HTTP/1.1\r\nHost: farm.test\r\nConnection: Upgrade\r\nUpgrade: %s\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % (path, protocol)).encode() + text)
got = b""
while b"\r\n\r\n" not in got:
    part = c.recv(65536)
    if not part:
        sys.exit("closed after %r" % got)
    got += part
head, rest = got.split(b"\r\n\r\n", 1)
print(head.decode().replace("\r", ""), flush=True)
def send():
    left = size
    while left:
        n = min(left, 65536)
        c.sendall(b"x" * n)
        left -= n
    if path == "/early":
        ended.wait(30)
    c.shutdown(socket.SHUT_WR)
ended = threading.Event()
sender = threading.Thread(target=send)
if b" 101 " in head.split(b"\r\n")[0]:
    sender.start()
count, last = len(rest), rest
while part := c.recv(65536):
    count += len(part)
    last = (last + part)[-8:]
ended.set()
print("back", count, last.decode().lstrip("x"))
