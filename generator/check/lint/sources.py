"""Rules on where Flux takes files, charts and images from."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.check.lint.registry import Hit, rule
from generator.check.repository.objects import Repository, dig, mapping

# Parts of a URL that fix what it leads to.
_PINNED = ("ref=", "version=", "/releases/download/")


def is_inside(url: str) -> bool:
    """Whether a URL leads to something in the cluster or on the same machine."""
    host = urlsplit(url).hostname or ""
    # The cluster's domain may be any: `name.namespace.svc.<domain>`.
    return ".svc." in f"{host}." or "." not in host or host.startswith("127.")


@rule(
    "git-url-plain-http",
    "A Git source outside the cluster over plain http",
    severity="warning",
    consequence="Name, password and every file cross the network in clear, and anyone on the way can change them.",
    mend="Use https or ssh.",
)
def git_url_plain_http(repository: Repository) -> Iterator[Hit]:
    """http is for sources within the cluster."""
    for manifest in repository.of("GitRepository", "HelmRepository"):
        url = str(manifest.spec.get("url", ""))
        if url.startswith("http://") and not is_inside(url):
            message = f"spec.url: {url} is plain http: credentials and files cross the network in clear"
            yield Hit(manifest, ("spec", "url"), message)


@rule(
    "source-not-pinned",
    "A source that says no version, branch or tag",
    severity="warning",
    consequence="The cluster follows whatever is newest or called `master`: it changes without a commit here.",
    mend="Write a branch or tag for Git, an exact tag or digest for OCI, `?ref=` for a remote resource.",
)
def source_not_pinned(repository: Repository) -> Iterator[Hit]:
    """GitRepository without ref, OCIRepository without exact tag, remote resources of kustomize without ref."""
    for manifest in repository.of("GitRepository"):
        if not mapping(manifest.spec, "ref"):
            message = "spec.ref is not set: Flux takes the branch master, whatever the repository's own is"
            yield Hit(manifest, ("spec",), message)
    for manifest in repository.of("OCIRepository"):
        ref = mapping(manifest.spec, "ref")
        if not ref.get("digest") and ref.get("tag") in (None, "latest"):
            message = "spec.ref has no exact tag or digest: the cluster changes when somebody pushes"
            yield Hit(manifest, ("spec", "ref"), message)
    for file in repository.kustomizations:
        listed = file.value.get("resources")
        for position, url in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(url, str) and "://" in url and not any(mark in url for mark in _PINNED):
                message = f"resources[{position}]: {url} has no ?ref=: its content changes without a commit"
                yield Hit(file, ("resources", position), message)


@rule(
    "sops-no-decryption",
    "An encrypted Secret that nothing decrypts",
    consequence="Flux applies the encrypted text as it is, or is refused: programs read rubbish for a password.",
    mend="Set spec.decryption.provider: sops and its secretRef on the Kustomization.",
)
def sops_no_decryption(repository: Repository) -> Iterator[Hit]:
    """A file with sops metadata needs a Kustomization with spec.decryption."""
    for manifest in repository.applied:
        if "sops" not in manifest.value:
            continue
        for namespace, name in dict.fromkeys(manifest.owners):
            owner = repository.find("Kustomization", namespace, name)
            if owner is not None and dig(owner.spec, "decryption", "provider") != "sops":
                yield Hit(
                    manifest,
                    ("sops",),
                    f"sops: {owner.subject}, which applies it, has no spec.decryption: "
                    "the text stays encrypted in the cluster",
                )
