"""From the bytes of a file to the resources in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from generator import contract
from generator.check.diff.hidden import conceal, holds_secret
from generator.check.diff.model import KUSTOMIZE_GROUP, Resource
from generator.check.repository.paths import KUSTOMIZATION_NAMES
from generator.yamlio import YamlError, read_documents

_SUFFIXES = (".yaml", ".yml")
_CONFLICT = re.compile(rb"^<{7} ", re.MULTILINE)
# raibid.lock's facts; its hashes follow from the other files and tell nobody anything.
_LOCK_FACTS = ("generator", "versions", "charts", "images")


class UnreadableError(Exception):
    """A file that does not parse. `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: resources, whether there is anything beside them, and the facts of a raibid.lock."""

    resources: tuple[Resource, ...]
    plain: bool
    facts: dict[str, Any] = field(default_factory=dict)


def cluster_of(path: str) -> str:
    """The cluster that a file belongs to, "" for those that all clusters share."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == contract.CLUSTERS_FOLDER else ""


def read_contents(path: str, data: bytes) -> Contents:
    """The resources in a file; a file that is no manifest has none, and is `plain`. Raises UnreadableError."""
    inside = path.split("/")[2:]
    if cluster_of(path) and inside == [contract.LOCK_FILE]:
        return Contents((), plain=True, facts=_lock_facts(data))
    if not cluster_of(path) or inside == [contract.CONFIG_FILE] or not _is_yaml(path):
        return Contents((), plain=True)
    values = _values(data)
    if PurePosixPath(path).name in KUSTOMIZATION_NAMES and len(values) == 1 and isinstance(values[0], dict):
        return Contents((_kustomization(path, values[0]),), plain=False)
    found = [_resource(path, value) for value in values]
    resources = tuple(resource for resource in found if resource)
    return Contents(resources, plain=len(resources) < len(found) or not found)


def _lock_facts(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(_text(data))
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise UnreadableError("not JSON that can be read: nested too deeply", 1) from None
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object", 1)
    return {key: conceal(value[key]) for key in _LOCK_FACTS if key in value}


def _is_yaml(path: str) -> bool:
    return path.endswith(_SUFFIXES) or PurePosixPath(path).name in KUSTOMIZATION_NAMES


def _text(data: bytes) -> str:
    # Looked for first, since some files with both sides of a conflict are still YAML.
    if conflict := _CONFLICT.search(data):
        raise UnreadableError("has the marks of a merge conflict", data.count(b"\n", 0, conflict.start()) + 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from None


def _values(data: bytes) -> list[Any]:
    text = _text(data)
    try:
        documents = read_documents(text, tags=True)
    except YamlError as error:
        # Some messages quote the text, which may be a password.
        message = "not YAML; the file holds a Secret" if holds_secret(text) else error.message
        raise UnreadableError(message, error.line) from None
    return [value for document in documents for value in _expand(document.value)]


def _expand(value: Any) -> Iterator[Any]:
    """The items of a List, the value itself if it is none, nothing for an empty document."""
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        for item in value["items"]:
            yield from _expand(item)
    elif value is not None:
        yield value


def _resource(path: str, value: Any) -> Resource | None:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict):
        return None
    version, kind, name = value.get("apiVersion"), value.get("kind"), metadata.get("name")
    if not (isinstance(version, str) and isinstance(kind, str) and isinstance(name, str)):
        return None
    namespace = metadata.get("namespace")
    return Resource(
        cluster=cluster_of(path),
        path=path,
        group=version.rpartition("/")[0],
        kind=kind,
        namespace=namespace if isinstance(namespace, str) else "",
        name=name,
        value=conceal(value),
    )


def _kustomization(path: str, value: dict[Any, Any]) -> Resource:
    folder = "/".join(path.split("/")[2:-1]) or "."
    return Resource(cluster_of(path), path, KUSTOMIZE_GROUP, "Kustomization", "", folder, conceal(value))
