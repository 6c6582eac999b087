"""Whose cluster it is, and one at a time who brings it up or takes it down."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from generator.errors import OutsideError
from tests.cluster.node.place import STATE

_RECORD: Final = STATE / "owner.json"
_ENDED: Final = ("Z", "X")
_PATIENCE: Final = 3


class Owner(NamedTuple):
    """`process` is the test run's, None for a person; `since` tells it from a later one with its number.

    `bin` is the folder of the cluster's programs, `ready` whether it came up.
    """

    process: int | None
    since: str | None
    bin: str
    ready: bool = False

    @property
    def lives(self) -> bool:
        """Whether the test run still runs."""
        return self.process is not None and self.since is not None and _started(self.process) == self.since


def record(process: int | None, programs: Path, *, ready: bool) -> None:
    """Write down whose cluster it is, all of it or nothing."""
    owner = Owner(process, None if process is None else _started(process), str(programs), ready)
    draft = _RECORD.with_suffix(".new")
    draft.write_text(json.dumps(owner._asdict()), encoding="utf-8")
    draft.replace(_RECORD)


def recorded() -> Owner | None:
    """What record() wrote last; None where there is no cluster, or nothing was written before its run was killed."""
    try:
        return Owner(**json.loads(_RECORD.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_of_this_run(owner: Owner) -> bool:
    """Whether the owner is this process, or one that this process descends from."""
    process = os.getpid()
    while process > 1:
        if process == owner.process:
            return True
        process = int((_status(process) or "X 0").split()[1])
    return False


@contextmanager
def alone() -> Iterator[None]:
    """Keeps other processes from bringing up or taking down meanwhile. Raises OutsideError where one is at it.

    The lock is the kernel's, on the folder that the state is in: it leaves no file, and ends with a killed process.
    """
    folder = os.open(STATE.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder)
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> None:
    """Take the lock. It is waited for a little: a child that a killed process had just begun may still hold it."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                message = "another process is bringing the cluster up or taking it down; wait for its end"
                raise OutsideError(message) from error
        time.sleep(0.1)


def _started(process: int) -> str | None:
    """When a process began; None where it has ended (proc(5), fields 3 and 22)."""
    status = _status(process)
    return None if status is None or status[0] in _ENDED else status.split()[19]


def _status(process: int) -> str | None:
    """The fields of /proc/PID/stat behind the program's name, which may hold anything: state, parent, ..."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].strip()
    except OSError:
        return None
