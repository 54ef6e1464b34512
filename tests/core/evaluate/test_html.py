"""The HTML report: well-formed, self-contained, and with everything in it."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from clipsym_core.evaluate.html import chosen_pictures, mean_errors, thumbnail, write_html
from clipsym_core.evaluate.report import Curve, EvaluationOptions, EvaluationReport, Problem
from clipsym_core.evaluate.run import evaluate
from clipsym_core.evaluate.source import load_data
from clipsym_core.evaluate.svg import Line, curves_svg
from clipsym_core.symmetry import Detection, ReflectionAxis
from clipsym_core.video.address import FrameAddress
from tests.core.evaluate.oracles import SIZE, Oracle, ReadsRed, Silent, make_dataset
from tests.core.video.pictures import write_video

_VOID = {"meta", "img", "input", "path", "rect", "polyline", "circle", "br"}


class _Checker(HTMLParser):
    """Every tag that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert not checker.open
    return checker


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> EvaluationReport:
    data = load_data(make_dataset(tmp_path_factory.mktemp("html")))
    return evaluate([ReadsRed("<b>odd & name</b>"), Silent(), Oracle()], data)


@pytest.fixture
def page(report: EvaluationReport, tmp_path: Path) -> str:
    write_html(report, tmp_path / "out" / "report.html", pictures=3)
    return (tmp_path / "out" / "report.html").read_text("utf-8")


def test_it_needs_nothing_but_itself(page: str) -> None:
    assert "http:" not in page
    assert "https:" not in page
    assert "//" not in re.sub(r"base64,[^\"]*", "", page)
    found = parsed(page)
    for _, attributes in found.tags:
        for name in ("src", "href", "srcset", "action", "data"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"@import|url\(", page)
    assert {tag for tag, _ in found.tags}.isdisjoint({"link", "iframe", "object"})


def test_it_is_well_formed_and_names_are_escaped(page: str) -> None:
    found = parsed(page)
    assert "b" in {tag for tag, _ in found.tags}  # the counts at the top
    text = "".join(found.text)
    assert "<b>odd & name</b>" in text
    for word in ("Evaluation on set", "Reflection F1", "silent", "Precision over recall", "0.png", "prefers-color"):
        assert word in text


def test_pictures_are_inside_and_show_truth_and_detections(page: str) -> None:
    sources = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)" alt="([^"]+)"', page)
    # Three pictures: the truth and three models each.
    assert len(sources) == 12
    assert [alt for _, alt in sources[:4]] == ["truth", "&lt;b&gt;odd &amp; name&lt;/b&gt;", "silent", "oracle"]
    pixels = [cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR) for data, _ in sources]
    assert {p.shape for p in pixels} == {(SIZE[1], SIZE[0], 3)}
    truth, _, silent, oracle = (p.astype(int) for p in pixels[:4])
    assert np.abs(truth - silent).max() > 100  # shapes are drawn over the truth
    assert np.abs(truth - oracle).mean() < np.abs(truth - silent).mean()


def test_the_worst_pictures_come_first_and_then_a_cross_section(report: EvaluationReport) -> None:
    errors = mean_errors(report)
    worst, others = chosen_pictures(report, 3)
    assert len(worst) == 2
    assert len(others) == 1
    assert min(errors[p] for p in worst) >= max(errors[p] for p in errors if p not in worst)
    everything, none = chosen_pictures(report, 99)
    assert sorted(everything) == sorted(errors)
    assert none == []


def test_a_page_without_pictures_and_one_whose_pictures_are_gone(report: EvaluationReport, tmp_path: Path) -> None:
    write_html(report, tmp_path / "none.html", pictures=0)
    assert "<img" not in (tmp_path / "none.html").read_text("utf-8")
    gone = [info.model_copy(update={"file": str(tmp_path / "gone.png")}) for info in report.data.pictures]
    moved = report.model_copy(
        update={
            "data": report.data.model_copy(update={"pictures": tuple(gone)}),
            "problems": (Problem(what="x.png", why="It is <broken>."),),
            "not_evaluated": (Problem(what="pmcnet", why="There is no checkpoint."),),
        }
    )
    write_html(moved, tmp_path / "gone.html")
    text = "".join(parsed((tmp_path / "gone.html").read_text("utf-8")).text)
    assert "Cannot read the picture" in text
    assert "It is <broken>." in text
    assert "There is no checkpoint." in text


def test_turned_pictures_get_columns_of_their_own(tmp_path: Path) -> None:
    data = load_data(make_dataset(tmp_path))
    report = evaluate([ReadsRed(), Silent()], data, EvaluationOptions(robustness=True))
    write_html(report, tmp_path / "report.html", pictures=1)
    text = "".join(parsed((tmp_path / "report.html").read_text("utf-8")).text)
    assert "Turned by ±45°" in text
    assert "Consistency" in text


def test_curves_are_drawn_inside_the_chart_and_only_where_there_are_points() -> None:
    curve = Curve(thresholds=(0.9, 0.5, 0.1), precision=(1.0, 0.8, 0.0), recall=(0.0, 0.6, 1.0))
    none = Curve(thresholds=(0.5,), precision=(0.0,), recall=(0.0,))
    svg = ElementTree.fromstring(
        curves_svg("Axes & <more>", [Line(0, "a<b", curve, (0.6, 0.8)), Line(8, "none", none, (0.0, 0.0))])
    )
    _, _, width, height = (float(v) for v in svg.attrib["viewBox"].split())
    assert svg.findtext("text") == "Axes & <more>"
    groups = svg.findall("g")
    assert [g.findtext("title") for g in groups] == ["a<b"]
    points = [tuple(map(float, p.split(","))) for p in groups[0].findall("polyline")[0].attrib["points"].split()]
    (left, top), (x, y), (right, bottom) = points
    assert 0 < left < x < right < width
    assert 0 < top < y < bottom < height
    # The chart is square and linear: 0.6 of its width, 0.8 of its height.
    assert (x - left) / (right - left) == pytest.approx(0.6, abs=0.01)
    assert (bottom - y) / (bottom - top) == pytest.approx(0.8, abs=0.01)
    circle = groups[0].find("circle")
    assert circle is not None
    assert (float(circle.attrib["cx"]), float(circle.attrib["cy"])) == (x, y)


def test_thumbnails_shrink_with_their_shapes_but_never_grow() -> None:
    image = np.full((400, 800, 3), 128, np.uint8)
    axis = Detection(ReflectionAxis(((0, 200), (800, 200))), 1.0, "truth")
    small = cv2.imdecode(np.frombuffer(thumbnail(image, [axis], scores=False, side=200), np.uint8), cv2.IMREAD_COLOR)
    assert small.shape == (100, 200, 3)
    changed = np.flatnonzero(np.abs(small.astype(int) - 128).max(axis=(1, 2)) > 60)
    assert abs(changed.mean() - 49.5) < 2
    tiny = cv2.imdecode(np.frombuffer(thumbnail(image[:40, :80], [], side=200), np.uint8), cv2.IMREAD_COLOR)
    assert tiny.shape == (40, 80, 3)


def test_frames_of_videos_are_shown_too(report: EvaluationReport, tmp_path: Path) -> None:
    frame = FrameAddress(str(write_video(tmp_path / "v.mp4", [0.0, 0.1])), 1, 0.1)
    pictures = tuple(info.model_copy(update={"file": str(frame)}) for info in report.data.pictures)
    data = report.data.model_copy(update={"pictures": pictures})
    write_html(report.model_copy(update={"data": data}), tmp_path / "report.html", pictures=2)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Cannot read" not in page
    assert page.count('src="data:image') >= 2
