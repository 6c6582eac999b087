"""From rendered files to the disk: what would change (`plan_changes`, reads only), and doing it (`apply`).

Whose a file is, is told by its SHA-256: what raibid.lock (or the journal of an interrupted render) records is ours to
overwrite and remove; anything else that differs from what is rendered was edited by hand and is kept. Line ends do
not count, see `with_unix_lines`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from generator import contract
from generator.disk import Disk, Seen, Stamp, check_path, digest, telling, with_unix_lines
from generator.errors import ConfigError, ConflictError, OutsideError
from generator.lock import Lock, parse_lock, read_lock
from generator.render.journal import FOLDER, Workshop, read_journal

_EFFECTIVE = os.access in os.supports_effective_ids


class State(StrEnum):
    """What a render does with a file; its text is what a person reads."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Change:
    """One file. `content` is to be written (created, changed); `stamp` and `mode` are of the file as found."""

    path: str
    state: State
    content: bytes = b""
    stamp: Stamp | None = None
    mode: int | None = None


@dataclass(frozen=True)
class Changes:
    """What a render would do to a tree: every generated file and raibid.lock, sorted by path.

    `vanished` are paths once written, no longer rendered, and already away. `interrupted`: a render was killed
    while it put its files into place; applying finishes it.
    """

    root: Path
    cluster: str
    files: tuple[Change, ...]
    vanished: tuple[str, ...]
    interrupted: bool

    def of(self, *states: State) -> list[Change]:
        """The files in one of these states."""
        return [change for change in self.files if change.state in states]

    @property
    def drift(self) -> list[Change]:
        """The files that are not as rendered; empty when the tree is what config.yaml renders to."""
        return [change for change in self.files if change.state is not State.UNCHANGED]

    def require_none_kept(self) -> None:
        """Raise ConflictError naming the files edited by hand that rendering left alone."""
        if kept := self.of(State.KEPT):
            names = "".join(f"\n  {change.path}" for change in kept)
            raise ConflictError(
                f"edited by hand, and kept as they are:{names}\n"
                "Put the change into config.yaml or overlays/, or overwrite the files with `render --force`."
            )


def plan_changes(
    root: Path, cluster: str, files: Mapping[str, bytes], facts: Mapping[str, Any], *, force: bool = False
) -> Changes:
    """Compare the rendered `files` (path -> content) with the disk; writes nothing.

    Paths are posix and relative to `root`, as is the cluster's folder `cluster`; raibid.lock is made here, from
    `facts` and the files' SHA-256. `force` takes back what was edited by hand.
    Raises ConfigError (a path or a raibid.lock that cannot be used), ConflictError (a link, or a folder in a file's
    place and the other way round) and OutsideError (the disk).
    """
    check_path(cluster)
    planner = _Planner(root, cluster, force=force)
    for path, content in files.items():
        planner.add(path, content)
    planner.prune(files)
    planner.add_lock(facts)
    changes = sorted(planner.changes, key=lambda change: change.path)
    return Changes(root, cluster, tuple(changes), tuple(planner.vanished), planner.interrupted)


class _Planner:
    """Gathers changes, and the entries of the next raibid.lock."""

    def __init__(self, root: Path, cluster: str, *, force: bool) -> None:
        self.changes: list[Change] = []
        self.vanished: list[str] = []
        self._root, self._cluster, self._force = root, cluster, force
        self._disk = Disk(root)
        self._lock_path = f"{cluster}/{contract.LOCK_FILE}"
        self._lock_seen = self._disk.read(self._lock_path)
        self._lock = self._read_lock()
        journal = None
        if self._disk.has_folder(f"{cluster}/{FOLDER}"):
            journal = read_journal(root / cluster)
        self.interrupted = journal is not None
        self._journal = journal or {}
        self._entries: dict[str, str] = {}

    def _read_lock(self) -> Lock:
        if self._lock_seen is None:
            return Lock({}, {})
        return parse_lock(self._lock_seen.data, self._disk.where(self._lock_path))

    def add(self, path: str, content: bytes) -> None:
        """A rendered file."""
        check_path(path)
        if self._is_users(path):
            raise ConfigError(f"{path} is the user's own; render does not write it")
        seen = self._disk.read(path)
        change = _difference(path, content, seen)
        if seen and change.state is State.CHANGED and not self._is_ours(path, seen):
            self._keep(path)
        else:
            self._entries[path] = digest(content)
            self.changes.append(change)

    def prune(self, files: Mapping[str, bytes]) -> None:
        """Files that a render wrote and that are not rendered any more."""
        for path in sorted({*self._lock.files, *self._journal} - files.keys()):
            if self._is_users(path) or (self._is_shared(path) and path in self._others):
                continue
            seen = self._disk.read(path)
            if seen is None:
                self.vanished.append(path)
            elif self._is_ours(path, seen):
                self.changes.append(Change(path, State.REMOVED, stamp=seen.stamp))
            else:
                self._keep(path)

    def add_lock(self, facts: Mapping[str, Any]) -> None:
        """raibid.lock, once everything else is known."""
        content = Lock(facts, self._entries).to_bytes()
        self.changes.append(_difference(self._lock_path, content, self._lock_seen))

    def _keep(self, path: str) -> None:
        """Leave the file alone, and go on recording what was last written there, so that it stays known as edited."""
        self.changes.append(Change(path, State.KEPT))
        if path in self._lock.files:
            self._entries[path] = self._lock.files[path]
        elif path in self._journal:
            self._entries[path] = self._journal[path][-1]

    def _is_users(self, path: str) -> bool:
        inside = path.removeprefix(f"{self._cluster}/")
        own = (contract.CONFIG_FILE, contract.LOCK_FILE, contract.OVERLAYS_FOLDER, FOLDER)
        return inside != path and inside.partition("/")[0] in own

    def _is_ours(self, path: str, seen: Seen) -> bool:
        """Whether the file is as a render wrote it, of this cluster or, for a shared file, of any."""
        if self._force:
            return True
        found = {digest(seen.data), digest(with_unix_lines(seen.data))}
        known = {self._lock.files.get(path), *self._journal.get(path, ())}
        if self._is_shared(path) and found.isdisjoint(known):
            known |= self._others.get(path, set())
        return not found.isdisjoint(known)

    def _is_shared(self, path: str) -> bool:
        return not path.startswith(f"{self._cluster}/")

    @cached_property
    def _others(self) -> dict[str, set[str]]:
        """Path -> SHA-256 that the locks of the repository's other clusters record."""
        others: dict[str, set[str]] = {}
        own = self._root / self._lock_path
        for path in sorted(own.parent.parent.glob(f"*/{contract.LOCK_FILE}")):
            lock = None if path == own else read_lock(path)
            for name, value in lock.files.items() if lock else ():
                others.setdefault(name, set()).add(value)
        return others


def _difference(path: str, content: bytes, seen: Seen | None) -> Change:
    if seen is None:
        return Change(path, State.CREATED, content)
    if content in (seen.data, with_unix_lines(seen.data)):
        return Change(path, State.UNCHANGED)
    return Change(path, State.CHANGED, content, seen.stamp, seen.mode)


def apply(changes: Changes, workshop: Workshop) -> None:
    """Do what was planned, with `workshop` held since before the planning.

    Killed at any moment, it leaves the old tree, the new one, or one that the next render reports and finishes.
    Raises ConflictError if somebody wrote one of the files since, OutsideError if the disk does not play along.
    """
    disk = Disk(changes.root)
    lock = f"{changes.cluster}/{contract.LOCK_FILE}"
    # raibid.lock comes last: it closes the render.
    writes = sorted(changes.of(State.CREATED, State.CHANGED), key=lambda change: change.path == lock)
    removals = changes.of(State.REMOVED)
    with telling("write", changes.root / changes.cluster):
        _check_writable(disk, [*writes, *removals])
        staged = workshop.stage((change.content, change.mode) for change in writes)
        if writes:
            workshop.commit({change.path: digest(change.content) for change in writes})
        _remove(disk, removals)
        # Before raibid.lock is replaced: it is what lists these paths for the next render, if this one is killed.
        for path in (*(change.path for change in removals), *changes.vanished):
            _remove_empty_folders(disk, path, changes.cluster)
        _move(disk, zip(writes, staged, strict=True))
        workshop.finish()


def _check_writable(disk: Disk, changes: Iterable[Change]) -> None:
    """Find a folder without write permission before anything has changed."""
    for folder in {change.path.rpartition("/")[0] for change in changes}:
        while folder and not disk.has_folder(folder):
            folder = folder.rpartition("/")[0]  # noqa: PLW2901
        where = disk.where(folder) or "."
        if not os.access(where, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
            raise OutsideError(f"{where}: cannot write: no permission. Mend that and render again.")


def _remove(disk: Disk, removals: Iterable[Change]) -> None:
    for change in removals:
        _check_untouched(disk, change)
        os.unlink(disk.where(change.path))  # noqa: PTH108


def _move(disk: Disk, staged: Iterable[tuple[Change, str]]) -> None:
    made = set()
    for change, source in staged:
        folder, _, _ = change.path.rpartition("/")
        if folder not in made:
            os.makedirs(disk.where(folder), exist_ok=True)  # noqa: PTH103
            made.add(folder)
        _check_untouched(disk, change)
        os.replace(source, disk.where(change.path))  # noqa: PTH105


def _check_untouched(disk: Disk, change: Change) -> None:
    if disk.stamp(change.path) != change.stamp:
        raise ConflictError(
            f"{disk.where(change.path)} was written while render was at work, and is left alone. Render again."
        )


def _remove_empty_folders(disk: Disk, path: str, cluster: str) -> None:
    """Remove the folders that held `path`, as far as they are empty, up to the cluster's."""
    folder = path.rpartition("/")[0]
    while folder not in ("", cluster) and _is_empty_or_away(disk.where(folder)):
        folder = folder.rpartition("/")[0]


def _is_empty_or_away(folder: str) -> bool:
    """Whether the folder is not there, after removing it if it was empty."""
    try:
        os.rmdir(folder)  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
