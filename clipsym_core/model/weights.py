"""CLIP's pretrained weights: where they come from, whether they are here, and fetching them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from clipsym_core.errors import ConfigError, DownloadError, reason_of
from clipsym_core.model.config import nearest
from clipsym_core.model.download import Cancelled, Progress, download
from clipsym_core.model.torchvision_compat import ensure_torchvision

HOME_VARIABLE = "SYMVIEWER_HOME"
"""Environment variable that puts all files of the program below one folder; the application uses the same."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ClipWeights:
    """Pretrained weights of a CLIP architecture, as open_clip's table lists them.

    Attributes:
        name: architecture, e.g. `ViT-B-16-quickgelu`.
        tag: e.g. `openai`, `metaclip_fullcc`.
        path: where the file lies, or will lie.
    """

    name: str
    tag: str
    path: Path

    @property
    def present(self) -> bool:
        """Whether the file is here."""
        return self.path.is_file()


def data_folder() -> Path:
    """Where models and weights of this user lie."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "data" if home else Path(platformdirs.user_data_path("symviewer", appauthor=False))


def models_folder() -> Path:
    """Where the user's own checkpoints lie."""
    return data_folder() / "models"


def local_weights(name: str, tag: str, folder: Path | None = None) -> ClipWeights:
    """The place of some weights; does not import open_clip, does not look whether such weights exist."""
    root = folder or data_folder() / "clip"
    return ClipWeights(name, tag, root / f"{name}.{tag}.safetensors")


def weight_tags(name: str) -> tuple[str, ...]:
    """The pretrained tags that open_clip lists for an architecture."""
    ensure_torchvision()
    import open_clip

    return tuple(open_clip.list_pretrained_tags_by_model(name))


def download_clip_weights(
    name: str,
    tag: str,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Path:
    """Fetch CLIP weights from the place that open_clip's table names; nothing happens when they are here already.

    Raises:
        ConfigError: open_clip lists no such weights, or only in a format that is not safetensors.
        DownloadError: no connection, a refusal or a wrong checksum.
        DownloadCancelledError: `cancelled` said so.
    """
    target = local_weights(name, tag, folder)
    if target.present:
        return target.path
    url, sha256 = _source(name, tag)
    return download(url, target.path, sha256=sha256, progress=progress, cancelled=cancelled)


def _source(name: str, tag: str) -> tuple[str, str]:
    """Address and SHA-256 of a weight file."""
    ensure_torchvision()
    import huggingface_hub
    import open_clip
    from huggingface_hub.errors import HfHubHTTPError
    from open_clip.constants import HF_SAFE_WEIGHTS_NAME

    tags = open_clip.list_pretrained_tags_by_model(name)
    if tag not in tags:
        raise ConfigError(f"open_clip lists no weights '{tag}' for '{name}'.", remedy=nearest(tag, tags))
    repository, _, file = open_clip.get_pretrained_cfg(name, tag).get("hf_hub", "").rpartition("/")
    if not repository:
        raise ConfigError(
            f"The weights '{tag}' of '{name}' are only offered in an unsafe format.",
            remedy="Download them yourself and choose the file.",
        )
    url = huggingface_hub.hf_hub_url(repository, file or HF_SAFE_WEIGHTS_NAME)
    try:
        tag_of_file = huggingface_hub.get_hf_file_metadata(url).etag or ""
    except (HfHubHTTPError, OSError) as error:
        raise DownloadError(
            f"Cannot download the weights '{tag}' of '{name}'.",
            f"{reason_of(error)}.",
            "Check the connection, or choose a file that you downloaded yourself.",
        ) from error
    return url, tag_of_file if _SHA256.fullmatch(tag_of_file) else ""
