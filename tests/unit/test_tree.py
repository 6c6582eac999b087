"""How rendered files reach the disk."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from generator.errors import ConflictError
from generator.render.tree import State, plan_changes
from tests.support import build_file_tree, read_file_tree, render_tree, states

CLUSTER = "clusters/x"
LOCK = f"{CLUSTER}/raibid.lock"
REDIS = f"{CLUSTER}/redis.yaml"
POOL = f"{CLUSTER}/apps/agents/a/pool.yaml"
WORKFLOW = ".gitea/workflows/cluster.yaml"
OLD = {REDIS: "redis: 1\n", POOL: "pool: 1\n", WORKFLOW: "ci: 1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that OLD was rendered into."""
    render_tree(tmp_path, CLUSTER, OLD)
    return tmp_path


def entries(root: Path, lock: str = LOCK) -> dict[str, str]:
    files: dict[str, str] = json.loads((root / lock).read_bytes())["files"]
    return files


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_creates_every_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    changes = render_tree(tmp_path, CLUSTER, OLD)
    assert states(changes) == dict.fromkeys([*OLD, LOCK], "created")
    assert read_file_tree(tmp_path).keys() == {*OLD, LOCK}
    assert OLD.items() <= read_file_tree(tmp_path).items()


def test_lock_records_every_file(root: Path) -> None:
    assert entries(root) == {path: sha(text) for path, text in OLD.items()}


def test_files_are_reported_by_path(root: Path) -> None:
    paths = [change.path for change in render_tree(root, CLUSTER, OLD).files]
    assert paths == sorted([*OLD, LOCK])


def test_unchanged_files_are_not_written(root: Path) -> None:
    before = {path: (root / path).stat() for path in [*OLD, LOCK]}
    assert not render_tree(root, CLUSTER, OLD).drift
    assert {path: (root / path).stat() for path in before} == before


def test_changed_file_is_replaced(root: Path) -> None:
    changes = render_tree(root, CLUSTER, OLD | {REDIS: "redis: 2\n"})
    assert states(changes) == {REDIS: "changed", LOCK: "changed"}
    assert (root / REDIS).read_text() == "redis: 2\n"


def test_planning_writes_nothing(root: Path) -> None:
    before = read_file_tree(root)
    contents = {REDIS: b"redis: 2\n", f"{CLUSTER}/new/a.yaml": b""}
    assert plan_changes(root, CLUSTER, contents, {}).drift
    assert read_file_tree(root) == before


def test_deleted_file_comes_back(root: Path) -> None:
    (root / POOL).unlink()
    assert states(render_tree(root, CLUSTER, OLD)) == {POOL: "created"}


def test_missing_lock_is_drift(root: Path) -> None:
    (root / LOCK).unlink()
    assert states(render_tree(root, CLUSTER, OLD)) == {LOCK: "created"}


def test_other_facts_are_drift(root: Path) -> None:
    contents = {path: text.encode() for path, text in OLD.items()}
    assert states(plan_changes(root, CLUSTER, contents, {"generator": "0.2.0"})) == {LOCK: "changed"}


def test_mode_of_a_file_is_kept(root: Path) -> None:
    (root / REDIS).chmod(0o600)
    render_tree(root, CLUSTER, OLD | {REDIS: "redis: 2\n"})
    assert (root / REDIS).stat().st_mode & 0o777 == 0o600


def test_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        render_tree(tmp_path, CLUSTER, OLD)
    finally:
        os.umask(umask)
    assert (tmp_path / REDIS).stat().st_mode & 0o777 == 0o644


# Edited by hand


def test_edited_file_is_kept_and_the_rest_written(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    changes = render_tree(root, CLUSTER, OLD | {REDIS: "redis: 2\n", POOL: "pool: 2\n"})
    assert states(changes) == {REDIS: "kept", POOL: "changed", LOCK: "changed"}
    assert (root / REDIS).read_text() == "mine\n"
    assert (root / POOL).read_text() == "pool: 2\n"


def test_edited_file_stays_known_as_edited(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    new = OLD | {REDIS: "redis: 2\n"}
    render_tree(root, CLUSTER, new)
    assert entries(root)[REDIS] == sha("redis: 1\n")
    assert states(render_tree(root, CLUSTER, new)) == {REDIS: "kept"}


def test_edited_file_is_kept_though_config_is_the_same(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    assert states(render_tree(root, CLUSTER, OLD)) == {REDIS: "kept"}


def test_undone_edit_is_no_edit(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    new = OLD | {REDIS: "redis: 2\n"}
    render_tree(root, CLUSTER, new)
    (root / REDIS).write_text("redis: 1\n")
    assert states(render_tree(root, CLUSTER, new)) == {REDIS: "changed", LOCK: "changed"}


def test_edit_that_equals_the_rendering_is_fine(root: Path) -> None:
    (root / REDIS).write_text("redis: 2\n")
    assert states(render_tree(root, CLUSTER, OLD | {REDIS: "redis: 2\n"})) == {LOCK: "changed"}


def test_force_takes_an_edited_file_back(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    assert states(render_tree(root, CLUSTER, OLD, force=True)) == {REDIS: "changed"}
    assert (root / REDIS).read_text() == "redis: 1\n"


def test_users_file_in_our_place_is_kept_and_not_recorded(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {REDIS: "mine\n"})
    assert states(render_tree(tmp_path, CLUSTER, OLD))[REDIS] == "kept"
    assert REDIS not in entries(tmp_path)


def test_kept_files_are_named(root: Path) -> None:
    (root / REDIS).write_text("mine\n")
    changes = render_tree(root, CLUSTER, OLD)
    with pytest.raises(ConflictError) as caught:
        changes.require_none_kept()
    assert str(caught.value) == (
        "edited by hand, and kept as they are:\n  clusters/x/redis.yaml\n"
        "Put the change into config.yaml or overlays/, or overwrite the files with `render --force`."
    )
    assert caught.value.exit_code == 3


def test_line_ends_of_a_windows_checkout_are_no_edit(root: Path) -> None:
    for path in (REDIS, LOCK):
        (root / path).write_bytes((root / path).read_bytes().replace(b"\n", b"\r\n"))
    assert not render_tree(root, CLUSTER, OLD).drift
    assert states(render_tree(root, CLUSTER, OLD | {REDIS: "redis: 2\n"})) == {
        REDIS: "changed",
        LOCK: "changed",
    }


# Prune


def test_file_no_longer_rendered_is_removed_with_its_folders(root: Path) -> None:
    new = {path: text for path, text in OLD.items() if path != POOL}
    assert states(render_tree(root, CLUSTER, new)) == {POOL: "removed", LOCK: "changed"}
    assert read_file_tree(root).keys() == {*new, LOCK}


def test_folder_with_a_users_file_stays(root: Path) -> None:
    mine = f"{CLUSTER}/apps/agents/mine.yaml"
    build_file_tree(root, {mine: "mine\n"})
    render_tree(root, CLUSTER, {REDIS: OLD[REDIS]})
    assert read_file_tree(root).keys() == {REDIS, LOCK, mine}


def test_edited_file_no_longer_rendered_is_kept_and_stays_recorded(root: Path) -> None:
    (root / POOL).write_text("mine\n")
    new = {path: text for path, text in OLD.items() if path != POOL}
    assert states(render_tree(root, CLUSTER, new)) == {POOL: "kept"}
    assert entries(root)[POOL] == sha("pool: 1\n")


def test_force_removes_an_edited_file_no_longer_rendered(root: Path) -> None:
    (root / POOL).write_text("mine\n")
    render_tree(root, CLUSTER, {REDIS: OLD[REDIS]}, force=True)
    assert read_file_tree(root).keys() == {REDIS, LOCK}


def test_file_no_longer_rendered_and_already_deleted_is_forgotten(root: Path) -> None:
    (root / POOL).unlink()
    new = {path: text for path, text in OLD.items() if path != POOL}
    assert states(render_tree(root, CLUSTER, new)) == {LOCK: "changed"}
    assert read_file_tree(root).keys() == {*new, LOCK}


@pytest.mark.parametrize("own", ["config.yaml", "overlays/patch.yaml"])
def test_users_own_files_are_not_removed_even_if_the_lock_lists_them(root: Path, own: str) -> None:
    build_file_tree(root, {f"{CLUSTER}/{own}": "mine\n"})
    lock = json.loads((root / LOCK).read_bytes())
    lock["files"][f"{CLUSTER}/{own}"] = sha("mine\n")
    (root / LOCK).write_text(json.dumps(lock))
    render_tree(root, CLUSTER, OLD, force=True)
    assert (root / CLUSTER / own).read_text() == "mine\n"


# Several clusters in one repository


def test_shared_file_is_not_removed_while_another_cluster_has_it(root: Path) -> None:
    render_tree(root, "clusters/y", {WORKFLOW: OLD[WORKFLOW]})
    changes = render_tree(root, CLUSTER, {REDIS: OLD[REDIS]})
    assert WORKFLOW not in states(changes)
    assert (root / WORKFLOW).read_text() == "ci: 1\n"


def test_shared_file_is_removed_by_its_last_cluster(root: Path) -> None:
    render_tree(root, "clusters/y", {WORKFLOW: OLD[WORKFLOW]})
    render_tree(root, CLUSTER, {})
    render_tree(root, "clusters/y", {})
    assert read_file_tree(root).keys() == {LOCK, "clusters/y/raibid.lock"}


def test_shared_file_that_another_cluster_wrote_is_ours(root: Path) -> None:
    render_tree(root, "clusters/y", {WORKFLOW: "ci: 2\n"})
    changes = render_tree(root, CLUSTER, OLD | {WORKFLOW: "ci: 3\n"})
    assert states(changes) == {WORKFLOW: "changed", LOCK: "changed"}


def test_edited_shared_file_is_kept(root: Path) -> None:
    render_tree(root, "clusters/y", {WORKFLOW: OLD[WORKFLOW]})
    (root / WORKFLOW).write_text("mine\n")
    assert states(render_tree(root, CLUSTER, OLD)) == {WORKFLOW: "kept"}


def test_works_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changes = render_tree(Path(), CLUSTER, OLD)
    assert len(changes.of(State.CREATED)) == 4
    assert OLD.items() <= read_file_tree(tmp_path).items()
