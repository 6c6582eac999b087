"""Which pods a label selector picks, without comparing every selector with every pod."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from generator.check.lint.known import known
from generator.check.lint.registry import once
from generator.check.lint.workloads import Workload, workloads
from generator.check.repository.objects import Repository, entries, mapping

Pair = tuple[str, str]


class Pods(NamedTuple):
    """Pods with the same labels: those of a workload, or of a chart (`workload` is None then)."""

    namespace: str
    labels: dict[str, str]
    workload: Workload | None

    @property
    def title(self) -> str:
        """For people."""
        if self.workload is not None:
            return self.workload.manifest.subject
        return f"{self.namespace}/" + ",".join(f"{key}={value}" for key, value in self.labels.items())


class PodIndex:
    """All pods by namespace and label."""

    def __init__(self, pods: Iterable[Pods]) -> None:
        self.by_namespace: dict[str, list[Pods]] = {}
        self._by_pair: dict[tuple[str, Pair], list[Pods]] = {}
        for item in pods:
            self.by_namespace.setdefault(item.namespace, []).append(item)
            for pair in item.labels.items():
                self._by_pair.setdefault((item.namespace, pair), []).append(item)

    def matching(self, namespace: str, selector: Any) -> list[Pods]:
        """The pods of a namespace that a LabelSelector picks; the empty selector picks all."""
        wanted = {str(key): str(value) for key, value in mapping(selector, "matchLabels").items()}
        candidates = self.with_labels(namespace, wanted)
        expressions = [item for _, item in entries(selector, "matchExpressions")]
        return [pods for pods in candidates if all(_holds(item, pods.labels) for item in expressions)]

    def with_labels(self, namespace: str, wanted: dict[str, str]) -> list[Pods]:
        """The pods of a namespace that have all these labels. The rarest label is looked up first."""
        if not wanted:
            return self.by_namespace.get(namespace, [])
        buckets = [self._by_pair.get((namespace, pair), []) for pair in wanted.items()]
        return [pods for pods in min(buckets, key=len) if wanted.items() <= pods.labels.items()]


@once
def pod_index(repository: Repository) -> PodIndex:
    """The pods of the tree's workloads and of the charts in it."""
    own = [Pods(item.namespace, item.labels, item) for item in workloads(repository)]
    charts = [Pods(peer.namespace, peer.labels, None) for peer in known(repository).pods]
    return PodIndex(own + charts)


def selects(selector: Any, labels: dict[str, str]) -> bool:
    """Whether a LabelSelector picks something with these labels."""
    wanted = mapping(selector, "matchLabels").items()
    return all(labels.get(str(key)) == str(value) for key, value in wanted) and all(
        _holds(item, labels) for _, item in entries(selector, "matchExpressions")
    )


def _holds(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    value = labels.get(str(expression.get("key")))
    listed = expression.get("values")
    values = [str(item) for item in listed] if isinstance(listed, list) else []
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return False
