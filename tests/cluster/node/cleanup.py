"""Removes every trace of the cluster, whatever state it was left in. Nothing that is not its own is touched."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from generator.errors import OutsideError
from tests.cluster.node import cgroups, network
from tests.cluster.node.place import MARK, OWN_FOLDERS, STATE

Trace = TypeVar("Trace")
_SECONDS: Final = 20


def remove_everything() -> None:
    """End the cluster's processes, and with them their mounts; remove its cgroups, network and files.

    Raises OutsideError: what is left.
    """
    end_processes()
    _until_none("cgroups", cgroups.folders, _remove_cgroup)
    network.delete()
    for folder in OWN_FOLDERS:
        with suppress(OSError):  # not there, or with something in it of this machine's own
            Path(folder).rmdir()
    shutil.rmtree(STATE, ignore_errors=True)
    if STATE.exists():
        raise OutsideError(f"{STATE} cannot be removed; look what is in it")


def end_processes() -> None:
    """End every process of the cluster; its files stay. Raises OutsideError: which do not end."""
    _until_none("processes", _daemons, _kill)
    _until_none("containers", cgroups.processes, _kill)


def anything_left() -> bool:
    """Whether there is a trace of the cluster on this machine."""
    return STATE.exists() or anything_runs() or any(True for _ in cgroups.folders())


def anything_runs() -> bool:
    """Whether a process of the cluster is there."""
    return any(True for _ in _daemons())


def _until_none(what: str, find: Callable[[], Iterable[Trace]], remove: Callable[[Trace], None]) -> None:
    """Remove what is found until nothing is: a process takes a moment to end, and a cgroup is in use until it has."""
    end = time.monotonic() + _SECONDS
    while found := list(find()):
        if time.monotonic() > end:
            raise OutsideError(f"{what} of the cluster are left: {', '.join(map(str, found[:10]))}")
        for each in found:
            remove(each)
        time.sleep(0.05)


def _daemons() -> Iterator[int]:
    """Processes that carry the cluster's mark in their environment."""
    mark = f"{MARK}={STATE}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked:
            yield int(entry.name)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _remove_cgroup(cgroup: Path) -> None:
    with suppress(OSError):
        cgroup.rmdir()
