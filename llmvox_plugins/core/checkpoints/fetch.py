"""One file from Hugging Face: fetched by huggingface_hub, its checksum looked at; errors say what to do."""

from __future__ import annotations

import errno
import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from ..errors import DownloadError

__all__ = ["Wanted", "commit_of", "fetch"]

# Which HTTP library huggingface_hub stands on differs by version; the base of its own error tells.
_HTTP_ERROR: type[BaseException] = HfHubHTTPError.__mro__[1]
_TROUBLE: tuple[type[BaseException], ...] = (_HTTP_ERROR, OSError, ValueError, RuntimeError)
_RESETS = 2  # connections that may break before it is an error
_MIRROR = "Look at the network, HTTPS_PROXY and HF_ENDPOINT, and try again"
_SHA256 = re.compile(r"[0-9a-f]{64}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of a repository; `files` are its names, of which the first that is there is taken."""

    repository: str
    files: Sequence[str]
    revision: str

    def __str__(self) -> str:
        return f"{' or '.join(self.files)} of {self.repository} at {self.revision}"


def commit_of(wanted: Wanted) -> str | None:
    """What the revision stands for; None if the hub is too busy to say. Raises DownloadError."""
    try:
        url = hf_hub_url(wanted.repository, wanted.files[0], revision=wanted.revision)
        return get_hf_file_metadata(url).commit_hash
    except _TROUBLE as error:
        if _is_busy(error):
            return None
        raise DownloadError(_said(error, wanted)) from error


def fetch(wanted: Wanted, unreachable: DownloadError | None = None) -> Path:
    """The file in huggingface_hub's cache, `…/snapshots/<commit>/<name>`; downloaded if it is not there.

    unreachable: why the hub cannot be asked, where that is known: then only the cache is looked into.
    Raises DownloadError.
    """
    try:
        path = _persistently(wanted, unreachable is not None)
        if _is_intact(path):
            return path
        if unreachable:
            raise DownloadError(f"{path} is damaged, and {unreachable}")
        logger.warning("%s is damaged; it is fetched again", path)
        path = _persistently(wanted, force=True)
    except LocalEntryNotFoundError as error:
        raise unreachable or DownloadError(_said(error, wanted)) from error
    except _TROUBLE as error:
        raise DownloadError(_said(error, wanted)) from error
    if not _is_intact(path):
        raise DownloadError(f"{wanted} arrives damaged each time: its SHA-256 is not the hub's. {_MIRROR}")
    return path


def _persistently(wanted: Wanted, local: bool = False, force: bool = False) -> Path:
    """huggingface_hub goes on where a connection has ended, but gives up where it was reset."""
    for _ in range(_RESETS):
        try:
            return _get(wanted, local, force)
        except _HTTP_ERROR as error:
            if _status(error) is not None:
                raise
            logger.warning("the connection broke (%s); %s is begun again", _short(error), wanted)
    return _get(wanted, local, force)


def _get(wanted: Wanted, local: bool, force: bool = False) -> Path:
    *others, last = wanted.files
    for name in others:
        try:
            return _get(Wanted(wanted.repository, [name], wanted.revision), local, force)
        except EntryNotFoundError:
            continue
    return Path(
        hf_hub_download(
            wanted.repository,
            last,
            revision=wanted.revision,
            local_files_only=local,
            force_download=force,
            library_name="llmvox-plugins",
        )
    )


def _is_intact(path: Path) -> bool:
    """Whether the file has the SHA-256 that the cache calls it by; small files are called otherwise."""
    expected = path.readlink().name if path.is_symlink() else ""
    if not _SHA256.fullmatch(expected):
        return True
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest() == expected


def _is_busy(error: BaseException) -> bool:
    status = _status(error)
    return status is not None and (status == 429 or status >= 500)


def _status(error: BaseException | None) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _said(error: BaseException, wanted: Wanted) -> str:
    cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError) and error.__cause__ else error
    return f"cannot download {wanted}: {_reason(cause, wanted)}"


def _reason(error: BaseException, wanted: Wanted) -> str:
    page = f"{constants.ENDPOINT}/{wanted.repository}"
    if isinstance(error, OfflineModeIsEnabled | LocalEntryNotFoundError):
        return (
            "it is not in the cache, and the network is switched off (HF_HUB_OFFLINE)."
            " Unset that once, or copy a compact copy of the voice from another machine and name its folder"
        )
    if isinstance(error, RevisionNotFoundError):
        return f"there is no such revision. {page}/commits/main lists them"
    if isinstance(error, EntryNotFoundError):
        return f"that revision has no such file. {page}/tree/{wanted.revision} shows which it has"
    if isinstance(error, GatedRepoError):
        return f"its owners want to be asked. Ask on {page}, then log in by `hf auth login` or HF_TOKEN"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"the disk is full. Free some space at {constants.HF_HUB_CACHE}, or set HF_HOME to a larger disk"
        )
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the cache cannot be written ({error}). Set HF_HOME to a folder of yours"
    if (status := _status(error)) is not None:
        return _answered(status, isinstance(error, RepositoryNotFoundError), page)
    return f"the connection to {constants.ENDPOINT} failed ({_short(error)}). {_MIRROR}"


def _answered(status: int, unknown: bool, page: str) -> str:
    if status in (401, 403):
        return f"access is refused ({status}). Log in by `hf auth login`; a token in HF_TOKEN may be wrong"
    if status == 404 or unknown:
        return f"there is nothing at {page} ({status}). Is HF_ENDPOINT right?"
    if status == 429:
        return "the hub wants fewer requests (429). Wait some minutes, or log in by `hf auth login`"
    return f"the hub answered with an error ({status}). Try again later"


def _short(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
