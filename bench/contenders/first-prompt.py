"""Starts a program on a pseudo-terminal and takes the time until its prompt is on the line.

Usage: first-prompt.py PROMPT PROGRAM [ARGUMENT...]. Prints milliseconds.
"""

import os
import pty
import signal
import sys
import time

prompt, command = sys.argv[1].encode(), sys.argv[2:]
start = time.perf_counter_ns()
child, master = pty.fork()
if child == 0:
    os.execvp(command[0], command)
screen = b""
while prompt not in screen:
    screen += os.read(master, 65536)
took = (time.perf_counter_ns() - start) / 1_000_000
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print(took)
