"""Pictures, overlay, workspace, settings, problems, colormaps and words: what the window shows, without a window."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clipsym_core.errors import CheckpointError
from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import commands, words
from symviewer.model.colormaps import COLORMAPS, color_table, colorize
from symviewer.model.document import Document
from symviewer.model.events import Event
from symviewer.model.heatmaps import HeatmapPair
from symviewer.model.model_status import ModelInfo, ModelState, ModelStatus, short_name
from symviewer.model.overlay import Overlay
from symviewer.model.picking import distance
from symviewer.model.pictures import NOTHING, PictureList, PictureState
from symviewer.model.problem import Problem
from symviewer.model.settings import RECENT_LIMIT, Settings, parse_settings
from symviewer.model.undo import UndoStack
from symviewer.model.workspace import Work, Workspace

AXIS = Detection(ReflectionAxis(((0.0, 0.0), (0.0, 10.0))), 0.9, "m")
CENTER = Detection(RotationCenter(5.0, 5.0, 4), 0.6, "m")
ELLIPSE = Detection(ReflectionEllipse(20.0, 20.0, 6.0, 3.0, 30.0), 0.3, "m")


class TestEvents:
    def test_listeners_are_called_in_order_until_they_disconnect(self):
        event: Event[[int]] = Event()
        heard = []
        first = event.connect(lambda n: heard.append(("a", n)))
        event.connect(lambda n: heard.append(("b", n)))
        event.emit(1)
        first()
        first()
        event.emit(2)
        assert heard == [("a", 1), ("b", 1), ("b", 2)]

    def test_a_released_workspace_tells_nobody(self):
        workspace = Workspace()
        heard = []
        workspace.work_changed.connect(heard.append)
        workspace.pictures.current_changed.connect(heard.append)
        workspace.work = Work("before")
        assert heard == [Work("before")]
        workspace.release()
        workspace.work = Work("late")
        workspace.pictures.add(["a.png"])
        workspace.pictures.select(0)
        assert heard == [Work("before")]

    def test_a_listener_may_disconnect_while_it_is_called(self):
        event: Event[[]] = Event()
        heard = []
        end = event.connect(lambda: (heard.append(1), end()))
        event.emit()
        event.emit()
        assert heard == [1]


class TestPictures:
    def test_paths_are_kept_once_and_in_order(self):
        pictures = PictureList()
        heard = []
        pictures.added.connect(lambda first, count: heard.append((first, count)))
        assert pictures.add(["a", "b", "a"]) == 2
        assert pictures.add(["b", "c"]) == 1
        assert pictures.add(["c"]) == 0
        assert [p.path for p in pictures] == ["a", "b", "c"]
        assert heard == [(0, 2), (2, 1)]
        assert pictures.index_of("c") == 2
        assert pictures.index_of("x") == NOTHING

    def test_states_follow_what_becomes_known(self):
        pictures = PictureList()
        pictures.add(["a"])
        changed = []
        pictures.changed.connect(changed.append)
        pictures.mark_detecting("a")
        pictures.mark_not_detecting("a")
        assert pictures[0].state is PictureState.WAITING
        pictures.mark_done("a", "m1")
        pictures.mark_detecting("a")
        pictures.mark_not_detecting("a")
        assert pictures[0].state is PictureState.DONE
        pictures.mark_failed("a", Problem("no"))
        assert changed == [0] * 6
        assert [pictures.count(state) for state in PictureState] == [0, 0, 0, 1]
        pictures.mark_failed("a", Problem("no"))
        pictures.mark_done("unknown", "m")
        assert changed == [0] * 6  # nothing new, nothing said

    def test_steps_stop_at_the_ends(self):
        pictures = PictureList()
        pictures.step(1)
        assert pictures.current == NOTHING
        pictures.add(["a", "b"])
        pictures.step(1)
        assert pictures.current == 0
        pictures.step(5)
        assert pictures.current == 1
        with pytest.raises(IndexError, match="no picture 2 in a list of 2"):
            pictures.select(2)

    def test_clearing_leaves_nothing(self):
        pictures = PictureList()
        pictures.add(["a"])
        pictures.select(0)
        pictures.clear()
        assert pictures.count(PictureState.WAITING) == 0
        assert (len(pictures), pictures.current, pictures.current_picture) == (0, NOTHING, None)
        assert pictures.index_of("a") == NOTHING


class TestOverlay:
    @given(st.floats(0, 1), st.floats(0, 1))
    def test_only_the_threshold_and_the_kinds_decide(self, threshold, score):
        overlay = Overlay(threshold=threshold)
        detection = Detection(AXIS.shape, score, "m")
        assert overlay.shows(detection) == (score >= threshold)
        assert not overlay.changed(axes=False).shows(detection)
        assert not overlay.changed(suggestions=False).shows(detection)

    def test_each_kind_has_its_switch(self):
        overlay = Overlay(threshold=0.0)
        for name, detection in (("axes", AXIS), ("centers", CENTER), ("ellipses", ELLIPSE)):
            hidden = overlay.changed(**{name: False})
            assert [hidden.shows(d) for d in (AXIS, CENTER, ELLIPSE)] == [
                d is not detection for d in (AXIS, CENTER, ELLIPSE)
            ]

    def test_the_heatmap_comes_back_as_it_was(self):
        overlay = Overlay(heatmap="rotation", last_heatmap="rotation").toggled_heatmap()
        assert overlay.heatmap == "off"
        assert overlay.toggled_heatmap().heatmap == "rotation"
        assert Overlay().switched_heatmap().switched_heatmap().heatmap == "reflection"

    @pytest.mark.parametrize(
        "bad", [{"threshold": 1.5}, {"colormap": "jet"}, {"low": 0.6, "high": 0.5}, {"heatmap": "x"}, {"typo": 1}]
    )
    def test_what_does_not_fit_is_refused(self, bad):
        with pytest.raises(ValidationError):
            Overlay().changed(**bad)


class TestWorkspace:
    def make(self):
        workspace = Workspace()
        workspace.pictures.add(["a", "b"])
        workspace.pictures.select(0)
        document = Document()
        document.add_pictures(["a", "b"])
        stack = UndoStack(document)
        workspace.desk.put(document, stack, lambda path: path, lambda picture: document.entry(picture).path)
        stack.push_unasked(commands.suggest(document, workspace.picture_id, [AXIS, CENTER, ELLIPSE]))
        return workspace

    @staticmethod
    def select(workspace, detection):
        workspace.select(*(s.id for s in workspace.suggestions if s.detection == detection))

    def test_the_selection_goes_when_what_it_selects_goes(self):
        workspace = self.make()
        heard = []
        selected = lambda: workspace.selected.detection if workspace.selected else None  # noqa: E731
        workspace.selection_changed.connect(lambda: heard.append(selected()))
        self.select(workspace, CENTER)
        workspace.change_overlay(threshold=0.7)
        assert workspace.selected is None
        self.select(workspace, AXIS)
        desk = workspace.desk
        desk.stack.push(commands.reject(desk.document, workspace.picture_id, [workspace.selected.id]))
        assert workspace.selected is None
        self.select(workspace, AXIS)  # no longer there
        assert workspace.selected is None
        workspace.change_overlay(threshold=0.1)
        self.select(workspace, CENTER)
        workspace.pictures.select(1)
        assert workspace.selected is None
        assert heard == [CENTER, None, AXIS, None, CENTER, None]

    def test_another_document_has_other_shapes_and_nothing_selected(self):
        workspace = self.make()
        heard = []
        workspace.shapes_changed.connect(heard.append)
        self.select(workspace, AXIS)
        old = workspace.desk.document
        workspace.desk.clear("closed")
        assert workspace.selected is None
        assert workspace.suggestions == ()
        assert workspace.desk.read_only == "closed"
        UndoStack(old).push(commands.add(old, old.find("a"), [AXIS.shape]))
        assert heard == [None]  # nobody listens to the old one

    def test_changes_of_the_document_reach_the_row_of_the_picture(self):
        workspace = self.make()
        rows, shapes = [], []
        workspace.pictures.changed.connect(rows.append)
        workspace.shapes_changed.connect(shapes.append)
        desk = workspace.desk
        other = desk.find("b")
        desk.stack.push(commands.toggle_verified(desk.document, other))
        desk.stack.push(commands.add(desk.document, other, [AXIS.shape]))
        assert rows == [1, 1]
        assert shapes == []  # of the current picture nothing changed
        desk.stack.push(commands.accept(desk.document, workspace.picture_id, [workspace.suggestions[0].id]))
        assert len(shapes) == 2
        assert [a.shape for a in workspace.annotations] == [AXIS.shape]

    def test_reveal_lowers_the_threshold_as_far_as_needed(self):
        workspace = self.make()
        workspace.change_overlay(centers=False, suggestions=False)
        workspace.reveal([workspace.suggestions[-1].id])
        assert workspace.selected.detection == ELLIPSE
        assert workspace.overlay.threshold == pytest.approx(0.3)
        assert workspace.overlay.centers

    def test_a_new_picture_has_no_heatmaps_of_the_old_one(self):
        workspace = self.make()
        zeros = np.zeros((2, 2), np.float32)
        workspace.show_heatmaps(HeatmapPair(zeros, zeros))
        workspace.show_image(None)
        assert workspace.heatmaps is None

    def test_events_only_when_something_changes(self):
        workspace = self.make()
        heard = []
        workspace.overlay_changed.connect(lambda _: heard.append("overlay"))
        workspace.settings_changed.connect(lambda _: heard.append("settings"))
        workspace.change_overlay(threshold=workspace.overlay.threshold)
        workspace.settings = workspace.settings.changed(theme="dark")
        workspace.change_overlay(opacity=0.1)
        assert heard == ["settings", "settings", "overlay"]


class TestSettings:
    def test_they_survive_json(self):
        settings = Settings(theme="dark", recent=("x",)).with_recent("y").with_recent_model("m.safetensors")
        assert parse_settings(json.loads(settings.model_dump_json())) == settings

    def test_recent_is_bounded_and_has_no_doubles(self):
        settings = Settings()
        for name in [*map(str, range(30)), "5"]:
            settings = settings.with_recent(name)
        assert settings.recent[0] == "5"
        assert len(settings.recent) == len(set(settings.recent)) == RECENT_LIMIT

    @pytest.mark.parametrize(
        "raw", [[], None, {"version": 99}, {"theme": "pink"}, {"unknown": 1}, {"detection": {"device": "toaster"}}]
    )
    def test_what_is_not_settings_is_refused(self, raw):
        with pytest.raises(ValueError):
            parse_settings(raw)


class TestProblem:
    def test_our_errors_keep_their_parts(self):
        try:
            raise CheckpointError("What.", "Why.", "Remedy.")
        except CheckpointError as error:
            problem = Problem.of(error)
        assert (problem.what, problem.why, problem.remedy) == ("What.", "Why.", "Remedy.")
        assert "Traceback" in problem.details
        assert problem.report.startswith("What. Why. Remedy.\n\n")

    def test_other_errors_get_words_around_them(self):
        problem = Problem.of(KeyError("x"), doing="Saving failed.")
        assert problem.what == "Saving failed."
        assert "KeyError" in problem.why
        assert problem.remedy
        assert "memory" in Problem.of(MemoryError()).text


class TestColormaps:
    @pytest.mark.parametrize("name", COLORMAPS)
    def test_brightness_only_grows(self, name):
        table = color_table(name).astype(float)
        linear = (table / 255) ** 2.2
        assert table.shape == (256, 3)
        luminance = linear @ [0.2126, 0.7152, 0.0722]
        assert np.all(np.diff(luminance) > -0.002)
        assert luminance[-1] - luminance[0] > 0.5

    def test_the_range_is_spanned(self):
        colored = colorize(np.array([[0.0, 0.2, 0.35, 0.5, 0.8, 1.0]], np.float32), colormap="grey", low=0.2, high=0.8)
        assert colored[0, :, 3].tolist() == [0, 0, 126, 254, 255, 255]
        assert (colored[..., :3] <= colored[..., 3:]).all()  # premultiplied
        with pytest.raises(ValueError, match="must grow"):
            colorize(np.zeros((1, 1), np.float32), colormap="grey", low=0.5, high=0.5)


class TestDistance:
    @given(st.floats(0, 360), st.floats(1, 50), st.floats(1, 50), st.floats(0, 179))
    def test_points_of_an_ellipse_are_at_distance_zero(self, t, rx, ry, angle):
        shape = ReflectionEllipse(3.0, -2.0, rx, ry, angle)
        c, s = np.cos(np.radians(shape.angle)), np.sin(np.radians(shape.angle))
        u, v = rx * np.cos(np.radians(t)), ry * np.sin(np.radians(t))
        point = (3.0 + u * c - v * s, -2.0 - u * s - v * c)
        # The same convention as the vocabulary: +angle is counter-clockwise, y points down.
        turned = (3.0 + u * c + v * s, -2.0 - u * s + v * c)
        assert min(distance(shape, point), distance(shape, turned)) < 1e-6

    @given(st.floats(-5, 5), st.floats(-5, 5))
    def test_a_segment_ends_where_it_ends(self, x, y):
        axis = ReflectionAxis(((0.0, 0.0), (10.0, 0.0)))
        expected = np.hypot(min(x, 0), y)
        assert distance(axis, (x, y)) == pytest.approx(expected)


class TestWords:
    def test_shapes_in_words(self):
        assert words.describe(AXIS) == "Axis 90°, 10 px long, score 0.90, from m"
        assert "of order 4" in words.describe(CENTER)
        assert words.order(RotationCenter(0, 0, CONTINUOUS)) == "∞"
        assert "continuous" in words.describe(Detection(RotationCenter(0, 0, 0), 0.5, "features"))
        assert words.place(ReflectionAxis(((0.0, 0.1), (100.0, 0.0)))) == "0°, 100 px long"
        assert words.place(ReflectionAxis(((0.0, 0.0), (100.0, 0.1)))) == "0°, 100 px long"  # of 179.9 degrees
        assert words.place(ELLIPSE.shape) == "at 20, 20, 12 × 6"

    def test_numbers_in_words(self):
        assert words.file_size(999) == "999 B"
        assert words.file_size(44_000_000) == "44.0 MB"
        assert words.file_size(598_500_000) == "598 MB" or words.file_size(598_500_000) == "599 MB"
        assert words.plural(1, "picture") == "1 picture"
        assert words.plural(5000, "picture") == "5,000 pictures"

    def test_models_in_words(self):
        assert short_name("/a/b/mine.v2.safetensors") == "mine.v2"
        assert short_name("C:\\x\\mine.safetensors") == "mine"
        info = ModelInfo("id", "lite", "CPU", "fp32")
        assert ModelStatus(ModelState.READY, info).text == "lite on CPU"
        assert ModelStatus(ModelState.LOADING, info, "/x/new.safetensors").text == "Loading new …"
        assert ModelStatus().text == "No model"
