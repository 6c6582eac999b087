"""The pods of the tree: every pod template with its containers, walked once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator import contract
from generator.check.lint.registry import once
from generator.check.repository.objects import Manifest, Place, Repository, entries, labels_of, mapping

# Where each kind keeps its pod template.
TEMPLATES: dict[str, Place] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "ScaledJob": ("spec", "jobTargetRef", "template"),
}
CONTAINER_LISTS = ("initContainers", "containers")


class Container(NamedTuple):
    """A container, where it stands in its manifest, and how messages call it."""

    place: Place
    value: dict[str, Any]
    label: str


class Workload(NamedTuple):
    """A manifest that makes pods. `template` is where its pod template stands, `spec` its pod's spec."""

    manifest: Manifest
    template: Place
    labels: dict[str, str]
    spec: dict[str, Any]
    containers: tuple[Container, ...]
    upstream: bool

    @property
    def namespace(self) -> str:
        """Where its pods run."""
        return self.manifest.namespace

    @property
    def account(self) -> str:
        """The name of its pods' ServiceAccount."""
        return str(self.spec.get("serviceAccountName") or "default")

    def place(self, *steps: str | int) -> Place:
        """A place within the pod's spec."""
        return (*self.template, "spec", *steps)


@once
def workloads(repository: Repository) -> list[Workload]:
    """Every applied manifest that makes pods."""
    return [_workload(manifest) for manifest in repository.of(*TEMPLATES)]


def own_workloads(repository: Repository) -> Iterator[Workload]:
    """Those whose pods are not Flux's own: its install manifest is upstream's to write."""
    return (workload for workload in workloads(repository) if not workload.upstream)


def is_upstream(manifest: Manifest) -> bool:
    """Whether it is part of Flux's install manifest."""
    return labels_of(manifest.value).get(contract.LABEL_PART_OF) == "flux"


def _workload(manifest: Manifest) -> Workload:
    template = TEMPLATES[manifest.kind]
    spec = mapping(manifest.value, *template, "spec")
    containers = tuple(
        Container((*template, "spec", key, position), item, str(item.get("name") or f"{key}[{position}]"))
        for key in CONTAINER_LISTS
        for position, item in entries(spec, key)
    )
    labels = labels_of(manifest.value, *template)
    return Workload(manifest, template, labels, spec, containers, is_upstream(manifest))
