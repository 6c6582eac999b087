"""Which folders Flux builds for a cluster."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from generator.check.build.kustomize import FLUX_FIELDS, Target
from generator.check.repository.manifests import FLUX_KUSTOMIZE_GROUP, is_own_source, path_of
from generator.check.repository.objects import KustomizeFile, Repository

# Fields of kustomization.yaml that leave each object as its file has it, but for its namespace.
_PLAIN: Final = frozenset({"apiVersion", "kind", "metadata", "namespace", "resources", "sortOptions"})


def targets(repository: Repository) -> list[Target]:
    """Every folder of the cluster's own repository that Flux builds, each once for each set of changes to it.

    A folder that is not there is left to the lint rule on paths.
    """
    known = {posixpath.normpath(file.folder or "."): file for file in repository.kustomizations}
    found: dict[tuple[str, str], Target] = {}
    for manifest in repository.of("Kustomization"):
        folder = path_of(manifest.value)
        if (
            manifest.group != FLUX_KUSTOMIZE_GROUP
            or not is_own_source(manifest.value, manifest.namespace)
            or folder is None
            or not (repository.root / folder).is_dir()
        ):
            continue
        fields = {key: manifest.spec[key] for key in FLUX_FIELDS if manifest.spec.get(key)}
        changes = bool(fields) or _changes(known, folder)
        line = manifest.mark(("spec", "path")).line
        target = Target(folder, manifest.path, line, manifest.subject, fields, changes)
        found.setdefault((folder, repr(fields)), target)
    root = repository.cluster.relative_to(repository.root).as_posix()
    if (file := known.get(root)) and all(folder != root for folder, _ in found):
        found[root, ""] = Target(root, file.path, 1, file.subject, {}, _changes(known, root))
    return list(found.values())


def _changes(known: dict[str, KustomizeFile], folder: str) -> bool:
    """Whether a kustomization.yaml that the build of `folder` comes to does more than list resources."""
    return any(set(known[each].value) - _PLAIN for each in _reached(known, folder))


def _reached(known: dict[str, KustomizeFile], folder: str) -> Iterator[str]:
    """The folders with a kustomization.yaml that the build of `folder` comes to."""
    waiting = [folder] if folder in known else [each for each in known if each.startswith(f"{folder}/")]
    seen: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in seen or here not in known:
            continue
        seen.add(here)
        yield here
        for key in ("resources", "components", "bases"):
            listed = known[here].value.get(key)
            if isinstance(listed, list):
                waiting += [posixpath.normpath(posixpath.join(here, str(item))) for item in listed]
