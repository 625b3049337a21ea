"""Tells what a program can see of itself."""

import os
import signal
import sys
import threading
from pathlib import Path

print(__name__, __file__, sys.argv)
print(sys.path)
print([name for name in sorted(sys.modules) if "llmvox" in name and not name.startswith("_llmvox")])
print(sys.flags, sys.gettrace(), sys.excepthook is sys.__excepthook__, sys.stdout.encoding)
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGPIPE))
print([thread.name for thread in threading.enumerate()], threading.current_thread().name)
print(sorted(file.name for file in Path("/proc/self/fd").iterdir()))
print(Path.cwd(), sys.stdin.read())
print(
    {name: value for name, value in os.environ.items() if not name.startswith(("LLMVOX", "PYTHONPATH", "_"))}
)
print("to stderr", file=sys.stderr)
