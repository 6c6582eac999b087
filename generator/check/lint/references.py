"""What objects name: every reference to a Secret, ConfigMap, claim or ServiceAccount, found once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.lint.known import release_namespace
from generator.check.lint.registry import once
from generator.check.lint.workloads import Workload, own_workloads
from generator.check.repository.objects import Manifest, Place, Repository, dig, entries, field_of, mapping


class Reference(NamedTuple):
    """`manifest` names at `place` an object of `kind`; `key` is the key in it that it needs, "" for any."""

    manifest: Manifest
    place: Place
    kind: str
    namespace: str
    name: str
    key: str = ""

    @property
    def field(self) -> str:
        """The place for people."""
        return field_of(self.place)


@once
def references(repository: Repository) -> list[Reference]:
    """Every reference that is not optional."""
    found = [item for workload in own_workloads(repository) for item in _of_pods(workload)]
    for manifest in repository.applied:
        of_kind = _BY_KIND.get(manifest.kind)
        if of_kind is not None:
            found.extend(of_kind(manifest))
    return found


def _one(manifest: Manifest, place: Place, kind: str, value: Any, name_key: str = "name") -> Iterator[Reference]:
    """The reference in the mapping `value`, unless it is optional or names nothing."""
    name = dig(value, name_key)
    if isinstance(name, str) and name and dig(value, "optional") is not True:
        key = dig(value, "key")
        yield Reference(manifest, place, kind, manifest.namespace, name, key if isinstance(key, str) else "")


def _of_pods(workload: Workload) -> Iterator[Reference]:
    manifest = workload.manifest
    for position, item in entries(workload.spec, "imagePullSecrets"):
        yield from _one(manifest, workload.place("imagePullSecrets", position), "Secret", item)
    if workload.account != "default":
        yield Reference(
            manifest,
            workload.place("serviceAccountName"),
            "ServiceAccount",
            workload.namespace,
            workload.account,
        )
    for position, volume in entries(workload.spec, "volumes"):
        yield from _of_volume(workload, volume, workload.place("volumes", position))
    for container in workload.containers:
        for position, item in entries(container.value, "env"):
            place = (*container.place, "env", position)
            source = mapping(item, "valueFrom")
            yield from _one(manifest, place, "Secret", source.get("secretKeyRef"))
            yield from _one(manifest, place, "ConfigMap", source.get("configMapKeyRef"))
        for position, item in entries(container.value, "envFrom"):
            place = (*container.place, "envFrom", position)
            yield from _one(manifest, place, "Secret", item.get("secretRef"))
            yield from _one(manifest, place, "ConfigMap", item.get("configMapRef"))


def _of_volume(workload: Workload, volume: dict[str, Any], place: Place) -> Iterator[Reference]:
    manifest = workload.manifest
    for source, at in ((volume, place), *_projected(volume, place)):
        named = "name" if source is not volume else "secretName"
        for found in _one(manifest, at, "Secret", source.get("secret"), named):
            keys = [str(item.get("key")) for _, item in entries(source, "secret", "items")]
            yield from (found._replace(key=key) for key in keys or [""])
        for found in _one(manifest, at, "ConfigMap", source.get("configMap")):
            keys = [str(item.get("key")) for _, item in entries(source, "configMap", "items")]
            yield from (found._replace(key=key) for key in keys or [""])
    claim = volume.get("persistentVolumeClaim")
    yield from _one(manifest, place, "PersistentVolumeClaim", claim, "claimName")


def _projected(volume: dict[str, Any], place: Place) -> Iterator[tuple[dict[str, Any], Place]]:
    for position, source in entries(volume, "projected", "sources"):
        yield source, (*place, "projected", "sources", position)


def _of_account(manifest: Manifest) -> Iterator[Reference]:
    for position, item in entries(manifest.value, "imagePullSecrets"):
        yield from _one(manifest, ("imagePullSecrets", position), "Secret", item)


def _of_trigger_authentication(manifest: Manifest) -> Iterator[Reference]:
    for key, kind in (("secretTargetRef", "Secret"), ("configMapTargetRef", "ConfigMap")):
        for position, item in entries(manifest.spec, key):
            yield from _one(manifest, ("spec", key, position), kind, item)


def _of_flux(manifest: Manifest) -> Iterator[Reference]:
    """secretRef of sources, Receivers and Providers, of decryption and of another cluster's kubeconfig."""
    for steps in (("secretRef",), ("certSecretRef",), ("decryption", "secretRef"), ("kubeConfig", "secretRef")):
        ref = dig(manifest.spec, *steps)
        if isinstance(ref, dict):
            # `key` of a kubeconfig's reference has a default of its own.
            yield from _one(manifest, ("spec", *steps), "Secret", {"name": ref.get("name")})
    account = manifest.spec.get("serviceAccountName")
    if isinstance(account, str) and account:
        yield Reference(manifest, ("spec", "serviceAccountName"), "ServiceAccount", manifest.namespace, account)
    for position, item in entries(manifest.spec, "postBuild", "substituteFrom"):
        place = ("spec", "postBuild", "substituteFrom", position)
        yield from _one(manifest, place, str(item.get("kind")), item)


def _of_release(manifest: Manifest) -> Iterator[Reference]:
    yield from _of_flux(manifest)
    for position, item in entries(manifest.spec, "valuesFrom"):
        for found in _one(manifest, ("spec", "valuesFrom", position), str(item.get("kind")), item):
            key = item.get("valuesKey", "values.yaml")
            yield found._replace(key=str(key))
    namespace = release_namespace(manifest.value, manifest.namespace)
    for found in _in_values(manifest, mapping(manifest.spec, "values"), ("spec", "values")):
        yield found._replace(namespace=namespace)


_EXISTING_SECRET = re.compile(r"existing\w*Secret(Name)?|\w+ExistingSecret", re.IGNORECASE)


def _in_values(manifest: Manifest, value: Any, place: Place) -> Iterator[Reference]:
    """What charts' values call existingSecret, usersExistingSecret, existingClaim, secretKeyRef and so on."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _in_values(manifest, item, (*place, position))
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        here = (*place, key)
        if isinstance(item, str) and item and _EXISTING_SECRET.fullmatch(str(key)):
            yield Reference(manifest, here, "Secret", "", item)
        elif isinstance(item, str) and item and key == "existingClaim":
            yield Reference(manifest, here, "PersistentVolumeClaim", "", item)
        elif key == "secretKeyRef":
            yield from _one(manifest, here, "Secret", item)
        elif key == "configMapKeyRef":
            yield from _one(manifest, here, "ConfigMap", item)
        else:
            yield from _in_values(manifest, item, here)


_BY_KIND = {
    "ServiceAccount": _of_account,
    "TriggerAuthentication": _of_trigger_authentication,
    "GitRepository": _of_flux,
    "HelmRepository": _of_flux,
    "OCIRepository": _of_flux,
    "Bucket": _of_flux,
    "Receiver": _of_flux,
    "Provider": _of_flux,
    "Kustomization": _of_flux,
    "HelmRelease": _of_release,
}
