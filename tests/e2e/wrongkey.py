# SPDX-License-Identifier: MIT
# wrongkey.py KEY OTHER: the EC key KEY in PEM with the private number of OTHER.  Tools compare
# the public part, which still fits the certificate, and sign what does not.
import base64, subprocess, sys
def der(p):
    return subprocess.run(["openssl", "ec", "-in", p, "-outform", "DER"], capture_output=True, check=True).stdout
a, b = bytearray(der(sys.argv[1])), der(sys.argv[2])
assert a[5:7] == b"\x04\x20" and b[5:7] == b"\x04\x20"
a[7:39] = b[7:39]
print("-----BEGIN EC PRIVATE KEY-----")
print(base64.encodebytes(bytes(a)).decode(), end="")
print("-----END EC PRIVATE KEY-----")
