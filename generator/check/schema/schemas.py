"""Which of the vendored JSON Schemas fit a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from generator.contract import LOCK_FILE, OVERLAYS_FOLDER, PROGRAM
from generator.errors import ConfigError
from generator.lock import read_lock
from generator.versions import CURRENT

FOLDER: Final = Path(str(files("generator") / "schemas"))
# A user's schemas for custom resources of their own, in the same layout as the vendored ones.
USER_FOLDER: Final = f"{OVERLAYS_FOLDER}/schemas"
_FILE: Final = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
_TITLES: Final = {"kubernetes": "Kubernetes", "flux": "Flux", "keda": "KEDA"}


class Versions(NamedTuple):
    """What a cluster consists of. `pinned` is False where no lock says so and the current set is assumed."""

    kubernetes: str
    flux: str
    keda: str
    pinned: bool


def read_versions(cluster: Path) -> Versions:
    """The versions that the cluster's raibid.lock names, or the current set. Raises ConfigError."""
    path = cluster / LOCK_FILE
    lock = read_lock(path)
    if lock is None:
        return Versions(CURRENT.k3s, CURRENT.flux, CURRENT.keda, pinned=False)
    try:
        kubernetes, flux, keda = (_text(lock.versions, key) for key in ("kubernetes", "flux", "keda"))
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"{path}: names no usable versions ({error}); write it anew with `{PROGRAM} render`"
        ) from None
    return Versions(kubernetes, flux, keda, pinned=True)


def _text(versions: Mapping[str, str], key: str) -> str:
    minor(versions[key])
    return versions[key]


def minor(version: str) -> int:
    """N of a version 1.N, v1.N.P or v2.N.P. Raises ValueError."""
    match = re.match(r"v?\d+\.(\d+)", version)
    if not match:
        raise ValueError(f"{version} is not a version")
    return int(match[1])


def choose(available: Sequence[str], version: str) -> list[str]:
    """The sets to look into, best first.

    An exact set stands alone: an older or newer one would pass what this version does not serve. Without it, the
    nearest newer set comes first, because fields are added over time and one that this version has must pass; the
    others come after it, because a kind may have gone in between.
    """
    wanted = minor(version)
    newer = [name for name in available if minor(name) >= wanted]
    best = min(newer, key=minor) if newer else max(available, key=minor)
    if minor(best) == wanted:
        return [best]
    return [best, *(name for name in available if name != best)]


def locations(versions: Versions, cluster: Path) -> list[str]:
    """kubeconform's -schema-location templates for a cluster."""
    folders = [FOLDER / kind / name for kind, names in _chosen(versions).items() for name in names]
    if (cluster / USER_FOLDER).is_dir():
        folders.append(cluster / USER_FOLDER)
    return [f"{_escape(folder)}/{_FILE}" for folder in folders]


def describe(versions: Versions) -> str:
    """The vendored sets in use, such as `Kubernetes v1.36, Flux v2.9 and KEDA v2.21`."""
    chosen = _chosen(versions)
    used = [f"{title} {chosen[kind][0]}" for kind, title in _TITLES.items()]
    return f"{', '.join(used[:-1])} and {used[-1]}"


def other_versions(versions: Versions, kind: str, api_version: str) -> list[str]:
    """The other apiVersions of the same group in which the sets in use have the kind."""
    group, _, version = api_version.rpartition("/")
    own = schema_file(kind, api_version)
    found = set()
    for set_, names in _chosen(versions).items():
        for path in (FOLDER / set_ / names[0] / (group or version)).glob(f"{kind.lower()}_*.json"):
            if path.name != own.name:
                found.add(f"{group}/{path.stem.rpartition('_')[2]}".lstrip("/"))
    return sorted(found)


def schema_file(kind: str, api_version: str) -> PurePosixPath:
    """Where kubeconform looks for a kind's schema below a folder of schemas."""
    group, _, version = api_version.rpartition("/")
    return PurePosixPath(group or version, f"{kind.lower()}_{version}.json")


def _chosen(versions: Versions) -> dict[str, list[str]]:
    """The sets of each kind, best first. Of kinds whose version no lock names, all of them, newest first."""
    chosen = {}
    for folder in sorted(each for each in FOLDER.iterdir() if each.is_dir()):
        available = sorted((each.name for each in folder.iterdir()), key=minor, reverse=True)
        wanted = getattr(versions, folder.name, None)
        chosen[folder.name] = choose(available, wanted) if wanted else available
    return chosen


def _escape(folder: Path) -> str:
    """A path as text inside a Go template."""
    return str(folder.absolute()).replace("{{", '{{"{{"}}')
