"""raibid.lock: what a cluster was rendered with, and the SHA-256 of every generated file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import contract
from generator.disk import check_path, telling
from generator.errors import ConfigError

_FILES = "files"
_MEND = (
    "Restore it from Git, or delete it and run `raibid-gen render --force`, "
    "which then overwrites files edited by hand as well."
)


@dataclass(frozen=True)
class Lock:
    """`facts` (generator, cluster, versions, charts, images, ...) and `files` (path -> SHA-256 as last written).

    Paths are posix and relative to the repository's root.
    """

    facts: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def versions(self) -> dict[str, str]:
        """Version of each part of the cluster: k3s, kubernetes (1.N), flux, keda, and charts."""
        versions = self.facts.get("versions")
        return {str(name): str(value) for name, value in versions.items()} if isinstance(versions, dict) else {}

    @property
    def namespace(self) -> str:
        """The CI system's namespace."""
        return str(self.facts.get("namespace") or contract.NAMESPACE)

    def to_bytes(self) -> bytes:
        """The file's content: JSON with sorted keys, one entry a line, so that Git merges and shows it well."""
        document = {**self.facts, _FILES: dict(self.files)}
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def read_lock(path: Path) -> Lock | None:
    """The lock at `path`, None where there is none. Raises ConfigError, OutsideError."""
    with telling("read", path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    return parse_lock(data, str(path))


def parse_lock(data: bytes, name: str) -> Lock:
    """The lock in `data`. Raises ConfigError, which calls the file `name`."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        raise _broken(data, name, error) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: is not UTF-8. {_MEND}") from error
    except RecursionError as error:
        raise ConfigError(f"{name}:1: is nested too deeply for a lock. {_MEND}") from error
    files = document.pop(_FILES, None) if isinstance(document, dict) else None
    if not isinstance(files, dict):
        raise ConfigError(f'{name}:1: has no mapping "files" of paths to SHA-256. {_MEND}')
    for path, value in files.items():
        _check_entry(path, value, data, name)
    return Lock(document, files)


def _broken(data: bytes, name: str, error: json.JSONDecodeError) -> ConfigError:
    for number, line in enumerate(data.splitlines(), start=1):
        if line.startswith(b"<<<<<<< "):
            return ConfigError(
                f"{name}:{number}: has the marks of a merge conflict. Take either side of the file "
                f"(`git checkout --ours` or `--theirs`) and render again, which brings it up to date."
            )
    return ConfigError(f"{name}:{error.lineno}: is not JSON: {error.msg}. {_MEND}")


def _check_entry(path: str, value: object, data: bytes, name: str) -> None:
    try:
        check_path(path)
    except ConfigError as error:
        raise ConfigError(f"{name}:{_line_of(path, data)}: {error}. {_MEND}") from error
    if not isinstance(value, str):
        raise ConfigError(f"{name}:{_line_of(path, data)}: the SHA-256 of {path} is no text. {_MEND}")


def _line_of(key: str, data: bytes) -> int:
    return data.count(b"\n", 0, max(data.find(json.dumps(key).encode()), 0)) + 1
