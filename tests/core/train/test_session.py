"""Runs as processes: killed, stopped, shared between processes, and what they say when something is wrong."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys

import pytest
from safetensors.torch import load_file
from torch.testing import assert_close
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.errors import ConfigError
from clipsym_core.train.events import parse_event, read_events
from clipsym_core.train.session import run_training
from tests.core.train.tiny import scenes, tiny_checkpoint, write_run

RUN = [sys.executable, "-m", "clipsym_core.train"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return scenes(tmp_path_factory.mktemp("data") / "set", 10)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return str(tiny_checkpoint(tmp_path_factory.mktemp("start") / "start.safetensors"))


def numbers(folder):
    """Step -> loss or F1, of the table; a later row for a step replaces an earlier one."""
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(r["event"], r["step"]) for r in rows}) == len(rows)  # nothing comes twice
    return {(r["event"], int(r["step"])): float(r["loss"] or r["f1"]) for r in rows}


def test_a_run_that_was_killed_goes_on_with_the_same_numbers(tmp_path, data, start):
    whole = write_run(tmp_path / "whole.json", tmp_path / "whole", data, start=start)
    assert run_training(whole).reason == "finished"
    broken = write_run(tmp_path / "broken.json", tmp_path / "broken", data, start=start, save_every=2)
    process = subprocess.Popen([*RUN, str(broken)], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        event = parse_event(line)
        if event is not None and event.event == "step" and event.step == 7:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    told = []
    ended = run_training(broken, resume=True, listener=told.append)
    assert told[0].resumed_from == "last.pt"
    assert told[0].resumed_step == 6
    assert (ended.reason, ended.step) == ("finished", 8)
    expected, found = numbers(tmp_path / "whole"), numbers(tmp_path / "broken")
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-6)
    for name in ("last.safetensors", "best.safetensors"):
        assert_close(load_file(tmp_path / "broken" / name), load_file(tmp_path / "whole" / name), rtol=0, atol=1e-6)
    events = read_events(tmp_path / "broken")
    assert [e.event for e in events].count("started") == 2
    assert ended.before.f1 == next(e for e in events if e.event == "validation").f1


class Killed(BaseException):
    """Ends a run as the power does: nothing is written after it."""


def test_a_run_that_was_killed_early_still_knows_the_old_model(tmp_path, data, start):
    run = write_run(
        tmp_path / "run.json",
        tmp_path,
        data,
        start=start,
        save_every=1,
        validation={"every": 100},
        steps=4,
        epochs=None,
    )

    def die_at(step):
        def listen(event):
            if event.event == "step" and event.step == step:
                raise Killed

        return listen

    with pytest.raises(Killed):
        run_training(run, listener=die_at(1))  # before anything was saved
    assert not (tmp_path / "last.pt").exists()
    told = []
    with pytest.raises(Killed):
        run_training(run, resume=True, listener=lambda e: (told.append(e), die_at(3)(e)))
    assert told[0].resumed_from is None
    before = next(e for e in told if e.event == "validation")
    ended = run_training(run, resume=True, listener=told.append)
    assert [e.resumed_step for e in told if e.event == "started"] == [0, 2]
    assert (ended.step, ended.before.f1) == (4, before.f1)


def test_two_processes_learn_what_one_does(tmp_path, data, start):
    """Under torchrun on the CPU (gloo), with a batch that is shared unevenly."""
    options = {"start": start, "batch": 5, "epochs": 1, "optimizer": {"kind": "adam", "rate": 1e-4, "tower_rate": 1e-4}}
    one = write_run(tmp_path / "one.json", tmp_path / "one", data, **options)
    run_training(one)
    two = write_run(tmp_path / "two.json", tmp_path / "two", data, **options)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"]
    done = subprocess.run(
        [*command, "clipsym_core.train", str(two)], capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    alone, shared = numbers(tmp_path / "one"), numbers(tmp_path / "two")
    assert shared.keys() == alone.keys()
    assert shared == pytest.approx(alone, abs=2e-4)
    assert len([e for e in read_events(tmp_path / "two") if e.event == "ended"]) == 1  # the main process alone tells
    assert json.loads((tmp_path / "two" / "environment.json").read_text())["processes"] == 2
    trained = load_file(tmp_path / "two" / "last.safetensors")
    assert_close(trained, load_file(tmp_path / "one" / "last.safetensors"), rtol=0, atol=2e-4)
    assert any(not x.equal(y) for x, y in zip(trained.values(), load_file(start).values(), strict=True))


def test_the_stop_file_ends_a_run_that_can_go_on(tmp_path, data, start):
    run = write_run(tmp_path / "run.json", tmp_path, data, start=start)

    def stop_at_3(event):
        if event.event == "step" and event.step == 2:
            (tmp_path / "stop").touch()

    ended = run_training(run, listener=stop_at_3)
    assert (ended.reason, ended.step) == ("stopped", 3)
    assert (tmp_path / ended.best).is_file()
    assert run_training(run, resume=True).reason == "finished"  # the wish is gone with the run that it was for


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "stopped"), (signal.SIGTERM, "cancelled")])
def test_signals(tmp_path, data, start, number, reason):
    run = write_run(tmp_path / "run.json", tmp_path, data, start=start)

    def send(event):
        if event.event == "step" and event.step == 1:
            signal.raise_signal(number)

    before = signal.getsignal(number)
    assert run_training(run, listener=send).reason == reason
    assert signal.getsignal(number) == before


def test_what_goes_wrong_is_told_and_ends_the_run(tmp_path, data):
    told = []
    run = write_run(tmp_path / "run.json", tmp_path / "run", data, start="clipsym-light")
    assert run_training(run, listener=told.append).reason == "failed"
    assert [e.event for e in told] == ["error", "ended"]
    assert "Did you mean 'clipsym-lite'" in told[0].remedy
    assert read_events(tmp_path / "run") == told


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_is_named_once_and_the_others_go_on(tmp_path, start, workers):
    own = scenes(tmp_path / "own", 6)
    told = []

    def listen(event):
        told.append(event)
        if event.event == "started":
            for file in sorted(own.glob("*.png"))[:4]:
                file.write_bytes(b"something else by now")

    run = write_run(tmp_path / "run.json", tmp_path / "run", own, start=start, workers=workers)
    assert run_training(run, listener=listen).reason == "finished"
    problems = [e.why for e in told if e.event == "warning" and "left out" in e.what]
    assert len(problems) == len(set(problems)) == 4
    assert all("Cannot read the picture" in p for p in problems)


def test_a_folder_holds_one_run(tmp_path, data, start):
    run = write_run(tmp_path / "run.json", tmp_path, data, start=start, epochs=1)
    with pytest.raises(ConfigError, match="nothing to resume"):
        run_training(run, resume=True)
    run_training(run)
    before = (tmp_path / "events.jsonl").read_bytes()
    with pytest.raises(ConfigError, match=r"There is a run in .* already"):
        run_training(run)
    assert (tmp_path / "events.jsonl").read_bytes() == before
    assert json.loads((tmp_path / "resolved.json").read_text())["optimizer"]["clip_norm"] == 5.0
    assert json.loads((tmp_path / "run.json").read_text())["epochs"] == 1
    assert set(json.loads((tmp_path / "pictures.json").read_text())) == {"train", "val"}


def test_the_child_process_names_an_unknown_key(tmp_path):
    (tmp_path / "run.json").write_text('{"epoch": 3}')
    done = subprocess.run([*RUN, str(tmp_path / "run.json")], capture_output=True, text=True)
    assert done.returncode == 2
    event = parse_event(done.stdout)
    assert event.event == "error"
    assert event.remedy == "Did you mean 'epochs'?"
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_the_command(tmp_path, data, start):
    run = write_run(tmp_path / "run.json", tmp_path, data, start=start, epochs=1)
    done = CliRunner().invoke(app, ["train", str(run)])
    assert done.exit_code == 0
    said = done.stderr
    assert "8 pictures to learn from, 2 to measure on" in said
    assert "Finished after 4 steps." in said
    assert f"The best checkpoint is {tmp_path / 'best.safetensors'}" in said
    (tmp_path / "other.json").write_text(
        json.dumps({**json.loads(run.read_text()), "start": "clipsym-light"} | {"folder": "x"})
    )
    failed = CliRunner().invoke(app, ["train", str(tmp_path / "other.json")])
    assert failed.exit_code == 1
    assert "Did you mean 'clipsym-lite'" in failed.stderr
