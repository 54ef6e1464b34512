"""The commands that measure models: `clipsym evaluate` and `clipsym ablate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clipsym_core.cli_choices import PrecisionChoice, ProposalsChoice
from clipsym_core.cli_options import (
    DeviceOption,
    ImagesOption,
    LimitOption,
    PrecisionOption,
    RobustnessOption,
    SourceFormatOption,
)


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="IN", help="Dataset or project: a folder, or its file; or samples.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for report.html and report.json.")],
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Names, checkpoints, or features (no network).", show_default=False),
    ] = None,
    compare: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="More models, separated by commas.", show_default=False)
    ] = None,
    from_: SourceFormatOption = None,
    images: ImagesOption = None,
    split: Annotated[str | None, typer.Option(help="train, val or test.", show_default="all")] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="Verified pictures only; else annotated ones, too.")
    ] = False,
    proposals: Annotated[
        ProposalsChoice, typer.Option(help="Where the shapes of a network come from.")
    ] = ProposalsChoice.network,
    robustness: RobustnessOption = False,
    limit: LimitOption = None,
    seed: Annotated[int, typer.Option(help="Of the angles, and of the pictures that --limit picks.")] = 0,
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="Score from which a shape is shown.")] = 0.5,
    pictures: Annotated[int, typer.Option(min=0, help="Pictures in the HTML report.")] = 24,
    device: DeviceOption = "auto",
    precision: PrecisionOption = PrecisionChoice.auto,
) -> None:
    """Measure models on data with a truth: a table here, the whole report as HTML and JSON.

    Exit code 0: all went well. 1: a model or picture was left out. 2: nothing was written.
    """
    from clipsym_core.commands.evaluate import run
    from clipsym_core.evaluate.report import EvaluationOptions
    from clipsym_core.evaluate.request import EvaluationRequest

    names = [*(models or []), *(name.strip() for name in (compare or "").split(",") if name.strip())]
    if not names:
        raise typer.BadParameter("Name a model, a checkpoint, or features.", param_hint="MODEL")
    options = EvaluationOptions(
        proposals=proposals.value, robustness=robustness, seed=seed, limit=limit, device=device,
        precision=precision.value, threshold=threshold,
    )  # fmt: skip
    request = EvaluationRequest(
        models=tuple(dict.fromkeys(names)), data=data, out=out, format=from_, split=split, images=images,
        verified_only=verified, options=options, pictures=pictures,
    )  # fmt: skip
    raise typer.Exit(run(request))


def ablate(
    data: Annotated[Path, typer.Option("--data", metavar="IN", help="Dataset or project.", show_default=False)],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the runs and the tables.")],
    budget: Annotated[int, typer.Option(metavar="STEPS", min=1, help="Of training, for each variant and seed.")] = 2000,
    seeds: Annotated[int, typer.Option(min=1, help="How many.")] = 2,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Model that is varied; clipsym-b16 has all variants.",
            show_default="the bundled one",
        ),
    ] = None,
    tables: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="prompts, towers, equivariance, text, matching, scratch.", show_default="all"
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Of the trainings, such as paper or fine-tune.")] = "fine-tune",
    from_: SourceFormatOption = None,
    images: ImagesOption = None,
    values: Annotated[
        Path | None, typer.Option("--run", metavar="FILE", help="Values of a run file to use.", show_default=False)
    ] = None,
    robustness: RobustnessOption = False,
    limit: LimitOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Train the variants of the paper's tables on any data, measure them, and write one table with seeds and spread.

    The same command goes on where it was stopped. Exit code 0: all went well. 1: a variant was left out.
    """
    from clipsym_core.commands.ablate import read_values, run
    from clipsym_core.model.zoo import DEFAULT_MODEL
    from clipsym_core.train.ablation import AblationOptions
    from clipsym_core.train.ablation_variants import TABLES

    chosen = tuple(name.strip() for name in tables.split(",") if name.strip()) if tables else TABLES
    options = AblationOptions(
        data=data, out=out, format=from_, images=images, base=base or DEFAULT_MODEL, steps=budget, seeds=seeds,
        tables=chosen, preset=preset, robustness=robustness, run=read_values(values) if values else {}, device=device,
        limit=limit,
    )  # fmt: skip
    raise typer.Exit(run(options))
