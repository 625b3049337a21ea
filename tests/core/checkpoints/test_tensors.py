"""One file of weights: what is read, and what each kind of wrong file is answered with."""

import json
import os
import pickle
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from llmvox_plugins.core.checkpoints.tensors import BARE, read_tensors
from llmvox_plugins.core.errors import CheckpointError

TENSORS = {"a": torch.arange(2000.0), "b": torch.ones(2, 3)}
MAPS = Path("/proc/self/maps")


class Code:
    """What a hostile pickle does."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.trace}",)


def zipped(path: Path) -> None:
    torch.save(TENSORS, path)


def legacy(path: Path) -> None:
    torch.save(TENSORS, path, _use_new_zipfile_serialization=False)


def safetensors(path: Path) -> None:
    save_file(TENSORS, path)


@pytest.mark.parametrize("write", [zipped, legacy, safetensors])
@pytest.mark.parametrize("name", ["x.pt", "x.safetensors", "x"])
def test_a_file_is_read_by_what_it_holds_whatever_its_name(
    tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    write(tmp_path / name)
    read = read_tensors(tmp_path / name)
    assert set(read) == {"a", "b"}
    assert all(torch.equal(read[name], tensor) for name, tensor in TENSORS.items())


def test_a_tensor_alone_is_read(tmp_path: Path) -> None:
    torch.save(TENSORS["b"], tmp_path / "x.pt")
    assert torch.equal(read_tensors(tmp_path / "x.pt")[BARE], TENSORS["b"])


@pytest.mark.skipif(not MAPS.exists(), reason="this system does not tell what is mapped")
@pytest.mark.parametrize("write", [zipped, safetensors])
def test_tensors_are_mapped_and_not_read(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "x")
    read = read_tensors(tmp_path / "x")
    assert str(tmp_path / "x") in MAPS.read_text()
    assert set(read) == {"a", "b"}


def cut(write: Callable[[Path], None], keep: float) -> Callable[[Path], None]:
    def write_and_cut(path: Path) -> None:
        write(path)
        os.truncate(path, int(path.stat().st_size * keep))

    return write_and_cut


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def raw(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")


def script(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", b"")
        archive.writestr("x/constants.pkl", b"")


def hollow_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/version", "3\n")
        archive.writestr("x/data.pkl", b"junk")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "directory"),
        (raw(b""), "is empty"),
        (cut(zipped, 0.9), "cut short at .* bytes: fetch it again"),
        (cut(zipped, 0.1), "cut short"),
        (cut(legacy, 0.9), "cut short"),
        (cut(legacy, 0.01), "cut short"),
        (cut(safetensors, 0.9), "cut short"),
        (cut(safetensors, 0.01), "cut short"),
        (raw(struct.pack("<Q", 20) + b"{what is this? " + b"1" * 100), "damaged"),
        (text("<!DOCTYPE html><html><body>404</body></html>"), "web page"),
        (text("\n <html>"), "web page"),
        (text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "Git LFS pointer.*git lfs pull"),
        (text(json.dumps({"architectures": ["T5"]})), "is JSON"),
        (text("[1, 2]"), "is JSON"),
        (raw(b"GGUF\x03\0\0\0"), "GGUF"),
        (raw(b"\x1f\x8b\x08\0"), "compressed archive: unpack"),
        (text("Hello."), "not a file of weights"),
        (other_zip, "zip archive that torch.save did not write"),
        (hollow_zip, "damaged"),
        (script, "TorchScript program: it holds code, which is never run"),
        (raw(pickle.dumps({"a": 1}, protocol=4)), "pickle that torch.save did not write"),
        (raw(b"\x80\x04junk"), "pickle that torch.save did not write"),
        (raw(b"\x80\x02junk"), "damaged"),
        (lambda path: torch.save([1, 2], path), "holds a list; tensors with names are wanted"),
        (lambda path: torch.save({1: 2}, path), "holds a dict"),
    ],
)
def test_each_wrong_file_gets_its_own_error(
    tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "x.pt"
    write(path)
    with pytest.raises(CheckpointError, match=f"^{re.escape(str(path))}.*{said}"):
        read_tensors(path)


@pytest.mark.parametrize("kind", ["zip", "legacy", "protocol 2", "protocol 4", "hidden deep"])
def test_code_is_named_and_never_run(tmp_path: Path, kind: str) -> None:
    path, trace = tmp_path / "x.pt", tmp_path / "run"
    if kind.startswith("protocol"):
        path.write_bytes(pickle.dumps({"x": Code(trace)}, protocol=int(kind[-1])))
    elif kind == "hidden deep":
        torch.save({"model": TENSORS, "config": {"a": [{"b": (Code(trace),)}]}}, path)
    else:
        torch.save({"x": Code(trace)}, path, _use_new_zipfile_serialization=kind == "zip")
    with pytest.raises(CheckpointError, match=rf"holds code \({os.name}.system\), which is never run"):
        read_tensors(path)
    assert not trace.exists()


def test_a_class_of_somebody_s_own_is_code_too(tmp_path: Path) -> None:
    torch.save({"hyperparameters": Path("x")}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"holds code \(pathlib.*Path\)"):
        read_tensors(tmp_path / "x.pt")
