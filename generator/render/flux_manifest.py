"""Flux's install manifest: carried along, given by the user, or fetched from the release and then pinned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from generator import contract, versions
from generator.config import Config
from generator.disk import digest, expanded
from generator.errors import ConfigError, OutsideError
from generator.lock import read_lock

MANIFEST_PLACE = f"{contract.FLUX_NAMESPACE}/gotk-components.yaml"
"""Where it is rendered to, in the cluster's folder; `flux bootstrap` calls it so."""
_CARRIED = Path(__file__).parents[1] / "components"
_RELEASE = "https://github.com/fluxcd/flux2/releases/download/{version}/install.yaml"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class FluxManifest:
    """`source` is a URL, a file's path as config.yaml gives it, or raibid-gen itself."""

    text: str
    source: str
    sha256: str


def flux_manifest(config: Config, repository: Path) -> FluxManifest:
    """The manifest for this cluster, with the controllers of `flux.components` only.

    A URL is fetched once: raibid.lock pins its SHA-256, and while the rendered file is as pinned it is used again.
    Raises ConfigError (no such file, or the source has changed since it was pinned) and OutsideError (network).
    """
    carried = _CARRIED / f"flux-{config.flux.version}.yaml"
    if config.flux.manifest is None and config.flux.version in versions.FLUX_CONTROLLERS:
        return _manifest(_chosen(carried.read_text("utf-8"), config), contract.PROGRAM)
    source = config.flux.manifest or _RELEASE.format(version=config.flux.version)
    if not source.startswith(("http://", "https://")):
        return _manifest(_from_file(repository / expanded(source)), source)
    pinned = _pinned(config, repository, source)
    if pinned and (kept := _from_tree(config, repository, pinned)) is not None:
        return FluxManifest(kept, source, pinned)
    fetched = _manifest(_fetch(source), source)
    if pinned not in (None, fetched.sha256):
        lock = f"{config.folder}/{contract.LOCK_FILE}"
        raise ConfigError(
            f"{source} is not what {lock} pins (SHA-256 {pinned}, now {fetched.sha256}); "
            "if that is meant, take the entry flux_manifest out of the lock"
        )
    return fetched


def _manifest(text: str, source: str) -> FluxManifest:
    return FluxManifest(text, source, digest(text.encode()))


def _chosen(text: str, config: Config) -> str:
    """The carried manifest without the controllers that are not wanted: everything labelled as theirs."""
    unwanted = [name for name in versions.FLUX_COMPONENTS if name not in config.flux.components]
    if not unwanted:
        return text
    labels = re.compile(rf"app\.kubernetes\.io/component: ({'|'.join(unwanted)})$", re.MULTILINE)
    return "\n---\n".join(document for document in text.split("\n---\n") if not labels.search(document))


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"flux.manifest: {path} cannot be read: {error}") from None


def _pinned(config: Config, repository: Path, source: str) -> str | None:
    lock = read_lock(repository / config.folder / contract.LOCK_FILE)
    entry = lock.facts.get("flux_manifest") if lock else None
    return entry.get("sha256") if isinstance(entry, dict) and entry.get("source") == source else None


def _from_tree(config: Config, repository: Path, pinned: str) -> str | None:
    path = repository / config.folder / MANIFEST_PLACE
    if not path.is_file():
        return None
    data = path.read_bytes()
    return data.decode() if digest(data) == pinned else None


def _fetch(url: str) -> str:
    import urllib.request  # slow to import, and hardly ever needed

    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response:  # noqa: S310 - only http and https come here
            return str(response.read().decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise OutsideError(f"{url} cannot be fetched: {reason}; save it and name the file in flux.manifest") from None
