# SPDX-License-Identifier: MIT
# upgrade.py: a server that upgrades, as the path says; one line per request on
# standard output.  What is upgraded gets its bytes back; at their end comes BYE.
#	/gate	first waits for a writer of the pipe gate, then says how many bytes
#		stood behind the head
#	/early	says FIRST and closes its side at once; then tells what still came
#	/deaf	reads nothing before somebody writes to the pipe gate
#	/plain	refuses: an ordinary answer, and the next request, please
import base64, hashlib, re, select, socket, socketserver
def head_of(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            return None
        head += byte
    return head.decode()
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
class Upgrade(socketserver.BaseRequestHandler):
    def handle(self):
        c = self.request
        while head := head_of(c):
            method, path = head.split()[:2]
            asked = re.search(r"(?im)^upgrade: (\S+)", head)
            print(method, path, asked[1] if asked else "-", flush=True)
            if path.startswith("/plain") or not asked:
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
                continue
            return self.upgraded(c, path, head, asked[1])
    def upgraded(self, c, path, head, protocol):
        if path == "/gate":
            open("arrived", "w").write("yes")
            open("gate").read()
            early = select.select([c], [], [], 0)[0] and len(c.recv(65536, socket.MSG_PEEK))
            print("early", early or 0, flush=True)
        answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: %s\r\n" % protocol
        key = re.search(r"(?im)^sec-websocket-key: (\S+)", head)
        if key:
            salted = (key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
            answer += "Sec-WebSocket-Accept: %s\r\n" % base64.b64encode(hashlib.sha1(salted).digest()).decode()
        c.sendall((answer + "\r\n").encode())
        if path == "/early":
            c.sendall(b"FIRST")
            c.shutdown(socket.SHUT_WR)
            got = 0
            while part := c.recv(65536):
                got += len(part)
            print("after", got, flush=True)
            return
        if path == "/deaf":
            open("gate").read()
        while part := c.recv(65536):
            c.sendall(part)
        c.sendall(b"BYE")
server = Server(("127.0.0.1", 0), Upgrade)
with open("upgrade.ready", "w") as ready:
    ready.write("127.0.0.1:%d" % server.server_address[1])
server.serve_forever()
