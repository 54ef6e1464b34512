"""`clipsym`: the command line. Bodies lie in `clipsym_core.commands`, imported when called: help needs no torch."""

from __future__ import annotations

import sys
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from clipsym_core.errors import ClipsymError

EXIT_USAGE = 2

app = typer.Typer(
    name="clipsym",
    help="Find mirror axes and rotation centers in pictures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class ProposalsChoice(str, Enum):
    """Where candidates come from."""

    network = "network"
    features = "features"
    both = "both"


class PrecisionChoice(str, Enum):
    """Arithmetic of the network."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


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
        list[str], typer.Argument(help="Pictures, folders (with all below) or globs.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for everything: detections.json, heatmaps/, overlay/.", show_default=False),
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
) -> None:
    """Find the symmetries of pictures.

    Broken pictures are listed at the end and stop nothing.
    Exit code 0: all went well. 1: some pictures failed. 2: nothing was done (wrong option or model).
    """
    from clipsym_core.commands.detect import DetectOptions
    from clipsym_core.commands.detect import detect as run

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
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for a bug report.")] = False,
) -> None:
    """Check this installation and say what to do about what is wrong. Exit code 1: something is broken."""
    from clipsym_core.commands.doctor import doctor as run

    raise typer.Exit(run(as_json=json))


def main() -> None:
    """Entry point: errors that people can mend are one red paragraph, not a traceback."""
    try:
        app()
    except ClipsymError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(EXIT_USAGE)
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        typer.secho(f"Cannot write{name}: {error.strerror or error}.", fg="red", err=True)
        sys.exit(EXIT_USAGE)


if __name__ == "__main__":
    main()
