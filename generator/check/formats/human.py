"""For people: one line for each finding, below it how to mend it, and a summary as the last line."""

from __future__ import annotations

from itertools import groupby

from generator.check.finding import Finding
from generator.check.validate import Result

_COLOURS = {"error": 31, "warning": 33}


def report(result: Result) -> str:
    """The text, with ANSI colours; whoever prints it strips them where they are not wanted."""
    blocks = ["\n".join(map(_lines, group)) for _, group in groupby(result.findings, key=lambda finding: finding.path)]
    blocks += [f"note: {note}" for note in result.notes]
    return "\n\n".join([*blocks, _paint(summary(result), 31 if result.errors else 32)])


def summary(result: Result) -> str:
    """The counts on one line, without colours."""
    builds = sum(finding.rule == "build" for finding in result.errors)
    lint = sum(finding.rule not in ("build", "schema") for finding in result.errors)
    return (
        f"{_count(len(result.files), 'file')}, {_count(result.resources, 'resource')}: {result.invalid} invalid, "
        f"{result.skipped} skipped, {_count(builds, 'failed build')}, {_count(lint, 'lint error')}, "
        f"{_count(len(result.warnings), 'warning')}"
    )


def _lines(finding: Finding) -> str:
    rule = _paint(f"{finding.severity} {finding.rule}", _COLOURS[finding.severity])
    subject = f"{finding.subject}: " if finding.subject else ""
    return f"{finding.path}:{finding.line} {rule} {subject}{finding.message}\n    mend: {finding.mend}"


def _paint(text: str, colour: int) -> str:
    return f"\033[{colour}m{text}\033[0m"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
