"""Which configuration is meant when none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.config import find_config
from generator.errors import ConfigError
from tests.support import build_file_tree


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository and an empty home."""
    monkeypatch.delenv("RAIBID_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    repository = tmp_path / "repository"
    repository.mkdir()
    return repository


def everywhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["named.yaml", "variable.yaml", "config.yaml", "clusters/one/config.yaml"]
    build_file_tree(root, dict.fromkeys(names, "{}"))
    build_file_tree(root.parent, {"home/.config/raibid/config.yaml": "{}"})
    monkeypatch.setenv("RAIBID_CONFIG", str(root / "variable.yaml"))


def test_the_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(root, monkeypatch)
    assert find_config(root / "named.yaml", root) == root / "named.yaml"
    assert find_config(None, root) == root / "variable.yaml"
    monkeypatch.delenv("RAIBID_CONFIG")
    for path in [
        root / "config.yaml",
        root / "clusters/one/config.yaml",
        root.parent / "home/.config/raibid/config.yaml",
    ]:
        assert find_config(None, root) == path
        path.unlink()


def test_none(root: Path) -> None:
    home = root.parent / "home"
    with pytest.raises(ConfigError) as caught:
        find_config(None, root)
    assert str(caught.value) == (
        f"no configuration: neither -c nor $RAIBID_CONFIG names one, and there is no {root}/config.yaml, "
        f"{root}/clusters/*/config.yaml or {home}/.config/raibid/config.yaml; `raibid-gen init NAME` makes one"
    )


def test_several_clusters(root: Path) -> None:
    build_file_tree(root, {"clusters/b/config.yaml": "{}", "clusters/a/config.yaml": "{}"})
    with pytest.raises(ConfigError) as caught:
        find_config(None, root)
    names = f"{root}/clusters/a/config.yaml, {root}/clusters/b/config.yaml"
    assert str(caught.value) == f"several clusters are here: {names}; choose one with -c"


def test_several_clusters_and_one_of_the_repository(root: Path) -> None:
    build_file_tree(root, dict.fromkeys(["config.yaml", "clusters/a/config.yaml", "clusters/b/config.yaml"], "{}"))
    assert find_config(None, root) == root / "config.yaml"


def test_a_missing_file_that_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = root / "missing.yaml"
    with pytest.raises(ConfigError, match=r"missing\.yaml: no such file; -c names it"):
        find_config(missing, root)
    monkeypatch.setenv("RAIBID_CONFIG", str(missing))
    with pytest.raises(ConfigError, match=r"missing\.yaml: no such file; \$RAIBID_CONFIG names it"):
        find_config(None, root)


def test_an_empty_variable_names_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_file_tree(root, {"config.yaml": "{}"})
    monkeypatch.setenv("RAIBID_CONFIG", "")
    assert find_config(None, root) == root / "config.yaml"


def test_a_tilde_in_the_variable_is_the_home(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_file_tree(root.parent, {"home/mine.yaml": "{}"})
    monkeypatch.setenv("RAIBID_CONFIG", "~/mine.yaml")
    assert find_config(None, root) == root.parent / "home/mine.yaml"


def test_somebody_elses_home_that_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAIBID_CONFIG", "~nobody-of-this-name/config.yaml")
    with pytest.raises(ConfigError, match="no such file"):
        find_config(None, root)


def test_a_folder_of_the_name_is_passed_over(root: Path) -> None:
    build_file_tree(root, {"config.yaml/x": "", "clusters/a/config.yaml": "{}"})
    assert find_config(None, root) == root / "clusters/a/config.yaml"
