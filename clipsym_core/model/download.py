"""Fetching one file: with progress, cancel, checksum, and in place only when it is whole."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from clipsym_core.errors import DownloadCancelledError, DownloadError
from clipsym_core.model.files import replacing

Progress: TypeAlias = Callable[[int, "int | None"], None]
"""Called with the bytes read so far and, when the server tells, how many there are."""
Cancelled: TypeAlias = Callable[[], bool]

_CHUNK = 1 << 18
_TIMEOUT = 30.0


def download(
    url: str,
    path: Path,
    *,
    sha256: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Path:
    """Fetch `url` into `path`.

    Args:
        sha256: the expected checksum or its first digits; empty skips the check.
        progress: told after every quarter megabyte, from the calling thread.
        cancelled: asked as often.

    Raises:
        DownloadError: no connection, a server's refusal, an end too early, or another checksum.
        DownloadCancelledError: `cancelled` said so.
        CheckpointError: the folder cannot be written.
    """
    what = f"Cannot download {path.name}."
    digest = hashlib.sha256()
    with replacing(path) as temporary:
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as source, temporary.open("wb") as target:
                length = source.headers.get("Content-Length")
                total = int(length) if length else None
                done = 0
                while chunk := source.read(_CHUNK):
                    if cancelled is not None and cancelled():
                        raise DownloadCancelledError(what, "It was cancelled.")
                    target.write(chunk)
                    digest.update(chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done, total)
        except urllib.error.HTTPError as error:
            raise DownloadError(what, f"The server answers {error.code} {error.reason}.", "Try again later.") from error
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            raise DownloadError(
                what, f"{reason}.", "Check the connection, or choose a file that you downloaded yourself."
            ) from error
        if total is not None and done != total:
            raise DownloadError(what, f"It ended after {done:,} of {total:,} bytes.", "Try again.")
        if sha256 and not digest.hexdigest().startswith(sha256):
            raise DownloadError(what, "Its checksum is not the expected one.", "Try again; do not use this file.")
    return path
