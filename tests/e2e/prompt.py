# SPDX-License-Identifier: MIT
# prompt.py ANSWER COMMAND...: a daemon at a terminal of its own, where somebody
# types ANSWER at the question for a PIN; once it listens it is told to stop.
# Prints what the screen showed; exits as the daemon did.
import os, pty, select, signal, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, typed, told = b"", False, False
while True:
    if not typed and b'": ' in seen:
        typed = True
        os.write(fd, sys.argv[1].encode() + b"\n")
    if not told and b"listening on" in seen:
        told = True
        os.kill(pid, signal.SIGTERM)
    if not select.select([fd], [], [], 30)[0]:
        os.kill(pid, signal.SIGKILL)
        sys.exit("nothing happened for 30 seconds; the screen:\n" + seen.decode())
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
