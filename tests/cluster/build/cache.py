"""Where everything that is built for the cluster lies: a folder of the user's cache, outside the checkout.

    programs/<name>-<key>/<name>    programs, one folder per version and way of building
    bin-<key>/                      links to the programs of one state of the table, by name
    debian-<key>/                   the Debian root that images stand on
    images/                         container images

What is there is whole: it is made in a workshop and moved into place. A folder's name says from what it was made, so
nothing in the cache is ever changed, and all of it may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from platformdirs import user_cache_path

from generator.contract import PROGRAM
from generator.errors import OutsideError

CACHE: Final = user_cache_path(PROGRAM) / "cluster"

Report = Callable[[str], None]
"""Takes one line when a step begins or ends."""


class Workshop(NamedTuple):
    """An empty folder to make things in. `lock` is the open file that keeps others out.

    A process that is given `lock` (pass_fds) keeps it held when its parent is killed. So the next builder waits for
    it to end, and does not take the folder away under its hands.
    """

    folder: Path
    lock: int


def program_folder(name: str, key: str) -> Path:
    """The folder of one program as it is built in the way that `key` names."""
    return CACHE / "programs" / f"{name}-{key}"


def bin_folder(key: str) -> Path:
    """The folder of links to all programs; `key` stands for the keys of them all."""
    return CACHE / f"bin-{key}"


def debian_folder(key: str) -> Path:
    """The Debian root made from the packages that `key` stands for."""
    return CACHE / f"debian-{key}"


def images_folder() -> Path:
    """The folder of the container images."""
    return CACHE / "images"


@contextmanager
def workshop(purpose: str, report: Report) -> Iterator[Workshop]:
    """The one workshop for `purpose` (a file name), removed at the end.

    Waits, with a line to `report`, while somebody else is in it, and clears away what a killed one left there.
    Raises OutsideError when the disk refuses.
    """
    folder = CACHE / f".{purpose}"
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / f".{purpose}.lock").open("a") as lock:
            _acquire(lock.fileno(), f"{purpose}: waiting for another build in {CACHE} ...", report)
            _clear(folder)
            folder.mkdir()
            try:
                yield Workshop(folder, lock.fileno())
            finally:
                _clear(folder)
    except OSError as error:
        raise OutsideError(f"{error.filename or folder}: {error.strerror}; mend that and build again") from error


def _acquire(lock: int, waiting: str, report: Report) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        report(waiting)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
