#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A CA's web server on loopback: revserver.py FOLDER READY-FILE

GET /NAME serves FOLDER/NAME.  POST /ocsp/NAME answers by `openssl ocsp` with
FOLDER/index.txt, signed with FOLDER/NAME.pem.  Below /hold/ it first writes
FOLDER/held and waits until somebody writes to the FIFO FOLDER/release; below
/never/ it keeps silent.  Each request is a line in FOLDER/requests.
"""
import http.server
import os
import subprocess
import sys
import threading

folder, ready = sys.argv[1], sys.argv[2]
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def path_inside(self):
        with lock, open(os.path.join(folder, "requests"), "a") as log:
            log.write(f"{self.command} {self.path}\n")
        if self.path.startswith("/never/"):
            self.rfile.read()
        if self.path.startswith("/hold/"):
            with open(os.path.join(folder, "held"), "w") as held:
                held.write("held\n")
            with open(os.path.join(folder, "release")) as release:
                release.read()
            return self.path[len("/hold/"):]
        return self.path[1:]

    def answer(self, body):
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        try:
            self.wfile.write(body or b"")
        except BrokenPipeError:  # the proxy's time was over
            self.close_connection = True

    def do_GET(self):
        try:
            with open(os.path.join(folder, os.path.basename(self.path_inside())), "rb") as file:
                self.answer(file.read())
        except FileNotFoundError:
            self.answer(None)

    def do_POST(self):
        question = self.rfile.read(int(self.headers["Content-Length"]))
        name = os.path.join(folder, os.path.basename(self.path_inside()))
        done = subprocess.run(
            ["openssl", "ocsp", "-index", os.path.join(folder, "index.txt"), "-CA",
             os.path.join(folder, "issuing.pem"), "-rsigner", name + ".pem", "-rkey", name + ".key",
             "-reqin", "/dev/stdin", "-respout", "/dev/stdout", "-ndays", "1"],
            input=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        self.answer(done.stdout)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(ready + ".tmp", "w") as file:
    file.write(f"{server.server_address[1]}\n")
os.rename(ready + ".tmp", ready)
server.serve_forever()
