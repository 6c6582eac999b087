"""Whole rendered trees, file by file. `make golden` writes them anew; the diff is then to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import load_config
from generator.lock import read_lock
from generator.render import render_cluster

ROOT = Path(__file__).parents[2]
REPOSITORIES = {"seed": ROOT, "current": ROOT / "tests/golden/current"}


def config_of(repository: Path) -> Path:
    (path,) = repository.glob("clusters/*/config.yaml")
    return path


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_every_file_is_as_the_golden_tree_has_it(repository: Path) -> None:
    rendering = render_cluster(load_config(config_of(repository)).config, repository)
    for path, content in rendering.files.items():
        assert (repository / path).read_bytes().decode() == content.decode(), path


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_no_file_is_there_that_is_not_rendered(repository: Path) -> None:
    config = load_config(config_of(repository)).config
    rendering = render_cluster(config, repository)
    own = {f"{config.folder}/config.yaml", f"{config.folder}/raibid.lock"}
    present = {
        path.relative_to(repository).as_posix() for path in (repository / config.folder).rglob("*") if path.is_file()
    }
    assert present - own == {path for path in rendering.files if path.startswith("clusters/")}


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_the_lock_says_with_which_versions(repository: Path) -> None:
    config = load_config(config_of(repository)).config
    lock = read_lock(repository / config.folder / "raibid.lock")
    assert lock is not None
    assert lock.facts == render_cluster(config, repository).facts
