"""Loading a cluster's folder: which manifests Flux would come to, from the cluster's folder onwards.

Flux applies the cluster's folder; each Flux Kustomization in it applies a further folder, and so on. Within a
folder kustomize follows kustomization.yaml, and Flux makes one up that takes every YAML file if there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import Any

from generator import contract
from generator.check.repository.files import Files, Part
from generator.check.repository.objects import (
    Generated,
    KustomizeFile,
    Manifest,
    Missing,
    Owner,
    Place,
    Repository,
    dig,
    entries,
)
from generator.check.repository.paths import KUSTOMIZATION_NAMES

__all__ = ["KustomizeFile", "Manifest", "Repository", "is_own_source", "load_repository", "path_of"]

FLUX_KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
# `flux bootstrap` calls both the cluster's GitRepository and its Kustomization like their namespace.
ROOT_OWNER: Owner = (contract.FLUX_NAMESPACE, contract.FLUX_NAMESPACE)

# Kinds without a namespace, beside those of CustomResourceDefinitions (kubectl api-resources --namespaced=false).
CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTriggerAuthentication",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
# Fields of kustomization.yaml that name files which are no manifests of their own.
_INPUTS = ("transformers", "validators", "generators", "configurations", "crds", "patchesStrategicMerge")


def load_repository(root: Path, cluster: Path) -> Repository:
    """Everything that lies in the folder `cluster` of the repository `root`, and what its Kustomizations apply.

    Files that cannot be read become findings in `.problems`; nothing is raised for them.
    """
    root, cluster = root.resolve(), cluster.resolve()
    loader = _Loader(root, cluster.relative_to(root).as_posix())
    return loader.load(Repository(root, cluster))


def is_own_source(value: Any, namespace: str) -> bool:
    """Whether a Flux Kustomization takes its files from the cluster's own repository."""
    kind, name = dig(value, "spec", "sourceRef", "kind"), dig(value, "spec", "sourceRef", "name")
    where = dig(value, "spec", "sourceRef", "namespace") or namespace
    return kind == "GitRepository" and (where, name) == ROOT_OWNER


def path_of(value: Any) -> str | None:
    """The folder, relative to the repository, that a Flux Kustomization applies; None if it leads outside."""
    path = dig(value, "spec", "path")
    folder = normpath(str(path if path is not None else ".").lstrip("/") or ".")
    return None if folder.startswith("..") else folder


class _Loader:
    def __init__(self, root: Path, cluster: str) -> None:
        self._files = Files(root)
        self._cluster = cluster
        # For each file the times it is applied: by which Flux Kustomization, and into which namespace.
        self._applied: dict[str, list[tuple[Owner, str | None]]] = {}
        self._kustomizations: dict[str, KustomizeFile] = {}
        self._inputs: set[str] = set()
        self._queue: list[tuple[str, Owner, str | None]] = [(cluster, ROOT_OWNER, None)]
        self._waiting: list[str] = []
        self._queued: set[tuple[str, Owner]] = set()

    def load(self, repository: Repository) -> Repository:
        self._missing = repository.missing
        self._generated = repository.generated
        while self._queue:
            folder, owner, namespace = self._queue.pop()
            self._apply_folder(folder, owner, namespace)
            self._follow()
        self._add_unreached()
        repository.manifests = self._manifests()
        repository.kustomizations = [self._kustomizations[path] for path in sorted(self._kustomizations)]
        repository.problems = self._files.problems
        repository.inputs = self._inputs
        return repository

    def _follow(self) -> None:
        """Queue the folders of the Flux Kustomizations in files that were reached since the last call."""
        waiting, self._waiting = self._waiting, []
        for path in waiting:
            override = self._applied[path][0][1]
            for part in self._files.objects(path):
                if str(part.value.get("apiVersion", "")).startswith(FLUX_KUSTOMIZE_GROUP):
                    self._enqueue(part.value, override)

    def _enqueue(self, value: dict[str, Any], override: str | None) -> None:
        namespace = override or str(dig(value, "metadata", "namespace") or "")
        owner = (namespace, str(dig(value, "metadata", "name") or ""))
        folder = path_of(value) if is_own_source(value, namespace) else None
        if folder is None or folder == self._cluster or (folder, owner) in self._queued:
            return
        self._queued.add((folder, owner))
        if self._files.is_folder(folder):
            target = dig(value, "spec", "targetNamespace")
            self._queue.append((folder, owner, target if isinstance(target, str) else None))

    def _apply_folder(self, folder: str, owner: Owner, namespace: str | None) -> None:
        if self._files.kustomization_of(folder):
            self._apply_kustomization(folder, owner, namespace, ())
            return
        with_own = {
            path.rpartition("/")[0]
            for path in self._files.below(folder)
            if path.rpartition("/")[2] in KUSTOMIZATION_NAMES
        }
        for path in self._files.below(folder):
            above = path.rpartition("/")[0]
            if not any(above == own or above.startswith(own + "/") for own in with_own):
                self._apply_file(path, owner, namespace)
        for own in sorted(with_own):
            self._apply_kustomization(own, owner, namespace, ())

    def _apply_kustomization(self, folder: str, owner: Owner, namespace: str | None, above: tuple[str, ...]) -> None:
        path = self._files.kustomization_of(folder)
        documents = self._files.documents(path) if path else []
        if path is None or not documents or not isinstance(documents[0].value, dict):
            return
        file = self._kustomizations.get(path) or KustomizeFile(path, folder, documents[0], documents[0].value)
        first = path not in self._kustomizations
        self._kustomizations[path] = file
        namespace = namespace or dig(file.value, "namespace")
        if first:
            self._note_inputs(file)
        self._note_generated(file, namespace)
        for key in ("resources", "bases", "components"):
            listed = file.value.get(key)
            for position, name in enumerate(listed if isinstance(listed, list) else ()):
                target, reason = self._target(folder, name)
                if target is None or target in above or target == folder:
                    reason = reason or ("it includes itself" if target else "")
                    if reason and first:
                        self._missing.append(Missing(file, (key, position), f"{name}: {reason}"))
                elif self._files.is_file(target):
                    self._apply_file(target, owner, namespace)
                else:
                    self._apply_kustomization(target, owner, namespace, (*above, folder))

    def _target(self, folder: str, name: Any) -> tuple[str | None, str]:
        """The file or folder that an entry of kustomization.yaml means, or why there is none ("" for a URL)."""
        if not isinstance(name, str) or not name:
            return None, "it is no path"
        if "://" in name or name.startswith(("git@", "github.com/")):
            return None, ""
        target = normpath(f"{folder}/{name}")
        if target.startswith("..") or name.startswith("/"):
            return None, "it lies outside the repository"
        if self._files.is_file(target):
            return target, ""
        if not self._files.is_folder(target):
            return None, "there is no such file or folder"
        if not self._files.kustomization_of(target):
            return None, "the folder has no kustomization.yaml"
        return target, ""

    def _apply_file(self, path: str, owner: Owner, namespace: str | None) -> None:
        if path not in self._applied:
            self._waiting.append(path)
        self._applied.setdefault(path, []).append((owner, namespace))

    def _note_inputs(self, file: KustomizeFile) -> None:
        for place, name in _inputs(file.value):
            target = normpath(f"{file.folder}/{name}")
            self._inputs.add(target)
            if not self._files.is_file(target) and not self._files.is_folder(target):
                self._missing.append(Missing(file, place, f"{name}: there is no such file"))

    def _note_generated(self, file: KustomizeFile, namespace: str | None) -> None:
        for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for position, item in entries(file.value, key):
                where = namespace or str(item.get("namespace") or "default")
                self._generated.append(Generated(file, (key, position), kind, where, str(item.get("name", ""))))

    def _add_unreached(self) -> None:
        """Take in what lies in the cluster's folder and is reached by no Kustomization."""
        prefix = "" if self._cluster == "." else self._cluster + "/"
        for path in self._files.below(self._cluster):
            folder, _, name = path.rpartition("/")
            if name in KUSTOMIZATION_NAMES:
                documents = [] if path in self._kustomizations else self._files.documents(path)
                if documents and isinstance(documents[0].value, dict):
                    value = documents[0].value
                    self._kustomizations[path] = KustomizeFile(path, folder, documents[0], value, False)
            elif path != prefix + contract.CONFIG_FILE and path not in self._inputs:
                self._applied.setdefault(path, [])

    def _manifests(self) -> list[Manifest]:
        cluster_wide = set(CLUSTER_WIDE)
        for path in self._applied:
            for part in self._files.objects(path):
                if part.value.get("kind") == "CustomResourceDefinition":
                    names = dig(part.value, "spec", "names", "kind")
                    if dig(part.value, "spec", "scope") == "Cluster" and isinstance(names, str):
                        cluster_wide.add(names)
        return [
            manifest
            for path in sorted(self._applied)
            for part in self._files.objects(path)
            for manifest in _expand(path, part, self._applied[path], cluster_wide)
        ]


def _expand(path: str, part: Part, applied: list[tuple[Owner, str | None]], cluster_wide: set[str]) -> list[Manifest]:
    """The object once for each namespace that it is applied into, with the owners that do."""
    kind, name = part.value.get("kind"), dig(part.value, "metadata", "name")
    if not isinstance(kind, str) or not isinstance(name, str):
        return []
    written = dig(part.value, "metadata", "namespace")
    by_namespace: dict[str, list[Owner]] = {}
    for owner, override in applied:
        namespace = "" if kind in cluster_wide else str(override or written or "")
        by_namespace.setdefault(namespace, []).append(owner)
    if not applied:
        by_namespace[str(written or "")] = []
    line = part.document.mark((*part.base, "apiVersion")).line
    return [
        Manifest(path, line, part.document, part.value, kind, namespace, name, part.base, tuple(owners))
        for namespace, owners in by_namespace.items()
    ]


def _inputs(value: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """The paths that a kustomization.yaml names beside its resources, with where they stand."""
    for key in _INPUTS:
        yield from ((place, item) for place, item in _texts(value, key) if "\n" not in item)
    for key in ("patches", "patchesJson6902", "replacements"):
        for position, entry in entries(value, key):
            if isinstance(entry.get("path"), str):
                yield (key, position, "path"), entry["path"]
    for key in ("configMapGenerator", "secretGenerator"):
        for position, entry in entries(value, key):
            for field in ("files", "envs"):
                for place, item in _texts(entry, field):
                    yield (key, position, *place), item.partition("=")[2] or item


def _texts(value: dict[str, Any], key: str) -> Iterator[tuple[Place, str]]:
    """The texts in the list under `key`, with their places."""
    listed = value.get(key)
    for position, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, str):
            yield (key, position), item
