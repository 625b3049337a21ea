"""The runs that LangChain tells of, as a tree; each is a chain, a tool, a retriever or a model at work.

It knows nothing of speech. Runs are kept by number, not by their UUID: see vanishing.py.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .answer import Answer

__all__ = ["Labels", "Run", "Runs"]

MOST_RUNS = 10_000  # runs whose end is never told are forgotten beyond it
MOST_LOST = 1_000  # and so are those that have lost their meaning


@dataclass(frozen=True, slots=True)
class Labels:
    """What LangChain calls a run by; all but its name is handed down to the runs below it."""

    agent: str | None
    node: str | None
    tags: tuple[str, ...]
    name: str | None

    @classmethod
    def of(cls, name: object, tags: Sequence[str] | None, metadata: Mapping[str, Any] | None) -> Labels:
        known = metadata or {}
        told = (known.get("lc_agent_name"), known.get("langgraph_node"), name)
        agent, node, name = (each if isinstance(each, str) else None for each in told)
        return cls(agent, node, tuple(tags or ()), name)

    def below(self, above: Labels | None) -> tuple[str, ...]:
        """Those that it does not have from the run above."""
        tags = self.tags if above is None else tuple(tag for tag in self.tags if tag not in above.tags)
        agent = None if above is not None and self.agent == above.agent else self.agent
        node = None if above is not None and self.node == above.node else self.node
        return tuple(each for each in (agent, node, *tags, self.name) if each)


@dataclass(slots=True, eq=False)
class Run:
    """root: the number of the topmost run above this one that was seen.
    names: what this run is called by, and not those above it.
    in_tool: whether it is a tool, or works inside one.
    lost: whether it works for a run that has failed, or was cut off: threads do not end with their caller.
    answer: what it says, if it is a model that is listened to.
    answers: those of models below it that have ended.
    """

    key: int
    root: int
    parent: Run | None
    labels: Labels
    names: tuple[str, ...]
    in_tool: bool
    lost: bool
    answer: Answer | None = None
    answers: list[Answer] = field(default_factory=list)
    children: dict[int, Run] = field(default_factory=dict)

    @property
    def lineage(self) -> Iterator[Run]:
        """This run and those above it."""
        run: Run | None = self
        while run is not None:
            yield run
            run = run.parent

    @property
    def called(self) -> tuple[str, ...]:
        """All its names, the nearest first: its own, then those of the runs above it."""
        return tuple(dict.fromkeys(name for run in self.lineage for name in run.names))

    @property
    def below(self) -> list[Run]:
        """Those at work below it."""
        children = list(self.children.values())
        return children + [run for child in children for run in child.below]

    @property
    def all_answers(self) -> list[Answer]:
        """What models have said at or below this run, and what they are saying there."""
        runs = [self, *self.below]
        return [answer for run in runs for answer in [*run.answers, run.answer] if answer is not None]


class Runs:
    """Those at work. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._runs: dict[int, Run] = {}
        self._lost: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, key: int) -> Run | None:
        return self._runs.get(key)

    def enter(self, run_id: UUID, parent_id: UUID | None, labels: Labels) -> Run:
        """A run starts. One that is lost is not kept."""
        with self._lock:
            while len(self._runs) >= MOST_RUNS:
                del self._runs[next(iter(self._runs))]
            parent = None if parent_id is None else self._runs.get(parent_id.int)
            root = run_id.int if parent is None else parent.root
            names = labels.below(None if parent is None else parent.labels)
            in_tool = parent is not None and parent.in_tool
            lost = parent_id is not None and parent_id.int in self._lost
            run = Run(run_id.int, root, parent, labels, names, in_tool, lost)
            if lost:
                self._remember_as_lost(run)
                return run
            self._runs[run.key] = run
            if parent is not None:
                parent.children[run.key] = run
            return run

    def lose(self, run: Run) -> None:
        """It has failed, or was cut off: whatever starts in it from now on is for nobody."""
        with self._lock:
            for each in [run, *run.below]:
                self._remember_as_lost(each)

    def leave(self, run: Run) -> None:
        """A run has ended. What still works below it belongs to the run above, or to nobody."""
        with self._lock:
            self._runs.pop(run.key, None)
            if run.parent is None:
                for each in run.below:
                    self._runs.pop(each.key, None)
                return
            run.parent.children.pop(run.key, None)
            run.parent.answers += [*run.answers, *([run.answer] if run.answer else [])]
            for child in run.children.values():
                child.parent = run.parent
                run.parent.children[child.key] = child

    def _remember_as_lost(self, run: Run) -> None:
        self._lost[run.key] = None
        while len(self._lost) > MOST_LOST:
            self._lost.popitem(last=False)
