"""A comparison as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.check.diff.human import SIGNS, layout_line, place
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

# What Gitea and GitHub surely take in a comment.
MOST_CHARACTERS = 60_000
_FOR_DETAILS = 45_000
_FOR_ONE = 8_000
_FOR_UNCOMPARED = 4_000
_WIDTH = 200
_MOST_LINES = 60
_NAME = 120


def markdown(report: Report) -> str:
    """The report as Markdown of at most 60,000 characters; what had to be left out is said at the end.

    No text of the repository can leave its code block, table or summary: all of it stands in fences longer than
    any run of backticks in them, or as HTML entities within <code>.
    """
    before, after = (_code(shorten(name, _NAME)) for name in (report.before, report.after))
    head = [f"## Changes from {before} to {after}", _counts(report)]
    if report.uncompared:
        told = "\n".join(told_uncompared(entry) for entry in report.uncompared)
        head.append(f"**Not compared:**\n\n{_fenced(_cut(told, _FOR_UNCOMPARED))}")
    sections = [*map(_resource, report.resources), *map(_file, report.files)]
    if report.layout:
        sections.append(_code(layout_line([shorten(path, _NAME) for path in report.layout])))
    titles = [_title(change) for change in report.resources] + [_file_title(file) for file in report.files]
    fitting = _fitting(sections, _FOR_DETAILS)
    parts = [*head, *sections[:fitting]]
    if fitting < len(sections):
        left = titles[fitting:]
        room = MOST_CHARACTERS - sum(len(part) + 2 for part in parts) - 500
        names = _fenced(_cut("\n".join(left), room))
        parts.append(f"**{len(sections) - fitting} more are not shown in full**, for want of room:\n\n{names}")
    return "\n\n".join(parts) + "\n"


def _counts(report: Report) -> str:
    counted = (Action.ADDED, Action.CHANGED, Action.REMOVED, Action.MOVED)
    numbers = [report.count(action) for action in counted]
    numbers += [report.not_compared, len(report.files) + len(report.layout)]
    return (
        "| added | changed | removed | moved | not compared | other files |\n"
        "|---:|---:|---:|---:|---:|---:|\n"
        f"| {' | '.join(map(str, numbers))} |"
    )


def _fitting(sections: Sequence[str], room: int) -> int:
    for number, section in enumerate(sections):
        room -= len(section) + 2
        if room < 0:
            return number
    return len(sections)


def _title(change: ResourceChange) -> str:
    notes = "".join(f"; {note}" for note in change.impact)
    return shorten(clean(f"{SIGNS[change.action]} {change.resource.subject}{notes}"), 2 * _NAME)


def _file_title(change: FileChange) -> str:
    counts = f"  (+{change.lines_added} -{change.lines_removed} lines)"
    return shorten(clean(f"{SIGNS[change.action]} {change.path}"), _NAME) + counts


def _resource(change: ResourceChange) -> str:
    lines = [f"  {place(change)}", *_body(change.impact, change.fields)]
    return _details(_title(change), lines)


def _file(change: FileChange) -> str:
    lines = [*_body(change.impact, change.fields)]
    return _details(_file_title(change), lines) if lines else _code(_file_title(change))


def _details(title: str, lines: Sequence[str]) -> str:
    body = _fenced(_cut("\n".join(lines), _FOR_ONE), "diff")
    return f"<details>\n<summary>{_code(title)}</summary>\n\n{body}\n\n</details>"


def _body(impact: Sequence[str], fields: Sequence[FieldChange]) -> Iterator[str]:
    yield from (f"! {clean(note)}" for note in impact)
    told, notes = without_schemas(fields)
    for field in told:
        yield from _field(field)
    yield from notes


def _field(field: FieldChange) -> Iterator[str]:
    name = field_name(field)
    if field.action is Action.REORDERED:
        name += " (order)"
    if field.action is Action.ADDED:
        yield f"+ {name}: {shorten(shown(field.after), _WIDTH)}"
    elif field.action is Action.REMOVED:
        yield f"- {name}: {shorten(shown(field.before), _WIDTH)}"
    elif is_hidden(field):
        yield f"! {name}: (hidden, changed)"
    elif is_long_text(field):
        yield f"  {name}:"
        yield from line_changes(field, _MOST_LINES, _WIDTH)
    else:
        before, after = shown_pair(field, _WIDTH)
        yield f"- {name}: {before}"
        yield f"+ {name}: {after}"


def _cut(text: str, room: int) -> str:
    """Whole lines of `text` in at most `room` characters, and how many are left out."""
    if len(text) <= room:
        return text
    kept = text[: max(room - 40, 0)].rpartition("\n")[0]
    left = text.count("\n") - kept.count("\n") + (0 if kept else 1)
    return f"{kept}\n\u2026 {left} more lines".lstrip("\n")


def _fenced(text: str, language: str = "") -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _code(text: str) -> str:
    """`text` as inline code in which nothing is Markdown or HTML any more."""
    escaped = re.sub(r"[^A-Za-z0-9 /.,;=()+-]", lambda match: f"&#{ord(match[0])};", clean(text))
    return f"<code>{escaped}</code>"
