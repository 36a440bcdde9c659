# SPDX-License-Identifier: MIT
# stall.py ADDRESS leave|stay hex HEX... | 1.2 | 1.3: a client that goes no further: after
# these bytes, or (1.2, 1.3) when a TLS server has asked for a certificate.  It closes its
# side, or stays until the server ends the connection.
# stall.py ADDRESS MS 1.2 | 1.3: thinks for so long about the certificate, then shows none
# and leaves; prints how long it was, in ms, from the question to the answer.
import socket, ssl, sys, time
address, then, what = sys.argv[1:4]
host, port = address.rsplit(":", 1)
s = socket.create_connection((host, int(port)))
if what == "hex":
    s.sendall(bytes.fromhex("".join(sys.argv[4:])))
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # its own list would be that of the Python at hand, which golden traces cannot know
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    version = ssl.TLSVersion.TLSv1_2 if what == "1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = version
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="farm.test")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        s.sendall(outgoing.read())
    answered = False
    while not answered:
        incoming.write(s.recv(65536))
        try:
            client.do_handshake()
            answered = True
        except ssl.SSLWantReadError:
            answered = outgoing.pending > 0
if then.isdigit():
    asked = time.monotonic()
    time.sleep(int(then) / 1000)
    print(int((time.monotonic() - asked) * 1000))
    s.sendall(outgoing.read())
if then != "stay":
    s.shutdown(socket.SHUT_WR)
try:
    while s.recv(65536):
        pass
except ConnectionResetError:
    pass
