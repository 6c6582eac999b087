"""What is in the cluster without lying in the tree: the work of charts, of bootstrap, of Kubernetes itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator import contract
from generator.check.lint.registry import once
from generator.check.repository.manifests import is_own_source
from generator.check.repository.objects import Repository, dig, entries

Name = tuple[str, str]
"""Namespace and name."""


@dataclass
class Known:
    """By namespace and name. `opaque` are namespaces into which something unseen puts objects too."""

    services: dict[Name, tuple[int, ...]] = field(default_factory=dict)
    claims: set[Name] = field(default_factory=set)
    workloads: set[Name] = field(default_factory=set)
    pods: list[contract.Peer] = field(default_factory=list)
    secrets: dict[Name, tuple[str, ...]] = field(default_factory=dict)
    config_maps: set[Name] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)


@once
def known(repository: Repository) -> Known:
    """What charts in the tree, bootstrap and kustomize's generators make."""
    result = Known(opaque=set(contract.SYSTEM_NAMESPACES))
    for namespace, secrets in contract.SECRETS.items():
        for secret in secrets:
            result.secrets[repository.resolve(namespace), secret.name] = secret.keys
    for made in repository.generated:
        if made.kind == "ConfigMap":
            result.config_maps.add((made.namespace, made.name))
        else:
            result.secrets[made.namespace, made.name] = ()
    _add_releases(repository, result)
    _add_foreign(repository, result)
    return result


def release_name(value: object) -> str:
    """The name of the Helm release that a HelmRelease makes, as its objects are called by."""
    return str(dig(value, "spec", "releaseName") or dig(value, "metadata", "name") or "")


def release_namespace(value: object, namespace: str) -> str:
    """Where the objects of a HelmRelease in `namespace` go."""
    return str(dig(value, "spec", "targetNamespace") or namespace)


def _add_releases(repository: Repository, result: Known) -> None:
    for manifest in repository.of("HelmRelease"):
        namespace = release_namespace(manifest.value, manifest.namespace)
        objects = contract.CHART_OBJECTS.get(release_name(manifest.value))
        if objects is None:
            result.opaque.add(namespace)
            continue
        result.services.update({(namespace, name): ports for name, ports in objects.services.items()})
        result.claims.update((namespace, name) for name in objects.claims)
        result.workloads.update((namespace, name) for name in objects.workloads)
        result.pods.extend(contract.Peer(namespace, peer.labels) for peer in objects.pods)
        for _, extra in entries(manifest.spec, "values", "extraDeploy"):
            name = str(dig(extra, "metadata", "name") or "")
            if extra.get("kind") == "Service":
                result.services[namespace, name] = ()


def _add_foreign(repository: Repository, result: Known) -> None:
    """A Kustomization from another repository, a tenant's for instance, fills its namespace unseen."""
    for manifest in repository.of("Kustomization"):
        if not is_own_source(manifest.value, manifest.namespace):
            result.opaque.add(str(manifest.spec.get("targetNamespace") or manifest.namespace))
