"""Python runs this before a program that `llmvox run` has started, and before those that it starts.

It may harm none of them: whatever is wrong is one line on stderr. The `sitecustomize` that would have been
run without this one is run too. What is here imports next to nothing, so that nobody waits for it.
"""

import os
import sys


def _prepare() -> None:
    if os.environ.get("LLMVOX_RUN", "0") == "0":
        return  # it is not to speak
    try:
        __import__("_llmvox_hooks").install()
    except Exception as error:  # noqa: BLE001
        sys.stderr.write(f"llmvox: nothing will be heard: {error}\n")


def _run_the_next() -> None:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  pathlib takes its time
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != here]  # noqa: PTH100
    ours = sys.modules.pop(__name__)
    try:
        __import__(__name__)  # what it raises is Python's to report
    except ModuleNotFoundError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, ours)


_prepare()
_run_the_next()
