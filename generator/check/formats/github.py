"""For GitHub and Gitea Actions: workflow commands, which become annotations on the lines of a pull request.

Escapes: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from __future__ import annotations

from generator.check.formats.human import summary
from generator.check.validate import Result

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


def report(result: Result) -> str:
    """A command for each finding, and the summary."""
    lines = [
        f"::{finding.severity} file={finding.path.translate(_PROPERTY)},line={finding.line},"
        f"title={finding.rule.translate(_PROPERTY)}::"
        + f"{finding.subject}: {finding.message}\n{finding.mend}".translate(_DATA)
        for finding in result.findings
    ]
    lines += [f"::notice::{note.translate(_DATA)}" for note in result.notes]
    return "\n".join([*lines, summary(result)])
