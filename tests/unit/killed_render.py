"""A program for test_kill.py: renders in forked children, and kills each (SIGKILL) at another moment.

It is a process of its own because forking is not safe in pytest's. Each child works in a folder of its own below the
one given, named after the moment.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.support import build_file_tree, render_tree

CLUSTER = "clusters/x"
EDITED = f"{CLUSTER}/edited.yaml"
EDITED_GONE = f"{CLUSTER}/apps/agents/gone/edited.yaml"
JOURNAL = f"{CLUSTER}/.raibid-render/journal"


def _tree(text: str, *pools: str) -> dict[str, str]:
    paths = ["redis.yaml", "gitea.yaml", "edited.yaml", "infrastructure/redis/release.yaml"]
    paths += [f"apps/agents/{pool}/{name}.yaml" for pool in pools for name in ("pool", "policy")]
    files = {f"{CLUSTER}/{path}": f"{path}: {text}\n" for path in paths}
    return files | {".gitea/workflows/cluster.yaml": f"ci: {text}\n", f"{CLUSTER}/README.md": "always the same\n"}


OLD = _tree("old", "stays", "gone", "leaves") | {EDITED_GONE: "old\n"}
NEW = _tree("new", "stays", "comes")
NEXT = _tree("next", "stays", "later")
USERS = {
    "README.md": "mine\n",
    EDITED: "mine\n",
    EDITED_GONE: "mine\n",
    f"{CLUSTER}/config.yaml": "mine\n",
    f"{CLUSTER}/overlays/patch.yaml": "mine\n",
    f"{CLUSTER}/apps/mine.yaml": "mine\n",
}
LARGE_OLD = OLD | {f"{CLUSTER}/many/{number // 3}/{number}.yaml": "old\n" * 500 for number in range(150)}
LARGE_NEW = NEW | {f"{CLUSTER}/many/{number // 3}/{number}.yaml": "new\n" * 500 for number in range(50, 200)}

CALLS = ("open", "write", "ftruncate", "fsync", "close", "chmod", "mkdir", "rmdir", "unlink", "replace")


def build_old(root: Path, old: Mapping[str, str] = OLD) -> None:
    """A repository as it is before the render that is killed: `old` rendered, with the user's files and edits."""
    render_tree(root, CLUSTER, old)
    build_file_tree(root, USERS)


def die_at(step: int) -> None:
    """From now on, count the calls that change the disk, and kill this process before the `step`-th.

    A write that it dies at has written half.
    """
    steps = itertools.count(1)

    def hooked(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                if name == "write":
                    call(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return run

    for name in CALLS:
        setattr(os, name, hooked(name, getattr(os, name)))


def render_in_child(root: Path, files: Mapping[str, str], step: int = 0) -> int:
    """Start a render in a child, which dies at `step` (0: lives); returns the child's process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        die_at(step)
        render_tree(root, CLUSTER, files)
        status = 0
    finally:
        os._exit(status)


def survived(child: int) -> bool:
    """Wait for the child. Whether it was not killed; any other death than by our hand ends the program."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        sys.exit(f"a render ended with {code}")
    return code == 0


def kill_at_every_step(folder: Path) -> None:
    """One folder for each step of rendering NEW over OLD."""
    for step in itertools.count(1):
        root = folder / f"{step:03}"
        build_old(root)
        if survived(render_in_child(root, NEW, step)):
            return


def kill_twice(folder: Path) -> None:
    """Rendering NEW over OLD is killed, then rendering NEXT over what is there; mostly late, with a journal."""
    choose = random.Random(3)  # noqa: S311
    for number in range(80):
        root = folder / f"{number:03}"
        build_old(root)
        for files in (NEW, NEXT):
            survived(render_in_child(root, files, choose.randint(50, 110)))


def kill_at_random_moments(folder: Path) -> None:
    """100 renders of a larger tree, killed at moments spread over the time that one takes."""
    choose = random.Random(3)  # noqa: S311
    build_old(folder / "measured", LARGE_OLD)
    start = time.monotonic()
    survived(render_in_child(folder / "measured", LARGE_NEW))
    duration = time.monotonic() - start
    for number in range(100):
        root = folder / f"{number:03}"
        build_old(root, LARGE_OLD)
        child = render_in_child(root, LARGE_NEW)
        time.sleep(choose.uniform(0, duration))
        os.kill(child, signal.SIGKILL)
        survived(child)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
