"""Writes the references in docs/ that are made from the program itself."""

from __future__ import annotations

from pathlib import Path

from generator.check.lint.reference import lint_reference
from generator.config.reference import json_text, markdown

DOCS = Path(__file__).parents[1] / "docs"


def references() -> dict[str, str]:
    """File in docs/ -> its text."""
    return {"config.md": markdown(), "config.schema.json": json_text(), "lint.md": lint_reference()}


def main() -> None:
    """Write every reference."""
    DOCS.mkdir(exist_ok=True)
    for name, text in references().items():
        (DOCS / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
