"""What render does not write, and what it says then."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import ConfigError, ConflictError, OutsideError
from generator.render.journal import exclusive
from generator.render.tree import apply, plan_changes
from tests.support import build_file_tree, read_file_tree, render_tree

CLUSTER = "clusters/x"
LOCK = f"{CLUSTER}/raibid.lock"
REDIS = f"{CLUSTER}/redis.yaml"
POOL = f"{CLUSTER}/apps/a.yaml"
OLD = {REDIS: "redis: 1\n", POOL: "pool: 1\n"}
NEW = {REDIS: "redis: 2\n", POOL: "pool: 2\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that OLD was rendered into, in a folder of its own."""
    root = tmp_path / "repository"
    render_tree(root, CLUSTER, OLD)
    return root


@pytest.mark.parametrize(
    "path",
    ["../a", "/etc/a", "clusters/../../a", "a//b", "./a", "", ".git/config", "a\0b", "a\nb", "a\ud800", "x" * 256],
)
def test_path_that_leaves_the_repository(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="is no path of a file inside the repository"):
        plan_changes(tmp_path, CLUSTER, {path: b""}, {})


@pytest.mark.parametrize("own", ["config.yaml", "overlays/a.yaml", "raibid.lock", ".raibid-render/journal"])
def test_path_of_the_users_own(tmp_path: Path, own: str) -> None:
    with pytest.raises(ConfigError, match=f"clusters/x/{own} is the user's own; render does not write it"):
        plan_changes(tmp_path, CLUSTER, {f"{CLUSTER}/{own}": b""}, {})


@contextmanager
def refused(root: Path, message: str) -> Iterator[None]:
    """Nothing is written, and the error says `message`."""
    before = read_file_tree(root.parent)
    with pytest.raises(ConflictError) as caught:
        yield
    assert str(caught.value) == message.replace("ROOT", str(root))
    assert read_file_tree(root.parent) == before


LINK = (
    "is a symbolic link: render goes through none, and Flux does not see what lies behind it. "
    "Put a real file or folder there."
)


def test_file_that_is_a_link(root: Path) -> None:
    build_file_tree(root.parent, {"outside.yaml": "redis: 1\n"})
    (root / REDIS).unlink()
    (root / REDIS).symlink_to("../../../outside.yaml")
    with refused(root, f"ROOT/{REDIS} {LINK}"):
        render_tree(root, CLUSTER, NEW, force=True)


def test_folder_that_is_a_link(root: Path) -> None:
    build_file_tree(root.parent, {"outside/a.yaml": "pool: 1\n"})
    (root / POOL).unlink()
    (root / POOL).parent.rmdir()
    (root / POOL).parent.symlink_to(root.parent / "outside")
    with refused(root, f"ROOT/{CLUSTER}/apps {LINK}"):
        render_tree(root, CLUSTER, {REDIS: "redis: 2\n"}, force=True)


def test_clusters_folder_that_is_a_link(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    build_file_tree(tmp_path, {"outside/a": "", "repository/a": ""})
    (root / "clusters").symlink_to(tmp_path / "outside")
    with refused(root, f"ROOT/clusters {LINK}"):
        render_tree(root, CLUSTER, NEW)


def test_broken_link(root: Path) -> None:
    (root / REDIS).unlink()
    (root / REDIS).symlink_to("nowhere")
    with refused(root, f"ROOT/{REDIS} {LINK}"):
        render_tree(root, CLUSTER, NEW)


def test_folder_where_a_file_should_be(root: Path) -> None:
    (root / REDIS).unlink()
    build_file_tree(root, {f"{REDIS}/mine": ""})
    with refused(root, f"ROOT/{REDIS} is no file where one should be: move it away."):
        render_tree(root, CLUSTER, NEW, force=True)


def test_file_where_a_folder_should_be(root: Path) -> None:
    build_file_tree(root, {f"{CLUSTER}/new": "mine\n"})
    with refused(root, f"ROOT/{CLUSTER}/new is a file where a folder should be: move it away."):
        render_tree(root, CLUSTER, OLD | {f"{CLUSTER}/new/a.yaml": ""}, force=True)


def test_pipe_where_a_file_should_be(root: Path) -> None:
    (root / REDIS).unlink()
    os.mkfifo(root / REDIS)
    with refused(root, f"ROOT/{REDIS} is no file where one should be: move it away."):
        render_tree(root, CLUSTER, NEW)


def test_second_render_at_the_same_time(root: Path) -> None:
    with exclusive(root, CLUSTER):
        message = (
            f"another render (process {os.getpid()}) is at work in ROOT/{CLUSTER}. "
            "Wait until it is done, and render again."
        )
        with refused(root, message):
            render_tree(root, CLUSTER, NEW)
    render_tree(root, CLUSTER, NEW)
    assert (root / REDIS).read_text() == "redis: 2\n"


def test_clusters_do_not_wait_for_each_other(root: Path) -> None:
    with exclusive(root, CLUSTER):
        render_tree(root, "clusters/y", {})


def write_new(target: Path) -> None:
    target.write_text("mine\n")


@pytest.mark.parametrize("edit", [write_new, Path.unlink])
def test_file_touched_between_planning_and_applying(root: Path, edit: Callable[[Path], None]) -> None:
    contents = {path: text.encode() for path, text in NEW.items()}
    with exclusive(root, CLUSTER) as workshop:
        changes = plan_changes(root, CLUSTER, contents, {})
        edit(root / REDIS)
        before = read_file_tree(root / CLUSTER).get("redis.yaml")
        with pytest.raises(ConflictError, match=r"redis\.yaml was written while render was at work, and is left"):
            apply(changes, workshop)
    assert read_file_tree(root / CLUSTER).get("redis.yaml") == before
    assert render_tree(root, CLUSTER, NEW).interrupted
    assert read_file_tree(root / CLUSTER)["apps/a.yaml"] == "pool: 2\n"


def test_file_that_appears_between_planning_and_applying(root: Path) -> None:
    new = f"{CLUSTER}/new.yaml"
    with exclusive(root, CLUSTER) as workshop:
        changes = plan_changes(root, CLUSTER, {new: b"ours\n"}, {})
        (root / new).write_text("mine\n")
        with pytest.raises(ConflictError, match=r"new\.yaml was written while render was at work"):
            apply(changes, workshop)
    assert (root / new).read_text() == "mine\n"


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the disk refuse to hold more than `size` bytes in a file, as a full one does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_leaves_the_old_tree(root: Path) -> None:
    before = read_file_tree(root)
    with largest_file(3000), pytest.raises(OutsideError) as caught:
        render_tree(root, CLUSTER, NEW | {f"{CLUSTER}/large": "x" * 5000})
    assert str(caught.value) == f"{root}/{CLUSTER}: cannot write: File too large. Mend that and render again."
    assert read_file_tree(root) == before


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may write anywhere; be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_root() -> Iterator[Path]:
    """The repository, reachable and writable for everybody; what lies above `tmp_path` is closed to others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        render_tree(folder / "repository", CLUSTER, OLD)
        (folder / "repository" / CLUSTER).chmod(0o777)
        yield folder / "repository"


def test_read_only_folder_leaves_the_old_tree(open_root: Path) -> None:
    folder = open_root / CLUSTER / "apps"
    folder.chmod(0o555)
    before = read_file_tree(open_root)
    with without_privileges(), pytest.raises(OutsideError) as caught:
        render_tree(open_root, CLUSTER, NEW)
    folder.chmod(0o755)
    assert str(caught.value) == f"{folder}: cannot write: no permission. Mend that and render again."
    assert read_file_tree(open_root) == before


def test_read_only_cluster(open_root: Path) -> None:
    (open_root / CLUSTER).chmod(0o555)
    with without_privileges(), pytest.raises(OutsideError, match=r"cannot write: Permission denied\. Mend that"):
        render_tree(open_root, CLUSTER, NEW)
    (open_root / CLUSTER).chmod(0o755)


def test_unreadable_file(open_root: Path) -> None:
    (open_root / REDIS).chmod(0o000)
    with without_privileges(), pytest.raises(OutsideError, match=r"redis\.yaml: cannot read: Permission denied"):
        plan_changes(open_root, CLUSTER, {REDIS: b""}, {})


def test_root_that_is_a_file(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {"root": ""})
    with pytest.raises(OutsideError, match="cannot read: Not a directory"):
        plan_changes(tmp_path / "root", CLUSTER, {REDIS: b""}, {})
