"""Write docs/shortcuts.md from the table of actions.

python scripts/make_shortcuts_doc.py
"""

from __future__ import annotations

from pathlib import Path

from symviewer.model.action_sheet import shortcuts_markdown

TARGET = Path(__file__).resolve().parents[1] / "docs" / "shortcuts.md"


def main() -> None:
    TARGET.write_text(shortcuts_markdown(), encoding="utf-8")
    print(f"Wrote {TARGET}")


if __name__ == "__main__":
    main()
