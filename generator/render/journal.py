"""A render's workshop, `clusters/<name>/.raibid-render/`: there only while a render is at work, or was killed.

It holds the new files before they are moved into place, a lock against a second render, and the journal: the SHA-256
of every file that is about to be put into place. The journal is written before the first file moves and removed
after raibid.lock is in place. So a render that finds one knows which files an interrupted render may have written,
though raibid.lock does not list them yet, and takes them for its own, not for files edited by hand.

SIGKILL loses nothing that was written. After a power cut the file system may bring back a file that was moved into
place as an empty one, since only the journal is flushed to the disk (flushing 30,000 files takes minutes); render
then reports that file as edited by hand, and `--force` writes it again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from generator.disk import Disk, check_path, telling
from generator.errors import ConfigError, ConflictError

FOLDER: Final = ".raibid-render"
_JOURNAL: Final = "journal"
_LOCK: Final = "lock"

Journal = Mapping[str, tuple[str, ...]]
"""Path -> SHA-256 of what interrupted renders may have put there, the latest last."""


def read_journal(cluster: Path) -> Journal | None:
    """What an interrupted render left behind in the cluster's folder, None where none was interrupted.

    A journal that is damaged says that there was one, and nothing about its files.
    """
    path = cluster / FOLDER / _JOURNAL
    with telling("read", path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        journal = {str(name): tuple(map(str, known)) for name, known in json.loads(data).items() if known}
        for name in journal:
            check_path(name)
    except (ValueError, AttributeError, TypeError, RecursionError, ConfigError):
        return {}
    return journal


class Workshop:
    """The folder of the one render that is at work on a cluster; `exclusive` opens it."""

    def __init__(self, cluster: Path) -> None:
        self._cluster = cluster
        self._folder = str(cluster / FOLDER)

    def stage(self, files: Iterable[tuple[bytes, int | None]]) -> list[str]:
        """Write each (content, permission bits or None for the usual) to a file here; returns their paths."""
        staged = []
        for number, (content, mode) in enumerate(files):
            path = f"{self._folder}/{number}"
            _write(path, content)
            if mode is not None:
                os.chmod(path, mode)  # noqa: PTH101 - as the rest of this loop, without a Path for each file
            staged.append(path)
        return staged

    def commit(self, files: Mapping[str, str]) -> None:
        """Record that the files (path -> SHA-256) are about to be moved into place."""
        journal = dict(read_journal(self._cluster) or {})
        for path, value in files.items():
            journal[path] = (*(known for known in journal.get(path, ()) if known != value), value)
        path = f"{self._folder}/{_JOURNAL}"
        _write(f"{path}.new", json.dumps(journal).encode(), flush=True)
        os.replace(f"{path}.new", path)  # noqa: PTH105

    def finish(self) -> None:
        """Forget the journal: everything is in place."""
        Path(self._folder, _JOURNAL).unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what was staged and not moved into place."""
        for name in os.listdir(self._folder):  # noqa: PTH208
            if name not in (_JOURNAL, _LOCK):
                os.unlink(f"{self._folder}/{name}")  # noqa: PTH108


@contextmanager
def exclusive(root: Path, cluster: str) -> Iterator[Workshop]:
    """Hold the cluster's folder (relative to `root`, made if missing) while a render plans and applies.

    Raises ConflictError while another process holds it, OutsideError where it cannot be written.
    """
    check_path(cluster)
    Disk(root).has_folder(f"{cluster}/{FOLDER}")
    folder = root / cluster / FOLDER
    with telling("write", folder):
        descriptor = _acquire(folder)
    workshop = Workshop(root / cluster)
    try:
        with telling("write", folder):
            workshop.discard()
        yield workshop
    finally:
        with suppress(OSError):
            workshop.discard()
            (folder / _LOCK).unlink()
            folder.rmdir()  # stays if it holds a journal
        os.close(descriptor)


def _acquire(folder: Path) -> int:
    """A descriptor that holds the lock until it is closed, by whatever kind of death."""
    path = folder / _LOCK
    folder.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with suppress(FileExistsError):
            folder.mkdir()
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:
            continue  # the holder has just finished and removed the folder
        _lock(descriptor, folder.parent)
        if _is_at(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)  # a holder removed the file between our opening and locking it


def _lock(descriptor: int, cluster: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace") or "unknown"
        os.close(descriptor)
        raise ConflictError(
            f"another render (process {holder}) is at work in {cluster}. Wait until it is done, and render again."
        ) from None


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))  # noqa: PTH116
    except FileNotFoundError:
        return False


def _write(path: str, content: bytes, *, flush: bool = False) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, content[written:])
        if flush:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
