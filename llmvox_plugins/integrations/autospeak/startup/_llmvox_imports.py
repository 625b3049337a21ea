"""Tells when a module has been imported. Before every program's first line: it needs next to nothing."""

from __future__ import annotations

import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["when_imported"]


def when_imported(hooks: Mapping[str, Callable[[], None]]) -> None:
    """Call each hook once its module has been imported, or now if it has been. Hooks raise nothing."""
    for name in [name for name in hooks if name in sys.modules]:
        hooks[name]()
    later = {name: hook for name, hook in hooks.items() if name not in sys.modules}
    if later:
        sys.meta_path.insert(0, _Watch(later))


class _Watch:
    """Finds nothing itself: it asks those behind it, and listens to who executes the module."""

    def __init__(self, hooks: dict[str, Callable[[], None]]) -> None:
        self._hooks = hooks
        self._asking: set[tuple[int, str]] = set()  # others may ask everybody once more

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        asked = (get_ident(), name)
        if name not in self._hooks or asked in self._asking:
            return None
        self._asking.add(asked)
        try:
            spec = self._find(name, path, target)
        finally:
            self._asking.discard(asked)
        if spec is not None:
            self._listen(name, spec.loader)
        return spec

    def _find(self, *asked: Any) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(*asked)
                if spec is not None:
                    return spec
        return None

    def _listen(self, name: str, loader: Any) -> None:
        """A module's loader is its own, but a zip file's modules share one."""
        if isinstance(loader, type) or not hasattr(loader, "exec_module"):
            return
        execute, others = loader.exec_module, loader.__dict__.get("exec_module")

        def exec_module(module: ModuleType) -> None:
            if module.__name__ != name:
                execute(module)
                return
            loader.__dict__.pop("exec_module", None)
            if others is not None:  # who listens as well
                loader.exec_module = others
            loader.exec_module(module)
            self._imported(name)

        loader.exec_module = exec_module

    def _imported(self, name: str) -> None:
        hook = self._hooks.pop(name, None)
        if not self._hooks and self in sys.meta_path:
            sys.meta_path.remove(self)
        if hook is not None:
            hook()
