"""The commands about datasets: `clipsym convert`, `clipsym stats` and `clipsym synth`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from clipsym_core.cli_choices import EllipsesChoice, PicturesChoice, SourcesChoice, SplitByChoice, TargetFileChoice
from clipsym_core.cli_options import ImagesOption, JsonFlag, OverwriteFlag, SourceArgument, SourceFormatOption


def convert(
    context: typer.Context,
    source: SourceArgument,
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="New folder; for csv, coco and detections also a file.")
    ],
    to: Annotated[str, typer.Option(metavar="FORMAT", help="Format to write; see docs/formats.md.")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="Format to read.", show_default="what it looks like")
    ] = None,
    images: ImagesOption = None,
    pictures: Annotated[
        PicturesChoice, typer.Option(help="Copy the pictures, hard-link them, or write annotations alone.")
    ] = PicturesChoice.copy,
    split: Annotated[
        str | None, typer.Option(metavar="SHARES", help="Give splits, such as 80/10/10.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the split.")] = 0,
    split_by: Annotated[SplitByChoice, typer.Option(help="What stays together.")] = SplitByChoice.group,
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Meet the shares closely, type by type; else by name alone.")
    ] = False,
    resplit: Annotated[bool, typer.Option("--resplit", help="Change splits that pictures have, too.")] = False,
    state: Annotated[
        str | None,
        typer.Option(metavar="STATES", help="Only pictures in these states, such as verified.", show_default=False),
    ] = None,
    accept: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Take suggestions of this score as annotations.", show_default=False),
    ] = None,
    ellipses: Annotated[EllipsesChoice, typer.Option(help="labelme.")] = EllipsesChoice.oriented_rectangle,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="targets: letterbox to this size.", show_default=False)
    ] = None,
    target_file: Annotated[TargetFileChoice, typer.Option(help="targets.")] = TargetFileChoice.png,
    field_targets: Annotated[
        bool, typer.Option("--field-targets", help="targets: as the field's loaders draw them.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every entry of the report as JSON lines.")
    ] = None,
    overwrite: OverwriteFlag = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Do not mind when no shape is written.")] = False,
) -> None:
    """Convert a dataset. What is skipped, changed or lost is reported; the rest goes in.

    Exit code 0: all went in. 1: something was skipped. 2: nothing was written.
    """
    if split is None:
        _refuse(context, ("seed", "split_by", "balanced", "resplit"), "says how splits are given: give --split, too")
    from clipsym_core.commands import convert as body
    from clipsym_core.data.convert import Choice
    from clipsym_core.data.formats.base import ReadOptions, WriteOptions

    states = body.parse_states(state) if state is not None else None
    plan = body.parse_plan(split, seed, split_by.value) if split is not None else None
    options = body.ConvertOptions(
        source=source, target=target, source_format=from_, target_format=to,
        choice=Choice(accept=accept, states=states, plan=plan, balanced=balanced, resplit=resplit),
        read=ReadOptions(images=images, require_pictures=pictures is not PicturesChoice.none),
        write=WriteOptions(
            pictures=pictures.value, ellipses=ellipses.value, size=body.parse_size(size) if size else None,
            target_file=target_file.value, field_targets=field_targets,
        ),
        report=report, overwrite=overwrite, allow_empty=allow_empty,
    )  # fmt: skip
    raise typer.Exit(body.run(options))


def stats(
    source: SourceArgument,
    from_: SourceFormatOption = None,
    images: ImagesOption = None,
    json: JsonFlag = False,
) -> None:
    """Count what is in a dataset: pictures, shapes, orders, states, splits. Exit code 1: something was skipped."""
    from clipsym_core.commands.stats import stats as run

    raise typer.Exit(run(source, from_, images=images, as_json=json))


def synth(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write.", show_default=False)],
    suite: Annotated[
        str | None, typer.Option(help="A fixed set with its splits, e.g. bench; needs the sources.", show_default=False)
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many scenes.")] = 100,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of each, px.")] = "256x256",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same scenes.")] = 0,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="Format to write.")] = "native",
    sources: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Pack of scripts/training_sources.py.", show_default="made by formula"),
    ] = None,
    split: Annotated[
        SourcesChoice, typer.Option(help="Sources to use; val: those that training never shows.")
    ] = SourcesChoice.train,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PNG of the first 64 with labels drawn.", show_default=False)
    ] = None,
    overwrite: OverwriteFlag = False,
) -> None:
    """Make symmetric scenes with exact labels, as a dataset."""
    from clipsym_core.commands import synth as body
    from clipsym_core.commands.convert import parse_size

    if suite is not None:
        from clipsym_core.commands.synth_suite import run_suite

        _refuse(context, ("count", "size", "seed", "to", "split", "sheet"), "cannot be given: a suite is fixed")
        raise typer.Exit(run_suite(suite, target, sources=sources, overwrite=overwrite))
    options = body.SynthOptions(
        target=target, count=count, size=parse_size(size), seed=seed, target_format=to, sources=sources,
        split=split.value,        sheet=sheet, overwrite=overwrite,
    )  # fmt: skip
    raise typer.Exit(body.run(options))


def _refuse(context: typer.Context, options: Iterable[str], why: str) -> None:
    """Refuse options that would do nothing.

    Raises:
        typer.BadParameter: one of them was given.
    """
    for name in options:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"--{name.replace('_', '-')} {why}.")
