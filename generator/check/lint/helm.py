"""Rules on HelmReleases."""

from __future__ import annotations

from collections.abc import Iterator

from generator import versions
from generator.check.lint.registry import Hit, rule
from generator.check.repository.objects import Repository, dig, mapping


@rule(
    "helm-release-name",
    "A HelmRelease without releaseName",
    consequence="The release's name is made of targetNamespace and name; when either changes, Flux uninstalls "
    "the release, data and all, before it installs it anew.",
    mend="Set spec.releaseName.",
)
def helm_release_name(repository: Repository) -> Iterator[Hit]:
    """spec.releaseName must be set."""
    for manifest in repository.of("HelmRelease"):
        if not manifest.spec.get("releaseName"):
            message = "spec.releaseName is not set: a change of name or target uninstalls the release first"
            yield Hit(manifest, ("spec",), message)


@rule(
    "helm-release-namespace",
    "A HelmRelease outside its release's namespace",
    consequence="The release is stored where nobody looks for it, Helm by hand does not see it, and moving the "
    "HelmRelease later uninstalls it.",
    mend="Put the HelmRelease into the release's own namespace, and leave targetNamespace and storageNamespace out.",
)
def helm_release_namespace(repository: Repository) -> Iterator[Hit]:
    """targetNamespace and storageNamespace must be the HelmRelease's namespace, or left out."""
    for manifest in repository.of("HelmRelease"):
        for key in ("targetNamespace", "storageNamespace"):
            other = manifest.spec.get(key)
            if other and other != manifest.namespace:
                yield Hit(
                    manifest,
                    ("spec", key),
                    f"spec.{key}: {other} is not the HelmRelease's namespace, {manifest.namespace}: "
                    "changing either later uninstalls the release first",
                )


@rule(
    "helm-version",
    "A chart version that is not exact",
    consequence="The cluster takes whatever is newest on the day: a rebuild gives another cluster, and an upgrade "
    "comes without a commit.",
    mend="Write one exact version, such as 12.7.0.",
)
def helm_version(repository: Repository) -> Iterator[Hit]:
    """spec.chart.spec.version must be exact. Charts from a Git repository or a bucket carry their own."""
    for manifest in repository.of("HelmRelease"):
        chart = mapping(manifest.spec, "chart", "spec")
        if not chart or dig(chart, "sourceRef", "kind") in ("GitRepository", "Bucket"):
            continue
        version = chart.get("version")
        try:
            versions.chart_version(str(version))
        except versions.UnknownVersionError:
            written = "is not set" if version is None else f"is {version}, no exact version"
            yield Hit(
                manifest,
                ("spec", "chart", "spec", "version"),
                f"spec.chart.spec.version {written}: the cluster changes without a commit",
            )


@rule(
    "helm-remediation",
    "A HelmRelease that gives up at the first failure",
    severity="warning",
    consequence="One failed install or upgrade, a slow image pull for example, leaves the release failed until a "
    "person steps in.",
    mend="Set spec.install.remediation.retries and spec.upgrade.remediation.retries.",
)
def helm_remediation(repository: Repository) -> Iterator[Hit]:
    """Both remediations must have retries, or a strategy that retries."""
    for manifest in repository.of("HelmRelease"):
        lacking = [
            f"spec.{action}.remediation.retries"
            for action in ("install", "upgrade")
            if not dig(manifest.spec, action, "remediation", "retries")
            and dig(manifest.spec, action, "strategy", "name") != "RetryOnFailure"
        ]
        if lacking:
            message = f"{' and '.join(lacking)} not set: one failure leaves the release failed for good"
            yield Hit(manifest, ("spec",), message)


@rule(
    "helm-crds",
    "A HelmRelease that never upgrades the chart's CRDs",
    severity="warning",
    consequence="Helm installs a chart's CRDs once; a newer chart then meets old definitions.",
    mend="Set spec.install.crds and spec.upgrade.crds to CreateReplace.",
)
def helm_crds(repository: Repository) -> Iterator[Hit]:
    """spec.upgrade.crds defaults to Skip."""
    for manifest in repository.of("HelmRelease"):
        policy = dig(manifest.spec, "upgrade", "crds")
        if policy != "CreateReplace":
            written = f"is {policy}" if policy else "is not set, which means Skip"
            message = f"spec.upgrade.crds {written}: a newer chart meets old definitions"
            yield Hit(manifest, ("spec", "upgrade", "crds"), message)


@rule(
    "helm-drift",
    "A HelmRelease without drift detection",
    severity="warning",
    consequence="What somebody changes by hand in the cluster stays changed until the next upgrade.",
    mend="Set spec.driftDetection.mode: enabled.",
)
def helm_drift(repository: Repository) -> Iterator[Hit]:
    """spec.driftDetection.mode defaults to disabled."""
    for manifest in repository.of("HelmRelease"):
        if dig(manifest.spec, "driftDetection", "mode") not in ("enabled", "warn"):
            message = "spec.driftDetection.mode is not set: changes by hand are neither undone nor told"
            yield Hit(manifest, ("spec",), message)
