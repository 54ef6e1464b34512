"""Configs are strict, say what is wrong, survive JSON, and need no torch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import EncoderConfig, ModelConfig, UpsamplerConfig, parse_group, preset, preset_names
from clipsym_core.model.presets import matched_plain
from clipsym_core.model.registry import parse_config


@pytest.mark.parametrize("name", preset_names())
def test_presets_survive_json(name: str) -> None:
    config = preset(name)
    assert config.name == name
    assert parse_config(json.loads(config.model_dump_json())) == config


def test_the_default_comes_first() -> None:
    assert preset_names()[0] == "clipsym-lite"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: preset("clipsm-lite"), ["clipsm-lite", "Did you mean 'clipsym-lite'?"]),
        (lambda: preset("zzz"), ["zzz", "Known:", "clipsym-b16"]),
        (lambda: ModelConfig(encodr={}), ["ModelConfig", "encodr", "'encoder'"]),
        (lambda: ModelConfig(encoder={"tap": (1,)}), ["EncoderConfig", "'tap'", "'taps'"]),
        (lambda: ModelConfig.model_validate({"decoder": {"widht": 3}}), ["DecoderConfig", "widht", "'width'"]),
        (lambda: ModelConfig(decoder={"width": "wide"}), ["width", "integer", "wide"]),
        (lambda: ModelConfig(decoder={"width": 10, "heads": 4}), ["width 10", "4 heads"]),
        (lambda: UpsamplerConfig(group="E4"), ["E4", "C1"]),
        (lambda: UpsamplerConfig(group="C8", basis="pixel"), ["C8", "escnn"]),
        (lambda: UpsamplerConfig(group="C4", lift=False), ["C4", "lift"]),
        (lambda: EncoderConfig(taps=(7, 4)), ["(7, 4)", "rising"]),
        (lambda: EncoderConfig(kind="timm", taps=(3,)), ["stride 3", "8"]),
        (lambda: ModelConfig(encoder={"kind": "timm", "taps": (16,)}), ["text tower", "sentence"]),
        (lambda: ModelConfig(outputs=()), ["Outputs"]),
        (lambda: ModelConfig(prompts={"count": 2, "texts": ("a", "b", "c")}), ["3 prompt texts", "2 prompts"]),
        (lambda: ModelConfig(text={"kind": "sentence", "training": "tower"}), ["text tower", "embeddings"]),
        (lambda: ModelConfig(preprocessing={"size": (8, 8)}), ["(8, 8)", "16"]),
    ],
)
def test_errors_name_the_thing_and_the_remedy(make: object, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        make()  # type: ignore[operator]
    for word in words:
        assert word in str(caught.value)


def test_replaced_changes_only_what_it_names() -> None:
    config = preset("clipsym-b16")
    other = config.replaced(upsampler={"group": "D4"}, outputs=("rotation",))
    assert (other.upsampler.group, other.upsampler.fields) == ("D4", config.upsampler.fields)
    assert other.outputs == ("rotation",)
    assert config.upsampler.group == "C4"


def test_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        preset("clipsym-b16").name = "x"  # type: ignore[misc]


def test_groups() -> None:
    assert parse_group("D12") == ("D", 12)
    with pytest.raises(ConfigError):
        parse_group("C0")


def test_matched_twin_has_the_capacity_of_its_model() -> None:
    from clipsym_core.model.upsampler import Upsampler

    for config in (
        UpsamplerConfig(group="C8"),
        UpsamplerConfig(group="C4"),
        UpsamplerConfig(group="C4", basis="pixel"),
    ):
        counts = [
            sum(p.numel() for p in Upsampler(64, 2, c).parameters()) for c in (config, matched_plain(config, 64, 2))
        ]
        assert counts[1] == pytest.approx(counts[0], rel=0.03)


def test_configs_and_the_model_list_need_no_torch() -> None:
    code = (
        "import sys; from clipsym_core.model.config import preset; preset('clipsym-lite');"
        "from clipsym_core.model.zoo import list_models; list_models();"
        "from clipsym_core.model.prompts import read_vocabulary; read_vocabulary('everyday');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
