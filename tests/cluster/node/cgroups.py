"""The cluster's cgroups: all pods are below one of its own in each hierarchy, never among those of another kubelet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.node.place import CGROUP

_ROOT: Final = Path("/sys/fs/cgroup")
# Those that the kubelet looks for in its cgroup, as far as the kernel has them.
_CONTROLLERS: Final = {"cpu", "cpuset", "hugetlb", "memory", "pids"}


def hierarchies(root: Path = _ROOT) -> list[Path]:
    """The cgroup hierarchies of this machine: one with version 2, one for each controller with version 1."""
    if (root / "cgroup.controllers").exists():
        return [root]
    return [path for path in sorted(root.iterdir()) if path.is_dir() and not path.is_symlink()]


def create(root: Path = _ROOT) -> None:
    """Make the cluster's cgroup in every hierarchy. Raises OutsideError.

    Version 2 hands a controller down only where the parent says so, and the kubelet wants them all.
    """
    try:
        for hierarchy in hierarchies(root):
            if hierarchy == root:
                there = (root / "cgroup.controllers").read_text(encoding="utf-8").split()
                handed_down = " ".join(f"+{each}" for each in sorted(_CONTROLLERS.intersection(there)))
                (root / "cgroup.subtree_control").write_text(handed_down, encoding="utf-8")
            (hierarchy / CGROUP).mkdir(exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{error.filename}: no cgroup can be made: {error.strerror}") from error


def folders(root: Path = _ROOT) -> Iterator[Path]:
    """The cluster's cgroups in every hierarchy, the innermost first."""
    for hierarchy in hierarchies(root):
        for folder, _, _ in os.walk(hierarchy / CGROUP, topdown=False):
            yield Path(folder)


def processes(root: Path = _ROOT) -> Iterator[int]:
    """Those in the cluster's cgroups. One that this process cannot see has no number, and is left out."""
    for folder in folders(root):
        try:
            numbers = (folder / "cgroup.procs").read_text(encoding="utf-8").split()
        except OSError:  # gone meanwhile
            continue
        yield from (int(each) for each in numbers if each != "0")
