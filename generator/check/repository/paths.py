"""Which files of a folder are YAML, and which of them are kustomize's own. Imports nothing that is slow to load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SUFFIXES = (".yaml", ".yml")


def yaml_files(root: Path, folder: str) -> Iterator[str]:
    """YAML files in `folder` and its sub-folders, relative to `root`, sorted; hidden ones are left out."""
    for here, folders, names in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = Path(here).relative_to(root).as_posix()
        prefix = "" if relative == "." else relative + "/"
        yield from (prefix + name for name in sorted(names) if name.endswith(_SUFFIXES) and name[0] != ".")


def has_kustomization(folder: Path) -> bool:
    """Whether kustomize finds a file of its own in the folder itself."""
    return any((folder / name).is_file() for name in KUSTOMIZATION_NAMES)
