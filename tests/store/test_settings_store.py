"""The settings file: atomic, validated, set aside when it cannot be read."""

from __future__ import annotations

import os

import pytest

from clipsym_core.files import write_atomic
from symviewer.model.settings import Settings
from symviewer.store.paths import HOME_VARIABLE, config_folder, data_folder, log_folder, named_folders
from symviewer.store.settings_store import SettingsStore


def test_saved_settings_are_loaded(tmp_path):
    store = SettingsStore(tmp_path / "deep" / "settings.json")
    assert store.load().settings == Settings()
    settings = Settings(theme="dark").with_recent("x")
    store.save(settings)
    assert store.load().settings == settings
    assert store.load().problem is None
    assert os.listdir(tmp_path / "deep") == ["settings.json"]


def test_a_recent_file_whose_name_is_no_unicode_is_kept(tmp_path):
    store = SettingsStore(tmp_path / "settings.json")
    settings = Settings().with_recent("caf\udce9.png").with_recent("größe.png")
    store.save(settings)
    assert store.load().settings == settings


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', '{"theme": "pink"}', "\x00\xff"])
def test_what_cannot_be_read_is_set_aside_and_said(tmp_path, text):
    store = SettingsStore(tmp_path / "settings.json")
    store.path.write_bytes(text.encode("latin-1"))
    loaded = store.load()
    assert loaded.settings == Settings()
    assert "starts with its defaults" in loaded.problem.what
    assert store.backup_path.read_bytes() == text.encode("latin-1")
    store.save(Settings(theme="light"))
    assert store.load().settings.theme == "light"
    assert store.backup_path.exists()


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_one_variable_moves_all_folders(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    folders = {config_folder(), log_folder(), data_folder()}
    assert len(folders) == 3
    assert all(folder.parent == tmp_path for folder in folders)
    assert set(named_folders().values()) == folders
    monkeypatch.delenv(HOME_VARIABLE)
    assert tmp_path not in {folder.parent for folder in named_folders().values()}
