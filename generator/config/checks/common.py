"""What several rules need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.config.problems import Place, Problem, dotted


def twice(path: Place, key: str, values: Iterable[str]) -> Iterator[Problem]:
    """A problem at `key` of each item of the list at `path` whose value, whatever its case, came before."""
    first: dict[str, int] = {}
    for number, value in enumerate(values):
        before = first.setdefault(value.lower(), number)
        if before != number:
            text = f"{value} is there twice; it is the {key} of {dotted((*path, before))} already"
            yield Problem((*path, number, key), text)
