# SPDX-License-Identifier: MIT
# hold.py ADDRESS PATH [PATH]: asks for PATH, keeps the connection and makes the
# file held; then asks for the second PATH when somebody writes to the pipe
# next, or, without one, waits for the other side to close.
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
c = socket.create_connection((host, int(port)), 20)
def ask(path):
    c.sendall(b"GET %s HTTP/1.1\r\nHost: farm.test\r\n\r\n" % path.encode())
    got = b""
    while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < length:
        got += c.recv(65536)
        if b"\r\n\r\n" in got:
            length = int(got.lower().split(b"content-length:")[1].split()[0])
    print(got.split()[1].decode(), flush=True)
ask(sys.argv[2])
with open("held", "w") as held:
    held.write("yes")
if len(sys.argv) > 3:
    open("next").read()
    ask(sys.argv[3])
else:
    print("closed" if c.recv(1) == b"" else "bytes")
