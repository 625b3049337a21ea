"""The program sees nothing of us; its children speak as well, each beside the first one's recording."""

import json
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.programs import (
    LLMVOX,
    PROGRAMS,
    SCRIPTED,
    Ran,
    environment,
    run_alone,
    run_aloud,
    said_in,
    started_aloud,
)
from support.sdk_server import Answer, SDKServer

STARTUP = Path(__file__).parents[3] / "llmvox_plugins" / "integrations" / "autospeak" / "startup"
MIRROR = PROGRAMS / "mirror.py"


def run(command: list[str], env: dict[str, str], input: str = "what was piped in") -> Ran:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=env, input=input
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def both(words: Sequence[str | Path], tmp_path: Path, python: bool = True) -> tuple[Ran, Ran]:
    arguments = [str(word) for word in words]
    alone = [sys.executable, *arguments] if python else arguments
    aloud = [*LLMVOX, "run", "--to", str(tmp_path / "answer.wav"), *arguments]
    return run(alone, environment()), run(aloud, environment())


@pytest.mark.parametrize("options", [["--voice", "x", "--to=y", "-h"], []])
def test_a_script_sees_what_it_would_see(options: list[str], tmp_path: Path) -> None:
    alone, aloud = both([MIRROR, *options], tmp_path)
    assert aloud == alone
    assert alone.code == 0
    assert not (tmp_path / "answer.wav").exists()  # it said nothing


def test_modules_code_folders_and_zip_files_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("package").mkdir()
    Path("package/__init__.py").touch()
    Path("package/__main__.py").write_text(MIRROR.read_text())
    with zipfile.ZipFile("packed.pyz", "w") as packed:
        packed.write("package/__main__.py", "__main__.py")
    Path("nameless").write_text(MIRROR.read_text())
    for words in (["-m", "package", "-v"], ["package", "a"], ["packed.pyz"], ["nameless", "--to"]):
        alone, aloud = both(words, tmp_path)
        assert aloud == alone
        assert alone.code == 0
    code = "import sys; print(sys.argv, sys.path); sys.exit(5)"
    alone, aloud = both(["-c", code, "--voice"], tmp_path)
    assert aloud == alone
    assert alone.code == 5


def test_commands_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    command = tmp_path / "console-script"
    command.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv)\nsys.exit(7)\n")
    command.chmod(0o755)
    lines = (["console-script", "--to", "x"], [str(command)], [sys.executable, "-X", "dev", str(MIRROR)])
    for words in lines:
        alone, aloud = both(words, tmp_path, python=False)
        assert aloud == alone


HELLO = Answer(["Hello ", "world."])


@pytest.mark.parametrize(
    "how",
    ["by_fork", "by_fork_in_multiprocessing", "by_spawning", "by_a_pool", "by_a_command"],
)
def test_children_speak_beside(how: str, server: SDKServer, tmp_path: Path) -> None:
    server.will_say(HELLO)
    env = environment(server.url, SCRIPTED_DELAY="0.02", PYTHONWARNINGS="ignore")
    aloud = run_aloud(PROGRAMS / "children.py", how, to=tmp_path / "answer.wav", env=env)
    assert aloud == Ran(0, "Hello world.\n" * 2, "")
    beside = [path for path in tmp_path.iterdir() if path.name != "answer.wav"]
    assert [said_in(path) for path in beside] == ["Hello world."]
    assert beside[0].name.removeprefix("answer.").removesuffix(".wav").isdecimal()
    assert said_in(tmp_path / "answer.wav") == "Hello world."


def test_a_program_that_waits_for_all_its_children_waits_for_none_of_ours(
    server: SDKServer, tmp_path: Path
) -> None:
    server.will_say(HELLO)
    env = environment(server.url)
    aloud = run_aloud(PROGRAMS / "children.py", "and_waits_for_all", to=tmp_path / "answer.wav", env=env)
    assert aloud == Ran(0, "Hello world.\n", "")
    assert said_in(tmp_path / "answer.wav") == "Hello world."


def test_a_child_may_be_told_to_be_silent(server: SDKServer, tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys\n"
        "child = [sys.executable, '-c', 'import sys; print(sys.meta_path[0], sys.path)']\n"
        "subprocess.run(child, check=True, env={**os.environ, 'LLMVOX_RUN': '0'})"
    )
    aloud = run_aloud("-c", code, to=tmp_path / "answer.wav", env=environment())
    assert aloud.code == 0
    assert "llmvox_imports" not in aloud.out
    assert "startup" not in aloud.out


# what else is run before a program


def test_a_sitecustomize_of_the_user_s_is_run_and_is_the_one_that_is_seen(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; MARK = 1; print('theirs', __name__, __file__)\n")
    env = environment(PYTHONPATH=str(tmp_path))
    code = "import sitecustomize; print(sitecustomize.MARK)"
    alone = run_alone("-c", code, env=env)
    assert run_aloud("-c", code, to=tmp_path / "answer.wav", env=env).out.endswith(alone.out)
    assert alone.out.startswith("theirs sitecustomize ")


def test_without_one_there_is_none(tmp_path: Path) -> None:
    code = "import sys; print(getattr(sys.modules.get('sitecustomize'), '__file__', None))"
    env = environment(PYTHONPATH="")
    alone, aloud = run_alone("-c", code, env=env), run_aloud("-c", code, to=tmp_path / "answer.wav", env=env)
    assert (aloud.code, aloud.err) == (0, "")
    assert aloud.out in (alone.out, f"{STARTUP / 'sitecustomize.py'}\n")


def test_one_that_fails_is_reported_as_ever(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("1 / 0\n")
    env = {**environment(PYTHONPATH=str(tmp_path)), "LLMVOX_RUN": "1"}
    alone = run_alone("-c", "print('goes on')", env=env)
    env["PYTHONPATH"] = f"{STARTUP}{os.pathsep}{tmp_path}"
    assert run_alone("-c", "print('goes on')", env=env) == alone
    assert "ZeroDivisionError" in alone.err


def test_a_python_without_us_goes_on_and_says_so_only_where_it_matters(server: SDKServer) -> None:
    env = {**environment(server.url), "LLMVOX_RUN": "1", "PYTHONPATH": str(STARTUP)}
    absent = "import sys; sys.modules['llmvox_plugins'] = None; "
    assert run_alone("-c", absent, env=env) == Ran(0, "", "")
    spoke = run_alone("-c", absent + "import openai; print(openai.OpenAI().models)", env=env)
    assert spoke.code == 0
    assert spoke.err.startswith("llmvox: what openai.sdk writes will not be heard: ")
    assert spoke.err.count("\n") == 1


def test_it_costs_a_program_less_than_20_ms() -> None:
    bare = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    ours = {**bare, "PYTHONPATH": str(STARTUP), "LLMVOX_RUN": "1"}

    def seconds(env: dict[str, str]) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True, env=env)
        return time.perf_counter() - began

    pairs = [(seconds(bare), seconds(ours)) for _ in range(15)]
    assert statistics.median(after - before for before, after in pairs) < 0.020


# trouble


def test_a_voice_that_is_gone_is_one_line_and_the_program_s_own_end(
    server: SDKServer, tmp_path: Path
) -> None:
    env = environment(server.url)
    code = (
        "import os, runpy, sys\n"
        "os.environ['LLMVOX_TO'] = '/nowhere/answer.wav'\n"
        f"sys.argv = ['exits.py', 'with_a_code']; runpy.run_path({str(PROGRAMS / 'exits.py')!r})\n"
    )
    aloud = run_aloud("-c", code, to=tmp_path / "answer.wav", env=env)
    assert (aloud.code, aloud.out) == (3, "Hello world.\n")
    said = "llmvox: nothing will be heard: cannot write to /nowhere/answer.wav: No such file or directory\n"
    assert aloud.err == said


def test_settings_that_cannot_be_right_are_one_line(server: SDKServer, tmp_path: Path) -> None:
    env = environment(server.url)
    code = (
        "import os, runpy, sys\n"
        "os.environ['LLMVOX_TURNS'] = 'last'\n"
        f"sys.argv = ['exits.py', 'returns']; runpy.run_path({str(PROGRAMS / 'exits.py')!r})\n"
    )
    aloud = run_aloud("-c", code, to=tmp_path / "answer.wav", env=env)
    assert (aloud.code, aloud.out) == (0, "Hello world.\n")
    assert aloud.err == "llmvox: nothing will be heard: turns is one of queue, latest, first, not 'last'\n"


def companion_of(process: "subprocess.Popen[str]") -> int:
    """The other process of its group."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != process.pid:
                try:
                    if os.getpgid(int(entry.name)) == process.pid:
                        command = (entry / "cmdline").read_bytes()
                        if b"companion" in command and command.startswith(sys.executable.encode()):
                            return int(entry.name)
                except (ProcessLookupError, FileNotFoundError):
                    continue
        time.sleep(0.02)
    raise AssertionError("no companion was started")


def test_the_program_goes_on_when_its_companion_is_killed(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer([f"word{number} " for number in range(40)], pause=0.05))
    env = environment(server.url)
    code = (
        "import runpy, signal, sys\n"
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"  # as programs do that write into pipes
        f"sys.argv = ['exits.py', 'with_a_code']; runpy.run_path({str(PROGRAMS / 'exits.py')!r})\n"
    )
    with started_aloud("-c", code, to=tmp_path / "a.wav", env=env) as process:
        companion = companion_of(process)
        status = Path(f"/proc/{companion}/status").read_text()
        os.kill(companion, 9)
        out, err = process.communicate(timeout=30)
    assert f"PPid:\t{process.pid}\n" not in status  # nobody's child, as far as the program can see
    assert process.returncode == 3
    assert out.endswith("word39 \n")
    assert err == "llmvox: nothing more will be heard: the process that speaks has died\n"


def test_a_program_s_own_doorway_is_not_disturbed(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(Answer(["By ", "itself."]))
    code = (
        "from openai import OpenAI\n"
        "from llmvox_plugins.core.testing import MemorySink, ScriptedVoice\n"
        "from llmvox_plugins.integrations.openai import speak_stream\n"
        "ask = {'model': 'm', 'messages': [{'role': 'user', 'content': '?'}], 'stream': True}\n"
        "voice = ScriptedVoice()\n"
        "with speak_stream(OpenAI().chat.completions.create(**ask), voice, MemorySink()) as stream:\n"
        "    list(stream)\n"
        "print(voice.voiced)\n"
    )
    aloud = run_aloud("-c", code, to=tmp_path / "answer.wav", env=environment(server.url))
    assert aloud == Ran(0, "By itself.\n", "")
    assert said_in(tmp_path / "answer.wav") == ""


def test_the_scripted_voice_stands_in_for_companions_only() -> None:
    code = "import json, sys; print(json.dumps('llmvox_plugins' in sys.modules))"
    env: dict[str, Any] = environment()
    assert str(SCRIPTED) == env["PYTHONPATH"]
    assert json.loads(run_alone("-c", code, env=env).out) is False
