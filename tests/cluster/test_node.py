"""The cluster comes and goes without a trace, also when its test run is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.errors import OutsideError
from tests.cluster.node import sandbox
from tests.cluster.node.cgroups import hierarchies
from tests.cluster.node.place import CGROUP, MARK, OWN_FOLDERS, OWN_SETTINGS, STATE

_UP = (
    "import os; from tests.cluster.node import sandbox; sandbox.up(lambda line: print(line, flush=True), owner={owner})"
)


@pytest.fixture
def traces() -> Iterator[dict[str, list[str]]]:
    """What a cluster could leave on the machine, as it is before; nothing of it is there afterwards."""
    assert sandbox.find() is None
    yield _traces()
    sandbox.down(print)


@pytest.mark.parametrize("moment", ["network", "control plane", "the cluster is up"])
def test_what_a_killed_run_leaves_is_removed_whatever_it_was_doing(traces: dict[str, list[str]], moment: str) -> None:
    _kill_at(moment, "os.getpid()")
    sandbox.down(print)
    assert _traces() == traces


def test_the_next_run_begins_with_removing_what_a_killed_one_left(traces: dict[str, list[str]]) -> None:
    _kill_at("control plane", "os.getpid()")
    said = _kill_at("network", "os.getpid()")
    assert "removing what a killed run has left ...\n" in said


def test_the_cluster_of_a_person_is_left_alone(traces: dict[str, list[str]]) -> None:
    _kill_at("control plane", "None")
    with pytest.raises(
        OutsideError, match="a cluster is up that `make cluster` brought up; end it with `make cluster-d"
    ):
        sandbox.up(print, owner=os.getpid())
    assert STATE.is_dir()


def _kill_at(moment: str, owner: str) -> list[str]:
    """Begin to bring a cluster up, and kill that when it says the words; returns all that it said."""
    command = [sys.executable, "-c", _UP.format(owner=owner)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line.startswith(moment):
                process.kill()
                return seen
    pytest.fail(f"it never said {moment!r}: {''.join(seen)}")


def _traces() -> dict[str, list[str]]:
    mark = f"{MARK}=".encode()
    return {
        "files": [each for each in (str(STATE), "/run/netns", "/run/nri", *OWN_FOLDERS) if Path(each).exists()],
        "mounts": Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines(),
        "settings": [Path("/proc/sys", each).read_text(encoding="utf-8") for each in OWN_SETTINGS],
        "links": sorted(os.listdir("/sys/class/net")),  # noqa: PTH208
        "cgroups": [str(each / CGROUP) for each in hierarchies() if (each / CGROUP).exists()],
        "processes": [str(path) for path in Path("/proc").glob("[0-9]*/environ") if mark in _environment(path)],
    }


def _environment(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
