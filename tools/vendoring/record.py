"""sources.json: where vendored files come from, and their hashes. Pure but for `source`, which needs Go modules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tools.vendoring.go import Module, checksum, licence
from tools.vendoring.kinds import Files

Source = dict[str, str]


def source(module: Module, use: str, instead_of: str | None = None) -> Source:
    """A record of a module: licence, hash as in go.sum, what is taken, the version that was wanted if another."""
    record = {
        "module": module.path,
        "version": module.version,
        "sum": checksum(module),
        "licence": licence(module),
        "use": use,
    }
    return record | ({"instead_of": instead_of} if instead_of else {})


def sources_file(sources: Mapping[str, list[Source]], files: Files) -> bytes:
    """The text of sources.json: sources by the file or folder that is made of them, and the SHA-256 of every file."""
    record: dict[str, Any] = {
        "sources": dict(sources),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return (json.dumps(record, sort_keys=True, indent=2) + "\n").encode()
