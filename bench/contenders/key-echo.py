"""Types on a pseudo-terminal and takes the time until something appears, key by key.

Usage: key-echo.py ROUNDS END-OF-PROMPT PROGRAM [ARGUMENT...]

Prints a JSON document: microseconds from a key to the first byte of its echo, and bytes for each key, for letters at the
end of a line. A few hundred keys before that are for warming up.
"""

import json
import os
import pty
import select
import signal
import sys
import time

WARM_UP_KEYS = 300
LINE_KEYS = 40
QUIET_SECONDS = 0.002

rounds, prompt, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
child, master = pty.fork()
if child == 0:
    os.execvp(command[0], command)


def until_quiet():
    size = 0
    while select.select([master], [], [], QUIET_SECONDS)[0]:
        size += len(os.read(master, 65536))
    return size


screen = b""
while not screen.endswith(prompt):
    screen = (screen + os.read(master, 65536))[-4096:]
micros, sizes = [], []
for key in range(WARM_UP_KEYS + rounds):
    if key % LINE_KEYS == 0:
        os.write(master, b"\x15")
        time.sleep(QUIET_SECONDS)
        until_quiet()
    start = time.perf_counter_ns()
    os.write(master, bytes([ord("a") + key % 26]))
    size = len(os.read(master, 65536))
    took = (time.perf_counter_ns() - start) / 1000
    size += until_quiet()
    if key >= WARM_UP_KEYS:
        micros.append(took)
        sizes.append(size)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print(json.dumps({"micros": micros, "sizes": sizes}))
