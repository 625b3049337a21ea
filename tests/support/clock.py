"""How long a thing takes, told apart from what else the machine and the process do."""

import time
from collections.abc import Callable


def cpu_seconds(action: Callable[[], object], tries: int = 3) -> float:
    """CPU seconds of this thread for the quickest of some runs of `action`.

    Other threads of the process (voices of earlier tests, PyTorch's teams) are not counted,
    and one run that met a collection of the whole heap does not decide.
    """

    def once() -> float:
        begun = time.thread_time()
        action()
        return time.thread_time() - begun

    return min(once() for _ in range(tries))
