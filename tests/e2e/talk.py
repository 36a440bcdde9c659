# SPDX-License-Identifier: MIT
# talk.py ADDRESS <REQUESTS: all at once, then what comes until the end.
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port)), 20) as c:
    c.sendall(sys.stdin.buffer.read())
    while part := c.recv(65536):
        sys.stdout.buffer.write(part)
