"""`clipsym`: the command line. Bodies lie in `clipsym_core.commands`, imported when called: help needs no torch."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from clipsym_core.cli_choices import (
    EllipsesChoice,
    PicturesChoice,
    PrecisionChoice,
    ProposalsChoice,
    ShortTypeChoice,
    SourcesChoice,
    SplitByChoice,
    TargetChoice,
    TargetFileChoice,
)
from clipsym_core.cli_measuring import ablate, evaluate
from clipsym_core.errors import ClipsymError
from clipsym_core.video.pyav import is_video

EXIT_USAGE = 2

app = typer.Typer(
    name="clipsym",
    help="Find mirror axes and rotation centers in pictures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(program_version())
        raise typer.Exit


def program_version() -> str:
    """The installed version, or "not installed" in a bare checkout."""
    try:
        return metadata.version("symviewer")
    except metadata.PackageNotFoundError:
        return "not installed"


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def _refuse(context: typer.Context, options: Iterable[str], why: str) -> None:
    """Refuse options that would do nothing.

    Raises:
        typer.BadParameter: one of them was given.
    """
    for name in options:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"--{name.replace('_', '-')} {why}.")


@app.command()
def detect(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Pictures, folders (with all below) or globs; or one video.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for everything: detections.json, heatmaps/, overlay/. Of a video: the video with overlay.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the detections; - is standard output.", show_default=False),
    ] = None,
    heatmaps: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write heatmaps as 16-bit PNG at picture size.", show_default=False),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write pictures with the detections drawn.", show_default=False),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="A model's name or a checkpoint.", show_default="the bundled one"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    precision: Annotated[PrecisionChoice, typer.Option(help="Arithmetic of the network.")] = PrecisionChoice.auto,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Least score to report.", show_default="the model's own"),
    ] = None,
    proposals: Annotated[ProposalsChoice, typer.Option(help="Where candidates come from.")] = ProposalsChoice.both,
    views: Annotated[int, typer.Option(help="1, 4 (quarter turns) or 8 (and mirrors) views averaged: slower.")] = 1,
    every: Annotated[
        int, typer.Option(min=1, help="Video: look at every n-th frame, follow what was found in between.")
    ] = 5,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="Video: smooth motion instead of single measurements.")
    ] = False,
) -> None:
    """Find the symmetries of pictures, or of a video (extra "video").

    Broken pictures are listed at the end and stop nothing. A video gives the overlay as --out FILE.mp4 and one line of
    JSON a frame as --json FILE.jsonl; what Ctrl+C stops is complete up to there.
    Exit code 0: all went well. 1: some pictures failed. 2: nothing was done (wrong option or model).
    """
    from clipsym_core.commands.detect import DetectOptions
    from clipsym_core.commands.detect import detect as run

    if len(paths) == 1 and is_video(paths[0]):
        from clipsym_core.commands import detect_video

        if heatmaps is not None or overlay is not None:
            raise typer.BadParameter("of a video, --out FILE.mp4 and --json FILE.jsonl are written, nothing else")
        video = detect_video.VideoOptions(
            video=Path(paths[0]), out=out, json=json, every=every, smooth=smooth, model=model, device=device,
            precision=precision.value, proposals=proposals.value, threshold=threshold, views=views,
        )  # fmt: skip
        raise typer.Exit(detect_video.run(video))
    if out is not None:
        json, overlay = json or str(out / "detections.json"), overlay or out / "overlay"
        if proposals is not ProposalsChoice.features:
            heatmaps = heatmaps or out / "heatmaps"
    options = DetectOptions(
        names=tuple(paths), json=json, heatmaps=heatmaps, overlay=overlay, model=model, device=device,
        precision=precision.value, proposals=proposals.value, threshold=threshold, views=views,
    )  # fmt: skip
    raise typer.Exit(run(options))


@app.command()
def export(
    to: Annotated[TargetChoice, typer.Option("--to", help="The engine.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="A model's name or a checkpoint.", show_default="the bundled one"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it.", show_default="the model's name in this folder"),
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Input size that it is fixed to.", show_default="the model's own")
    ] = None,
    precision: Annotated[
        ShortTypeChoice, typer.Option(help="Of a deploy form: bf16 and fp16 halve the file and what it takes to run.")
    ] = ShortTypeChoice.fp32,
) -> None:
    """Export a model for another engine and check that it gives the same.

    torch writes the deploy form (.safetensors): detect --model takes it like any model, and it needs a fraction of the
    memory. Where --out ends in .pt2 it is a program that runs without SymViewer. onnx needs the extra "onnx", openvino
    the extra "openvino".
    """
    from clipsym_core.commands.convert import parse_size
    from clipsym_core.commands.export import export as run
    from clipsym_core.model.zoo import DEFAULT_MODEL

    report = run(
        model or DEFAULT_MODEL, to.value, out, size=parse_size(size) if size else None, precision=precision.value
    )
    typer.echo(
        f"{report.path}: {report.bytes / 1e6:.1f} MB for {report.target}, input {report.size[0]} x {report.size[1]}; "
        f"largest difference of a logit from the model's own: {report.difference:.1e}"
    )


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for a bug report.")] = False,
) -> None:
    """Check this installation and say what to do about what is wrong. Exit code 1: something is broken."""
    from clipsym_core.commands.doctor import doctor as run

    raise typer.Exit(run(as_json=json))


@app.command()
def convert(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IN", help="Dataset: a folder, or its file.", show_default=False)],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="New folder; for csv, coco and detections also a file.")
    ],
    to: Annotated[str, typer.Option(metavar="FORMAT", help="Format to write; see docs/formats.md.")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="Format to read.", show_default="what it looks like")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that the picture paths are relative to.", show_default="IN"),
    ] = None,
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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT where it exists.")] = False,
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


@app.command()
def stats(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Dataset: a folder, or its file.", show_default=False)],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="Format to read.", show_default="what it looks like")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that the picture paths are relative to.", show_default="IN"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count what is in a dataset: pictures, shapes, orders, states, splits. Exit code 1: something was skipped."""
    from clipsym_core.commands.stats import stats as run

    raise typer.Exit(run(source, from_, images=images, as_json=json))


@app.command()
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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT where it exists.")] = False,
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


@app.command()
def train(
    run: Annotated[Path, typer.Argument(metavar="RUN.json", help="The run file; see docs/training.md.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last state in the run's folder.")] = False,
) -> None:
    """Train a model from a run file. Ctrl+C stops after the step and keeps everything.

    Exit code 0: it ended, or was stopped. 1: it failed, with the reason. 2: the run file is wrong.
    """
    from clipsym_core.commands.train import train as body

    raise typer.Exit(body(run, resume=resume))


app.command()(evaluate)
app.command()(ablate)


def main() -> None:
    """Entry point: errors that people can mend are one red paragraph, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe on Windows has a code page that lacks many letters
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ClipsymError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(EXIT_USAGE)
    except OSError as error:
        # What the commands read, they report themselves; what is left is a result that cannot be written.
        typer.secho(f"Cannot write {error.filename or 'a file'}: {error.strerror or error}.", fg="red", err=True)
        sys.exit(EXIT_USAGE)


if __name__ == "__main__":
    main()
