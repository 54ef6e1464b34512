"""A model for the command line: the real architecture with seeded random weights, in a file."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from clipsym_core.model.checkpoint import save_checkpoint
    from clipsym_core.model.clipsym import CLIPSym
    from clipsym_core.model.config import preset

    torch.manual_seed(0)
    config = preset("clipsym-lite")
    model = CLIPSym.from_config(config)
    embeddings = torch.randn(config.prompts.count, config.text.dim)
    model.set_text_embeddings(torch.nn.functional.normalize(embeddings, dim=-1))
    path = tmp_path_factory.mktemp("models") / "random-lite.safetensors"
    save_checkpoint(path, model.eval(), provenance={"decoder": "random"}, metrics={})
    return path
