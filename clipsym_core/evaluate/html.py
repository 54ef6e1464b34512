"""The report as one HTML file that needs nothing else: no network, pictures inside, light and dark, sortable tables."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from clipsym_core.errors import ImageReadError
from clipsym_core.evaluate.columns import CHARTS, Column, columns_of, shown
from clipsym_core.evaluate.html_style import SCRIPT, STYLE
from clipsym_core.evaluate.report import EvaluationReport, ModelReport, PictureInfo, PictureRow, Problem
from clipsym_core.evaluate.svg import Line, curves_svg, key_svg
from clipsym_core.files import write_atomic
from clipsym_core.imaging import Pixels
from clipsym_core.overlay import draw_detections
from clipsym_core.symmetry import Detection
from clipsym_core.video.pool import read_picture

THUMBNAIL_SIDE = 360
"""Longer side of an embedded picture, px."""

_QUALITY = 78
_MOST_ROWS = 2000
_WORST_SHARE = 2 / 3


def write_html(
    report: EvaluationReport, path: Path, *, pictures: int = 24, read: Callable[[Path], Pixels] = read_picture
) -> None:
    """Write the page.

    Args:
        pictures: how many pictures to embed: two thirds of them the worst (mean over the models), the others spread
            evenly over the rest, so that the page does not show failures alone.
        read: gives the pixels of a file, or of a frame of a video.

    Raises:
        OSError: the file cannot be written.
    """
    write_atomic(path, "".join(_page(report, pictures, read)).encode("utf-8", "replace"))


def _page(report: EvaluationReport, pictures: int, read: Callable[[Path], Pixels]) -> Iterator[str]:
    title = escape(f"Evaluation on {report.data.name}")
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n"
    yield f"<h1>{title}</h1>\n{_facts(report)}\n"
    yield "<h2>Models</h2>\n"
    yield _models_table(report.models, columns_of(report.models, summary=True))
    yield '<p class="quiet">F1 and precision in percent. Bold green is best. Click a heading to sort.</p>\n'
    if report.not_evaluated:
        yield _problems("Not evaluated", "model", report.not_evaluated)
    yield '<details><summary>All numbers</summary>\n<div class="card wide fit">'
    yield f"{_all_numbers(report.models)}</div></details>\n"
    yield f"<h2>Precision over recall</h2>\n{_charts(report.models)}\n"
    yield from _pictures(report, pictures, read)
    yield from _rows(report)
    failed = [*report.problems, *(p for m in report.models for p in m.failed)]
    if failed:
        yield _problems("Left out", "picture or record", failed)
    yield f"{_footer()}</main>\n<script>\n{SCRIPT}\n</script>\n</body>\n</html>\n"


def _facts(report: EvaluationReport) -> str:
    data, options = report.data, report.options
    facts = [(len(data.pictures), "picture", "pictures"), (data.axes, "axis", "axes"),
             (data.centers, "center", "centers"), (data.ellipses, "ellipse", "ellipses")]  # fmt: skip
    items = "".join(
        f"<li><b>{n:,}</b>{one if n == 1 else many}</li>" for n, one, many in facts if n or one != "ellipse"
    )
    parts = [
        f"format {data.format}" if data.format else "",
        f"split {data.split}" if data.split else "",
        f"shapes from {options.proposals}",
        f"seed {options.seed}",
        report.created[:16].replace("T", " ") + " UTC",
        report.program,
    ]
    return f'<p class="quiet">{escape(" · ".join(p for p in parts if p))}</p>\n<ul class="facts">{items}</ul>'


# -- tables -----------------------------------------------------------------------------------------------------------


def _models_table(models: Sequence[ModelReport], columns: Sequence[Column]) -> str:
    """Models down, numbers across, under the headings of their groups."""
    groups = "".join(
        f'<th class="start" colspan="{len(list(members))}">{escape(group)}</th>'
        for group, members in groupby(columns, key=lambda c: c.group)
    )
    starts = [i == 0 or columns[i - 1].group != c.group for i, c in enumerate(columns)]
    heads = "".join(
        f'<th{_classes(start and "start")} title="{escape(c.help)}">{escape(c.title)}</th>'
        for c, start in zip(columns, starts, strict=True)
    )
    best = [c.best(models) for c in columns]
    rows = []
    for index, model in enumerate(models):
        cells = []
        for column, start, top in zip(columns, starts, best, strict=True):
            value = column.value(model)
            wins = top is not None and value == top
            classes = _classes(start and "start", wins and "best")
            cells.append(f'<td{classes} data-v="{"" if value is None else value}">{column.text(model)}</td>')
        rows.append(f"<tr><td>{key_svg(index)}{escape(model.name)}</td>{''.join(cells)}</tr>")
    return (
        f'<div class="card wide"><table class="sortable"><thead><tr class="groups"><th></th>{groups}</tr>'
        f"<tr><th>Model</th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def _classes(*names: str | bool) -> str:
    """The class attribute of those names that are there."""
    there = " ".join(name for name in names if isinstance(name, str))
    return f' class="{there}"' if there else ""


def _all_numbers(models: Sequence[ModelReport]) -> str:
    """Numbers down, models across: there are more numbers than models."""
    heads = "".join(f"<th>{escape(m.name)}</th>" for m in models)
    rows = []
    for column in columns_of(models):
        best = column.best(models)
        cells = "".join(
            f"<td{_classes(best is not None and column.value(m) == best and 'best')}>{column.text(m)}</td>"
            for m in models
        )
        name = f'<td title="{escape(column.help)}">{escape(column.group)}: {escape(column.title)}</td>'
        rows.append(f"<tr>{name}{cells}</tr>")
    return f"<table class='narrow'><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _rows(report: EvaluationReport) -> Iterator[str]:
    """The table of pictures, worst first."""
    order = _ordered(report)
    listed = order[:_MOST_ROWS]
    yield f"<h2>All pictures</h2>\n{_input(len(listed))}"
    parts = ("error", "axes", "centers", "reflection F1", "rotation F1")
    groups = "".join(f'<th class="start" colspan="{len(parts)}">{escape(m.name)}</th>' for m in report.models)
    heads = "".join(
        f"<th{' class=start' if i == 0 else ''}>{part}</th>" for _ in report.models for i, part in enumerate(parts)
    )
    yield '<div class="card wide rows"><table class="sortable" id="rows"><thead>'
    yield f'<tr class="groups"><th></th>{groups}</tr><tr><th>Picture</th>{heads}</tr></thead><tbody>\n'
    by_model = [{row.path: row for row in m.rows} for m in report.models]
    for path in listed:
        cells = "".join(_row_cells(rows.get(path)) for rows in by_model)
        yield f"<tr><td>{escape(path)}</td>{cells}</tr>\n"
    yield "</tbody></table></div>\n"
    more = f" The {len(order) - len(listed):,} best ones are in the JSON alone." if len(order) > len(listed) else ""
    yield f'<p class="quiet">Axes and centers: hits / shown / true, at score {report.options.threshold:g}.{more}</p>\n'


def _input(rows: int) -> str:
    return '<input id="filter" placeholder="Filter by name" aria-label="Filter by name">\n' if rows > 12 else ""


def _row_cells(row: PictureRow | None) -> str:
    if row is None:
        return '<td class="start" data-v="">–</td>' + '<td data-v="">–</td>' * 4
    cells = [f'<td class="start" data-v="{row.error}">{shown(row.error, "percent")}</td>']
    for hits, found, true in (row.axes, row.centers):
        share = "" if not found + true else 2 * hits / (found + true)
        cells.append(f'<td data-v="{share}">{hits} / {found} / {true}</td>')
    for value in (row.reflection_f1, row.rotation_f1):
        cells.append(f'<td data-v="{"" if value is None else value}">{shown(value, "percent")}</td>')
    return "".join(cells)


def _problems(title: str, what: str, problems: Sequence[Problem]) -> str:
    rows = "".join(f"<tr><td>{escape(p.what)}</td><td>{escape(p.why)}</td></tr>" for p in problems)
    return (
        f"<h2>{escape(title)} ({len(problems):,})</h2>\n"
        f'<div class="card wide"><table class="problems"><thead><tr><th>{escape(what)}</th>'
        f"<th style='text-align:left'>why</th></tr></thead><tbody>{rows}</tbody></table></div>\n"
    )


# -- curves -----------------------------------------------------------------------------------------------------------


def _charts(models: Sequence[ModelReport]) -> str:
    charts = []
    for title, part_of in CHARTS:
        lines = [
            Line(index, model.name, part.curve, (part.recall, part.precision))
            for index, model in enumerate(models)
            if (part := part_of(model)) is not None
        ]
        if lines:
            charts.append(f'<div class="card">{curves_svg(title, lines)}</div>')
    legend = "".join(f"<span>{key_svg(i)}{escape(m.name)}</span>" for i, m in enumerate(models))
    return f'<div class="legend">{legend}</div>\n<div class="charts">{"".join(charts)}</div>'


# -- pictures ---------------------------------------------------------------------------------------------------------


def mean_errors(report: EvaluationReport) -> dict[str, float]:
    """Error of each picture, averaged over the models that took it."""
    errors: dict[str, list[float]] = {info.path: [] for info in report.data.pictures}
    for model in report.models:
        for row in model.rows:
            errors[row.path].append(row.error)
    return {path: sum(values) / len(values) for path, values in errors.items() if values}


def _ordered(report: EvaluationReport) -> list[str]:
    errors = mean_errors(report)
    return sorted(errors, key=lambda path: -errors[path])


def chosen_pictures(report: EvaluationReport, count: int) -> tuple[list[str], list[str]]:
    """Paths of the worst pictures, and of a cross-section of the rest from bad to good."""
    order = _ordered(report)
    if len(order) <= count:
        return order, []
    worst = round(count * _WORST_SHARE)
    rest = order[worst:]
    places = np.unique(np.linspace(0, len(rest) - 1, count - worst).round().astype(int)) if count > worst else []
    return order[:worst], [rest[i] for i in places]


def _pictures(report: EvaluationReport, count: int, read: Callable[[Path], Pixels]) -> Iterator[str]:
    worst, others = chosen_pictures(report, count)
    infos = {info.path: info for info in report.data.pictures}
    by_model = [(m, {row.path: row for row in m.rows}) for m in report.models]
    complete = not others
    for title, paths in (("Pictures, worst first" if complete else "Worst pictures", worst),
                         ("A cross-section of the others", others)):  # fmt: skip
        if not paths:
            continue
        least = min(190 * (1 + len(report.models)), 1180)
        columns = f"repeat(auto-fill, minmax(min({least}px, 100%), 1fr))"
        yield f'<h2>{title}</h2>\n<div class="pictures" style="grid-template-columns: {columns}">\n'
        for path in paths:
            yield _picture(infos[path], [(m, rows.get(path)) for m, rows in by_model], read)
        yield "</div>\n"


def _picture(
    info: PictureInfo,
    rows: Sequence[tuple[ModelReport, PictureRow | None]],
    read: Callable[[Path], Pixels],
) -> str:
    size = f"{info.truth.width} × {info.truth.height}"
    head = f'<header><span>{escape(info.path)}</span><span class="quiet">{size}</span></header>'
    try:
        image = read(Path(info.file))
    except ImageReadError as error:
        return f'<section class="card picture">{head}<p class="quiet">{escape(str(error))}</p></section>\n'
    truth = info.truth.detections("truth")
    count = f'<span class="chip">{_counted(len(truth), "shape")}</span>'
    figures = [_figure(image, truth, "truth", count, scores=False)]
    for model, row in rows:
        if row is None:
            continue
        css = "bad" if row.error > 0.5 else "good" if row.error < 0.2 else ""
        chip = f'<span class="chip {css}">error {100 * row.error:.0f} %</span>'
        figures.append(_figure(image, row.found.detections(model.name), model.name, chip, scores=True))
    return f'<section class="card picture">{head}<div class="views">{"".join(figures)}</div></section>\n'


def _figure(image: Pixels, detections: Sequence[Detection], name: str, chip: str, *, scores: bool) -> str:
    data = base64.b64encode(thumbnail(image, detections, scores=scores)).decode()
    source = f"data:image/jpeg;base64,{data}"
    return (
        f'<figure><img src="{source}" alt="{escape(name)}" loading="lazy">'
        f"<figcaption><span>{escape(name)}</span>{chip}</figcaption></figure>"
    )


def thumbnail(
    image: Pixels, detections: Sequence[Detection], *, scores: bool = True, side: int = THUMBNAIL_SIDE
) -> bytes:
    """A picture [H, W, 3] with its shapes drawn, longer side at most `side` px, as JPEG."""
    scale = min(1.0, side / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
    matrix = np.diag([size[0] / image.shape[1], size[1] / image.shape[0], 1.0])
    drawn = draw_detections(np.asarray(small, np.uint8), [d.transformed(matrix) for d in detections], scores=scores)
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(drawn[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def _counted(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def _footer() -> str:
    text = (
        "Heatmaps: the field's pixel metric at picture size, truth and prediction dilated by 5 px, 100 thresholds, the "
        "best F1 over all pictures together; undilated leaves the prediction as it is. Drawn shapes: the same on "
        "decoded shapes, one pixel wide with their scores. Axes: both end points within 2.5 % of the diagonal. "
        "Centers: within 2.5 % of the longer side. Turned: pictures and truth turned by a random angle in ±45°, "
        "judged on heatmaps, or on drawn shapes where there is no network, which do not compare. Error "
        "of a picture: 1 − mean of its F1 values: of the maps where it has a truth, of axes and of centers where "
        "something is shown or true."
    )
    return f"<footer><p>{escape(text)}</p></footer>\n"
