"""Helpers that several tests use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.config import Config
from generator.render import render_cluster
from generator.render.journal import exclusive
from generator.render.tree import Changes, apply, plan_changes


def build_file_tree(root: Path, files: Mapping[str, str]) -> None:
    """Write `files` (posix path below `root` -> text), making folders."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def read_file_tree(root: Path) -> dict[str, str]:
    """What lies below `root`: posix path -> text, a link's target; an empty folder as `path/`."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_bytes().decode()
        elif path.is_dir() and not any(path.iterdir()):
            found[f"{name}/"] = ""
    return found


def render_tree(root: Path, cluster: str, files: Mapping[str, str], **options: Any) -> Changes:
    """Bring `files` to the disk as the render command does; returns what was planned."""
    contents = {path: text.encode() for path, text in files.items()}
    with exclusive(root, cluster) as workshop:
        changes = plan_changes(root, cluster, contents, {"generator": "0.1.0"}, **options)
        apply(changes, workshop)
    return changes


def write_cluster(root: Path, config: Config) -> None:
    """Render a configuration into the repository `root`."""
    rendering = render_cluster(config, root)
    with exclusive(root, config.folder) as workshop:
        apply(plan_changes(root, config.folder, rendering.files, rendering.facts), workshop)


def states(changes: Changes) -> dict[str, str]:
    """Path -> state, without what is unchanged."""
    return {change.path: str(change.state) for change in changes.drift}
