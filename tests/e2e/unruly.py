# SPDX-License-Identifier: MIT
# unruly.py TABLE: a server that answers /NAME with the bytes of that row of TABLE (name|what the
# client sees|what the trace says|bytes), with \r \n \0 \t, and N{...} for N times what is
# between.  "CLOSE" at the end closes, "RESET" resets.  A line on standard output per
# request: number of the connection, and the path.
import itertools, re, socket, socketserver, struct, sys
rows = {}
for line in open(sys.argv[1]):
    name, _, _, text = line.rstrip("\n").split("|", 3)
    text = re.sub(r"(\d+)\{(.*?)\}", lambda m: m[2] * int(m[1]), text)
    rows["/" + name] = text.encode().decode("unicode_escape").encode("latin-1")
connections = itertools.count(1)
class Unruly(socketserver.BaseRequestHandler):
    def handle(self):
        c, number = self.request, next(connections)
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                try:
                    byte = c.recv(1)
                except OSError:
                    byte = b""
                if not byte:
                    return
                head += byte
            path = head.decode().split()[1]
            print(number, path, flush=True)
            answer = rows.get(path, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
            try:
                c.sendall(re.sub(rb"(CLOSE|RESET)$", b"", answer))
            except OSError:
                return
            if answer.endswith(b"RESET"):
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if answer.endswith((b"CLOSE", b"RESET")):
                return c.close()
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Unruly)
with open("unruly.ready", "w") as ready:
    ready.write("127.0.0.1:%d" % server.server_address[1])
server.serve_forever()
