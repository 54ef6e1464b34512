"""`clipsym`: the command line. Bodies lie in `clipsym_core.commands`, imported when called: help needs no torch."""

from __future__ import annotations

import io
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from clipsym_core.cli_choices import PrecisionChoice, ProposalsChoice, ShortTypeChoice, TargetChoice
from clipsym_core.cli_datasets import convert, stats, synth
from clipsym_core.cli_measuring import ablate, evaluate
from clipsym_core.cli_options import DeviceOption, JsonFlag, ModelOption, PrecisionOption
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
    fused: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write heatmaps and detections as one map, likewise.", show_default=False),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write pictures with the detections drawn.", show_default=False),
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = PrecisionChoice.auto,
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

        if any(folder is not None for folder in (heatmaps, fused, overlay)):
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
        names=tuple(paths), json=json, heatmaps=heatmaps, fused=fused, overlay=overlay, model=model, device=device,
        precision=precision.value, proposals=proposals.value, threshold=threshold, views=views,
    )  # fmt: skip
    raise typer.Exit(run(options))


@app.command()
def export(
    to: Annotated[TargetChoice, typer.Option("--to", help="The engine.", show_default=False)],
    model: ModelOption = None,
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
def models(json: JsonFlag = False) -> None:
    """List the models that a command can be given: what they find, how large they are, and where they lie.

    Bundled ones come first, then your own, then presets that are yet to be trained.
    """
    from clipsym_core.commands.models import models as run

    run(as_json=json)


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for a bug report.")] = False,
) -> None:
    """Check this installation and say what to do about what is wrong. Exit code 1: something is broken."""
    from clipsym_core.commands.doctor import doctor as run

    raise typer.Exit(run(as_json=json))


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


for _command in (evaluate, ablate, convert, stats, synth):
    app.command()(_command)


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
