"""Which cameras there are, by name where the system tells. Asks the system only; opens nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_SECONDS: Final = 8.0
_LINUX: Final = Path("/sys/class/video4linux")
_UNNAMED: Final = 2
"""So many numbers are offered where names are not known: on Windows without the extra "camera"."""
_DIRECT_SHOW: Final = 700
"""What OpenCV calls the interface by which `capture` opens cameras on Windows (cv2.CAP_DSHOW)."""


@dataclass(frozen=True, slots=True)
class Camera:
    """`number` is what OpenCV opens."""

    number: int
    name: str


def list_cameras(folder: Path = _LINUX, *, platform: str = sys.platform) -> list[Camera]:
    """The cameras of this computer. Takes up to some seconds on macOS: not for the thread of a window."""
    if platform.startswith("linux"):
        return linux_cameras(folder)
    if platform == "darwin":
        command = ["system_profiler", "-json", "SPCameraDataType"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError):
            return [Camera(n, f"Camera {n + 1}") for n in range(_UNNAMED)]
        return mac_cameras(done.stdout)
    if find_spec("cv2_enumerate_cameras") is not None:
        return windows_cameras()
    return [Camera(n, f"Camera {n + 1}") for n in range(_UNNAMED)]


def linux_cameras(folder: Path) -> list[Camera]:
    """From the entries video0, video1 ... of sysfs; only the first of the several of one device gives pictures."""
    found = []
    for entry in sorted(folder.glob("video[0-9]*"), key=lambda e: int(e.name[5:])):
        try:
            name = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
            index = (entry / "index").read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
        if index == "0":
            found.append(Camera(int(entry.name[5:]), name or entry.name))
    return found


def windows_cameras() -> list[Camera]:
    """By DirectShow, in whose order OpenCV counts; an optional package asks it (extra "camera")."""
    from cv2_enumerate_cameras import enumerate_cameras

    found = enumerate_cameras(_DIRECT_SHOW)
    return [Camera(int(camera.index), str(camera.name) or f"Camera {camera.index + 1}") for camera in found]


def mac_cameras(output: bytes) -> list[Camera]:
    """From what `system_profiler` prints; AVFoundation counts in the same order."""
    try:
        entries = json.loads(output).get("SPCameraDataType", [])
        return [Camera(n, str(entry["_name"])) for n, entry in enumerate(entries)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
