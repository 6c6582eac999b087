"""The manifests of one cluster: what Flux would apply, from which file, through which Kustomization.

Only plain facts are kept here; what is wrong with them is for the lint rules to say.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from generator import contract
from generator.check.finding import Finding
from generator.lock import Lock, read_lock
from generator.yamlio import Document, Mark

Owner = tuple[str, str]
"""Namespace and name of a Flux Kustomization."""

Place = tuple[Hashable, ...]
"""Keys and list positions that lead to a field."""


def dig(value: Any, *steps: Hashable) -> Any:
    """What lies under the keys `steps` in nested mappings; None where one of them is missing or no mapping."""
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def mapping(value: Any, *steps: Hashable) -> dict[str, Any]:
    """Like dig, but an empty mapping for anything that is no mapping."""
    found = dig(value, *steps)
    return found if isinstance(found, dict) else {}


def entries(value: Any, *steps: Hashable) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings of the list under `steps`, with their positions; nothing for anything that is no list."""
    found = dig(value, *steps)
    if isinstance(found, list):
        for position, item in enumerate(found):
            if isinstance(item, dict):
                yield position, item


def field_of(place: Place) -> str:
    """A place for people: spec.template.spec.containers[0].env[1]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def labels_of(value: Any, *steps: Hashable) -> dict[str, str]:
    """The labels of the object, or of the template under `steps`, as texts."""
    return {str(key): str(item) for key, item in mapping(value, *steps, "metadata", "labels").items()}


@dataclass(frozen=True, slots=True)
class Manifest:
    """One Kubernetes object in a file.

    `namespace` is the one that it is applied to, kustomize's and Flux's overrides included ("" for none);
    `base` is where it stands in its document (items of a List); `owners` are the Flux Kustomizations that
    apply it, once for each time, so that none means: no one does.
    """

    path: str
    line: int
    document: Document = field(repr=False)
    value: dict[str, Any] = field(repr=False)
    kind: str
    namespace: str
    name: str
    base: Place = ()
    owners: tuple[Owner, ...] = ()

    @property
    def api_version(self) -> str:
        """For example helm.toolkit.fluxcd.io/v2."""
        return str(self.value.get("apiVersion", ""))

    @property
    def group(self) -> str:
        """The API group; "" for the core group."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @property
    def version(self) -> str:
        """The version within the group, for example v1."""
        return self.api_version.rpartition("/")[2]

    @property
    def subject(self) -> str:
        """For people: HelmRelease raibid-ci/gitea."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def spec(self) -> dict[str, Any]:
        """The spec, or an empty mapping."""
        return mapping(self.value, "spec")

    def mark(self, place: Place) -> Mark:
        """Where the field at `place`, or its nearest parent that is there, stands."""
        return self.document.mark(self.base + place)


@dataclass(frozen=True, slots=True)
class KustomizeFile:
    """A kustomization.yaml, kustomize's own file. `reached` says whether Flux comes to it."""

    path: str
    folder: str
    document: Document = field(repr=False)
    value: dict[str, Any] = field(repr=False)
    reached: bool = True

    @property
    def subject(self) -> str:
        """For people."""
        return f"kustomization of {self.folder or '.'}"

    def mark(self, place: Place) -> Mark:
        """Where the field at `place`, or its nearest parent that is there, stands."""
        return self.document.mark(place)


@dataclass(frozen=True, slots=True)
class Missing:
    """A kustomization.yaml names at `place` a file or folder that cannot be taken, and why."""

    file: KustomizeFile
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Generated:
    """A ConfigMap or Secret that kustomize makes from a generator at `place`."""

    file: KustomizeFile
    place: Place
    kind: str
    namespace: str
    name: str


@dataclass
class Repository:
    """One cluster's folder in a repository, read once; the indexes are made when first asked for."""

    root: Path
    cluster: Path
    manifests: list[Manifest] = field(default_factory=list)
    kustomizations: list[KustomizeFile] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    generated: list[Generated] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)  # patches, values and the like: no manifests of their own
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def applied(self) -> list[Manifest]:
        """The manifests that Flux applies."""
        return [manifest for manifest in self.manifests if manifest.owners]

    @cached_property
    def _by_kind(self) -> dict[str, list[Manifest]]:
        index: dict[str, list[Manifest]] = {}
        for manifest in self.applied:
            index.setdefault(manifest.kind, []).append(manifest)
        return index

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], Manifest]:
        return {(item.kind, item.namespace, item.name): item for item in reversed(self.applied)}

    def of(self, *kinds: str) -> Iterator[Manifest]:
        """The applied manifests of these kinds."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def find(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """The applied manifest of that kind and name ("" as namespace for a cluster-wide kind)."""
        return self._by_name.get((kind, namespace, name))

    @cached_property
    def _lock(self) -> Lock:
        return read_lock(self.cluster / contract.LOCK_FILE) or Lock({}, {})

    @property
    def versions(self) -> dict[str, str]:
        """The versions of raibid.lock by component; empty without a lock."""
        return self._lock.versions

    @property
    def namespace(self) -> str:
        """The CI system's namespace: the one that raibid.lock names, or the default."""
        return self._lock.namespace

    def resolve(self, namespace: str) -> str:
        """The contract's name of a namespace as it is in this cluster."""
        return self.namespace if namespace == contract.NAMESPACE else namespace
