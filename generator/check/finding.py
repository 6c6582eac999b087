"""One problem that a check found, as every command and output format shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """What is wrong, where, and how to mend it.

    `path` is relative to the repository, with slashes; `line` counts from 1; `subject` is the object, as in
    "HelmRelease raibid-ci/gitea"; `message` says what would happen; `mend` is one imperative sentence.
    """

    path: str
    line: int
    rule: str
    severity: Severity
    subject: str
    message: str
    mend: str
