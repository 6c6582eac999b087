"""The output formats of `validate`: each is a module with `report(result)`, which gives the whole text."""

from __future__ import annotations

from collections.abc import Callable

from generator.check.formats import github, human, json, junit
from generator.check.validate import Result

FORMATS: dict[str, Callable[[Result], str]] = {
    "human": human.report,
    "json": json.report,
    "junit": junit.report,
    "github": github.report,
}
