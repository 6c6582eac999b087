"""The cluster's repository: the sample's config.yaml, rendered, committed and pushed by the real commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import git
from ruamel.yaml import YAML

from generator.config import Config, load_config

SAMPLE: Final = Path("clusters/dgx-spark-ci")
_CHECKOUT: Final = Path(__file__).parents[3]


class CommandError(AssertionError):
    """raibid-gen failed; the message is what it printed."""


class Repository(NamedTuple):
    """A working tree with the sample cluster in it."""

    root: Path

    @property
    def cluster(self) -> Path:
        """The cluster's folder."""
        return self.root / SAMPLE

    @property
    def config(self) -> Config:
        """config.yaml as it is now."""
        return load_config(self.cluster / "config.yaml").config

    def raibid_gen(self, *arguments: str) -> str:
        """What raibid-gen prints, run in the working tree. Raises CommandError."""
        command = [str(Path(sys.executable).parent / "raibid-gen"), *arguments]
        result = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if result.returncode:
            raise CommandError(f"raibid-gen {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into config.yaml (None removes a key) and render."""
        yaml, path = YAML(), self.cluster / "config.yaml"
        document = yaml.load(path)
        _merge(document, changes)
        yaml.dump(document, path)
        self.raibid_gen("render")

    def commit(self, message: str) -> str:
        """Commit everything that changed, push it, and return the commit's id."""
        repository = git.Repo(self.root)
        repository.git.add(all=True)
        repository.index.commit(message)
        repository.remote().push("main").raise_if_error()
        return repository.head.commit.hexsha


def check_out_sample(root: Path, changes: Mapping[str, Any]) -> Repository:
    """The sample in a new Git repository at `root`, brought to the current version set, with `changes`."""
    repository = Repository(root)
    repository.cluster.mkdir(parents=True)
    shutil.copy(_CHECKOUT / SAMPLE / "config.yaml", repository.cluster)
    with git.Repo.init(root, initial_branch="main").config_writer() as settings:
        settings.set_value("user", "name", "developer").set_value("user", "email", "developer@example.com")
    repository.raibid_gen("upgrade", "--yes")
    repository.configure(changes)
    return repository


def _merge(into: Any, changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(into.get(key), Mapping):
            _merge(into[key], value)
        else:
            into[key] = value
