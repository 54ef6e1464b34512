"""Starting from other people's weights in local files: CLIP's image tower, CLIPSeg's decoder, a checkpoint of ours."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from clipsym_core.errors import CheckpointError
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.hf_names import clipseg_decoder
from clipsym_core.model.open_clip_models import build_clip, load_clip_file, tokenize
from clipsym_core.model.prompts import build_prompts
from clipsym_core.model.text import PromptTable, TextTower


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What a warm start did: names of our tensors that were taken, and those that were left with the reason."""

    taken: tuple[str, ...]
    left: tuple[str, ...]


def start_from_clip(model: CLIPSym, path: str | Path) -> WarmStart:
    """Put CLIP weights of a local file (open_clip's format) into the image tower, and, where the model's text comes
    from CLIP, encode its prompts with them.

    Raises:
        CheckpointError: the file does not fit the model's architecture, or the model has a timm tower.
    """
    encoder = model.encoder
    if not isinstance(encoder, ClipTower):
        raise CheckpointError(
            f"Cannot start from {path}.", "This model has a timm tower.", "Choose a preset with a CLIP tower."
        )
    name = model.config.encoder.name
    whole = build_clip(name).eval()
    load_clip_file(whole, path)
    own = encoder.visual.state_dict()
    source = whole.visual.state_dict()
    encoder.visual.load_state_dict({key: source[key] for key in own})
    taken = [f"encoder.visual.{key}" for key in own]
    if model.config.text.kind == "clip":
        if isinstance(model.text, TextTower):
            text = {key: x for key, x in whole.state_dict().items() if key in model.text.clip.state_dict()}
            model.text.clip.load_state_dict(text)
            taken += [f"text.clip.{key}" for key in text]
        elif isinstance(model.text, PromptTable):
            texts = build_prompts(model.config.prompts)
            with torch.no_grad():
                model.set_text_embeddings(torch.as_tensor(whole.encode_text(tokenize(name, texts))).float(), texts)
            taken.append("text.embeddings")
    return WarmStart(tuple(taken), ())


def start_from_clipseg(model: CLIPSym, path: str | Path) -> WarmStart:
    """Put a CLIPSeg decoder (a local file of `CIDAS/clipseg-rd64` or `-refined`) into the decoder, where shapes agree.

    Raises:
        CheckpointError: missing, damaged, or nothing in it fits.
    """
    what = f"Cannot start from {path}."
    state = read_state(path, what)
    decoder = {name.removeprefix("decoder."): x for name, x in state.items() if name.startswith("decoder.")}
    named = clipseg_decoder(decoder, len(model.config.encoder.taps))
    own = model.decoder.state_dict()
    taken = [name for name, x in named.items() if name in own and own[name].shape == x.shape]
    if not taken:
        raise CheckpointError(what, "No tensor in it fits this decoder.", "Choose a CLIPSeg rd64 file.")
    model.decoder.load_state_dict({name: named[name] for name in taken}, strict=False)
    left = [
        f"decoder.{name}: " + ("not in the file" if name not in named else f"{list(named[name].shape)} in the file")
        for name in own
        if name not in taken
    ]
    return WarmStart(tuple(f"decoder.{name}" for name in taken), tuple(left))


def read_state(path: str | Path, what: str) -> dict[str, Tensor]:
    """The tensors of a local .safetensors or weights-only .pt / .bin file.

    Raises:
        CheckpointError: missing, damaged or no plain weight file.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(what, "There is no such file.", "Check the path.")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        data = torch.load(path, map_location="cpu", weights_only=True)
    except (
        safetensors.SafetensorError,
        pickle.UnpicklingError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        KeyError,
    ) as error:
        raise CheckpointError(what, f"It is damaged or no plain weight file: {error}", "Copy it again.") from error
    if isinstance(data, dict) and isinstance(data.get("state_dict"), dict):
        data = data["state_dict"]
    if not isinstance(data, dict):
        raise CheckpointError(what, "It holds no named tensors.", "Choose a weight file.")
    return {str(name): x for name, x in data.items() if isinstance(x, Tensor)}
