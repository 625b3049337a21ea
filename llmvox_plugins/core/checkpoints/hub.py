"""The official checkpoints: fetched from Hugging Face once, then kept as a compact copy.

Requests, retries, resumption, the cache and its variables (HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN)
are huggingface_hub's own; here are the order of things, and what a user is told.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DownloadError
from .card import Source, VoiceCard
from .shelf import LICENCE, Shelf, revision_wanted, shelf

if TYPE_CHECKING:
    from .released import Released

__all__ = ["REPOSITORY", "official"]

REPOSITORY = "MBZUAI/LLMVoX"

_LLMVOX = "ckpt_english_tiny.pt"
_WAVTOKENIZER = "wavtokenizer_large_speech_320_24k.ckpt"
_TEXT_ENCODER = "charsiu/g2p_multilingual_byT5_tiny_16_layers_100"

logger = logging.getLogger(__name__)


def official(revision: str | None = None, *, update: bool = False) -> Path:
    """The folder of the compact copy of `llmvox`; the first time it is downloaded and made.

    revision: a branch, tag or commit of REPOSITORY; else LLMVOX_REVISION, else "main".
    update: ask the hub what the revision stands for now, even if it is known from before.
    Raises DownloadError, which says what to do, and CheckpointError for files that cannot be used.
    """
    wanted = revision_wanted(revision)
    here = shelf()
    kept = here.find(wanted)
    return kept if kept and not update else _newest(here, wanted, kept)


def _newest(here: Shelf, wanted: str, kept: Path | None) -> Path:
    """What the hub says that is wanted; `kept` if it says nothing."""
    from .fetch import Wanted, commit_of

    unreachable: DownloadError | None = None
    commit: str | None = None
    try:
        commit = commit_of(Wanted(REPOSITORY, [_LLMVOX], wanted))
    except DownloadError as error:
        unreachable = error
    if unreachable and kept:
        logger.warning("%s; the copy of before is still good", unreachable)
    folder = (here.find(commit) if commit else kept) or _make(here, wanted, unreachable)
    try:
        here.remember(wanted, folder.name)
    except OSError as error:
        raise DownloadError(
            f"{here.place} cannot be written ({error}): set LLMVOX_CACHE to a folder of yours"
        ) from error
    return folder


def _make(here: Shelf, wanted: str, unreachable: DownloadError | None) -> Path:
    from .convert import convert

    if unreachable is None and here.is_empty():
        logger.warning(
            "downloading the official LLMVoX voice, 2.3 GB, once. Its weights are %s: not for commercial use."
            " See https://huggingface.co/%s",
            LICENCE,
            REPOSITORY,
        )
    files = _fetch_all(wanted, unreachable)
    commit = files.llmvox.parent.name
    folder = here.folder(commit)
    convert(files, folder, VoiceCard(licence=LICENCE, sources=_sources(files)), keep=True)
    logger.warning(
        "made a compact copy in %s; the files it was made of are not read again and may be deleted:"
        " hf cache rm model/%s model/%s",
        folder,
        REPOSITORY,
        _TEXT_ENCODER,
    )
    return folder


def _fetch_all(wanted: str, unreachable: DownloadError | None) -> Released:
    from .fetch import Wanted, fetch
    from .released import Released
    from .text_encoder import FILES

    llmvox = fetch(Wanted(REPOSITORY, [_LLMVOX], wanted), unreachable)
    # The same commit for both, though `wanted` may stand for another by now.
    wavtokenizer = fetch(Wanted(REPOSITORY, [_WAVTOKENIZER], llmvox.parent.name), unreachable)
    return Released(llmvox, wavtokenizer, fetch(Wanted(_TEXT_ENCODER, FILES, "main"), unreachable))


def _sources(files: Released) -> tuple[Source, ...]:
    ours = ((files.llmvox, REPOSITORY), (files.wavtokenizer, REPOSITORY), (files.text_encoder, _TEXT_ENCODER))
    return tuple(
        Source(path.name, path.stat().st_size, repository, path.parent.name) for path, repository in ours
    )
