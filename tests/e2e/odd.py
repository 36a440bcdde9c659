# SPDX-License-Identifier: MIT
# odd.py: a server that misbehaves as the path says; one line per request on
# standard output: its number on the connection, method, path.
import re, socket, socketserver
seen = set()
class Odd(socketserver.StreamRequestHandler):
    def handle(self):
        for number in range(1, 1000):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            method, path = head.decode().split()[:2]
            length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
            self.rfile.read(int(length[1]) if length else 0)
            if b"chunked" in head:	# an empty body
                self.rfile.read(5)
            print(number, method, path, flush=True)
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
            if path.startswith("/kept/") and number > 1:
                return
            if path == "/garbage":
                answer = b"220 mail here\r\n"
            if path == "/echo":
                page = b"no such page: plain HTTP request was sent to HTTPS port"
                self.wfile.write(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(page), page))
                return
            if path == "/half-head":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-")
                return
            if path == "/once-fine" and path in seen:
                answer = b"HTTP/1.1 404 Gone Astray\r\nContent-Length: 3\r\n"
            seen.add(path)
            if path == "/gate":
                with open("arrived", "w") as arrived:
                    arrived.write("yes")
                open("gate").read()
            if not path.startswith("/kept/"):
                answer += b"Connection: close\r\n"
            self.wfile.write(answer + b"\r\nodd")
            if not path.startswith("/kept/"):
                return
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Odd)
with open("odd.ready", "w") as ready:
    ready.write("127.0.0.1:%d" % server.server_address[1])
server.serve_forever()
