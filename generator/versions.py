"""Which versions exist and fit together; the sources are the projects' own release notes and charts.

k3s v1.N.P+k3sM is Kubernetes 1.N. A Flux version is a set of controllers and of served API versions.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple


class VersionSet(NamedTuple):
    """Versions that fit each other. `gitea` and `redis` are chart versions."""

    k3s: str
    flux: str
    keda: str
    gitea: str
    redis: str


VERSION_SETS: Final[dict[str, VersionSet]] = {
    "seed": VersionSet("v1.28.5+k3s1", "v2.2.0", "2.12.0", "9.5.0", "0.11.0"),
    "current": VersionSet("v1.36.4+k3s1", "v2.9.5", "2.21.0", "12.7.0", "0.11.0"),
}
CURRENT: Final = VERSION_SETS["current"]

# Controllers of the Flux versions whose install manifest is vendored, with their image tags.
FLUX_CONTROLLERS: Final[dict[str, dict[str, str]]] = {
    "v2.2.0": {
        "source-controller": "v1.2.2",
        "kustomize-controller": "v1.2.0",
        "helm-controller": "v0.37.0",
        "notification-controller": "v1.2.2",
    },
    "v2.9.5": {
        "source-controller": "v1.9.5",
        "kustomize-controller": "v1.9.5",
        "helm-controller": "v1.6.4",
        "notification-controller": "v1.9.4",
    },
}
FluxComponent = Literal[
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
]
# What every install manifest that we carry has; the cluster needs the first three, the receiver the fourth.
FLUX_COMPONENTS: Final[tuple[FluxComponent, ...]] = (
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
)

# Kubernetes minors of 1.x that a Flux minor of 2.x was announced for: minimum to start, newest tested.
FLUX_KUBERNETES: Final[dict[int, tuple[int, int | None]]] = {
    2: (26, None),
    3: (28, 30),
    4: (28, 31),
    5: (30, 32),
    6: (31, 33),
    7: (32, 34),
    8: (33, 35),
    9: (33, 36),
}

# Kubernetes minors of 1.x that a KEDA minor of 2.x was tested on (https://keda.sh/docs/latest/operate/cluster/).
KEDA_KUBERNETES: Final[dict[int, tuple[int, int]]] = {
    12: (26, 28),
    13: (27, 29),
    14: (27, 29),
    15: (28, 30),
    16: (29, 31),
    17: (30, 32),
    18: (31, 33),
    19: (32, 34),
    20: (33, 35),
    21: (34, 36),
}
# KEDA 2.16 refuses activationLagCount 0, so that a single job would never start an agent.
KEDA_BROKEN_MINORS: Final = {16: "it refuses activationLagCount 0, so that one waiting job starts no agent"}

# Gitea's chart moved to OCI, and later changed the values of its dependencies (chart's own upgrade notes).
GITEA_CHART_OCI_SINCE: Final = (9, 6)
GITEA_CHART_VALKEY_SINCE: Final = (12, 0)
GITEA_APP_VERSIONS: Final[dict[str, str]] = {"9.5.0": "1.20.5", "12.7.0": "1.27.3"}

# API version of each Flux kind: the minor of 2.x from which it is served, newest last.
FLUX_API_VERSIONS: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "GitRepository": ((2, "source.toolkit.fluxcd.io/v1"),),
    "Kustomization": ((2, "kustomize.toolkit.fluxcd.io/v1"),),
    "Receiver": ((2, "notification.toolkit.fluxcd.io/v1"),),
    "HelmRelease": ((2, "helm.toolkit.fluxcd.io/v2beta2"), (3, "helm.toolkit.fluxcd.io/v2")),
    "HelmRepository": ((2, "source.toolkit.fluxcd.io/v1beta2"), (3, "source.toolkit.fluxcd.io/v1")),
    "HelmChart": ((2, "source.toolkit.fluxcd.io/v1beta2"), (3, "source.toolkit.fluxcd.io/v1")),
    "OCIRepository": ((2, "source.toolkit.fluxcd.io/v1beta2"), (6, "source.toolkit.fluxcd.io/v1")),
    "Bucket": ((2, "source.toolkit.fluxcd.io/v1beta2"), (5, "source.toolkit.fluxcd.io/v1")),
    "Alert": ((2, "notification.toolkit.fluxcd.io/v1beta3"),),
    "Provider": ((2, "notification.toolkit.fluxcd.io/v1beta3"),),
}
# Group/versions that a Flux minor no longer serves, by the minor of 2.x that removed them.
FLUX_API_REMOVED: Final[dict[str, int]] = {
    "source.toolkit.fluxcd.io/v1beta1": 7,
    "kustomize.toolkit.fluxcd.io/v1beta1": 7,
    "helm.toolkit.fluxcd.io/v2beta1": 7,
    "source.toolkit.fluxcd.io/v1beta2": 8,
    "kustomize.toolkit.fluxcd.io/v1beta2": 8,
    "helm.toolkit.fluxcd.io/v2beta2": 8,
    "notification.toolkit.fluxcd.io/v1beta1": 7,
    "notification.toolkit.fluxcd.io/v1beta2": 9,
}

# Versions of the vendored schemas, by the folder in generator/schemas/.
SCHEMA_SETS: Final[dict[str, tuple[str, ...]]] = {
    "kubernetes": ("v1.28", "v1.36"),
    "flux": ("v2.2", "v2.9"),
    "keda": ("v2.12", "v2.21"),
    "monitoring": ("v0.95",),
}


class UnknownVersionError(ValueError):
    """A text that is no version of the kind asked for; its message says what one looks like."""


K3S_PATTERN: Final = r"v1\.([0-9]{1,3})\.([0-9]{1,3})\+k3s[0-9]{1,3}"
FLUX_PATTERN: Final = r"v2\.([0-9]{1,3})\.([0-9]{1,3})"
CHART_PATTERN: Final = r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})(-[0-9A-Za-z.-]+)?"


def kubernetes_minor(k3s: str) -> int:
    """28 for v1.28.5+k3s1. Raises UnknownVersionError."""
    match = re.fullmatch(K3S_PATTERN, k3s)
    if not match:
        raise UnknownVersionError(f"a k3s version looks like {CURRENT.k3s}")
    return int(match[1])


def flux_minor(flux: str) -> int:
    """9 for v2.9.5. Raises UnknownVersionError."""
    match = re.fullmatch(FLUX_PATTERN, flux)
    if not match:
        raise UnknownVersionError(f"a Flux version looks like {CURRENT.flux}")
    return int(match[1])


def chart_version(version: str) -> tuple[int, int, int]:
    """(12, 7, 0) for 12.7.0. Raises UnknownVersionError: a range or a leading v is none."""
    match = re.fullmatch(CHART_PATTERN, version)
    if not match:
        raise UnknownVersionError("an exact version looks like 12.7.0")
    return int(match[1]), int(match[2]), int(match[3])


def flux_api_versions(flux: str) -> dict[str, str]:
    """apiVersion of every Flux kind for a Flux version such as v2.9.5."""
    minor = flux_minor(flux)
    return {
        kind: next(api for since, api in reversed(served) if since <= minor or since == served[0][0])
        for kind, served in FLUX_API_VERSIONS.items()
    }
