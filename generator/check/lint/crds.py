"""Rules on custom resources and what must be there before them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import contract
from generator.check.lint.charts import chart_of
from generator.check.lint.order import ready_before
from generator.check.lint.registry import Hit, once, rule
from generator.check.repository.objects import Manifest, Owner, Repository

# API groups whose definitions a chart brings, by the chart's name.
CHART_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    contract.KEDA: ("keda.sh", "eventing.keda.sh"),
    "cert-manager": ("cert-manager.io", "acme.cert-manager.io"),
    "kube-prometheus-stack": ("monitoring.coreos.com",),
    "prometheus-operator-crds": ("monitoring.coreos.com",),
    "external-secrets": ("external-secrets.io",),
    "traefik": ("traefik.io",),
}
# Groups that Kubernetes, k3s itself and Flux serve.
_SERVED = frozenset({"", "apps", "batch", "autoscaling", "policy", "helm.cattle.io", "k3s.cattle.io", "traefik.io"})
_SERVED_SUFFIXES = (".k8s.io", ".toolkit.fluxcd.io")


@once
def _installers(repository: Repository) -> dict[str, list[Manifest]]:
    """By API group, the HelmReleases and definitions in the tree that bring it."""
    found: dict[str, list[Manifest]] = {}
    for manifest in repository.of("HelmRelease"):
        for group in CHART_GROUPS.get(chart_of(manifest)[0], ()):
            found.setdefault(group, []).append(manifest)
    for manifest in repository.of("CustomResourceDefinition"):
        found.setdefault(str(manifest.spec.get("group", "")), []).append(manifest)
    return found


def _custom(repository: Repository) -> Iterator[Manifest]:
    for manifest in repository.applied:
        group = manifest.group
        if group not in _SERVED and not group.endswith(_SERVED_SUFFIXES):
            yield manifest


@rule(
    "crd-same-kustomization",
    "Custom resources beside the HelmRelease that brings their definitions",
    consequence="At the first apply the definitions are not there yet: `no matches for kind`, and since the "
    "Kustomization fails as a whole, the HelmRelease is never applied either.",
    mend="Move the custom resources into a Kustomization of their own, with dependsOn.",
)
def crd_same_kustomization(repository: Repository) -> Iterator[Hit]:
    """Definitions from a chart come only after the chart is installed."""
    for manifest in _custom(repository):
        for installer in _installers(repository).get(manifest.group, ()):
            shared = set(installer.owners) & set(manifest.owners)
            if installer.kind == "HelmRelease" and shared:
                owner = "/".join(min(shared))
                yield Hit(
                    manifest,
                    ("apiVersion",),
                    f"apiVersion: {installer.subject}, which brings {manifest.group}, is in the same Kustomization "
                    f"{owner}: neither is ever applied",
                )


@rule(
    "crd-no-dependency",
    "Custom resources that do not wait for their definitions",
    consequence="On a new cluster they are applied before the definitions are there: `no matches for kind`, tried "
    "again only after the retry interval.",
    mend="Add the Kustomization that installs them to spec.dependsOn, with wait: true there.",
)
def crd_no_dependency(repository: Repository) -> Iterator[Hit]:
    """Told once for each Kustomization and group."""
    told: set[tuple[Owner, str]] = set()
    for manifest in _custom(repository):
        installers = _installers(repository).get(manifest.group, [])
        sources = {owner for item in installers for owner in item.owners}
        for owner in manifest.owners:
            before = ready_before(repository).get(owner, frozenset())
            if not sources or owner in sources or sources & before or (owner, manifest.group) in told:
                continue
            told.add((owner, manifest.group))
            where = repository.find("Kustomization", *owner) or manifest
            yield Hit(
                where,
                ("spec", "dependsOn"),
                f"spec.dependsOn lacks {'/'.join(min(sources))}, which brings {manifest.group} for "
                f"{manifest.subject}: on a new cluster it is refused",
            )


@rule(
    "crd-missing",
    "Custom resources whose definitions nothing in the tree brings",
    severity="warning",
    consequence="Unless the cluster has the definitions already, the whole Kustomization fails.",
    mend="Install the operator that brings the definitions, or remove the objects.",
)
def crd_missing(repository: Repository) -> Iterator[Hit]:
    """Told once for each kind."""
    told: set[tuple[str, str]] = set()
    for manifest in _custom(repository):
        key = (manifest.group, manifest.kind)
        if manifest.group in _installers(repository) or key in told:
            continue
        told.add(key)
        yield Hit(
            manifest,
            ("apiVersion",),
            f"apiVersion: nothing in the tree brings {manifest.group}: unless the cluster has it already, the "
            "Kustomization fails",
        )
