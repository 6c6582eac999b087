"""The beginning of a repository: its first files, and Git."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from generator import contract
from generator.config import Config
from generator.config.reference import json_text
from generator.disk import Disk
from generator.errors import ConflictError, OutsideError
from generator.render.journal import FOLDER as WORKSHOP

# One for all clusters of a repository, so that editors check config.yaml without a network.
_SCHEMA_FILE: Final = ".raibid/config.schema.json"
SCHEMA_PLACE: Final = f"../../{_SCHEMA_FILE}"
"""Where a cluster's config.yaml finds it."""

_GITIGNORE: Final = f"""\
# There only while a render is at work, or was killed.
{WORKSHOP}/

# Keys and passwords stay out of Git.
*.agekey
*.key
.env
kubeconfig*
*.kubeconfig
"""
_README: Final = f"""\
# CI clusters

Each `{contract.CLUSTERS_FOLDER}/<name>/{contract.CONFIG_FILE}` describes one CI cluster. The other files of its folder
are rendered from it and applied by Flux; only `{contract.OVERLAYS_FOLDER}/` and `{contract.SECRETS_FOLDER}/` are
written by hand too.

    {contract.PROGRAM} diff        what a change of {contract.CONFIG_FILE} does to the cluster
    {contract.PROGRAM} render      write it into the files
    {contract.PROGRAM} validate    check them before Flux sees them
    {contract.PROGRAM} upgrade     newer versions that fit each other

A new {contract.PROGRAM} may know more keys: `{contract.PROGRAM} schema > {_SCHEMA_FILE}` tells the editor.
"""


def start_repository(root: Path, config: Config, text: bytes) -> list[str]:
    """Begin a cluster: `text`, of which `config` was read, as its config.yaml, and around it what is not there yet.

    `root` is a folder that is missing, empty or a Git repository. Returns the files written, relative to it.
    Raises ConflictError for whatever is in the way, before anything is written; OutsideError if Git or the disk fails.
    """
    _require_free(root, config)
    # config.yaml comes last: whatever an interrupted `init` left is no cluster yet, and the next one goes on.
    files = {
        ".gitignore": _GITIGNORE.encode(),
        "README.md": _README.encode(),
        _SCHEMA_FILE: json_text().encode(),
        f"{config.folder}/{contract.CONFIG_FILE}": text,
    }
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not is_repository(root):
            _init_git(root, config.flux.branch)
        return [path for path, content in files.items() if _write_new(root / path, content)]
    except OSError as error:
        raise OutsideError(f"{error.filename or root}: cannot be written: {error.strerror}") from None


def _require_free(root: Path, config: Config) -> None:
    if root.exists() and not root.is_dir():
        raise ConflictError(f"{root} is a file: choose another folder with -o")
    if root.is_dir() and any(root.iterdir()) and not is_repository(root):
        raise ConflictError(
            f"{root} is neither empty nor a Git repository: choose another folder with -o, or `git init` this one"
        )
    folder = root / config.folder
    if not Disk(root).has_folder(config.folder):
        return
    if (folder / contract.CONFIG_FILE).exists():
        raise ConflictError(f"{folder / contract.CONFIG_FILE} is there already: edit it, or choose another name")
    if any(folder.iterdir()):
        raise ConflictError(f"{folder} is there already and not empty: move it away, or choose another name")


def is_repository(root: Path) -> bool:
    """Whether `root` is the root of a Git repository or work tree."""
    return (root / ".git").exists()


def _init_git(root: Path, branch: str) -> None:
    try:
        from git import GitError, Repo
    except ImportError:
        raise OutsideError("git is not installed, or not on PATH; init needs it") from None
    try:
        Repo.init(root, initial_branch=branch).close()
    except GitError as error:
        raise OutsideError(f"{root}: git init failed: {error}") from None


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; whatever is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True
