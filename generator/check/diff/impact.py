"""What a change makes the cluster do, where that is more than the field says.

Sources: the update validation of Kubernetes' API (pkg/apis/*/validation), the documentation of Flux's Kustomization
and HelmRelease, of KEDA's ScaledObject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from generator import contract
from generator.check.diff.model import KUSTOMIZE_GROUP, Action, FieldChange, Item, ResourceChange
from generator.check.repository.objects import dig, mapping

IMMUTABLE: Final = "immutable: Kubernetes refuses this; delete and re-create"

# Fields whose change is always worth one note: kinds, field, note.
_FIELDS: Final = (
    ("Deployment StatefulSet DaemonSet", "spec.template", "rolls out new pods"),
    ("Deployment DaemonSet ReplicaSet", "spec.selector", IMMUTABLE),
    ("Job", "spec.template", IMMUTABLE),
    ("Job", "spec.selector", IMMUTABLE),
    ("Job", "spec.completionMode", IMMUTABLE),
    ("CronJob", "spec.jobTemplate", "takes effect from the next run on"),
    ("Service", "spec.selector", "sends its traffic to other pods"),
    ("Service", "spec.clusterIP", IMMUTABLE),
    ("StorageClass", "parameters", IMMUTABLE),
    ("StorageClass", "provisioner", IMMUTABLE),
    ("StorageClass", "reclaimPolicy", IMMUTABLE),
    ("StorageClass", "volumeBindingMode", IMMUTABLE),
    ("RoleBinding ClusterRoleBinding", "roleRef", IMMUTABLE),
    ("PriorityClass", "value", IMMUTABLE),
    ("Secret", "type", IMMUTABLE),
    ("HelmRelease", "spec.releaseName", "uninstalls the release and installs it anew"),
    ("HelmRelease", "spec.targetNamespace", "uninstalls the release and installs it anew"),
    ("HelmRelease", "spec.storageNamespace", "uninstalls the release and installs it anew"),
    ("HelmRelease", "spec.values", "upgrades the release with other values"),
    ("ScaledObject ScaledJob", "spec.triggers", "scales by other rules"),
    ("ScaledObject", "spec.scaleTargetRef", "scales another workload; the old one keeps its last size"),
    ("Kustomization", "spec.sourceRef", "applies another source"),
)
_STATEFUL_SET_MUTABLE: Final = (
    *("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
)
_UNITS: Final[dict[str, Decimal]] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** (power + 1) for power, unit in enumerate("kMGTPE")},
    **{f"{unit}i": Decimal(1024) ** (power + 1) for power, unit in enumerate("KMGTPE")},
}
_QUANTITY: Final = re.compile(r"([0-9.]+)([mkKMGTPE]i?|)\Z")


def impact(change: ResourceChange) -> tuple[str, ...]:
    """Notes on what the cluster does with a change, each once, most often none."""
    notes: list[str] = []
    if change.resource.group == KUSTOMIZE_GROUP or change.action is Action.MOVED:
        return ()
    if change.action is Action.REMOVED:
        notes.extend(_removal(change))
    elif change.action is Action.CHANGED:
        kind = change.resource.kind
        notes.extend(_BY_KIND[kind](change) if kind in _BY_KIND else ())
        notes.extend(note for kinds, place, note in _FIELDS if kind in kinds.split() and touches(change, place))
        if change.resource.group.endswith(".fluxcd.io"):
            notes.extend(_suspension(change))
    return tuple(dict.fromkeys(notes))


def touches(change: ResourceChange, place: str) -> bool:
    """Whether the field at `place` (keys joined by dots), or anything in or around it, differs."""
    return any(True for _ in _at(change, place))


def _at(change: ResourceChange, place: str) -> Iterator[FieldChange]:
    wanted = tuple(place.split("."))
    for field in change.fields:
        shared = min(len(wanted), len(field.steps))
        if field.steps[:shared] == wanted[:shared]:
            yield field


def _both(change: ResourceChange, place: str) -> tuple[Any, Any]:
    """The values of a field before and after, None where it is not set."""
    steps = place.split(".")
    old, new = change.before, change.after
    return dig(old and old.value, *steps), dig(new and new.value, *steps)


def _removal(change: ResourceChange) -> Iterator[str]:
    gone = change.resource
    annotations = dig(gone.value, "metadata", "annotations")
    if dig(annotations, contract.ANNOTATION_PRUNE) == "disabled":
        yield "stays in the cluster: prune is disabled on it"
    elif gone.kind == "Namespace":
        yield f"data: everything in the namespace {gone.name} is deleted unless prune is disabled"
    elif gone.kind == "PersistentVolumeClaim":
        yield f"data: the volume of {gone.name} is deleted unless prune is disabled"
    elif gone.kind == "CustomResourceDefinition":
        yield f"all objects of the kind {dig(gone.value, 'spec', 'names', 'kind') or gone.name} are deleted"
    elif gone.kind == "HelmRelease":
        yield f"uninstalls the release {dig(gone.value, 'spec', 'releaseName') or gone.name}"
    elif gone.kind == "ScaledObject":
        yield "its workload is scaled no more"
    elif gone.kind == "Kustomization" and _prunes(gone.value):
        yield "all that it applied is deleted"


def _prunes(kustomization: dict[str, Any]) -> bool:
    spec = mapping(kustomization, "spec")
    return spec.get("prune") is True and spec.get("deletionPolicy") != "Orphan"


def _stateful_set(change: ResourceChange) -> Iterator[str]:
    for field in change.fields:
        if field.steps[0] == "spec" and (len(field.steps) < 2 or field.steps[1] not in _STATEFUL_SET_MUTABLE):
            yield IMMUTABLE


def _claim(change: ResourceChange) -> Iterator[str]:
    old, new = _both(change, "spec.resources.requests.storage")
    size, new_size = _quantity(old), _quantity(new)
    grows = size is not None and new_size is not None and new_size >= size
    if grows and new_size != size:
        yield f"grows the volume from {old} to {new}, if its storage class allows that"
    for field in change.fields:
        is_size = field.steps == ("spec", "resources", "requests", "storage")
        is_class = field.steps == ("spec", "volumeAttributesClassName")
        if field.steps[0] == "spec" and not (is_size and grows) and not is_class:
            yield IMMUTABLE


def _quantity(value: Any) -> Decimal | None:
    match = _QUANTITY.match(str(value))
    if not match or match[2] not in _UNITS or match[1].count(".") > 1 or match[1] == ".":
        return None
    return Decimal(match[1]) * _UNITS[match[2]]


def _data_of_immutable(change: ResourceChange) -> Iterator[str]:
    was, _ = _both(change, "immutable")
    if was is True and any(touches(change, place) for place in ("data", "stringData", "binaryData", "immutable")):
        yield IMMUTABLE


def _helm_release(change: ResourceChange) -> Iterator[str]:
    chart, new_chart = _both(change, "spec.chart.spec.chart")
    old, new = _both(change, "spec.chart.spec.version")
    if chart != new_chart:
        yield f"replaces chart {chart} by {new_chart}"
    elif old != new and old and new:
        verb = "downgrades" if _version(new) < _version(old) else "upgrades"
        yield f"{verb} chart {chart} {old} -> {new}"
    elif old != new:
        yield f"chart {chart}: version {old or 'newest'} -> {new or 'newest'}"


def _version(text: Any) -> list[int]:
    return [int(number) for number in re.findall(r"[0-9]{1,9}", str(text))[:3]]


def _scaling(change: ResourceChange) -> Iterator[str]:
    least, most = _both(change, "spec.minReplicaCount"), _both(change, "spec.maxReplicaCount")
    # KEDA's defaults: https://keda.sh/docs/latest/reference/scaledobject-spec/
    before, after = (
        f"{0 if low is None else low} to {100 if high is None else high}" for low, high in zip(least, most, strict=True)
    )
    if before != after:
        yield f"scales from {after} replicas instead of {before}"


def _flux_kustomization(change: ResourceChange) -> Iterator[str]:
    path, new_path = _both(change, "spec.path")
    if path != new_path:
        pruned = ", and deletes what only the old one holds" if _both(change, "spec.prune")[1] is True else ""
        yield f"applies the folder {new_path} instead of {path}{pruned}"
    if touches(change, "spec.dependsOn"):
        _, needed = _both(change, "spec.dependsOn")
        names = [str(dig(item, "name")) for item in needed] if isinstance(needed, list) else []
        yield f"waits for {', '.join(names)}" if names else "waits for no other Kustomization"


def _definition(change: ResourceChange) -> Iterator[str]:
    if touches(change, "spec.scope"):
        yield IMMUTABLE
    for field in change.fields:
        step = field.steps[-1]
        is_version = field.steps[:2] == ("spec", "versions") and len(field.steps) == 3
        if is_version and field.action is Action.REMOVED and dig(field.before, "served") is True:
            label = step.label if isinstance(step, Item) else step
            yield f"the version {label} is served no more; objects stored in it must be migrated first"


def _suspension(change: ResourceChange) -> Iterator[str]:
    was, is_now = _both(change, "spec.suspend")
    if was is not True and is_now is True:
        yield "suspended: nothing is applied until it is resumed"
    elif was is True and is_now is not True:
        yield "resumed"


_BY_KIND: Final[dict[str, Callable[[ResourceChange], Iterator[str]]]] = {
    "StatefulSet": _stateful_set,
    "PersistentVolumeClaim": _claim,
    "ConfigMap": _data_of_immutable,
    "Secret": _data_of_immutable,
    "HelmRelease": _helm_release,
    "ScaledObject": _scaling,
    "ScaledJob": _scaling,
    "Kustomization": _flux_kustomization,
    "CustomResourceDefinition": _definition,
}
