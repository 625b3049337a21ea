"""How the server is set up: flags over LLMVOX_SERVER_* variables over the [server] table of LLMVOX_CONFIG."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ServerSettings"]


class ServerSettings(BaseSettings):
    """host, port: where it listens; anything but a loopback address needs api_keys.
    voice: the name of the voice that speaks where none is named; None is LLMVOX_VOICE or the best there is.
    voices: more names that clients may use, and the voices that they mean; OpenAI's names mean `voice`
        unless they are given here.
    """

    model_config = SettingsConfigDict(env_prefix="LLMVOX_SERVER_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    api_keys: tuple[SecretStr, ...] = ()
    cors_origins: tuple[str, ...] = ()

    voice: str | None = None
    voices: dict[str, str] = {}

    max_streams: int = Field(default=32, ge=1)
    max_waiting: int = Field(default=32, ge=0)
    queue_timeout: float = Field(default=5.0, gt=0)
    max_input: int = Field(default=65_536, ge=1)
    max_body: int = Field(default=32 * 2**20, ge=1024)
    voice_timeout: float = Field(default=30.0, gt=0)
    stall_timeout: float = Field(default=60.0, gt=0)
    request_timeout: float = Field(default=3600.0, gt=0)
    shutdown_timeout: float = Field(default=30.0, ge=0)

    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_local: str | None = None
    system_prompt: str | None = None
