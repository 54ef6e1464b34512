"""The file list: what is shown, in which order, and what is next. Compared with the plain definition by hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.desk import Desk
from symviewer.model.document import Document
from symviewer.model.picture_content import Kinds
from symviewer.model.picture_order import UNVERIFIED, ListFilter, Ordering, PictureOrder, RowState, row_state
from symviewer.model.pictures import NOTHING, PictureList
from symviewer.model.problem import Problem
from symviewer.model.undo import UndoStack

AXIS = ReflectionAxis(((0.0, 0.0), (5.0, 5.0)))
CENTER = RotationCenter(1.0, 2.0, 3)


class Bench:
    """A list with its document."""

    def __init__(self, names: list[str]) -> None:
        self.desk = Desk()
        self.pictures = PictureList()
        self.order = PictureOrder(self.pictures, self.desk)
        document = Document()
        document.add_pictures(names)
        self.desk.put(document, UndoStack(document), lambda path: path, lambda p: document.entry(p).path)
        self.pictures.add(names)

    def verify(self, *names: str) -> None:
        ids = [self.desk.document.find(name) for name in names]
        self.desk.stack.push(commands.set_state(self.desk.document, ids, ReviewState.VERIFIED))
        for name in names:
            self.pictures.tell(name)

    def shown(self) -> list[str]:
        return self.order.paths()


@pytest.fixture
def bench() -> Bench:
    return Bench([f"{i}.png" for i in range(10)])


def test_states_and_counts_follow(bench: Bench) -> None:
    order, pictures = bench.order, bench.pictures
    pictures.mark_done("1.png", "m")
    pictures.mark_detecting("2.png")
    pictures.mark_failed("3.png", Problem("broken"))
    bench.verify("4.png", "5.png")
    assert [order.state(i) for i in range(6)] == [
        RowState.NONE,
        RowState.SUGGESTED,
        RowState.LOOKING,
        RowState.FAILED,
        RowState.VERIFIED,
        RowState.VERIFIED,
    ]
    assert order.count(RowState.VERIFIED) == 2
    assert order.count(*UNVERIFIED) == 7
    assert order.total == 10
    bench.desk.stack.undo()
    pictures.tell("4.png")
    assert order.state(4) is RowState.NONE


def test_rows_stay_until_the_list_is_made_anew(bench: Bench) -> None:
    order, pictures = bench.order, bench.pictures
    order.filter = ListFilter(states=UNVERIFIED)
    pictures.select(3)
    told: list[None] = []
    order.outdated.connect(lambda: told.append(None))
    bench.verify("3.png")
    assert "3.png" in bench.shown()
    assert order.is_outdated
    assert told
    order.refresh(keep_current=True)
    assert "3.png" in bench.shown()
    order.step(1)
    order.refresh(keep_current=True)
    assert pictures.current == 4
    assert "3.png" not in bench.shown()


def test_next_unverified_goes_round_and_ends(bench: Bench) -> None:
    order, pictures = bench.order, bench.pictures
    bench.verify(*(f"{i}.png" for i in range(10) if i not in (2, 7)))
    pictures.select(5)
    assert order.next_unverified(1) == 7
    assert order.next_unverified(-1) == 2
    pictures.select(7)
    assert order.next_unverified(1) == 2
    bench.verify("2.png")
    assert order.next_unverified(1) == NOTHING  # the current one is the last
    bench.verify("7.png")
    assert order.next_unverified(-1) == NOTHING


def test_from_a_picture_that_is_not_shown(bench: Bench) -> None:
    order, pictures = bench.order, bench.pictures
    pictures.select(4)
    order.filter = ListFilter(text="7")
    assert bench.shown() == ["7.png"]
    order.step(1)
    assert pictures.current == 7
    order.filter = ListFilter()
    pictures.select(5)
    bench.verify("5.png", "6.png")
    order.filter = ListFilter(states=UNVERIFIED)
    assert order.next_unverified(1) == 7
    order.step(-1)
    assert pictures.current == 4
    pictures.select(5)
    assert order.from_here() == ["7.png", "8.png", "9.png"]


def test_kinds(bench: Bench) -> None:
    document, stack = bench.desk.document, bench.desk.stack
    stack.push(commands.add(document, document.find("2.png"), [AXIS]))
    stack.push(commands.add(document, document.find("5.png"), [AXIS, CENTER]))
    bench.order.filter = ListFilter(kinds=Kinds.CENTERS | Kinds.ELLIPSES)
    assert bench.shown() == ["5.png"]
    bench.order.filter = ListFilter(kinds=Kinds.AXES)
    assert bench.shown() == ["2.png", "5.png"]


def test_a_removed_picture_leaves_the_rest_in_place(bench: Bench) -> None:
    bench.verify("8.png")
    bench.pictures.select(8)
    assert bench.pictures.remove("3.png")
    assert not bench.pictures.remove("3.png")
    assert bench.shown() == [f"{i}.png" for i in range(10) if i != 3]
    assert bench.pictures.current_picture.path == "8.png"
    assert bench.order.state(bench.pictures.current) is RowState.VERIFIED
    assert bench.pictures.remove("8.png")
    assert bench.pictures.current_picture.path == "9.png"
    for path in bench.shown():
        bench.pictures.remove(path)
    assert bench.pictures.current == NOTHING
    assert bench.order.total == 0


operations = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 60)),
        st.tuples(st.just("remove"), st.integers(0, 60)),
        st.tuples(st.just("verify"), st.integers(0, 60)),
        st.tuples(st.just("fail"), st.integers(0, 60)),
        st.tuples(st.just("measure"), st.integers(0, 60)),
        st.tuples(st.just("select"), st.integers(0, 60)),
    ),
    max_size=25,
)
filters = st.builds(
    ListFilter,
    text=st.sampled_from(["", "1", "A1", "x"]),
    states=st.frozensets(st.sampled_from(list(RowState))),
)


@settings(max_examples=150, deadline=None)
@given(work=operations, chosen=filters, ordering=st.sampled_from(Ordering), early=st.booleans())
def test_any_work_gives_the_rows_of_the_plain_definition(work, chosen, ordering, early) -> None:
    bench = Bench(["a1", "b2", "a10"])
    order, pictures, document = bench.order, bench.pictures, bench.desk.document
    if early:
        order.filter, order.ordering = chosen, ordering
    for what, number in work:
        name = f"a{number}"
        if what == "add":
            document.add_pictures([name])
            pictures.add([name])
        elif what == "remove":
            pictures.remove(name)
        elif document.find(name) is None or pictures.index_of(name) == NOTHING:
            continue
        elif what == "verify":
            bench.verify(name)
        elif what == "fail":
            pictures.mark_failed(name, Problem("broken"))
        elif what == "measure":
            document.measure(document.find(name), (number * 7 % 10) / 10, "m")
            pictures.tell(name)
        else:
            pictures.select(pictures.index_of(name))
    order.filter, order.ordering = chosen, ordering
    order.refresh()

    def entry(picture):
        return document.entry(document.find(picture.path))

    states = [row_state(picture, entry(picture)) for picture in pictures]
    expected = [
        i
        for i, picture in enumerate(pictures)
        if (not chosen.states or states[i] in chosen.states) and chosen.text.casefold() in picture.path.casefold()
    ]
    if ordering is Ordering.NAME:
        expected.sort(key=lambda i: (pictures[i].path.casefold(), i))
    elif ordering is Ordering.DISAGREEMENT:
        values = [entry(picture).disagreement for picture in pictures]
        expected.sort(key=lambda i: (-(-1.0 if values[i] is None else values[i]), i))
    assert [order[row] for row in range(len(order))] == expected
    assert all(order.row_of(index) == row for row, index in enumerate(expected))
    assert {state: order.count(state) for state in RowState} == {state: states.count(state) for state in RowState}
