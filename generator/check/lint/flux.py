"""Rules on Flux's Kustomizations: their path, their source, how they wait; and on Flux's API versions."""

from __future__ import annotations

from collections.abc import Iterator

from generator import versions
from generator.check.lint.order import dependencies, ordered
from generator.check.lint.registry import Hit, rule
from generator.check.repository.manifests import is_own_source, path_of
from generator.check.repository.objects import Manifest, Repository, dig


@rule(
    "kustomization-path",
    "A Kustomization's path is not there",
    consequence="Flux finds no folder of that name: `kustomization path not found`, and nothing is applied.",
    mend="Correct spec.path; it begins at the repository's root.",
)
def kustomization_path(repository: Repository) -> Iterator[Hit]:
    """Only for those whose source is the cluster's own repository."""
    for manifest in repository.of("Kustomization"):
        if not is_own_source(manifest.value, manifest.namespace):
            continue
        folder = path_of(manifest.value)
        written = manifest.spec.get("path", "./")
        if folder is None:
            reason = "leads out of the repository"
        elif not (repository.root / folder).is_dir():
            reason = "is no folder of the repository"
        else:
            continue
        yield Hit(manifest, ("spec", "path"), f"spec.path: {written} {reason}: Flux applies nothing from it")


@rule(
    "source-missing",
    "sourceRef names a source that is not there",
    consequence="Flux has nothing to take files or charts from: the object stays `not ready: source not found`.",
    mend="Add the source, or correct kind, name and namespace of the reference.",
)
def source_missing(repository: Repository) -> Iterator[Hit]:
    """sourceRef of Kustomizations, of charts, and chartRef."""
    places = (("sourceRef",), ("chart", "spec", "sourceRef"), ("chartRef",))
    for manifest in repository.of("Kustomization", "HelmRelease", "HelmChart", "ImageUpdateAutomation"):
        for place in places:
            ref = dig(manifest.spec, *place)
            if not isinstance(ref, dict):
                continue
            kind, name = str(ref.get("kind")), str(ref.get("name"))
            namespace = str(ref.get("namespace") or manifest.namespace)
            if repository.find(kind, namespace, name) is None and not _made_by_root(repository, manifest):
                field = ".".join(("spec", *place))
                yield Hit(
                    manifest,
                    ("spec", *place),
                    f"{field} names {kind} {namespace}/{name}, which is not there: it never becomes ready",
                )


def _made_by_root(repository: Repository, manifest: Manifest) -> bool:
    """The cluster's own source, in a tree that has no gotk-sync.yaml yet."""
    own = is_own_source(manifest.value, manifest.namespace)
    return own and not any(True for _ in repository.of("GitRepository"))


@rule(
    "kustomization-no-wait",
    "Others depend on a Kustomization that does not wait",
    severity="warning",
    consequence="It counts as ready once its objects are sent, so that what depends on it starts before they run.",
    mend="Set spec.wait: true, or list spec.healthChecks.",
)
def kustomization_no_wait(repository: Repository) -> Iterator[Hit]:
    """Only where something depends on it."""
    wanted = {node for item in repository.of("Kustomization") for _, node in dependencies(item)}
    for node in sorted(wanted):
        manifest = ordered(repository).get(node)
        if manifest and not (manifest.spec.get("wait") is True or manifest.spec.get("healthChecks")):
            yield Hit(
                manifest,
                ("spec",),
                "spec.wait is not true while others depend on this: they start before its objects are healthy",
            )


@rule(
    "kustomization-no-prune",
    "A Kustomization that never deletes",
    severity="warning",
    consequence="What is removed from Git stays in the cluster for ever.",
    mend="Set spec.prune: true, and protect data by annotation.",
)
def kustomization_no_prune(repository: Repository) -> Iterator[Hit]:
    """spec.prune must be true."""
    for manifest in repository.of("Kustomization"):
        if manifest.spec.get("prune") is not True:
            message = "spec.prune is not true: what is removed from Git stays in the cluster"
            yield Hit(manifest, ("spec", "prune"), message)


@rule(
    "kustomization-no-timeout",
    "A Kustomization that waits without a time-out of its own",
    severity="warning",
    consequence="It waits for its whole interval before it says what is wrong.",
    mend="Set spec.timeout.",
)
def kustomization_no_timeout(repository: Repository) -> Iterator[Hit]:
    """spec.timeout defaults to the interval."""
    for manifest in repository.of("Kustomization"):
        waits = manifest.spec.get("wait") or manifest.spec.get("healthChecks")
        if waits and "timeout" not in manifest.spec:
            message = "spec.timeout is not set: a failure shows only after the whole interval"
            yield Hit(manifest, ("spec",), message)


@rule(
    "flux-api-version",
    "An API version that the chosen Flux does not serve",
    consequence="The API server answers `no matches for kind`, and the whole Kustomization fails.",
    mend="Render again, or write the apiVersion that this Flux serves.",
)
def flux_api_version(repository: Repository) -> Iterator[Hit]:
    """Judged by the Flux version in raibid.lock."""
    try:
        minor = versions.flux_minor(repository.versions.get("flux", ""))
    except versions.UnknownVersionError:
        return
    current = versions.flux_api_versions(f"v2.{minor}.0")
    for manifest in repository.applied:
        group = manifest.group
        if not group.endswith(".toolkit.fluxcd.io") or _served(manifest.kind, manifest.api_version, minor):
            continue
        hint = current.get(manifest.kind)
        yield Hit(
            manifest,
            ("apiVersion",),
            f"apiVersion: Flux 2.{minor} does not serve {manifest.api_version} {manifest.kind}: it is refused",
            f"Write apiVersion: {hint}." if hint else "",
        )


def _served(kind: str, api_version: str, minor: int) -> bool:
    removed = versions.FLUX_API_REMOVED.get(api_version)
    if removed is not None:
        return minor < removed
    since = [first for first, api in versions.FLUX_API_VERSIONS.get(kind, ()) if api == api_version]
    return kind not in versions.FLUX_API_VERSIONS or any(first <= minor for first in since)
