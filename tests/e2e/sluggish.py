# SPDX-License-Identifier: MIT
# sluggish.py serve: a server that is slow as the path says, and one, full.ready, that
# lets nobody in.
# sluggish.py send|read|leave|hold|nudge ADDRESS PATH BYTES PAUSE: a client that sends its body, or reads
# the answer, BYTES at a time with PAUSE seconds between, or leaves after BYTES; holds the body back
# once the answer has begun; nudges with a byte of the next request every PAUSE; prints what it got
# in the end.
import select, socket, socketserver, sys
def tick(seconds):
    select.select([], [], [], seconds)
class Sluggish(socketserver.BaseRequestHandler):
    def handle(self):
        c = self.request
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = c.recv(1)
            if not byte:
                return
            head += byte
        path = head.decode().split()[1]
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
        try:
            if path == "/drips":
                for byte in answer:
                    c.sendall(bytes([byte]))
                    tick(0.3)
            if path.startswith("/early"):
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            if path.startswith("/half"):
                c.sendall(answer + b"x" * 5000)
            if path == "/long":
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
                while True:
                    c.sendall(b"x" * 10000)
            c.recv(1) if path != "/deaf" else open("gate").read()
        except OSError:
            print("gone", path, flush=True)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
def serve():
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    for _ in range(4):	# the queue of the kernel is full then
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(full.getsockname())
        waiting.append(s)
    server = Server(("127.0.0.1", 0), Sluggish)
    for name, s in ("full.ready", full), ("sluggish.ready", server.socket):
        with open(name, "w") as ready:
            ready.write("127.0.0.1:%d" % s.getsockname()[1])
    server.serve_forever()
def client():
    what, address, path, size, pause = sys.argv[1:6]
    size, pause = int(size), float(pause)
    host, port = address.rsplit(":", 1)
    c = socket.socket()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    c.connect((host, int(port)))
    got = 0
    head = b""
    try:
        if what == "hold":
            c.sendall(b"POST %s HTTP/1.1\r\nHost: farm.test\r\nContent-Length: 1000000\r\n\r\n" % path.encode())
        elif what == "nudge":
            c.sendall(b"GET %s HTTP/1.1\r\nHost: farm.test\r\n\r\n" % path.encode())
            while True:
                if select.select([c], [], [], pause)[0]:
                    if not c.recv(65536):
                        raise OSError
                else:
                    c.sendall(b"\r")
                    got += 1
                    if got == size:
                        break
        elif what == "send":
            c.sendall(b"POST %s HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" % path.encode())
            while not select.select([c], [], [], pause)[0]:
                c.sendall(b"x" * size)
        else:
            c.sendall(b"GET %s HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n" % path.encode())
        slowly = 100 if what == "read" else 0
        while part := c.recv(size if slowly else 65536):
            head = (head + part)[:15]
            got += len(part)
            if what == "leave" and got > size:
                break
            if slowly:	# then what the kernel holds
                slowly -= 1
                tick(pause)
        print(head.decode(), got, "closed")
    except OSError:
        print(head.decode(), got, "broken")
serve() if sys.argv[1] == "serve" else client()
