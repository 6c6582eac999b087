"""What lies on the disk: read only, and inside the repository never through a symbolic link."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from generator.errors import ConfigError, ConflictError, OutsideError

Stamp = tuple[int, int, int]
"""Inode, size and time of change in nanoseconds: differs once somebody has written the file."""


class Seen(NamedTuple):
    """A file as it was found. `mode` is its permission bits."""

    data: bytes
    stamp: Stamp
    mode: int


@contextmanager
def telling(action: str, path: str | Path) -> Iterator[None]:
    """Raise an operating system's error as OutsideError. `path` is named where the system names none."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or path
        raise OutsideError(f"{where}: cannot {action}: {error.strerror}. Mend that and render again.") from error


def expanded(path: str) -> Path:
    """`path` with ~ expanded, or as it is where nobody has a home."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises


def check_path(path: str) -> None:
    """Raise ConfigError unless `path` is a plain posix path that stays inside the repository, outside .git."""
    parts = path.split("/")
    if not path.isprintable() or any(part in ("", ".", "..", ".git") or len(part) > 255 for part in parts):
        raise ConfigError(f"{path!r} is no path of a file inside the repository")


def digest(data: bytes) -> str:
    """SHA-256 of `data`, as raibid.lock records it."""
    return hashlib.sha256(data).hexdigest()


def with_unix_lines(data: bytes) -> bytes:
    """`data` as Git stores it: with core.autocrlf, a checkout has CRLF where the repository has LF."""
    return data.replace(b"\r\n", b"\n") if b"\r\n" in data else data


class Disk:
    """The files below a repository's root. Paths are posix and relative to it; folders are looked at once."""

    def __init__(self, root: Path) -> None:
        self._prefix = "" if root == Path() else f"{root}/"
        self._folders = {"": True}

    def where(self, path: str) -> str:
        """`path` for the operating system and for messages."""
        return self._prefix + path

    def has_folder(self, path: str) -> bool:
        """Whether the folder is there. Raises ConflictError for a file or a link in its place."""
        known = self._folders.get(path)
        if known is None:
            known = self.has_folder(path.rpartition("/")[0]) and self._is_folder(path)
            self._folders[path] = known
        return known

    def _is_folder(self, path: str) -> bool:
        mode = self._mode(path)
        if mode and not stat.S_ISDIR(mode):
            raise ConflictError(f"{self.where(path)} is a file where a folder should be: move it away.")
        return bool(mode)

    def read(self, path: str) -> Seen | None:
        """The file at `path`, or None. Raises ConflictError for a folder, a link or a device in its place."""
        with telling("read", self.where(path)):
            if not self.has_folder(path.rpartition("/")[0]):
                return None
            mode = self._mode(path)
            if not mode:
                return None
            if not stat.S_ISREG(mode):
                raise ConflictError(f"{self.where(path)} is no file where one should be: move it away.")
            return self._read(path)

    def _read(self, path: str) -> Seen:
        # Unbuffered, in one go: with 30,000 files the layers of open() cost more than the reading.
        descriptor = os.open(self.where(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            data = os.read(descriptor, status.st_size + 1)
            while chunk := os.read(descriptor, 1 << 20):
                data += chunk
        finally:
            os.close(descriptor)
        return Seen(data, _stamp(status), stat.S_IMODE(status.st_mode))

    def stamp(self, path: str) -> Stamp | None:
        """What changes when the file at `path` is written; None where there is nothing."""
        try:
            return _stamp(os.lstat(self.where(path)))
        except FileNotFoundError:
            return None

    def _mode(self, path: str) -> int:
        """Kind and permissions of what is at `path`, 0 for nothing. Raises ConflictError for a link."""
        try:
            mode = os.lstat(self.where(path)).st_mode
        except FileNotFoundError:
            return 0
        # Flux's source-controller leaves links out of what it fetches, wherever they lead.
        if stat.S_ISLNK(mode):
            raise ConflictError(
                f"{self.where(path)} is a symbolic link: render goes through none, "
                "and Flux does not see what lies behind it. Put a real file or folder there."
            )
        return mode


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns
