"""How values are written on one line, whatever is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from typing import Any

from generator.check.diff.fields import path_text
from generator.check.diff.hidden import Hidden
from generator.check.diff.model import Action, FieldChange, Steps, Uncompared
from generator.yamlio import quoted
from generator.yamlio.read import resolve_plain

# Texts that stand without quotes: what looks like a number or a truth value never does.
_BARE = re.compile(r"[\w./@+:-](?:[\w ./@+:,-]*[\w./@+:-])?\Z")


def clean(text: str) -> str:
    """`text` on one line. What moves the cursor, hides, or turns the direction of reading is written as its escape."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def shown(value: Any) -> str:
    """A value on one line: texts bare if they are simple, collections in flow style."""
    if isinstance(value, (dict, list)):
        return clean(json.dumps(value, ensure_ascii=False, default=repr))
    if isinstance(value, Hidden):
        return repr(value)
    if isinstance(value, str):
        return clean(value if _BARE.match(value) and resolve_plain(value) == value else quoted(value))
    return json.dumps(value)


def shorten(text: str, width: int, around: int = 0) -> str:
    """At most `width` characters of `text`, among them those at the position `around`."""
    if len(text) <= width:
        return text
    if around < width - 1:
        return f"{text[: width - 1]}\u2026"
    start = around - width // 3
    if start >= len(text) - width + 1:
        return f"\u2026{text[1 - width :]}"
    return f"\u2026{text[start : start + width - 2]}\u2026"


def shown_pair(field: FieldChange, width: int) -> tuple[str, str]:
    """Both values of a changed field, shortened so that one sees where they part."""
    before, after = shown(field.before), shown(field.after)
    length = min(len(before), len(after))
    part = next((position for position in range(length) if before[position] != after[position]), length)
    return shorten(before, width, part), shorten(after, width, part)


def field_name(field: FieldChange) -> str:
    """The field's path on one line."""
    return clean(path_text(field.steps))


def without_schemas(fields: Sequence[FieldChange]) -> tuple[list[FieldChange], list[str]]:
    """The fields but those within a CustomResourceDefinition's schemas, which are many; and a line that says so."""
    told = [field for field in fields if not _is_schema(field.steps)]
    left = len(fields) - len(told)
    return told, [f"\u2026 {left} changes within schemas (--format json has them)"] if left else []


def _is_schema(steps: Steps) -> bool:
    return len(steps) > 3 and steps[:2] == ("spec", "versions") and steps[3] == "schema"


def is_hidden(field: FieldChange) -> bool:
    """Whether what changed is itself secret."""
    return isinstance(field.before, Hidden) or isinstance(field.after, Hidden)


def is_long_text(field: FieldChange) -> bool:
    """Whether the change is best told line by line."""
    values = (field.before, field.after)
    return (
        field.action is Action.CHANGED
        and all(isinstance(value, str) for value in values)
        and any("\n" in value for value in values)
    )


def line_changes(field: FieldChange, most: int, width: int) -> Iterator[str]:
    """A unified diff of a long text, at most `most` lines, without its file names."""
    lines = unified_diff(field.before.split("\n"), field.after.split("\n"), n=2, lineterm="")
    changed = list(islice(lines, 2, None))
    for line in changed[:most]:
        yield shorten(clean(line), width)
    if len(changed) > most:
        yield f"\u2026 {len(changed) - most} more lines"


def told_uncompared(entry: Uncompared) -> str:
    """One line on a file that could not be read."""
    where = f"{entry.path}:{entry.line}" if entry.line else entry.path
    withheld = f"; withheld from the other side: {entry.withheld}" if entry.withheld else ""
    return clean(f"{where}: not compared, {entry.side}: {entry.message}{withheld}")
