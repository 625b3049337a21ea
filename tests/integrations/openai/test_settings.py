"""The server's settings: flags over variables over the file, and what is wrong with them told by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.integrations.openai.settings import ServerSettings, is_loopback
from llmvox_plugins.settings import Settings

RELEASED = """
api_host = "127.0.0.2"
api_port = 5003
system_prompt = "Be brief."
llm_checkpoint = "meta-llama/Llama-3.1-8B-Instruct"
llm_device = "cuda:0"
"""


def set_file(monkeypatch: pytest.MonkeyPatch, path: Path, text: str) -> None:
    path.write_text(text)
    monkeypatch.setenv("LLMVOX_CONFIG", str(path))


def test_flags_go_over_variables_and_variables_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_file(monkeypatch, tmp_path / "a.toml", "[server]\nport = 1\nmax_streams = 2\nmax_waiting = 3\n")
    monkeypatch.setenv("LLMVOX_SERVER_MAX_STREAMS", "20")
    monkeypatch.setenv("LLMVOX_SERVER_PORT", "10")
    settings = ServerSettings(port=100)
    assert (settings.port, settings.max_streams, settings.max_waiting) == (100, 20, 3)


def test_the_released_names_are_understood_and_a_table_goes_over_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_file(monkeypatch, tmp_path / "a.toml", RELEASED + "[server]\nport = 8001\n")
    settings = ServerSettings()
    assert (settings.host, settings.port) == ("127.0.0.2", 8001)
    assert settings.system_prompt == "Be brief."
    assert settings.llm_local == "meta-llama/Llama-3.1-8B-Instruct"
    assert Settings.load() == Settings()


def test_a_file_may_be_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"voices": {"alloy": "espeak:en-gb"}, "cors_origins": ["https://a.example"]}
    set_file(monkeypatch, tmp_path / "a.json", json.dumps({"server": table}))
    settings = ServerSettings()
    assert settings.voices == {"alloy": "espeak:en-gb"}
    assert settings.cors_origins == ("https://a.example",)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("allowed_hosts", "a.example, b.example", ("a.example", "b.example")),
        ("cors_origins", "https://A.example/,null", ("https://a.example", "null")),
        ("voices", "alloy=espeak:de, echo=espeak:en+m3", {"alloy": "espeak:de", "echo": "espeak:en+m3"}),
        ("voices", '{"alloy": "espeak:de"}', {"alloy": "espeak:de"}),
        ("queue_timeout", "0.5", 0.5),
        ("host", "", "127.0.0.1"),
    ],
)
def test_a_variable_holds(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any) -> None:
    monkeypatch.setenv(f"LLMVOX_SERVER_{name.upper()}", text)
    assert getattr(ServerSettings(), name) == value
    assert getattr(ServerSettings(**{name: text} if text else {}), name) == value


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("LLMVOX_SERVER_PROT", "1", "^LLMVOX_SERVER_PROT is not known; did you mean LLMVOX_SERVER_PORT?"),
        ("LLMVOX_SERVER_PORT", "many", "^LLMVOX_SERVER_PORT: should be a valid integer.*not 'many'"),
        ("LLMVOX_SERVER_VOICES", "alloy", "^LLMVOX_SERVER_VOICES: 'alloy' should be name=voice"),
        ("LLMVOX_SERVER_VOICES", "{alloy", "^LLMVOX_SERVER_VOICES: "),
        ("LLMVOX_SERVER_CORS_ORIGINS", "a.example", "should be like https://example.com"),
        ("LLMVOX_SERVER_LOG_FORMAT", "xml", "should be 'auto', 'json' or 'text', not 'xml'"),
        ("LLMVOX_SERVER_STALL_TIMEOUT", "nan", "should be a finite number"),
        ("LLMVOX_SERVER_API_KEY_FILE", "/nowhere/keys", "keys, /nowhere/keys, cannot be read"),
    ],
)
def test_a_variable_that_cannot_be_right_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, said: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigurationError, match=said):
        ServerSettings()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[server]\nprot = 1", r"a\.toml: \[server\] prot is not known; did you mean 'port'"),
        ("[server]\nmax_streams = 0", r"a\.toml: \[server\] max_streams: should be greater than"),
        ("server = 1", "server should be a table"),
        ("[serve]\nport = 1", "did you mean 'server'"),
    ],
)
def test_an_entry_that_cannot_be_right_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, said: str
) -> None:
    set_file(monkeypatch, tmp_path / "a.toml", table)
    with pytest.raises(ConfigurationError, match=said):
        ServerSettings()
        Settings.load()


def test_an_argument_that_cannot_be_right_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^port: .*not '70000'"):
        ServerSettings(port=70_000)
    with pytest.raises(ConfigurationError, match="max_stream is not known; did you mean 'max_streams'"):
        ServerSettings(max_stream=1)


def test_keys_are_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMVOX_SERVER_API_KEYS", "sesame,open")
    assert "sesame" not in repr(ServerSettings())
    assert [key.get_secret_value() for key in ServerSettings().api_keys] == ["sesame", "open"]
    with pytest.raises(ConfigurationError) as raised:
        ServerSettings(api_keys=[["sesame"]])
    assert "sesame" not in str(raised.value)


def test_keys_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one\n\n two \n")
    settings = ServerSettings(api_key_file=str(tmp_path / "keys"), api_keys="zero", host="0.0.0.0")
    assert [key.get_secret_value() for key in settings.api_keys] == ["zero", "one", "two"]
    (tmp_path / "keys").write_text("\n")
    with pytest.raises(ConfigurationError, match="is empty"):
        ServerSettings(api_key_file=str(tmp_path / "keys"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "LOCALHOST", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_this_machine_alone_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    assert ServerSettings(host=host).api_keys == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "example.com", "localhost.example.com"])
def test_whatever_others_can_reach_needs_keys(host: str) -> None:
    with pytest.raises(ConfigurationError, match="needs API keys: set LLMVOX_SERVER_API_KEYS"):
        ServerSettings(host=host)
    assert ServerSettings(host=host, api_keys="k").host == host


def test_every_setting_is_documented() -> None:
    for name in ServerSettings.model_fields:
        assert name in str(ServerSettings.__doc__)
