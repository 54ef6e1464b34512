"""Signals without end do not end the program."""

from __future__ import annotations

import subprocess
import sys

CODE = """
from PySide6.QtCore import QCoreApplication, QObject, Signal
import symviewer.services
from symviewer.services.singletons import guard_singletons
assert not guard_singletons()  # done at import; a second time there is nothing to do

class Sender(QObject):
    said = Signal(object)

application = QCoreApplication([])
sender = Sender()
heard = []
sender.said.connect(lambda value: heard.append(value))
for _ in range(100_000):
    sender.said.emit(None)
print(len(heard), flush=True)
"""


def test_many_signals_do_not_end_the_program() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "100000"), done.stderr
