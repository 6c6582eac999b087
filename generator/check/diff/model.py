"""What goes into a comparison, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

KUSTOMIZE_GROUP = "kustomize.config.k8s.io"


class Action(StrEnum):
    """What happened to a resource, a file or a field."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    REORDERED = "reordered"


class Item(NamedTuple):
    """A step of a field's path into a list: the item's name, or its position."""

    label: str


Steps = tuple[str | Item, ...]


@dataclass(frozen=True)
class Side:
    """One of the two states that are compared.

    `files` holds contents by posix path relative to the repository's root; those that are the same on both sides may
    be left out of both. `failures` tells, for a path or for a folder with a final slash, why it could not be had.
    `edited` are paths of files that a person edited and that render therefore leaves alone.
    """

    name: str
    files: Mapping[str, bytes]
    failures: Mapping[str, str] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resource:
    """A Kubernetes object in a file, or a kustomization.yaml (named by its folder within the cluster's).

    In `value` keys are texts and whatever is secret is a `Hidden`. `cluster` is "" outside clusters/.
    """

    cluster: str
    path: str
    group: str
    kind: str
    namespace: str
    name: str
    value: dict[str, Any]

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What stays the same when the resource is changed, or moves to another file."""
        return (self.cluster, self.group, self.kind, self.namespace, self.name)

    @property
    def subject(self) -> str:
        """For example "Deployment raibid-ci/raibid-api"."""
        if self.group == KUSTOMIZE_GROUP:
            return f"kustomization.yaml {self.name}"
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs. `before` is None where it was added, `after` where it was removed.

    A reordered list has the labels of its items in both. Secret parts are `Hidden`.
    """

    steps: Steps
    action: Action
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """A resource that differs: `fields` for one that is on both sides, `impact` what the cluster makes of it."""

    action: Action
    before: Resource | None
    after: Resource | None
    fields: tuple[FieldChange, ...] = ()
    impact: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """The resource as it is after the change, or was before its removal."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change has a side
        return found

    @property
    def old_path(self) -> str | None:
        """The file that the resource came from, if that is another one."""
        if self.before and self.after and self.before.path != self.after.path:
            return self.before.path
        return None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is no manifest: lines added and removed, and for raibid.lock the facts that changed."""

    path: str
    action: Action
    lines_added: int
    lines_removed: int
    fields: tuple[FieldChange, ...] = ()
    impact: tuple[str, ...] = ()


@dataclass(frozen=True, order=True, slots=True)
class Uncompared:
    """A file (or folder, with a final slash) that could not be read on one side.

    `line` counts from 1, or is 0. `withheld` is the number of the other side's resources and other files there,
    which are therefore told neither as added nor as removed.
    """

    path: str
    line: int
    side: str
    message: str
    withheld: int


@dataclass(frozen=True)
class Report:
    """The whole comparison. `layout` are the files that differ only in comments, order of documents or line ends."""

    before: str
    after: str
    resources: tuple[ResourceChange, ...]
    files: tuple[FileChange, ...]
    layout: tuple[str, ...]
    uncompared: tuple[Uncompared, ...]

    @property
    def different(self) -> bool:
        """Whether anything differs, or could not be compared."""
        return bool(self.resources or self.files or self.layout or self.uncompared)

    def count(self, action: Action) -> int:
        """How many resources saw `action`."""
        return sum(change.action is action for change in self.resources)

    @property
    def not_compared(self) -> int:
        """How many files or folders were not compared."""
        return len({entry.path for entry in self.uncompared})

    @property
    def summary(self) -> str:
        """One line of counts."""
        counted = (Action.ADDED, Action.CHANGED, Action.REMOVED, Action.MOVED)
        parts = [f"{self.count(action)} {action}" for action in counted]
        line = ", ".join([*parts, f"{self.not_compared} not compared"])
        others = len(self.files) + len(self.layout)
        return f"{line}; {others} other file{'' if others == 1 else 's'}" if others else line
