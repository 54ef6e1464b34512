"""Files of older versions: a backup before each step, one transaction a step."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clipsym_core.symmetry import RotationCenter
from symviewer.model import commands
from symviewer.model.picture_content import Kinds
from symviewer.store.migrations import MIGRATIONS, migrate, version_of
from symviewer.store.opening import PROJECT_NAME, open_folder
from symviewer.store.problems import ProjectError
from symviewer.store.schema import SCHEMA_VERSION


@pytest.fixture
def path(folder: Path) -> Path:
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / "a.png")])
    opened.stack.push(commands.add(opened.document, picture, [RotationCenter(1.0, 2.0, 3)]))
    opened.close()
    return folder / PROJECT_NAME


def add_notes(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE annotations ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def rebuild_pictures(connection: sqlite3.Connection) -> None:
    """What SQLite asks for where a column changes: a new table in the place of the old one that others point to."""
    connection.execute("CREATE TABLE new (id INTEGER PRIMARY KEY, path TEXT UNIQUE, rating INTEGER DEFAULT 0)")
    connection.execute("INSERT INTO new (id, path) SELECT id, path FROM pictures")
    connection.execute("DROP TABLE pictures")
    connection.execute("ALTER TABLE new RENAME TO pictures")


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def annotations(path: Path) -> list[tuple[object, ...]]:
    with closing(connect(path)) as connection:
        return connection.execute("SELECT * FROM annotations").fetchall()


def test_every_older_version_has_its_migration() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_steps_in_order_with_a_backup_before_each(path: Path) -> None:
    before = annotations(path)
    steps = {SCHEMA_VERSION: add_notes, SCHEMA_VERSION + 1: rebuild_pictures}
    with closing(connect(path)) as connection:
        backups = migrate(connection, path, migrations=steps, target=SCHEMA_VERSION + 2)
        assert version_of(connection) == SCHEMA_VERSION + 2
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("SELECT path, rating FROM pictures").fetchall() == [("a.png", 0)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert annotations(path) == [(*row, "") for row in before]
    assert [annotations(backup) for backup in backups] == [before, [(*row, "") for row in before]]
    assert [backup.parent for backup in backups] == [path.parent] * 2
    with closing(connect(backups[0])) as connection:
        assert version_of(connection) == SCHEMA_VERSION


def test_a_backup_is_never_overwritten(path: Path) -> None:
    (path.parent / f"{path.name}.v{SCHEMA_VERSION}.bak").write_bytes(b"an older backup")
    with closing(connect(path)) as connection:
        (backup,) = migrate(connection, path, migrations={SCHEMA_VERSION: add_notes}, target=SCHEMA_VERSION + 1)
    assert (path.parent / f"{path.name}.v{SCHEMA_VERSION}.bak").read_bytes() == b"an older backup"
    assert annotations(backup)


def fail_half_way(connection: sqlite3.Connection) -> None:
    add_notes(connection)
    connection.execute("DELETE FROM annotations")
    raise ValueError("a value that nobody thought of")


def lose_pictures(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM pictures")


@pytest.mark.parametrize("step", [fail_half_way, lose_pictures])
def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, step: object) -> None:
    before = annotations(path)
    with closing(connect(path)) as connection:
        with pytest.raises(ProjectError, match="could not be brought from version"):
            migrate(connection, path, migrations={SCHEMA_VERSION: step}, target=SCHEMA_VERSION + 1)  # type: ignore[dict-item]
        assert version_of(connection) == SCHEMA_VERSION
    assert annotations(path) == before
    opened = open_folder(path.parent)
    assert len(opened.document.annotations(1)) == 1
    opened.close()


def test_a_version_without_a_way_forward_is_refused(path: Path) -> None:
    with closing(connect(path)) as connection, pytest.raises(ProjectError, match="knows no way"):
        migrate(connection, path, migrations={}, target=SCHEMA_VERSION + 1)
    assert not list(path.parent.glob("*.bak"))


def test_an_old_project_opens_with_a_notice_and_a_second_window_waits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, with a version 0 that never was: the same tables, one number less."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    with pytest.raises(ProjectError, match="knows no way"):
        open_folder(path.parent)
    assert migrate.__kwdefaults__ is not None
    steps = dict.fromkeys(range(SCHEMA_VERSION), lambda connection: None)
    monkeypatch.setitem(migrate.__kwdefaults__, "migrations", steps)
    opened = open_folder(path.parent)
    assert "newer version" in opened.notices[0].text
    assert opened.project.backups[0].name in opened.notices[0].text
    assert len(opened.document.annotations(1)) == 1
    opened.close()
    again = open_folder(path.parent)
    assert again.notices == ()
    again.close()


VERSION_1 = """
    CREATE TABLE pictures (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER, hash TEXT,
        state TEXT NOT NULL CHECK (state IN ('none', 'suggested', 'verified')));
    CREATE TABLE annotations (picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE, id TEXT NOT NULL,
        shape TEXT NOT NULL, rank REAL NOT NULL, state TEXT NOT NULL, locked INTEGER NOT NULL, hidden INTEGER NOT NULL,
        source TEXT NOT NULL, score REAL, extra TEXT NOT NULL, PRIMARY KEY (picture, id));
    CREATE TABLE suggestions (picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE, id TEXT NOT NULL,
        shape TEXT NOT NULL, score REAL NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL,
        PRIMARY KEY (picture, id));
    CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, action TEXT NOT NULL,
        text TEXT NOT NULL, picture INTEGER, deltas TEXT NOT NULL);
    INSERT INTO pictures VALUES (1, 'a.png', NULL, NULL, 'verified'), (2, 'b.png', NULL, NULL, 'none');
    INSERT INTO annotations VALUES (1, 'x', '{"kind":"center","x":1.0,"y":2.0,"order":3}', 1.0, 'drawn', 0, 0, '', NULL,
        '{}');
    INSERT INTO suggestions VALUES (1, 'y', '{"kind":"axis","points":[[0.0,0.0],[5.0,5.0]]}', 0.5, 'm', '{}');
    PRAGMA application_id = 0x53594D56;
    PRAGMA user_version = 1;
"""


def test_a_project_of_version_1_gets_kinds_and_room_for_the_disagreement(folder: Path) -> None:
    with closing(sqlite3.connect(folder / PROJECT_NAME)) as connection:
        connection.executescript(VERSION_1)
    opened = open_folder(folder)
    assert [backup.name for backup in opened.project.backups] == [f"{PROJECT_NAME}.v1.bak"]
    first, second = opened.document.entries()
    assert (first.kinds, second.kinds) == (Kinds.CENTERS | Kinds.AXES, Kinds.NONE)
    assert (first.disagreement, first.measured_by) == (None, "")
    assert len(opened.document.annotations(1)) == len(opened.document.suggestions(1)) == 1
    opened.project.save_disagreement({2: 0.5}, "m")
    opened.close()
    again = open_folder(folder)
    assert again.document.entry(2)[-2:] == (0.5, "m")
    again.close()
