"""all-MiniLM-L6-v2 from the files of a package, in plain torch: unit sentence embeddings [M, 384] for short prompts.

BERT with 6 post-norm layers, mean pooling over tokens, L2 normalisation. The word-piece tokenizer here handles
lower-case words, numbers and single punctuation marks, which is what prompts are made of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor

_HEADS, _LAYERS, _EPS = 12, 6, 1e-12


def tokenize(text: str, vocabulary: dict[str, int]) -> list[int]:
    """Ids with [CLS] and [SEP]; the longest known piece first."""
    ids = [vocabulary["[CLS]"]]
    for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()):
        start, pieces = 0, []
        while start < len(word):
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
                end -= 1
            if end == start:
                pieces = [vocabulary["[UNK]"]]
                break
            pieces.append(vocabulary[("##" if start else "") + word[start:end]])
            start = end
        ids += pieces
    return [*ids, vocabulary["[SEP]"]]


@torch.no_grad()
def embed(folder: Path, texts: Sequence[str]) -> Tensor:
    """Unit embeddings [M, 384] of `texts` by the model in `folder` (model.safetensors, vocab.txt)."""
    words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    vocabulary = {word: index for index, word in enumerate(words)}
    weights = {name.removeprefix("bert."): x.float() for name, x in
               safetensors.torch.load_file(folder / "model.safetensors").items()}  # fmt: skip
    return torch.stack([_embed_one(weights, torch.tensor(tokenize(text, vocabulary))) for text in texts])


def _embed_one(weights: dict[str, Tensor], ids: Tensor) -> Tensor:
    def linear(x: Tensor, name: str) -> Tensor:
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], _EPS)

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for index in range(_LAYERS):
        layer = f"encoder.layer.{index}"
        q, k, v = (
            linear(x, f"{layer}.attention.self.{part}").view(len(ids), _HEADS, -1).transpose(0, 1)
            for part in ("query", "key", "value")
        )
        attended = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(len(ids), -1)
        x = norm(x + linear(attended, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        hidden = F.gelu(linear(x, f"{layer}.intermediate.dense"))
        x = norm(x + linear(hidden, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return F.normalize(x.mean(dim=0), dim=0)
