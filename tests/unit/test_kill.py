"""A render that is killed leaves the old tree, the new one, or one that the next render reports and finishes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.render.tree import State, plan_changes
from tests.support import read_file_tree, render_tree, states
from tests.unit import killed_render as killed

LOCK = f"{killed.CLUSTER}/raibid.lock"
KEPT = {killed.EDITED: "kept", killed.EDITED_GONE: "kept"}


def run(name: str, folder: Path) -> list[Path]:
    """Let killed_render do `name`; returns the repositories that it left."""
    command = [sys.executable, "-m", killed.__name__, name, str(folder)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def after_every_step(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Repositories in which rendering NEW over OLD was killed, one for each step; the last was not killed."""
    return run("kill_at_every_step", tmp_path_factory.mktemp("steps"))


def expected(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The tree after renders that nobody killed."""
    killed.build_old(folder, old)
    render_tree(folder, killed.CLUSTER, new)
    return read_file_tree(folder)


def check_half_done(root: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Every file is whole, old or new, and the user's are as they were."""
    found = read_file_tree(root)
    assert killed.USERS.items() <= found.items()
    for path in {*old, *new} - killed.USERS.keys():
        assert found.get(path) in (old.get(path), new.get(path)), path


def test_every_step_was_tried(after_every_step: list[Path]) -> None:
    assert len(after_every_step) > 60
    interrupted = [(root / killed.JOURNAL).exists() for root in after_every_step]
    assert {True, False} == set(interrupted)
    assert not interrupted[-1]


def test_killed_at_every_step_each_file_is_whole(after_every_step: list[Path]) -> None:
    for root in after_every_step:
        check_half_done(root, killed.OLD, killed.NEW)


def test_without_a_journal_the_tree_is_the_old_or_the_new(after_every_step: list[Path], tmp_path: Path) -> None:
    new = expected(tmp_path / "new", killed.OLD, killed.NEW)
    killed.build_old(tmp_path / "old")
    old = read_file_tree(tmp_path / "old")
    for root in after_every_step:
        if not (root / killed.JOURNAL).exists():
            found = {path: text for path, text in read_file_tree(root).items() if ".raibid-render" not in path}
            assert found in (old, new), root


@pytest.mark.parametrize("files", [killed.NEW, killed.NEXT, killed.OLD], ids=["new", "next", "old"])
def test_next_render_reports_and_finishes(after_every_step: list[Path], tmp_path: Path, files: dict[str, str]) -> None:
    """The same configuration is rendered again, another one, or the old one."""
    wanted = expected(tmp_path / "expected", killed.OLD, files)
    for number, root in enumerate(after_every_step):
        copy = tmp_path / str(number)
        shutil.copytree(root, copy)
        changes = render_tree(copy, killed.CLUSTER, files)
        assert changes.interrupted == (root / killed.JOURNAL).exists()
        assert {path for path, state in states(changes).items() if state == "kept"} <= KEPT.keys(), root
        assert read_file_tree(copy) == wanted, root


def test_check_after_a_kill_blames_nobody(after_every_step: list[Path]) -> None:
    contents = {path: text.encode() for path, text in killed.NEXT.items()}
    for root in after_every_step:
        changes = plan_changes(root, killed.CLUSTER, contents, {})
        assert {change.path for change in changes.of(State.KEPT)} <= KEPT.keys(), root


def test_edit_after_a_kill_is_kept(after_every_step: list[Path], tmp_path: Path) -> None:
    edited = f"{killed.CLUSTER}/redis.yaml"
    for number, root in enumerate(after_every_step):
        copy = tmp_path / str(number)
        shutil.copytree(root, copy)
        (copy / edited).write_text("mine too\n")
        assert states(render_tree(copy, killed.CLUSTER, killed.NEXT))[edited] == "kept", root
        assert (copy / edited).read_text() == "mine too\n"


@pytest.mark.parametrize("damage", ["", '{"clusters/x/re', "[]", '{"a": 1}', '{"../a": ["1"]}', '{"a": []}'])
def test_damaged_journal(tmp_path: Path, damage: str) -> None:
    wanted = expected(tmp_path / "expected", killed.OLD, killed.NEW)
    root = tmp_path / "root"
    killed.build_old(root)
    (root / killed.JOURNAL).parent.mkdir()
    (root / killed.JOURNAL).write_text(damage)
    assert render_tree(root, killed.CLUSTER, killed.NEW).interrupted
    assert read_file_tree(root) == wanted


def test_killed_twice(tmp_path: Path) -> None:
    wanted = expected(tmp_path / "expected", killed.OLD, killed.OLD)
    for root in run("kill_twice", tmp_path / "roots"):
        assert killed.USERS.items() <= read_file_tree(root).items()
        render_tree(root, killed.CLUSTER, killed.OLD)
        assert read_file_tree(root) == wanted, root


def test_killed_at_random_moments(tmp_path: Path) -> None:
    wanted = expected(tmp_path / "expected", killed.LARGE_OLD, killed.LARGE_NEW)
    for root in run("kill_at_random_moments", tmp_path / "roots"):
        check_half_done(root, killed.LARGE_OLD, killed.LARGE_NEW)
        interrupted = (root / killed.JOURNAL).exists()
        assert render_tree(root, killed.CLUSTER, killed.LARGE_NEW).interrupted == interrupted
        assert read_file_tree(root) == wanted, root
