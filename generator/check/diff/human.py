"""A comparison for people, at a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.check.diff.model import Action, FieldChange, FileChange, Report, ResourceChange
from generator.check.diff.text import (
    clean,
    field_name,
    is_hidden,
    is_long_text,
    line_changes,
    shorten,
    shown,
    shown_pair,
    told_uncompared,
    without_schemas,
)

SIGNS = {Action.ADDED: "+", Action.CHANGED: "~", Action.REMOVED: "-", Action.MOVED: ">"}
_COLOURS = {"+": "32", "-": "31", "~": "33", ">": "36", "?": "35", "!": "1"}
# A line's sign stands at its beginning, a field's after 4 spaces, a text's after 6.
_SIGNED = re.compile(r"(?: {4}| {6})?([-+~>?!])")
_WIDTH = 90
_MOST_FIELDS = 60
_MOST_LINES = 30
_MOST_NAMED = 3


def human(report: Report, *, color: bool = False) -> str:
    """The report as lines; with `color`, ANSI sequences mark what came and went."""
    lines = [f"{clean(report.before)} -> {clean(report.after)}"]
    for change in report.resources:
        lines.extend(_resource(change))
    for file in report.files:
        lines.extend(_file(file))
    if report.layout:
        lines.append(layout_line(report.layout))
    lines.extend(f"? {told_uncompared(entry)}" for entry in report.uncompared)
    lines.append(report.summary)
    return "\n".join(map(_painted, lines) if color else lines) + "\n"


def layout_line(paths: Sequence[str]) -> str:
    """One line on the files that say the same as before in other words."""
    named = ", ".join(map(clean, paths[:_MOST_NAMED])) + (", \u2026" if len(paths) > _MOST_NAMED else "")
    return f"~ comments or layout only: {len(paths)} file{'' if len(paths) == 1 else 's'} ({named})"


def place(change: ResourceChange) -> str:
    """The file of a resource, and where it was before."""
    old = change.old_path
    return clean(f"{old} -> {change.resource.path}" if old else change.resource.path)


def _resource(change: ResourceChange) -> Iterator[str]:
    yield f"{SIGNS[change.action]} {clean(change.resource.subject)}  ({place(change)})"
    yield from (f"    ! {clean(note)}" for note in change.impact)
    yield from _fields(change.fields)


def _file(change: FileChange) -> Iterator[str]:
    yield f"{SIGNS[change.action]} {clean(change.path)}  (+{change.lines_added} -{change.lines_removed} lines)"
    yield from (f"    ! {clean(note)}" for note in change.impact)
    yield from _fields(change.fields)


def _fields(fields: Sequence[FieldChange]) -> Iterator[str]:
    told, notes = without_schemas(fields)
    for field in told[:_MOST_FIELDS]:
        yield from _field(field)
    if len(told) > _MOST_FIELDS:
        notes = [f"\u2026 {len(told) - _MOST_FIELDS} more fields (--format json has them)", *notes]
    yield from (f"    {note}" for note in notes)


def _field(field: FieldChange) -> Iterator[str]:
    name = field_name(field)
    if field.action is Action.ADDED:
        yield f"    + {name}: {shorten(shown(field.after), _WIDTH)}"
    elif field.action is Action.REMOVED:
        yield f"    - {name}: {shorten(shown(field.before), _WIDTH)}"
    elif is_hidden(field):
        yield f"    {name}: (hidden, changed)"
    elif is_long_text(field):
        yield f"    {name}:"
        yield from (f"      {line}" for line in line_changes(field, _MOST_LINES, 2 * _WIDTH))
    else:
        before, after = shown_pair(field, _WIDTH)
        order = " (order)" if field.action is Action.REORDERED else ""
        yield f"    {name}{order}: {before} -> {after}"


def _painted(line: str) -> str:
    sign = _SIGNED.match(line)
    return f"\x1b[{_COLOURS[sign[1]]}m{line}\x1b[0m" if sign else line
