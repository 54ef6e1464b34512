"""Colors of the models in charts, on light and on dark ground: after Okabe and Ito, apart for everybody."""

from __future__ import annotations

from typing import Final

LIGHT: Final = ("#0072b2", "#d55e00", "#009e73", "#b0568e", "#e69f00", "#56b4e9", "#7a7a7a")
DARK: Final = ("#4aa8e8", "#f08a3c", "#35c79b", "#d98abf", "#f0bd4a", "#9ad7f7", "#a9a9a9")


def css_variables(colors: tuple[str, ...]) -> str:
    """`--m0: #...; --m1: ...`, as a style sheet defines them."""
    return " ".join(f"--m{index}: {color};" for index, color in enumerate(colors))
