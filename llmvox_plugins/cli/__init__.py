"""The command line: a command parses, builds what it needs and calls it; it knows no engine room.

Whatever goes wrong is one line on stderr and an exit code: 1, speech failed; 2, the command cannot be
carried out as it stands; 130, Ctrl-C. Commands import what they use only when they run: --help is quick.
"""

from .app import app, main
from .bench import bench
from .run import ProgramLast, run
from .say import say
from .serve import serve
from .voices import voices

__all__ = ["app", "main"]

for command in (say, serve, voices, bench):
    app.command()(command)
app.command(cls=ProgramLast)(run)
