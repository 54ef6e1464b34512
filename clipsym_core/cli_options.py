"""Options that several commands take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from clipsym_core.cli_choices import PrecisionChoice

ModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME|FILE", help="A model's name or a checkpoint.", show_default="the bundled one"),
]
DeviceOption: TypeAlias = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
PrecisionOption: TypeAlias = Annotated[PrecisionChoice, typer.Option(help="Arithmetic of the network.")]
SourceArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="IN", help="Dataset: a folder, or its file.", show_default=False)
]
SourceFormatOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", "--format", metavar="FORMAT", help="Format of IN.", show_default="what it looks like"),
]
ImagesOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder that the picture paths are relative to.", show_default="IN"),
]
RobustnessOption: TypeAlias = Annotated[
    bool, typer.Option("--robustness", help="Pictures turned by ±45° too: three times as long.")
]
LimitOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="At most so many pictures.", show_default="all")
]
JsonFlag: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OverwriteFlag: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace OUT where it exists.")]
