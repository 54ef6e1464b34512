"""The paper's tables with a tiny model: variants, starts, runs, tables, stopping and going on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.model.config import ModelConfig, preset
from clipsym_core.train import ablation
from clipsym_core.train.ablation import AblationOptions, AblationStep, AblationStopped, ablate
from clipsym_core.train.ablation_report import AblationReport, Spread, cell, key_of
from clipsym_core.train.ablation_starts import make_start
from clipsym_core.train.ablation_variants import FULL, TABLES, Variant, variants_of
from tests.core.train.tiny import scenes, tiny_checkpoint, tiny_model

RUN = {"batch": 2, "threads": 1, "optimizer": {"rate": 1e-3, "tower_rate": 1e-4}}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes(tmp_path_factory.mktemp("ablation") / "set", 8)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("base") / "tiny.safetensors")


def options(data: Path, base: Path, out: Path, **values: object) -> AblationOptions:
    return AblationOptions(
        **{"data": data, "out": out, "base": str(base), "steps": 1, "seeds": 1, "run": RUN, "device": "cpu", "limit": 1,
           **values}
    )  # type: ignore[arg-type]  # fmt: skip


def test_a_clip_model_has_the_papers_rows_with_their_numbers() -> None:
    found = {v.name: v for v in variants_of(preset("clipsym-b16"))}
    assert {n: v.published[0] for n, v in found.items() if "prompts" in v.tables} == {
        "full": 66.5, "phrase-axis": 64.4, "phrase": 64.8, "long": 65.8, "m25k1": 65.3, "m25k16": 65.9, "m50k4": 65.4,
        "random": None,
    }  # fmt: skip
    assert {n: v.published[0] for n, v in found.items() if "towers" in v.tables} == {
        "full": 66.5, "frozen": 59.4, "train-text": 58.9, "train-both": 66.5,
    }  # fmt: skip
    assert found["plain-authors"].published == (62.9, 24.2)
    assert found["no-text"].published == (63.7, 17.7)
    assert found["scratch"].published == (32.1, None)
    # Every variant is a config that the model can have.
    for variant in found.values():
        config = preset("clipsym-b16").replaced(**variant.sections)
        assert isinstance(config, ModelConfig)
    assert not any(found[n].sections["encoder"]["trainable"] for n in ("frozen", "train-text"))


def test_equivariance_is_compared_at_matched_capacity() -> None:
    from clipsym_core.model.upsampler import Upsampler

    for name in ("clipsym-b16", "clipsym-lite"):
        config = preset(name)
        plain = next(v for v in variants_of(config) if v.name == "plain")
        twin = config.replaced(**plain.sections)
        sizes = [
            sum(p.numel() for p in Upsampler(c.decoder.width, len(c.outputs), c.upsampler).parameters())
            for c in (config, twin)
        ]
        assert twin.upsampler.group == "C1"
        assert sizes[1] == pytest.approx(sizes[0], rel=0.03)


def test_tables_can_be_chosen_and_a_wrong_name_is_told() -> None:
    config = preset("clipsym-lite")
    assert [v.name for v in variants_of(config, ["text"])] == [FULL, "no-text"]
    assert {t for v in variants_of(config) for t in v.tables} == set(TABLES)
    with pytest.raises(ConfigError, match="equivariance"):
        variants_of(config, ["equivarianz"])


def test_starts_share_the_towers_and_differ_in_what_they_name(tmp_path: Path, base: Path) -> None:
    loaded = load_checkpoint(base)
    looked_at = (FULL, "m1", "mean", "no-text", "plain", "scratch")
    found = {v.name: v for v in variants_of(loaded.config) if v.name in looked_at}  # type: ignore[arg-type]
    assert len(found) == len(looked_at)
    for name, variant in found.items():
        make_start(loaded, variant, 0, tmp_path / f"{name}.safetensors")
    starts = {name: load_checkpoint(tmp_path / f"{name}.safetensors") for name in found}
    assert not any(s.metadata.trained for s in starts.values())
    tower = {n: x for n, x in loaded.model.state_dict().items() if n.startswith("encoder.")}

    def same_tower(name: str) -> bool:
        own = starts[name].model.state_dict()
        return all(torch.equal(own[n], x) for n, x in tower.items())

    assert [name for name in starts if not same_tower(name)] == ["scratch"]
    table = loaded.model.state_dict()["text.embeddings"]
    assert torch.equal(starts["m1"].model.state_dict()["text.embeddings"], table[:1])
    assert torch.allclose(starts["mean"].model.state_dict()["text.embeddings"], table.mean(0, keepdim=True))
    assert "text.embeddings" not in starts["no-text"].model.state_dict()
    assert starts["plain"].config.upsampler.group == "C1"
    # The same seed draws the same decoder, another one another.
    make_start(loaded, found[FULL], 0, tmp_path / "again.safetensors")
    make_start(loaded, found[FULL], 1, tmp_path / "other.safetensors")
    first, again, other = (
        load_checkpoint(tmp_path / f"{n}.safetensors").model.state_dict() for n in (FULL, "again", "other")
    )
    name = "decoder.layers.0.linear1.weight" if "decoder.layers.0.linear1.weight" in first else next(
        n for n, x in first.items() if n.startswith("decoder.") and x.ndim == 2
    )  # fmt: skip
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])
    assert not torch.equal(first[name], tiny_model().state_dict()[name])


def test_a_base_of_clip_needs_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMVIEWER_HOME", str(tmp_path / "home"))
    with pytest.raises(CheckpointError, match="CLIP weights"):
        ablate(options(tmp_path, Path("clipsym-b16"), tmp_path / "out"))


def test_the_tables_come_from_one_command_and_going_on_repeats_nothing(tmp_path: Path, data: Path, base: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "values.json").write_text(json.dumps(RUN))
    arguments = ["ablate", "--data", str(data), "--out", str(out), "--base", str(base), "--budget", "1", "--seeds", "2",
                 "--tables", "text", "--run", str(tmp_path / "values.json"), "--device", "cpu",
                 "--limit", "1"]  # fmt: skip
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    report = AblationReport.model_validate_json((out / "ablation.json").read_text("utf-8"))
    assert [row.name for row in report.rows] == [FULL, "no-text"]
    for row in report.rows:
        assert not row.problem
        number = row.numbers["Heatmaps: Reflection F1"]
        assert len(number.values) == 2
        assert number.spread is not None
    assert report.rows[0].numbers["Turned by ±45°: Consistency"].mean >= 0  # measured for the equivariance table
    text = (out / "ablation.md").read_text("utf-8")
    assert "## Text" in text
    assert "63.7 / 17.7" in text
    assert "## Prompts" not in text
    assert "no-text" not in text  # rows have titles for people
    assert "63.7 / 17.7" in result.stdout
    written = {f: f.stat().st_mtime_ns for f in out.rglob("last.safetensors")}
    assert len(written) == 4
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 0, again.output
    assert "was done before" in again.stderr
    assert {f: f.stat().st_mtime_ns for f in out.rglob("last.safetensors")} == written
    other = CliRunner().invoke(app, [*arguments[:8], "2", *arguments[9:]])
    assert isinstance(other.exception, ConfigError)
    assert "holds another ablation" in str(other.exception)


def test_a_variant_that_fails_is_named_and_the_rest_goes_on(
    tmp_path: Path, data: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(config: ModelConfig, tables: object) -> tuple[Variant, ...]:
        whole = variants_of(config, ["text"])
        return (whole[0], Variant("impossible", "a group that does not act", ("text",), {"upsampler": {"group": "C3"}}))

    monkeypatch.setattr(ablation, "variants_of", broken)
    steps: list[AblationStep] = []
    report = ablate(options(data, base, tmp_path / "out"), progress=steps.append)
    assert [(s.variant, s.number, s.runs) for s in steps] == [(FULL, 1, 2), ("impossible", 2, 2)]
    good, bad = report.rows
    assert good.numbers
    assert not bad.numbers
    assert "C3" in bad.problem
    assert f"- a group that does not act: {bad.problem}" in report.markdown()


def test_stopping_keeps_what_is_done(tmp_path: Path, data: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "variants_of", lambda config, tables: variants_of(config, ["text"])[:1])
    out = tmp_path / "out"
    wanted = options(data, base, out, tables=("text",))

    def stop(event: object) -> None:
        if getattr(event, "event", "") == "started":
            (out / "runs" / "full-0" / "stop").touch()

    with pytest.raises(AblationStopped):
        ablate(wanted, listener=stop)
    assert not (out / "ablation.json").exists()
    assert (out / "runs" / "full-0" / "last.pt").is_file()
    report = ablate(wanted)
    assert all(row.numbers for row in report.rows)


def test_numbers_over_seeds() -> None:
    two, one = Spread.of([0.5, 0.7]), Spread.of([0.5])
    assert two.mean == pytest.approx(0.6)
    assert two.spread == pytest.approx(0.1414, abs=1e-4)
    assert one.spread is None
    from clipsym_core.evaluate.columns import COLUMNS
    from clipsym_core.train.ablation_report import row_of

    column = COLUMNS[0]
    row = row_of(Variant("x", "x", ("text",)), [])
    assert cell(row, column) == "–"
    full = row.model_copy(update={"numbers": {key_of(column): two}})
    assert cell(full, column) == "60.0 ± 14.1"
