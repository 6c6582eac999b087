"""Two sides of a repository, compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from generator.check.diff.fields import compare_values
from generator.check.diff.files import compare_lines
from generator.check.diff.impact import impact
from generator.check.diff.model import (
    Action,
    FileChange,
    Report,
    Resource,
    ResourceChange,
    Side,
    Uncompared,
)
from generator.check.diff.resources import Contents, UnreadableError, read_contents

# The order in which a cluster can take them: what others need comes first; kinds that are not here come last.
KIND_ORDER: Final = (
    *("Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass"),
    *("ResourceQuota", "LimitRange", "ServiceAccount", "Role", "ClusterRole", "RoleBinding"),
    *("ClusterRoleBinding", "NetworkPolicy", "Secret", "ConfigMap", "PersistentVolume"),
    *("PersistentVolumeClaim", "GitRepository", "HelmRepository", "OCIRepository", "Kustomization"),
    *("HelmRelease", "Service", "DaemonSet", "StatefulSet", "Deployment", "Job", "CronJob"),
    *("PodDisruptionBudget", "TriggerAuthentication", "ScaledObject", "ScaledJob", "Ingress"),
)
_RANK: Final = {kind: rank for rank, kind in enumerate(KIND_ORDER)}
EDITED: Final = "edited by hand: `render` leaves the file alone, `render --force` takes it back"
_EMPTY: Final = Contents((), plain=False)


def compare(before: Side, after: Side) -> Report:
    """What turns `before` into `after`. A file that cannot be read is told, and never shown as removed or added."""
    old, new = _Loaded(before), _Loaded(after)
    everywhere = before.files.keys() | after.files.keys()
    paths = sorted(path for path in everywhere if before.files.get(path) != after.files.get(path))
    for path in paths:
        old.read(path)
        new.read(path)
    resources = _compare_resources(old, new)
    files, layout = _compare_others(old, new, paths)
    edited = before.edited | after.edited
    return Report(
        before.name,
        after.name,
        tuple(_with_impact(change, edited) for change in sorted(resources, key=_order)),
        tuple(replace(change, impact=(EDITED,)) if change.path in edited else change for change in files),
        tuple(layout),
        tuple(sorted([*old.uncompared(), *new.uncompared()])),
    )


@dataclass
class _Loaded:
    """A side's files that differ, read. `failures` counts the other side's things that are withheld for each."""

    side: Side
    contents: dict[str, Contents] = field(default_factory=dict)
    failures: dict[str, tuple[int, str]] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    touched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.failures.update((path, (0, message)) for path, message in self.side.failures.items())

    def read(self, path: str) -> None:
        data = self.side.files.get(path)
        if data is None:
            return
        try:
            self.contents[path] = read_contents(path, data)
        except UnreadableError as error:
            self.failures[path] = (error.line, error.message)

    def withholds(self, path: str) -> bool:
        """Whether this side failed at a path, or a folder above it; then one more thing there is withheld."""
        parts = path.split("/")
        folders = ["/".join(parts[:length]) + "/" for length in range(1, len(parts))]
        failed = next((place for place in (path, *folders) if place in self.failures), None)
        if failed is not None:
            self.withheld[failed] += 1
        return failed is not None

    def resources(self) -> Iterator[Resource]:
        for path in sorted(self.contents):
            yield from self.contents[path].resources

    def uncompared(self) -> Iterator[Uncompared]:
        for path, (line, message) in self.failures.items():
            yield Uncompared(path, line, self.side.name, message, self.withheld.get(path, 0))


def _compare_resources(old: _Loaded, new: _Loaded) -> list[ResourceChange]:
    pairs, removed, added = _match([*old.resources()], [*new.resources()])
    changes = [change for pair in pairs if (change := _compare_pair(*pair))]
    changes += [ResourceChange(Action.REMOVED, gone, None) for gone in removed if not new.withholds(gone.path)]
    changes += [ResourceChange(Action.ADDED, None, come) for come in added if not old.withholds(come.path)]
    for side, resources in ((old, [change.before for change in changes]), (new, [c.after for c in changes])):
        side.touched.update(resource.path for resource in resources if resource)
    return changes


def _match(
    before: list[Resource], after: list[Resource]
) -> tuple[list[tuple[Resource, Resource]], list[Resource], list[Resource]]:
    """The resources that are on both sides, those of the same file first; and the others of either side."""
    pairs: list[tuple[Resource, Resource]] = []
    for with_path in (True, False):
        waiting: dict[tuple[str, ...], list[Resource]] = defaultdict(list)
        for resource in after:
            waiting[(*resource.identity, resource.path if with_path else "")].append(resource)
        left = []
        for resource in before:
            found = waiting[(*resource.identity, resource.path if with_path else "")]
            if found:
                pairs.append((resource, found.pop(0)))
            else:
                left.append(resource)
        before, after = left, [resource for found in waiting.values() for resource in found]
    return pairs, before, after


def _compare_pair(before: Resource, after: Resource) -> ResourceChange | None:
    fields = tuple(compare_values(before.value, after.value))
    if fields:
        return ResourceChange(Action.CHANGED, before, after, fields)
    if before.path != after.path:
        return ResourceChange(Action.MOVED, before, after)
    return None


def _compare_others(old: _Loaded, new: _Loaded, paths: list[str]) -> tuple[list[FileChange], list[str]]:
    """The files among `paths` that hold more than manifests; and those whose manifests say the same as before."""
    files, layout = [], []
    for path in paths:
        before, after = old.contents.get(path), new.contents.get(path)
        if (before or _EMPTY).plain or (after or _EMPTY).plain:
            if (before is None and old.withholds(path)) or (after is None and new.withholds(path)):
                continue
            fields = compare_values(before.facts, after.facts) if before and after else ()
            change = compare_lines(path, old.side.files.get(path), new.side.files.get(path), tuple(fields))
            if change:
                files.append(change)
            else:
                layout.append(path)
        elif before and after and path not in old.touched and path not in new.touched:
            layout.append(path)
    return files, layout


def _order(change: ResourceChange) -> tuple[object, ...]:
    found = change.resource
    rank = _RANK.get(found.kind, len(_RANK))
    return (found.cluster, rank, found.kind, found.namespace, found.name, found.group, found.path, change.action)


def _with_impact(change: ResourceChange, edited: frozenset[str]) -> ResourceChange:
    notes = impact(change)
    touched = {resource.path for resource in (change.before, change.after) if resource}
    return replace(change, impact=(*notes, EDITED) if touched & edited else notes)
