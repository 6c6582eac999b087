"""Rules on charts and images that are gone, vulnerable or broken. The tables are data; the rules read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from generator import contract, versions
from generator.check.lint.registry import Hit, rule
from generator.check.lint.workloads import own_workloads
from generator.check.repository.objects import Manifest, Repository, dig, mapping
from generator.yamlio import scalar

# Registries and image repositories whose content is gone, as the part before the first difference.
GONE_IMAGES: Final[dict[str, str]] = {
    "docker.io/bitnami/": "Bitnami took its free images away on 2025-08-28",
    "docker.io/bitnamilegacy/": "Bitnami's legacy images get no security fixes since 2025-08-28",
    "gcr.io/kaniko-project/": "kaniko was archived in June 2025 and gets no security fixes",
}
GONE_SOURCES: Final[dict[str, str]] = {
    "charts.bitnami.com/": "Bitnami's charts name images that were taken away on 2025-08-28",
    "registry-1.docker.io/bitnamicharts": "Bitnami's charts name images that were taken away on 2025-08-28",
}


class Subchart(NamedTuple):
    """A dependency of a chart: whether the chart turns it on by itself, in its versions [since, before)."""

    name: str
    on: bool
    since: tuple[int, int, int]
    before: tuple[int, int, int]


_ALWAYS = (9999, 0, 0)
_VALKEY: Final = (*versions.GITEA_CHART_VALKEY_SINCE, 0)
# Subcharts by Bitnami in charts of others (Chart.yaml and values.yaml of each chart).
GONE_SUBCHARTS: Final[dict[str, tuple[Subchart, ...]]] = {
    contract.GITEA: (
        Subchart("postgresql-ha", True, (9, 0, 0), _ALWAYS),
        Subchart("postgresql", False, (0, 0, 0), _ALWAYS),
        Subchart("redis-cluster", True, (9, 0, 0), _VALKEY),
        Subchart("valkey-cluster", True, _VALKEY, _ALWAYS),
        Subchart("valkey", False, _VALKEY, _ALWAYS),
    ),
}


class Advisory(NamedTuple):
    """A known hole of an application: fixed in `fixed`, an application's version."""

    name: str
    fixed: tuple[int, int, int]
    what: str


ADVISORIES: Final[dict[str, tuple[Advisory, ...]]] = {
    contract.GITEA: (
        Advisory("CVE-2026-27771", (1, 26, 2), "private images can be pulled without a login"),
        Advisory("CVE-2026-60004", (1, 27, 1), "a stranger can run programs on the server"),
    ),
}
# First chart version, by chart, whose application has every fix above.
_FIXED_CHARTS: Final = {contract.GITEA: (12, 7, 0)}


def chart_of(manifest: Manifest) -> tuple[str, tuple[int, int, int] | None]:
    """Name of a HelmRelease's chart, and its version if that is exact."""
    chart = mapping(manifest.spec, "chart", "spec")
    try:
        version = versions.chart_version(str(chart.get("version")))
    except versions.UnknownVersionError:
        version = None
    return str(chart.get("chart", "")).rpartition("/")[2], version


def full_image(image: str) -> str:
    """`image` with its registry: docker.io where none is written."""
    head, slash, _ = image.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


@rule(
    "image-gone",
    "An image whose maker took it away or gave it up",
    consequence="The pull fails, or the image runs with holes that nobody mends.",
    mend="Use an image that is maintained.",
)
def image_gone(repository: Repository) -> Iterator[Hit]:
    """Images of pods, against GONE_IMAGES."""
    for workload in own_workloads(repository):
        for container in workload.containers:
            image = full_image(str(container.value.get("image", "")))
            for prefix, reason in GONE_IMAGES.items():
                if image.startswith(prefix):
                    message = f"container {container.label}: image {image}: {reason}"
                    yield Hit(workload.manifest, (*container.place, "image"), message)


@rule(
    "chart-gone",
    "A chart repository whose images were taken away",
    consequence="The chart installs, and its pods stay in ImagePullBackOff.",
    mend="Use another chart, such as valkey-io's valkey.",
)
def chart_gone(repository: Repository) -> Iterator[Hit]:
    """URLs of chart repositories, against GONE_SOURCES."""
    for manifest in repository.of("HelmRepository", "OCIRepository"):
        url = str(manifest.spec.get("url", ""))
        for part, reason in GONE_SOURCES.items():
            if part in url + "/":
                yield Hit(manifest, ("spec", "url"), f"spec.url: {url}: {reason}: the pods never start")


@rule(
    "chart-subchart-gone",
    "A chart that brings a subchart whose images were taken away",
    consequence="The subchart's pods stay in ImagePullBackOff, and the release never becomes ready.",
    mend="Turn the subchart off in spec.values.",
)
def chart_subchart_gone(repository: Repository) -> Iterator[Hit]:
    """Subcharts in GONE_SUBCHARTS must be off."""
    for manifest in repository.of("HelmRelease"):
        name, version = chart_of(manifest)
        for sub in GONE_SUBCHARTS.get(name, ()):
            if version is None or not sub.since <= version < sub.before:
                continue
            written = dig(manifest.spec, "values", sub.name, "enabled")
            if sub.on if written is None else written is not False:
                how = "is not set, and the chart turns it on" if written is None else f"is {scalar(written)}"
                yield Hit(
                    manifest,
                    ("spec", "values", sub.name, "enabled"),
                    f"spec.values.{sub.name}.enabled {how}: its images are gone, its pods never start",
                    f"Set spec.values.{sub.name}.enabled: false.",
                )


@rule(
    "chart-vulnerable",
    "A chart with a known security hole",
    severity="warning",
    consequence="The application can be broken into in a way that is public.",
    mend="Take a newer chart (`raibid-gen upgrade`).",
)
def chart_vulnerable(repository: Repository) -> Iterator[Hit]:
    """Charts whose application is older than a fix in ADVISORIES."""
    for manifest in repository.of("HelmRelease"):
        name, version = chart_of(manifest)
        fixed_chart = _FIXED_CHARTS.get(name)
        if version is None or fixed_chart is None or version >= fixed_chart:
            continue
        app = versions.GITEA_APP_VERSIONS.get(".".join(map(str, version)))
        open_holes = [item for item in ADVISORIES[name] if app is None or versions.chart_version(app) < item.fixed]
        for item in open_holes:
            yield Hit(
                manifest,
                ("spec", "chart", "spec", "version"),
                f"spec.chart.spec.version: {name} {'.'.join(map(str, version))} has {item.name}: {item.what}",
            )


@rule(
    "chart-broken",
    "A version of KEDA that cannot start the first agent",
    consequence="A single waiting job starts no agent.",
    mend="Take another version of KEDA.",
)
def chart_broken(repository: Repository) -> Iterator[Hit]:
    """KEDA's chart against versions.KEDA_BROKEN_MINORS."""
    for manifest in repository.of("HelmRelease"):
        name, version = chart_of(manifest)
        reason = versions.KEDA_BROKEN_MINORS.get(version[1]) if version and name == contract.KEDA else None
        if version and reason:
            yield Hit(
                manifest,
                ("spec", "chart", "spec", "version"),
                f"spec.chart.spec.version: KEDA {'.'.join(map(str, version))} will not do: {reason}",
            )
