"""Rules that keep data and secrets safe: pruning, plain Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator import contract
from generator.check.lint.known import known
from generator.check.lint.registry import Hit, rule
from generator.check.lint.workloads import workloads
from generator.check.repository.objects import Manifest, Place, Repository, dig, entries, field_of, mapping


@rule(
    "data-prune",
    "Data that Flux would delete",
    consequence="When the file is renamed, moved or removed, or its Kustomization is deleted, Flux deletes the "
    "object, and the data with it.",
    mend=f"Set the annotation {contract.ANNOTATION_PRUNE}: disabled.",
)
def data_prune(repository: Repository) -> Iterator[Hit]:
    """Claims, and namespaces that hold claims, must be out of pruning's reach."""
    holders = _namespaces_with_data(repository)
    for manifest in repository.of("PersistentVolumeClaim", "Namespace"):
        if manifest.kind == "Namespace" and manifest.name not in holders:
            continue
        protected = dig(manifest.value, "metadata", "annotations", contract.ANNOTATION_PRUNE) == "disabled"
        if not protected and not _never_pruned(repository, manifest):
            what = "the data in it" if manifest.kind == "PersistentVolumeClaim" else "every claim in it"
            yield Hit(
                manifest,
                ("metadata",),
                f"metadata.annotations lacks {contract.ANNOTATION_PRUNE}: disabled: once the file is moved or "
                f"removed, Flux deletes the object and {what}",
            )


def _namespaces_with_data(repository: Repository) -> set[str]:
    held = {manifest.namespace for manifest in repository.of("PersistentVolumeClaim")}
    held.update(namespace for namespace, _ in known(repository).claims)
    held.update(
        manifest.namespace for manifest in repository.of("StatefulSet") if manifest.spec.get("volumeClaimTemplates")
    )
    return held


def _never_pruned(repository: Repository, manifest: Manifest) -> bool:
    owners = [repository.find("Kustomization", *owner) for owner in manifest.owners]
    return any(owner is not None and owner.spec.get("prune") is False for owner in owners)


@rule(
    "plain-secret",
    "A Secret's value in the repository",
    consequence="Everyone who can read the repository, today or in its history, has the secret.",
    mend="Let bootstrap make it, or encrypt the file with sops; then change the secret, for Git keeps the old one.",
)
def plain_secret(repository: Repository) -> Iterator[Hit]:
    """Secrets with data and no sops metadata, applied or not; and those from kustomize's generator."""
    for manifest in repository.manifests:
        if manifest.kind != "Secret" or manifest.api_version != "v1" or "sops" in manifest.value:
            continue
        for key in ("data", "stringData"):
            if mapping(manifest.value, key):
                message = f"{key} is in the repository in clear: whoever reads it has the secret"
                yield Hit(manifest, (key,), message)
    for made in repository.generated:
        if made.kind == "Secret":
            message = f"secretGenerator: the values of {made.name} are in the repository in clear"
            yield Hit(made.file, made.place, message)


_SECRET_VARIABLE = re.compile(r"(?:^|_)(?:PASSWORD|PASSWD|TOKEN|SECRET)$")
_SECRET_VALUE = re.compile(
    r"(?:admin|root|user)?password|passwd|token|secret_?key|internal_token|(?:lfs_)?jwt_secret", re.IGNORECASE
)
_CREDENTIALS_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s:$]*:[^/@\s$]+@")


@rule(
    "plain-secret-value",
    "A password or token written where a reference belongs",
    severity="warning",
    consequence="Everyone who can read the repository, today or in its history, has it.",
    mend="Take it from a Secret: valueFrom.secretKeyRef in a pod, valuesFrom or the chart's own key in a HelmRelease.",
)
def plain_secret_value(repository: Repository) -> Iterator[Hit]:
    """Environment variables and Helm values that look like a secret and have a literal value."""
    for workload in workloads(repository):
        for container in workload.containers:
            for position, item in entries(container.value, "env"):
                name, value = str(item.get("name", "")), item.get("value")
                if isinstance(value, str) and _is_secret(name, value):
                    message = f"container {container.label}: env {name} has a literal value: it is no secret"
                    yield Hit(workload.manifest, (*container.place, "env", position), message)
    for manifest in repository.of("HelmRelease"):
        for place, value in texts(mapping(manifest.spec, "values"), ("spec", "values")):
            if _SECRET_VALUE.fullmatch(str(place[-1])) or _CREDENTIALS_IN_URL.match(value):
                message = f"{field_of(place)} has a literal value: it is no secret"
                yield Hit(manifest, place, message)


def _is_secret(name: str, value: str) -> bool:
    literal = bool(value) and "$(" not in value and not value.startswith(("/", "file:"))
    return literal and bool(_SECRET_VARIABLE.search(name) or _CREDENTIALS_IN_URL.match(value))


def texts(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Every non-empty text within `value`, with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*place, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from texts(item, (*place, position))
    elif isinstance(value, str) and value:
        yield place, value
