"""Hooks are called when a module has been imported, and nothing else about imports is changed."""

import importlib
import importlib.util
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

STARTUP = Path(__file__).parents[3] / "llmvox_plugins" / "integrations" / "autospeak" / "startup"


@pytest.fixture
def imports() -> ModuleType:
    spec = importlib.util.spec_from_file_location("_llmvox_imports", STARTUP / "_llmvox_imports.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    before, finders = set(sys.modules), list(sys.meta_path)
    yield tmp_path
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_hook_is_called_once_when_its_module_is_complete(imports: ModuleType, place: Path) -> None:
    (place / "watched.py").write_text("value = 1")
    seen: list[int] = []
    imports.when_imported({"watched": lambda: seen.append(sys.modules["watched"].value)})
    module = importlib.import_module("watched")
    assert seen == [1]
    assert module.__spec__ is not None
    assert type(module.__spec__.loader).__name__ == "SourceFileLoader"
    assert "exec_module" not in vars(module.__spec__.loader)
    importlib.reload(module)
    assert seen == [1]
    assert not any(type(finder).__name__ == "_Watch" for finder in sys.meta_path)


def test_a_module_that_is_there_already_is_told_at_once(imports: ModuleType, place: Path) -> None:
    seen: list[str] = []
    imports.when_imported({"sys": lambda: seen.append("sys")})
    assert seen == ["sys"]


def test_asking_whether_there_is_one_is_no_import(imports: ModuleType, place: Path) -> None:
    (place / "watched.py").write_text("")
    seen: list[str] = []
    imports.when_imported({"watched": lambda: seen.append("watched")})
    assert importlib.util.find_spec("watched")
    assert importlib.util.find_spec("nothing") is None
    assert seen == []
    importlib.import_module("watched")
    assert seen == ["watched"]


def test_an_import_that_fails_fails_as_ever_and_may_be_tried_again(imports: ModuleType, place: Path) -> None:
    (place / "watched.py").write_text("import os\nif 'WATCHED' not in os.environ: raise KeyError('not yet')")
    seen: list[str] = []
    imports.when_imported({"watched": lambda: seen.append("watched"), "missing": lambda: None})
    with pytest.raises(KeyError, match="not yet"):
        importlib.import_module("watched")
    with pytest.raises(ModuleNotFoundError, match="No module named 'missing'"):
        importlib.import_module("missing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHED", "1")
        importlib.import_module("watched")
    assert seen == ["watched"]


def test_a_module_of_a_package_and_of_a_zip_file_is_seen(imports: ModuleType, place: Path) -> None:
    (place / "package").mkdir()
    (place / "package" / "__init__.py").write_text("")
    (place / "package" / "inner.py").write_text("")
    with zipfile.ZipFile(place / "packed.zip", "w") as packed:
        packed.writestr("zipped/__init__.py", "from . import inner")
        packed.writestr("zipped/inner.py", "")
    sys.path.insert(0, str(place / "packed.zip"))
    seen: list[str] = []
    imports.when_imported(
        {name: lambda name=name: seen.append(name) for name in ("package.inner", "zipped", "zipped.inner")}
    )
    importlib.import_module("package.inner")
    importlib.import_module("zipped")
    assert seen == ["package.inner", "zipped.inner", "zipped"]
    sys.path.remove(str(place / "packed.zip"))


def test_two_watches_do_not_get_in_each_other_s_way(imports: ModuleType, place: Path) -> None:
    import wrapt

    (place / "watched.py").write_text("")
    seen: list[str] = []
    imports.when_imported({"watched": lambda: seen.append("first")})
    wrapt.register_post_import_hook(lambda module: seen.append("wrapt"), "watched")
    imports.when_imported({"watched": lambda: seen.append("second")})
    importlib.import_module("watched")
    assert sorted(seen) == ["first", "second", "wrapt"]


def test_threads_that_import_at_once_are_told_of_once(imports: ModuleType, place: Path) -> None:
    (place / "watched.py").write_text("import time; time.sleep(0.05)")
    seen: list[str] = []
    imports.when_imported({"watched": lambda: seen.append("watched")})
    threads = [threading.Thread(target=importlib.import_module, args=["watched"]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["watched"]
