"""Rules on files and objects as such: read, listed, applied once, in a namespace that is there."""

from __future__ import annotations

from collections.abc import Iterator

from generator import contract
from generator.check.finding import Finding
from generator.check.lint.registry import RULES, Hit, Rule, once, rule
from generator.check.repository.manifests import CLUSTER_WIDE
from generator.check.repository.objects import Manifest, Owner, Repository, field_of

UNREADABLE = "unreadable-file"


def _unreadable(repository: Repository) -> Iterator[Finding]:
    yield from repository.problems


# The loader makes these findings itself: it is there that the text is read.
RULES[UNREADABLE] = Rule(
    UNREADABLE,
    "A file that is not YAML",
    "error",
    "Flux cannot build the folder, and applies nothing of it until the file is mended.",
    "Correct the YAML.",
    _unreadable,
)


@rule(
    "resource-missing",
    "kustomization.yaml names a file or folder that is not there",
    consequence="Flux cannot build the folder, and applies nothing of it.",
    mend="Correct the path, or remove the entry.",
)
def resource_missing(repository: Repository) -> Iterator[Hit]:
    """Every path in a kustomization.yaml must lead to something."""
    for item in repository.missing:
        yield Hit(
            item.file, item.place, f"{field_of(item.place)} names {item.reason}: Flux applies nothing of this folder"
        )


@rule(
    "not-applied",
    "A manifest that no Kustomization applies",
    severity="warning",
    consequence="The file looks like part of the cluster, but its objects are not made and not changed.",
    mend="List it in its folder's kustomization.yaml, or remove the file.",
)
def not_applied(repository: Repository) -> Iterator[Hit]:
    """Files in the cluster's folder that Flux does not come to; a whole folder is told once."""
    unreached = [file for file in repository.kustomizations if not file.reached]
    folders = {file.folder for file in unreached}
    for file in unreached:
        if not _within(file.folder.rpartition("/")[0], folders):
            yield Hit(
                file,
                (),
                "no Kustomization applies this folder: nothing in it is in the cluster",
                _mend_of_folder(file.folder),
            )
    seen: set[str] = set()
    for manifest in repository.manifests:
        if manifest.owners or manifest.path in seen or not manifest.api_version:
            continue
        seen.add(manifest.path)
        if not _within(manifest.path.rpartition("/")[0], folders):
            yield Hit(manifest, (), "no kustomization.yaml lists this file: its objects are not in the cluster")


def _mend_of_folder(folder: str) -> str:
    if f"/{contract.OVERLAYS_FOLDER}/" in f"/{folder}/":
        return (
            f"Run `{contract.PROGRAM} render`. It applies a folder that has a component's name; list any other one in "
            f"{contract.OVERLAYS_FOLDER}/kustomization.yaml."
        )
    return "Name the folder in the kustomization.yaml above it or in a Flux Kustomization, or remove it."


def _within(folder: str, folders: set[str]) -> bool:
    """Whether `folder` is one of `folders` or lies below one."""
    while folder:
        if folder in folders:
            return True
        folder = folder.rpartition("/")[0]
    return "" in folders


@rule(
    "duplicate-object",
    "The same object is applied twice",
    consequence="Within one Kustomization the build fails; between two, each undoes the other's work for ever, "
    "and removing one deletes the object of the other.",
    mend="Keep it in one place.",
)
def duplicate_object(repository: Repository) -> Iterator[Hit]:
    """Same group, kind, namespace and name; or one file applied through two ways."""
    first: dict[tuple[str, str, str, str], Manifest] = {}
    for manifest in repository.applied:
        key = (manifest.group, manifest.kind, manifest.namespace, manifest.name)
        other = first.setdefault(key, manifest)
        if other is not manifest:
            yield Hit(
                manifest,
                ("metadata", "name"),
                f"metadata.name: the same object stands in {other.path}:{other.line}: {_fight(manifest, other)}",
            )
        elif len(manifest.owners) > 1:
            yield Hit(
                manifest,
                ("metadata", "name"),
                f"metadata.name: the file is applied by {_owners(manifest.owners)}: {_fight(manifest, manifest)}",
                "Let one Kustomization apply the file.",
            )


def _fight(one: Manifest, other: Manifest) -> str:
    if len({*one.owners, *other.owners}) == 1:
        return "the build fails, and nothing of the Kustomization is applied"
    return "two Kustomizations overwrite each other, and pruning one deletes the object of the other"


def _owners(owners: tuple[Owner, ...]) -> str:
    names = [f"Kustomization {namespace}/{name}" for namespace, name in sorted(set(owners))]
    return " and ".join(names) if len(names) > 1 else f"{names[0]} {len(owners)} times"


@once
def cluster_wide_kinds(repository: Repository) -> frozenset[str]:
    """Kinds without a namespace, those of the tree's own definitions included."""
    own = (item.spec for item in repository.of("CustomResourceDefinition"))
    kinds = [spec.get("names", {}).get("kind") for spec in own if spec.get("scope") == "Cluster"]
    return CLUSTER_WIDE | {kind for kind in kinds if isinstance(kind, str)}


# Groups whose kinds all have a namespace unless they are in CLUSTER_WIDE; of others we do not know.
_KNOWN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy", "keda.sh"})
_KNOWN_SUFFIXES = (".k8s.io", ".toolkit.fluxcd.io")


@rule(
    "namespace-not-set",
    "A namespaced object without a namespace",
    consequence="Flux refuses the Kustomization: `namespace not specified`.",
    mend="Set metadata.namespace, or namespace in kustomization.yaml.",
)
def namespace_not_set(repository: Repository) -> Iterator[Hit]:
    """Flux sets no default namespace."""
    wide = cluster_wide_kinds(repository)
    for manifest in repository.applied:
        group = manifest.group
        known_group = group in _KNOWN_GROUPS or group.endswith(_KNOWN_SUFFIXES)
        if not manifest.namespace and known_group and manifest.kind not in wide:
            yield Hit(
                manifest,
                ("metadata",),
                "metadata.namespace is not set: Flux refuses the whole Kustomization",
            )


@rule(
    "namespace-missing",
    "A namespace that nothing creates",
    consequence="The API server refuses the object, and the Kustomization fails on every try.",
    mend="Add a Namespace manifest, or correct metadata.namespace.",
)
def namespace_missing(repository: Repository) -> Iterator[Hit]:
    """Every namespace that is used must be in the tree, but for those of Kubernetes and Flux's own."""
    there = {manifest.name for manifest in repository.of("Namespace")}
    there.update(("", contract.FLUX_NAMESPACE, *contract.SYSTEM_NAMESPACES))
    told: set[str] = set()
    for manifest in repository.applied:
        if manifest.namespace not in there and manifest.namespace not in told:
            told.add(manifest.namespace)
            yield Hit(
                manifest,
                ("metadata", "namespace"),
                f"metadata.namespace: nothing in the tree creates the namespace {manifest.namespace}: "
                "its objects are refused",
            )
