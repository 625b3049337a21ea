"""The architecture, held by its imports: a room imports only from rooms before it."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import llmvox_plugins

ROOT = Path(llmvox_plugins.__file__).parent

LAYERS = [
    ["settings", "core.errors", "core.audio"],
    ["core.text", "core.model", "core.encode", "core.tempo", "core.sinks"],
    ["core.checkpoints"],
    ["core.voices"],
    ["core.audio_queue", "core.inbox", "core.playback", "core.state", "core.timeline"],
    ["core.drain", "core.scheduler"],
    ["core.lifecycle"],
    ["core.speech"],
    ["core.stream"],
    ["core.casting", "core.roots", "core.testing"],
    ["core.narrator"],
    ["core.doorway"],
    ["integrations", "bench"],
    ["cli"],
    ["__main__"],
]
"""Lowest first. Rooms of one layer may see each other where Python lets them, but for doorways."""


SERVER = [
    ["settings", "errors", "wire", "concurrency", "audio"],
    ["voices", "operation", "upload"],
    ["llm", "aloud"],
    ["service", "response", "passage"],
    ["openapi", "speech", "models", "live", "chat", "tts", "page", "health", "passthrough"],
    ["sdk"],
    ["app"],
    ["serving"],
]
"""Those of the speech server, as they stand in integrations/openai."""


def room_of(module: str, layers: list[list[str]] = LAYERS) -> int:
    fitting = [
        (len(room), level)
        for level, rooms in enumerate(layers)
        for room in rooms
        if module == room or module.startswith(room + ".")
    ]
    assert fitting, f"{module} has no layer: draw it in tests/test_layers.py"
    return max(fitting)[1]


def modules() -> list[str]:
    found = [info.name for info in pkgutil.walk_packages([str(ROOT)], "llmvox_plugins.")]
    return [name.removeprefix("llmvox_plugins.") for name in found]


def imports(module: str) -> set[str]:
    """The package's own modules that this one imports, wherever in it."""
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    package = module.split(".") if path.is_dir() else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            target = ".".join([*base, *([node.module] if node.module else [])])
            found |= {target} if node.module else {".".join([*base, alias.name]) for alias in node.names}
    return {name for name in found if name not in ("", "core")}


def test_a_room_imports_only_from_rooms_before_it() -> None:
    wrong = [
        f"{module} imports {other}"
        for module in modules()
        if module not in ("core", "integrations")
        for other in imports(module)
        if room_of(other) > room_of(module)
    ]
    assert wrong == []


def test_the_server_s_rooms_have_their_order_too() -> None:
    prefix = "integrations.openai."
    wrong = [
        f"{module} imports {other}"
        for module in modules()
        if module.startswith(prefix)
        for other in imports(module)
        if other.startswith(prefix)
        if room_of(other.removeprefix(prefix), SERVER) > room_of(module.removeprefix(prefix), SERVER)
    ]
    assert wrong == []


def test_doorways_do_not_know_each_other() -> None:
    for module in modules():
        if module.startswith("integrations."):
            own = ".".join(module.split(".")[:2])
            others = {other for other in imports(module) if other.startswith("integrations")}
            assert all(f"{other}.".startswith(f"{own}.") for other in others), module


def test_public_names_are_what_all_says() -> None:
    for name in modules():
        module = importlib.import_module(f"llmvox_plugins.{name}")
        for public in getattr(module, "__all__", []):
            assert hasattr(module, public), f"{name}.{public}"


def test_the_package_offers_its_public_names_and_loads_nothing_before_they_are_used() -> None:
    assert set(llmvox_plugins._ROOMS) == set(llmvox_plugins.__all__)
    assert all(getattr(llmvox_plugins, name) is not None for name in llmvox_plugins.__all__)
    heavy = "agents asyncio langchain_core llama_index numpy openai torch transformers wrapt".split()
    code = f"import sys, llmvox_plugins; print(sorted({set(heavy)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
