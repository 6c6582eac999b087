"""The node of the tests' cluster: what can be looked at without one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from generator.errors import OutsideError
from tests.cluster.node import cgroups, ownership
from tests.cluster.node.place import CGROUP


def test_version_2_of_cgroups_hands_down_the_controllers_that_the_kubelet_wants(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids rdma\n")
    cgroups.create(tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +cpuset +memory +pids"
    assert list(cgroups.folders(tmp_path)) == [tmp_path / CGROUP]


def test_version_1_of_cgroups_has_one_in_every_hierarchy_and_the_innermost_comes_first(tmp_path: Path) -> None:
    for hierarchy in ("cpu,cpuacct", "memory"):
        (tmp_path / hierarchy).mkdir()
    (tmp_path / "cpu").symlink_to("cpu,cpuacct")
    cgroups.create(tmp_path)
    (tmp_path / "memory" / CGROUP / "pod").mkdir()
    found = [str(each.relative_to(tmp_path)) for each in cgroups.folders(tmp_path)]
    assert found == [f"cpu,cpuacct/{CGROUP}", f"memory/{CGROUP}/pod", f"memory/{CGROUP}"]


def test_a_process_of_another_process_namespace_has_no_number_and_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "memory" / CGROUP).mkdir(parents=True)
    (tmp_path / "memory" / CGROUP / "cgroup.procs").write_text("0\n41\n0\n42\n")
    assert list(cgroups.processes(tmp_path)) == [41, 42]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ownership, "STATE", tmp_path / "state")
    monkeypatch.setattr(ownership, "_RECORD", tmp_path / "owner.json")
    return tmp_path


def test_a_test_run_owns_its_cluster_until_it_ends_though_nobody_took_note_of_its_end(state: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as run:
        ownership.record(run.pid, Path("bin"), ready=True)
        owner = ownership.recorded()
        assert owner
        assert owner.lives
        assert not ownership.is_of_this_run(owner)
        run.kill()
        os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOWAIT)
        assert not owner.lives


def test_a_process_that_a_test_run_started_is_of_that_run(state: Path) -> None:
    ownership.record(os.getppid(), Path("bin"), ready=False)
    owner = ownership.recorded()
    assert owner
    assert ownership.is_of_this_run(owner)


@pytest.mark.parametrize("text", ["", '{"process": 1', "[]", '{"other": 1}'])
def test_a_record_that_is_damaged_is_none(state: Path, text: str) -> None:
    (state / "owner.json").write_text(text)
    assert ownership.recorded() is None


def test_one_at_a_time_brings_the_cluster_up_or_down(state: Path) -> None:
    with (
        ownership.alone(),
        pytest.raises(OutsideError, match="another process is bringing the cluster up or taking it down"),
        ownership.alone(),
    ):
        pass
    with ownership.alone():
        assert list(state.iterdir()) == []
