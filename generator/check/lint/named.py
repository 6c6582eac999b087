"""Rules on what is named but not there: Secrets, ConfigMaps, claims, accounts, roles."""

from __future__ import annotations

from collections.abc import Container, Iterator

from generator import contract
from generator.check.lint.known import known
from generator.check.lint.references import Reference, references
from generator.check.lint.registry import Hit, rule
from generator.check.repository.objects import Repository, dig, mapping

# Kubernetes puts these into every namespace.
_IN_EVERY_NAMESPACE = {"ConfigMap": "kube-root-ca.crt", "ServiceAccount": "default"}


def _dangling(repository: Repository, kind: str) -> Iterator[Reference]:
    """References to objects of `kind` that nothing makes, as far as one can know."""
    made = known(repository)
    others: dict[str, Container[tuple[str, str]]] = {
        "Secret": made.secrets,
        "ConfigMap": made.config_maps,
        "PersistentVolumeClaim": made.claims,
    }
    for item in references(repository):
        if item.kind != kind or item.namespace in made.opaque or _IN_EVERY_NAMESPACE.get(kind) == item.name:
            continue
        there = (item.namespace, item.name) in others.get(kind, ())
        if not there and repository.find(kind, item.namespace, item.name) is None:
            yield item


def _hit(item: Reference, outcome: str) -> Hit:
    target = f"{item.kind} {item.namespace}/{item.name}"
    return Hit(item.manifest, item.place, f"{item.field} names {target}, which nothing makes: {outcome}")


@rule(
    "secret-missing",
    "A Secret that nothing makes",
    consequence="Pods stay in CreateContainerConfigError or ContainerCreating; Flux objects stay not ready.",
    mend="Correct the name, mark the reference optional, or use a Secret that bootstrap makes "
    f"({', '.join(secret.name for secrets in contract.SECRETS.values() for secret in secrets)}).",
)
def secret_missing(repository: Repository) -> Iterator[Hit]:
    """Beside those in the tree, bootstrap's and generators' are there."""
    for item in _dangling(repository, "Secret"):
        yield _hit(item, "what needs it never starts")


@rule(
    "config-map-missing",
    "A ConfigMap that nothing makes",
    consequence="Pods stay in CreateContainerConfigError or ContainerCreating; Flux objects stay not ready.",
    mend="Correct the name, add the ConfigMap, or mark the reference optional.",
)
def config_map_missing(repository: Repository) -> Iterator[Hit]:
    """Beside those in the tree, generators' are there."""
    for item in _dangling(repository, "ConfigMap"):
        yield _hit(item, "what needs it never starts")


@rule(
    "claim-missing",
    "A PersistentVolumeClaim that nothing makes",
    consequence="The pod stays Pending: it cannot be placed on a node.",
    mend="Correct the name, or add the claim.",
)
def claim_missing(repository: Repository) -> Iterator[Hit]:
    """Beside those in the tree, charts' are there."""
    for item in _dangling(repository, "PersistentVolumeClaim"):
        yield _hit(item, "the pod stays Pending")


@rule(
    "service-account-missing",
    "A ServiceAccount that nothing makes",
    consequence="The pod is refused, silently: the Deployment makes none; Flux cannot act in its name.",
    mend="Correct the name, or add the ServiceAccount.",
)
def service_account_missing(repository: Repository) -> Iterator[Hit]:
    """Every namespace has `default`."""
    for item in _dangling(repository, "ServiceAccount"):
        yield _hit(item, "no pod is made, and nothing is applied in its name")


@rule(
    "key-missing",
    "A key that the Secret or ConfigMap does not have",
    consequence="The container stays in CreateContainerConfigError.",
    mend="Correct the key.",
)
def key_missing(repository: Repository) -> Iterator[Hit]:
    """Keys of bootstrap's Secrets, and of Secrets and ConfigMaps in the tree."""
    for item in references(repository):
        keys = _keys(repository, item)
        if item.key and keys and item.key not in keys:
            yield Hit(
                item.manifest,
                item.place,
                f"{item.field} needs the key {item.key} of {item.kind} {item.namespace}/{item.name}, which has "
                f"{', '.join(sorted(keys))}: the container never starts",
            )


def _keys(repository: Repository, item: Reference) -> set[str]:
    """The keys of what is referred to; none if they are not known."""
    there = repository.find(item.kind, item.namespace, item.name)
    if there is not None:
        return {str(key) for part in ("data", "stringData", "binaryData") for key in mapping(there.value, part)}
    if item.kind == "Secret":
        return set(known(repository).secrets.get((item.namespace, item.name), ()))
    return set()


@rule(
    "role-missing",
    "A binding to a Role that is not there",
    consequence="The account has no rights, and the API server does not say so until it is used.",
    mend="Correct roleRef, or add the Role.",
)
def role_missing(repository: Repository) -> Iterator[Hit]:
    """Roles of the same namespace. ClusterRoles may come from Kubernetes or a chart, and are not judged."""
    for manifest in repository.of("RoleBinding"):
        kind, name = dig(manifest.value, "roleRef", "kind"), str(dig(manifest.value, "roleRef", "name"))
        if kind != "Role" or manifest.namespace in known(repository).opaque:
            continue
        if repository.find("Role", manifest.namespace, name) is None:
            yield Hit(
                manifest,
                ("roleRef",),
                f"roleRef names Role {manifest.namespace}/{name}, which is not there: the binding gives no right",
            )
