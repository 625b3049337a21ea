"""Programs that know nothing of speech speak: what `llmvox run` puts around them.

    launch       checks what was asked for, and becomes the program          (in `llmvox run`)
    startup/     what Python runs before the program's first line: it attaches a framework's doorway once the
                 framework is there                                          (in the program)
    remote       what doorways tell; it goes to the companion, down a line
    companion    the process that speaks: voice, sink, and the narrator      (beside the program)

The program's own process only notes what its models write. It loads no voice, starts no thread, and keeps its
signals, so it cannot be slowed down or be harmed by speech, and at its exit it has only to wait.
"""
