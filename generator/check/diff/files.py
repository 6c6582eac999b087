"""Files that are no manifests: how many of their lines change."""

from __future__ import annotations

from difflib import SequenceMatcher

from generator.check.diff.model import Action, FieldChange, FileChange


def compare_lines(
    path: str, before: bytes | None, after: bytes | None, fields: tuple[FieldChange, ...] = ()
) -> FileChange | None:
    """How a file differs, with the `fields` found in it; None if only its line ends do."""
    action = Action.ADDED if before is None else Action.REMOVED if after is None else Action.CHANGED
    old, new = _lines(before), _lines(after)
    if action is Action.CHANGED and old == new:
        return None
    removed = added = 0
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            removed += end - start
            added += new_end - new_start
    return FileChange(path, action, added, removed, fields)


def _lines(data: bytes | None) -> list[bytes]:
    return (data or b"").replace(b"\r\n", b"\n").splitlines(keepends=True)
